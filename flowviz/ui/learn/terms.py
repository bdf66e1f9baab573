"""Links from the words of the lecture to the glossary."""

SLUGS = frozenset(
    [
        "source",
        "data",
        "path",
        "conditional-path",
        "coupling",
        "velocity",
        "conditional-velocity",
        "marginal-velocity",
        "field",
        "flow",
        "particle",
        "density",
        "score",
        "posterior-weight",
        "continuity-equation",
        "cfm-loss",
        "fm-loss",
        "irreducible-loss",
        "floor",
        "gradient",
        "euler",
        "step-size",
        "time-grid",
        "nfe",
        "straightness",
        "npe",
        "w2",
        "likelihood",
        "cnf",
        "ode",
        "sde",
        "ot-path",
        "ot-coupling",
        "sinkhorn",
        "reflow",
        "rectified-flow",
        "interpolant",
        "noise-schedule",
        "gan",
        "vae",
        "diffusion",
        "ddim",
        "guidance",
        "sigma-min",
        "alpha",
        "sigma",
        "gamma",
        "x0",
        "x1",
        "xt",
        "z",
        "t",
    ]
)


def term(slug: str, words: str | None = None) -> str:
    """A Markdown link to a term of the glossary.

    Raises:
        KeyError: If there is no such term; it names the legal ones.
    """
    if slug not in SLUGS:
        raise KeyError(f"unknown term {slug!r}; choose one of {', '.join(sorted(SLUGS))}.")
    return f"[{words or slug.replace('-', ' ')}](glossary?term={slug})"

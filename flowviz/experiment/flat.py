"""What links and widgets need of the flat form: the nearest legal experiment, and what hangs on a choice."""

from collections.abc import Mapping

from flowviz.distributions import label_shares
from flowviz.experiment.defaults import own_defaults
from flowviz.experiment.leaf import format_value, nearest_texts
from flowviz.experiment.refusals import Note, UnfitError, shown
from flowviz.experiment.values import LEAVES, Experiment, default_of
from flowviz.methods import METHODS
from flowviz.solvers import NOISY, STIRRED


def nearest(flat: Mapping[str, str]) -> tuple[Experiment, list[Note]]:
    """Return the legal experiment nearest to a flat form, and one sentence for each thing that was changed.

    Numbers out of range go to the end of their range; what cannot be read goes to its default; where a path and a
    source do not fit, the source gives way.
    """
    kept, notes = nearest_texts(LEAVES, flat)
    if strange := [name for name in flat if name not in LEAVES]:
        more = f" and {len(strange) - 3:,} more" if len(strange) > 3 else ""
        notes.append(Note(f"Unknown names were left out: {', '.join(map(shown, strange[:3]))}{more}.", "left-out"))
    method = kept.get("method") or str(LEAVES["method"].default)
    for family, slugs in METHODS[method].legal.items():
        if family in kept and kept[family] not in slugs:
            del kept[family]
            words = f"Method {method!r} takes only {family} {' or '.join(map(repr, slugs))}; `{family}` was left out."
            notes.append(Note(words, "left-out", family))
    for name in METHODS[method].unused:
        if kept.get(name, format_value(LEAVES[name].default)) != format_value(LEAVES[name].default):
            del kept[name]
            notes.append(Note(f"`{name}` has no part in method {method!r}; it was left out.", "left-out", name))
    for name in list(kept):
        leaf = LEAVES[name]
        if leaf.slug is not None and kept.get(leaf.group, default_of(leaf.group, method)) != leaf.slug:
            words = f"`{name}` was left out: it belongs to {leaf.group} {leaf.slug!r}, which is not chosen."
            notes.append(Note(words, "left-out", name))
            del kept[name]
    while True:  # a choice at its default fits: each round leaves one out
        try:
            return Experiment.from_flat(kept), notes
        except UnfitError as error:
            if error.gives_way not in kept:
                raise
            taken = format_value(LEAVES[error.gives_way].default)
            notes.append(Note(f"{error} Taken instead: {error.gives_way} {taken}.", "unfit", error.gives_way))
            kept = {name: text for name, text in kept.items() if name != error.gives_way}


def settled(flat: Mapping[str, str], **texts: str) -> dict[str, str]:
    """Change some choices of a flat form, and what hangs on them.

    Options of a path, coupling or method that is left are forgotten; what a newly chosen method does not take goes to its
    default, its solver too; and what stood at the default of a method or a target that is left, to that of the new one. Names that are no field of an experiment stay as they are.
    """
    before, unused = own_defaults(flat), ()
    flat = {**flat, **texts}
    if kind := METHODS.get(texts.get("method", "")):
        flat |= {family: slugs[0] for family, slugs in kind.legal.items() if flat.get(family) not in slugs}
        flat |= {"solver": kind.solvers[0]} if "solver" in flat else {}
        unused = kind.unused
    after = own_defaults(flat)
    for name in {**before, **after, **dict.fromkeys(unused)}:
        old, new = (format_value(own.get(name, LEAVES[name].default)) for own in (before, after))
        if name in flat and name not in texts and (flat[name] == old or name in unused):
            flat[name] = new
    if flat.get("classes", "off") == "off":  # what is asked of classes is left with them
        flat = {name: text for name, text in flat.items() if name not in ("drop", "guidance", "of_class")}
    if flat.get("solver", "euler") not in STIRRED and {"solver", "method"} & set(texts):
        flat = {name: text for name, text in flat.items() if name != "eta"}  # left with the solver that took it
    left = {name for name, leaf in LEAVES.items() if leaf.slug is not None and flat.get(leaf.group) != leaf.slug}
    return {name: text for name, text in flat.items() if name not in left}


def usual_solver(method: str) -> str:
    """Return the solver that carries a method's particles where none was asked for.

    Euler's where the method has it, else its first.
    """
    legal = METHODS[method].solvers
    return "euler" if "euler" in legal else legal[0]


def fitting_solver(solver: str | None, method: str) -> tuple[str, list[Note]]:
    """Return the solver that carries a method's particles: the one asked for, or its first, and a sentence where that differs."""
    legal = METHODS[method].solvers
    if solver is None or solver in legal:
        return solver or usual_solver(method), []
    first = legal[0]
    words = f"Method {method!r} has no solver {solver!r}; it has {', '.join(legal)}. Taken instead: {first}."
    return first, [Note(words, "changed", "solver")]


def fitting_noise(noise: float, solver: str, experiment: Experiment) -> tuple[float, str, list[Note]]:
    """Return noise and solver that go together with an experiment, and a sentence for each that differs from what was asked for.

    Noise needs the score, which follows from a learned velocity for a Gaussian source and independent pairs alone.
    """
    if noise == 0:
        return noise, solver, []
    if why := no_score(experiment):
        return 0.0, solver, [Note(f"{why} Taken instead: noise 0.", "changed", "noise")]
    if solver not in NOISY:
        words = f"With noise particles are carried by {' or '.join(NOISY)}, not by {solver!r}. Taken instead: heun."
        return noise, "heun", [Note(words, "changed", "solver")]
    return noise, solver, []


def check_noise(noise: float, solver: str, experiment: Experiment) -> None:
    """Refuse noise that an experiment's flow cannot have, or that a solver does not take.

    Raises:
        ValueError: If it is not 0 and the score is not known, or the solver has no stochastic kin.
    """
    if noise and (why := no_score(experiment)):
        raise ValueError(f"{why} Leave `noise` out.")
    if noise and solver not in NOISY:
        raise ValueError(f"with noise particles are carried by {' or '.join(NOISY)}, not by {solver!r}.")


def fitting_eta(eta: float, solver: str) -> tuple[float, list[Note]]:
    """Return η that a solver takes, and a sentence where that differs from what was asked for."""
    why = _no_eta(eta, solver)
    return (0.0, [Note(f"{why} Taken instead: eta 0.", "changed", "eta")]) if why else (eta, [])


def check_eta(eta: float, solver: str) -> None:
    """Refuse η where the solver has no use for it.

    Raises:
        ValueError: If it is not 0, and the solver is not DDIM.
    """
    if why := _no_eta(eta, solver):
        raise ValueError(f"{why} Leave `eta` out.")


def _no_eta(eta: float, solver: str) -> str:
    if eta == 0 or solver in STIRRED:
        return ""
    return f"η is the fresh noise in the steps of {' or '.join(STIRRED)}; solver {solver!r} has no such steps."


def fitting_guidance(guidance: float, of_class: int, experiment: Experiment) -> tuple[float, int, list[Note]]:
    """Return guidance and class that an experiment can have, and a sentence for each that differs from what was asked for."""
    notes = []
    if why := _no_guidance(guidance, experiment):
        notes.append(Note(f"{why} Taken instead: guidance 1.", "changed", "guidance"))
        guidance = 1.0
    if why := _no_class(of_class, experiment):
        notes.append(Note(f"{why} Taken instead: all classes.", "changed", "of_class"))
        of_class = -1
    return guidance, of_class, notes


def check_guidance(guidance: float, of_class: int, experiment: Experiment) -> None:
    """Refuse guidance, or a class, that an experiment cannot have.

    Raises:
        ValueError: If it learns no classes, or not this one.
    """
    if why := _no_guidance(guidance, experiment) or _no_class(of_class, experiment):
        raise ValueError(f"{why} Leave it out.")


def _no_guidance(guidance: float, experiment: Experiment) -> str:
    if guidance == 1 or experiment.class_count:
        return ""
    return f"Guidance {guidance:g} needs a flow that has learned classes; `classes` is off here."


def _no_class(of_class: int, experiment: Experiment) -> str:
    if of_class == -1:
        return ""
    if not experiment.class_count:
        return f"Class {of_class} needs a flow that has learned classes; `classes` is off here."
    shares = label_shares(experiment.target_distribution)
    if of_class < len(shares) and shares[of_class] > 0:
        return ""
    label, there = experiment.target_distribution.label, ", ".join(str(y) for y, share in enumerate(shares) if share > 0)
    return f"{label} has no points of class {of_class}; it has {there}."


def no_score(experiment: Experiment) -> str:
    """Return why the score of an experiment's learned flow is not known, a sentence; empty where it follows from the velocity."""
    if not experiment.method.on_path:
        return (
            "Noise on the way needs the score ∇ log p_t, which follows from the velocity of a path; method "
            f"{experiment.method.label} learns no such velocity."
        )
    independent = experiment.coupling.slug == "independent"
    if independent and experiment.source_distribution.slug == "gaussian":
        return ""
    here = experiment.source_distribution.label if independent else f"{experiment.coupling.label} coupling"
    return (
        "Noise on the way needs the score ∇ log p_t, and that follows from the velocity for independent pairs and a Gaussian source "
        f"alone; here stands: {here}."
    )


def check_solver(solver: str, experiment: Experiment) -> None:
    """Refuse a solver that a method has no use for.

    Raises:
        ValueError: If the experiment's method does not have it.
    """
    legal = experiment.method.solvers
    if solver not in legal:
        having = [slug for slug, kind in METHODS.items() if solver in kind.solvers]
        other = f", or method {' or '.join(map(repr, having))}" if having else ""
        raise ValueError(f"method {experiment.method.slug!r} has no solver {solver!r}; choose one of {', '.join(legal)}{other}.")

"""What the table of generative models says, in sentences computed from its numbers, in both directions."""

from collections.abc import Sequence

from flowviz.measures.families import Family, lost_a_mode
from flowviz.measures.measure import samples
from flowviz.metrics import Spread, in_modes, modes_of

BLURRED = 1.25
"""Variance within a mode, over the data's, from which on samples are called blurred."""
BETWEEN = 0.05
"""Share of samples between the modes, beyond that of the data, from which on a method is said to leave bridges."""
TIE = 1.0
"""Standard deviations within which two means count as equal."""


def verdicts(families: Sequence[Family]) -> list[str]:
    """Return what the numbers say of the article's claims, a sentence for each that can be tested with these methods."""
    measured = [family for family in families if family.runs]
    found = [_modes(family) for family in measured if family.experiment.method.slug == "gan"]
    found += [_blur(family) for family in measured if family.experiment.method.slug == "vae"]
    found += [_speed(measured), _best(measured), _cost(measured)]
    return [words for words in found if words]


def _modes(family: Family) -> str:
    """Judge whether GANs collapse."""
    modes = modes_of(family.experiment.target_distribution)
    if modes is None:
        return ""
    lost, failed = sum(lost_a_mode(run, family.experiment) for run in family.runs), len(family.failed or {})
    least = min(run.modes.found for run in family.runs if run.modes is not None)
    if not lost + failed:
        return f"“GANs collapse”: not here. {family.name} found all {len(modes)} modes with {_seeds(family.seeds)}."
    each = [(lost, f"lost modes, down to {least} of {len(modes)}"), (failed, "diverged")]
    parts = [f"with {count} of {_seeds(family.seeds)} {family.name} {words}" for count, words in each if count]
    depends = "; it depends on the seed" if lost + failed < family.seeds else ""
    return f"“GANs collapse”: {', '.join(parts)}{depends}."


def _blur(family: Family) -> str:
    """Judge whether VAEs blur."""
    modes = modes_of(family.experiment.target_distribution)
    if modes is None:
        return ""
    between = 1 - sum(run.near for run in family.runs) / len(family.runs)
    own = 1 - in_modes(samples(family.experiment, 1000, 0)[1], modes).near
    widths = [run.modes.width for run in family.runs if run.modes is not None and run.modes.width is not None]
    width = sum(widths) / len(widths) if widths else 1.0
    numbers = f"{100 * between:.0f} % of {family.name}’s samples lie between the modes (of the data {100 * own:.0f} %), and within one the variance is {width:.2f} times the data’s"
    blurred = between > own + BETWEEN or width > BLURRED
    return f"“VAEs blur”: {'yes' if blurred else 'not here'}. {numbers}."


def _speed(families: Sequence[Family]) -> str:
    """Judge whether diffusion is slow and flows are fast."""
    by = _first(families)
    if "diffusion" not in by or "flow-matching" not in by:
        return ""
    many, few = (_enough(by[slug]) for slug in ("diffusion", "flow-matching"))
    claim = "yes" if many > few else "not here"
    return (
        f"“Diffusion is slow, flows are fast”: {claim}. With {many:g} evaluations {by['diffusion'].name} is as good as it gets, with "
        f"{few:g} {by['flow-matching'].name}."
    )


def _first(families: Sequence[Family]) -> dict[str, Family]:
    """Return the first of each method: flow matching stands before its own variants."""
    return {family.experiment.method.slug: family for family in reversed(families)}


def _enough(family: Family) -> float:
    found = sorted(run.enough.nfe for run in family.runs)
    return found[len(found) // 2]


def _best(families: Sequence[Family]) -> str:
    """Judge whether flows are exact."""
    if len(families) < 2:
        return ""
    order = sorted(families, key=lambda family: _w2(family).mean)
    first, second = _w2(order[0]), _w2(order[1])
    equal = second.mean - first.mean <= TIE * max(first.spread, second.spread)
    ahead = f"{order[0].name} and {order[1].name} land equally near" if equal else f"{order[0].name} lands nearest"
    if equal and len(order) == 2:  # nobody is farthest
        return f"{ahead} to the data (W2 {first.mean:.2f} and {second.mean:.2f})."
    return f"{ahead} to the data (W2 {first.mean:.2f}), {order[-1].name} farthest (W2 {_w2(order[-1]).mean:.2f})."


def _w2(family: Family) -> Spread:
    return Spread.of([run.w2 for run in family.runs])


def _cost(families: Sequence[Family]) -> str:
    """Judge whether training by likelihood costs more."""
    by = _first(families)
    if "cnf" not in by or "flow-matching" not in by:
        return ""
    dear, cheap = (_step(by[slug]) for slug in ("cnf", "flow-matching"))
    return f"One training step of {by['cnf'].name} takes {dear / cheap:.0f} times as long as one of {by['flow-matching'].name}."


def _step(family: Family) -> float:
    """Return seconds a training step."""
    return sum(run.seconds / max(1, len(run.loss)) for run in family.runs) / len(family.runs)


def _seeds(count: int) -> str:
    return f"{count} seed{'s' if count != 1 else ''}"

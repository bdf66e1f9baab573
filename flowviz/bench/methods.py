"""How long a training step of each method takes, against one of flow matching with the same network."""

from collections.abc import Iterator

from flowviz.bench.loops import Run, ours, paired
from flowviz.bench.report import Aim, Row
from flowviz.experiment import Experiment
from flowviz.methods import METHODS

AIMS = {"diffusion": 1.1, "meanflow": 3.0}
"""Times a step of flow matching that a step may take, where there is a goal."""
SLOW = {"cnf": 8, "gan": 2}
"""Methods that make so many times fewer steps, so that all of them are timed as long."""


def methods(quick: bool) -> Iterator[Row]:
    """Measure 3×64, batch 256, for every method.

    The flow that a method learns from is trained by a call that is not timed; to make pairs of it is part of the step.
    """
    steps, rounds = (128, 3) if quick else (512, 6)
    runs: dict[str, Run] = {}
    for slug, kind in METHODS.items():
        flat = {"method": slug, "activation": "silu", "batch": "256", "steps": str(max(16, steps // SLOW.get(slug, 1)))}
        experiment = Experiment.from_flat(flat)
        ours(experiment if kind.distils else experiment.changed(steps=16))
        runs[slug] = lambda experiment=experiment: ours(experiment)
    times = paired(runs, steps, rounds)
    own = {slug: times[slug] * min(steps, steps / max(16, steps // SLOW.get(slug, 1))) for slug in runs}
    for slug in runs:
        if slug != "flow-matching":
            aim = Aim("≤", AIMS[slug]) if slug in AIMS else None
            ratio = own[slug] / own["flow-matching"]
            with_ = ", with its pairs" if METHODS[slug].distils else ""
            name = f"{METHODS[slug].label}{with_}: times a step of flow matching"
            yield Row(name, own[slug], own["flow-matching"], "ms/step", ratio, aim)

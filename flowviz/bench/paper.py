"""Published W2 on 2-D data beside our own: same measure, same n, and the floor that two samples of the target leave."""

import time
from collections.abc import Callable, Iterator

import torch

from flowviz.bench.report import Row
from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.measures.measure import samples_by
from flowviz.metrics import wasserstein2
from flowviz.networks import learned_field
from flowviz.solvers import solve
from flowviz.training import train

PAPER: list[str] = [
    "flowviz.bench.paper:moons",
    "flowviz.bench.paper:scurve",
    "flowviz.bench.paper:eight_gaussians",
    "flowviz.bench.paper:moons_to_eight_gaussians",
]
"""The rows of the published table, each a `Measure`."""
ROWS = 5
"""Rows that each of them yields: the floor, the exact field, three methods."""

N, QUICK_N = 10_000, 2_000
STEPS, QUICK_STEPS = 10_000, 2_000
EULER = 20
PUBLISHED: dict[tuple[str, str], tuple[float, float]] = {
    ("gaussian", "moons"): (0.111, 0.129),
    ("gaussian", "scurve"): (0.102, 0.126),
    ("gaussian", "8gaussians"): (0.253, 0.267),
    ("moons", "8gaussians"): (0.716, 1.522),
}
"""W2 of OT-CFM and of rectified flow (Shi et al., DSBM, 2023, arXiv 2303.16852, table 2)."""
METHODS: list[tuple[str, str, int]] = [
    ("OT-CFM", "ot", 0),
    ("rectified flow", "independent", 1),
    ("after one reflow", "pairs", 1),
]
"""A name, our coupling, and which of the two published numbers it is held against."""
NOTE = (
    "published: Shi et al. 2023, arXiv 2303.16852, table 2, Euler 20 steps, n = 10,000; theirs is held against a flow both "
    "before and after one reflow. ours: 3 × 64 network, {steps:,} steps, seed 0, n = {n:,}, samples not stratified"
)
CAUTION = {
    "scurve": "the scale of the published s-curve is not known here, so compare with the floor, not with the number",
    "other n": "n differs from the published one, so only the distance from the floor says something",
}


def moons(quick: bool) -> Iterator[Row]:
    """Measure N(0, I) to moons."""
    yield from _rows("gaussian", "moons", quick)


def scurve(quick: bool) -> Iterator[Row]:
    """Measure N(0, I) to the s-curve."""
    yield from _rows("gaussian", "scurve", quick)


def eight_gaussians(quick: bool) -> Iterator[Row]:
    """Measure N(0, I) to 8 Gaussians."""
    yield from _rows("gaussian", "8gaussians", quick)


def moons_to_eight_gaussians(quick: bool) -> Iterator[Row]:
    """Measure moons to 8 Gaussians."""
    yield from _rows("moons", "8gaussians", quick)


def _rows(
    source: str, target: str, quick: bool, *, distance: Callable[[torch.Tensor, torch.Tensor], float] = wasserstein2
) -> Iterator[Row]:
    n, steps = (QUICK_N, QUICK_STEPS) if quick else (N, STEPS)
    name = f"{source} → {target}" if source != "gaussian" else target
    rng = torch.Generator().manual_seed(1_000_000)
    base = Experiment.from_flat({"source": source, "target": target, "steps": str(steps)})
    x0 = base.source_distribution.sample(n, rng)
    x1, again = (base.target_distribution.sample(n, rng) for _ in range(2))
    start = time.perf_counter()
    floor = distance(again, x1)
    caution = [CAUTION["scurve"]] * (target == "scurve") + [CAUTION["other n"]] * (n != N)
    took = f"one draw, which itself varies; one exact W2 at this n takes {time.perf_counter() - start:.1f} s here"
    yield Row(f"W2 {name}, floor: two samples", floor, None, "", None, None, "; ".join([took, *caution]))
    limit = distance(samples_by(known(base).field, x0, "euler", EULER).x[-1], x1)
    limit_note = f"the limit of the protocol: the exact field of independent pairs with the same {EULER} Euler steps"
    yield Row(f"W2 {name}, exact field", limit, None, "", None, None, f"{limit_note}{_stand_in(base)}")
    for method, coupling, column in METHODS:
        *_, last = train(base.changed(coupling=coupling))
        x = solve(learned_field(base, last.weights), x0, steps=EULER).x[-1]
        found, published = distance(x, x1), PUBLISHED[source, target][column]
        note = NOTE.format(steps=steps, n=n) if (method, target) == ("OT-CFM", "moons") else ""
        yield Row(f"W2 {name}, {method}", found, published, "", found / published, None, note)


def _stand_in(experiment: Experiment) -> str:
    field = known(experiment).field
    return "" if field.exact else f"; {field.note}"

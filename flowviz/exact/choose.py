"""Which exact field belongs to an experiment, and what stands in where there is none in closed form."""

from functools import lru_cache

import torch
from torch import Tensor

from flowviz.couplings import Coupling, partners_within
from flowviz.distributions import Distribution, Mixture, stratified
from flowviz.exact.field import ExactField
from flowviz.exact.law import JointMixture
from flowviz.paths import Path
from flowviz.solvers import solve

PAIRS = 2048
"""Pairs that stand in for a coupling that has no closed form."""
MOST_PARTS = 2**13
"""Pairs of components up to which two exact mixtures are taken whole."""
MAKING_STEPS = 25
"""Steps of the exact flow that makes pairs; of the midpoint rule."""


def exact_field(
    source: Distribution,
    target: Distribution,
    path: Path,
    coupling: Coupling,
    *,
    batch: int = 256,
    seed: int = 0,
    within: bool = False,
) -> ExactField:
    """Return the exact field of an experiment, or the nearest that has a closed form; it says which.

    Args:
        source: Where particles start.
        target: Where they end.
        path: The path between.
        coupling: Independent has a closed form; for others 2,048 pairs, drawn in batches as in training, stand in.
        batch: Size of those batches.
        seed: Seed of those pairs.
        within: Whether data points are paired within their class.

    Returns:
        The field, with `exact` and `note` saying what it is.
    """
    if coupling.closed_form:
        start, end, blurred = _mixtures(source, target)
        note = f"A Gaussian mixture of {len(start) * len(end):,} parts stands in for {' and '.join(blurred)}."
        law = JointMixture.independent(start, end)
        return ExactField(path, law, exact=not blurred, note=note if blurred else "")
    law = _paired(source, target, path, coupling, batch, seed, within)
    if coupling.made:
        note = (
            f"This coupling has no closed form: {PAIRS:,} pairs made by the exact flow instead of a trained one, blurred by "
            f"{float(law.s[0]) ** 0.5:.2f} at the source and {float(law.lam[0]) ** 0.5:.2f} at the target, stand in."
        )
        return ExactField(path, law, exact=False, note=note)
    note = (
        f"This coupling has no closed form: {len(law.m):,} of its pairs (batches of {min(batch, PAIRS)}), blurred "
        f"by {float(law.s[0]) ** 0.5:.2f} at the source and {float(law.lam[0]) ** 0.5:.2f} at the target, stand in."
    )
    return ExactField(path, law, exact=False, note=note)


def _mixtures(source: Distribution, target: Distribution) -> tuple[Mixture, Mixture, list[str]]:
    """Return both as mixtures, and the labels of those for which something else stands in."""
    if source.exact and target.exact:
        start, end = source.mixture(MOST_PARTS), target.mixture(MOST_PARTS)
        if len(start) * len(end) <= MOST_PARTS:
            return start, end, []
    # Products of two curves grow fast: some 4,600 components still answer at once. The target, which is what one looks at
    # in the end, gets most of them.
    many = len(source.mixture()) > 1
    start, end = (source.mixture(32), target.mixture(144)) if many else (source.mixture(), target.mixture())
    merged = [d.exact and len(m) < len(d.mixture(MOST_PARTS)) for d, m in ((source, start), (target, end))]
    return start, end, [d.label for d, less in zip((source, target), merged, strict=True) if less or not d.exact]


@lru_cache(maxsize=16)
def _parent_field(source: Distribution, target: Distribution, path: Path, coupling: Coupling) -> ExactField:
    return exact_field(source, target, path, coupling)


def made_by_exact_flow(source: Distribution, target: Distribution, path: Path, coupling: Coupling, x0: Tensor) -> Tensor:
    """Return what stands in for pairs before their flow is trained: where the exact flow of one round less takes each x0.

    Args:
        source: Where particles start.
        target: Where they end.
        path: The path between.
        coupling: The coupling of the pairs, one that is made.
        x0: Source points, shape (n, d).

    Returns:
        Points, shape (n, d).
    """
    field = _parent_field(source, target, path, coupling.parent)
    steps = MAKING_STEPS if coupling.flows_before == 1 else MAKING_STEPS // 4  # later flows are nearly straight
    return carried_to_data(field, x0, steps)


def carried_to_data(field: ExactField, x0: Tensor, steps: int) -> Tensor:
    """Return where an exact flow takes points, by the midpoint rule.

    At its end the mean data point where the velocity is infinite.

    Args:
        field: The field.
        x0: Points at t = 0, shape (n, d).
        steps: Steps of the midpoint rule.

    Returns:
        Points at t = 1, shape (n, d).
    """
    end = field.interval[1]
    x = solve(field, x0, solver="midpoint", steps=steps, interval=field.interval).x[-1]
    return x if end == 1 else field.expected_x1(x, torch.tensor(end, dtype=x0.dtype))


def coupled(
    source: Distribution,
    target: Distribution,
    path: Path,
    coupling: Coupling,
    x0: Tensor,
    x1: Tensor,
    rng: torch.Generator,
    *,
    batch: int | None = None,
    y: Tensor | None = None,
) -> Tensor:
    """Give each x0 the x1 that a coupling gives it.

    Args:
        source: Where particles start.
        target: Where they end.
        path: The path between.
        coupling: The coupling; where a flow makes its pairs, the exact one stands in for a trained one.
        x0: Source points, shape (n, d).
        x1: Data points, shape (n, d).
        rng: Source of randomness.
        batch: Size of the batches that are paired; None pairs all at once.
        y: Classes of the data points, shape (n,), where they are paired within them.

    Returns:
        The data point of each x0, shape (n, d).
    """
    if coupling.made:
        return made_by_exact_flow(source, target, path, coupling, x0)
    size = batch or len(x0)
    if y is not None:
        batches = zip(x0.split(size), x1.split(size), y.split(size), strict=True)
        return torch.cat([b[partners_within(coupling, a, b, of, rng)] for a, b, of in batches])
    return torch.cat([b[coupling.partners(a, b, rng)] for a, b in zip(x0.split(size), x1.split(size), strict=True)])


def _paired(
    source: Distribution, target: Distribution, path: Path, coupling: Coupling, batch: int, seed: int, within: bool
) -> JointMixture:
    rng = torch.Generator().manual_seed(seed)
    size = min(batch, PAIRS)
    many = min(PAIRS // size, 128)  # tiny batches would be slow to pair, and no nearer to the truth
    # In all, every mode has its share: chance in so few pairs would be taken for a fault of the coupling. Within a batch
    # chance stays, as in training.
    x0 = stratified(source, many * size, rng)[0]
    x1, labels = stratified(target, many * size, rng)
    x1 = coupled(source, target, path, coupling, x0, x1, rng, batch=size, y=labels if within else None)
    m, mu = x0.double(), x1.double()
    # Scott's rule on each point's share of the spread about its neighbours.
    start, end = (0.8 * float(y.std(0).mean()) * source.space.scott(len(y)) for y in (m, mu))
    weights = torch.full((len(m),), 1.0 / len(m), dtype=torch.float64)
    wide = torch.ones(len(m), dtype=torch.float64)
    return JointMixture(weights, m, start**2 * wide, mu, min(start, end, 0.15) ** 2 * wide)

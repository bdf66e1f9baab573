"""What steps 6 to 8 of the lecture show, computed once for each pair and path, and kept for all who look at the same."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from flowviz.exact import ExactField
from flowviz.experiment import Experiment
from flowviz.known import exact_part, known
from flowviz.lessons import (
    Gradients,
    LossParts,
    OneBell,
    Still,
    best_constant,
    continuity_terms,
    gradients,
    losses_parts,
)
from flowviz.solvers import Field
from flowviz.ui.caching import SharedCache

FINE, COARSE, MANY = 40, 24, 300
"""Cells on each side of a map: fine up to so many components, coarse beyond."""
TIMES, FEW_TIMES = 31, 7
SMOOTH, ROUGH = 61, 25
"""Times of a loss curve, for few components and for many."""
WORK = 18_000_000
"""Places × times × components of one set of maps: what a core does in a second."""
SEEDS = 5
"""Batches whose cosines are drawn; the line is their median."""

CANDIDATES: dict[str, tuple[str, Callable[[ExactField], Field]]] = {
    "zero": ("No velocity at all", lambda field: Still()),
    "constant": ("One velocity for all", best_constant),
    "bell": ("The best linear field", lambda field: OneBell(field.path, field.law)),
    "exact": ("The average $u_t(x)$", lambda field: field),
}
"""The fields whose loss is taken apart: label, and how each is made."""


@dataclass(frozen=True, eq=False)
class TermMaps:
    """The continuity equation's terms on a grid, in probability per unit area per unit t.

    Attributes:
        t: Times, shape (k,).
        change: ∂p/∂t, shape (k, side, side), rows with y ascending.
        outflow: div(p u), in the same shape.
        sum: What should be 0, in the same shape.
        scale: Where the colours end; a round number, the same at all times.
        bounds: xmin, xmax, ymin, ymax.
    """

    t: np.ndarray
    change: np.ndarray
    outflow: np.ndarray
    sum: np.ndarray
    scale: float
    bounds: tuple[float, ...]

    @property
    def largest_sum(self) -> float:
        """The largest |∂p/∂t + div(p u)| of all places and times."""
        return float(np.abs(self.sum).max())

    @property
    def largest_term(self) -> float:
        """The largest single term of all places and times."""
        return float(np.maximum(np.abs(self.change), np.abs(self.outflow)).max())


_maps: SharedCache[TermMaps] = SharedCache(16)
_parts: SharedCache[dict[str, LossParts]] = SharedCache(16)
_gradients: SharedCache[tuple[Gradients, ...]] = SharedCache(16)


def maps_of(experiment: Experiment) -> TermMaps:
    """Return the maps of an experiment's exact field."""
    part = exact_part(experiment)
    return _maps.get(part, lambda: _make_maps(part))


def parts_of(experiment: Experiment, candidate: str) -> LossParts:
    """Return the loss of a candidate of `CANDIDATES`, taken apart."""
    part, field = exact_part(experiment), known(experiment).field

    def find() -> dict[str, LossParts]:
        times = SMOOTH if len(field.law.weights) <= MANY else ROUGH
        candidates = {slug: make(field) for slug, (_, make) in CANDIDATES.items()}
        return losses_parts(field, candidates, torch.Generator().manual_seed(6), times=times)

    return _parts.get(part, find)[candidate]


def gradients_of(experiment: Experiment) -> tuple[Gradients, ...]:
    """Return both gradients for growing batches, for several seeds of network and batch."""
    part, field = exact_part(experiment), known(experiment).field
    return _gradients.get(part, lambda: tuple(gradients(field, torch.Generator().manual_seed(7 + i)) for i in range(SEEDS)))


def _make_maps(experiment: Experiment) -> TermMaps:
    field, bounds = known(experiment).field, known(experiment).bounds
    side = FINE if len(field.law.weights) <= MANY else COARSE
    times = max(FEW_TIMES, min(TIMES, WORK // (side * side * len(field.law.weights))))
    middles = (torch.arange(side, dtype=torch.float64) + 0.5) / side
    y, x = torch.meshgrid(
        bounds[2] + (bounds[3] - bounds[2]) * middles, bounds[0] + (bounds[1] - bounds[0]) * middles, indexing="ij"
    )
    t = torch.linspace(*_visible(field, (bounds[1] - bounds[0]) / side), times, dtype=torch.float64)
    found = [continuity_terms(field, torch.stack([x.ravel(), y.ravel()], 1), s) for s in t]
    change, outflow, both = (
        torch.stack([getattr(one, name) for one in found]).view(times, side, side).numpy()
        for name in ("change", "outflow", "sum")
    )
    peak = np.quantile(np.maximum(np.abs(change), np.abs(outflow)).reshape(times, -1), 0.998, axis=1)
    # A path may rush for a moment (vp) or end in points: the scale is right for most times, and saturates at a few.
    return TermMaps(t.numpy(), change, outflow, both, _round_up(float(np.quantile(peak, 0.6))), bounds)


def _visible(field: ExactField, cell: float) -> tuple[float, float]:
    """Return first and last time at which the narrowest component is wide enough for the cells: of less a map shows nothing."""
    t = torch.linspace(*field.interval, 401, dtype=torch.float64)[:, None]
    law, path = field.law, field.path
    variance = (path.alpha(t) ** 2 * law.lam + path.sigma(t) ** 2 * law.s + path.gamma(t) ** 2).amin(1)
    wide = t[variance >= (0.4 * cell) ** 2]
    return (float(wide[0]), float(wide[-1])) if len(wide) else field.interval


def _round_up(value: float) -> float:
    """Return the next of 1, 2, 5, 10, …"""
    base = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(base * digit for digit in (1, 2, 5, 10) if base * digit >= value)

"""The likelihood that a flow gives to every place, and what it costs beside the exact one."""

import math
from dataclasses import dataclass

import numpy as np

from flowviz.experiment import Experiment
from flowviz.known import Bounds, cell_centres, known, widened
from flowviz.measures.measure import WHOLE, likelihood_interval, no_likelihood
from flowviz.metrics import log_density, log_likelihood
from flowviz.solvers import Field

SIDE = 96
STEPS = 20
"""Runge–Kutta steps from the data back to the source."""
ROOM = 1.25
"""The map's square against that of the pictures: what a poor flow puts outside is to be seen too."""


def no_map(experiment: Experiment) -> str:
    """Return why there is no map, a sentence; empty where there is one."""
    if not experiment.space.grids:
        return f"A map is drawn in the plane, and {experiment.target_distribution.label} is not."
    return no_likelihood(experiment)


@dataclass(frozen=True, eq=False)
class LikelihoodMap:
    """Log densities at the centres of a square's cells.

    Attributes:
        bounds: xmin, xmax, ymin, ymax.
        exact: log p1 of the target, or of the mixture that stands in for it, shape (side, side), y ascending, nats per unit area.
        learned: log p1 of the learned flow, the same; None where nothing is learned yet.
        stands_in: Whether a mixture stands in for the target.
    """

    bounds: Bounds
    exact: np.ndarray
    learned: np.ndarray | None
    stands_in: bool

    @property
    def cell(self) -> float:
        """The area of a cell."""
        return (self.bounds[1] - self.bounds[0]) * (self.bounds[3] - self.bounds[2]) / self.exact.size

    def mass(self, log_p: np.ndarray) -> float:
        """Return ∫ p dx over the map: 1 for a density that lies within."""
        return float(np.exp(log_p).sum() * self.cell)

    @property
    def entropy(self) -> float:
        """−∫ p log p dx of the target, in nats: the least NLL that any model can have."""
        return self.cross_entropy(self.exact)

    def cross_entropy(self, log_q: np.ndarray) -> float:
        """Return −∫ p log q dx, in nats: the expected NLL of a model q."""
        p = np.exp(self.exact)
        return float(-(p * np.where(p > 0, log_q, 0)).sum() * self.cell)


def likelihood_map(experiment: Experiment, learned: Field | None, *, side: int = SIDE, steps: int = STEPS) -> LikelihoodMap:
    """Make the map.

    Args:
        experiment: The experiment; `no_map` must have nothing against it.
        learned: Its learned field, for float32 points; None for the exact one alone.
        side: Cells on each side.
        steps: Runge–Kutta steps.
    """
    bounds = widened(known(experiment).bounds, ROOM)
    points = cell_centres(bounds, side)
    target = experiment.target_distribution
    # A stand-in of many narrow parts would fall between the cells.
    exact = log_density(target.mixture(WHOLE) if target.exact else target.mixture(), points.double()).view(side, side).numpy()
    found = None
    if learned is not None:
        source, interval = experiment.source_distribution.mixture(WHOLE), likelihood_interval(learned)
        log_p = log_likelihood(learned, points, source, steps=steps, interval=interval)
        found = log_p.double().view(side, side).numpy()
    return LikelihoodMap(bounds, exact, found, not target.exact)


def divergence_from_exact(found: LikelihoodMap) -> float:
    """Return KL(p ‖ q) of the learned flow in nats, never below 0 but for the map's coarseness; nan where nothing is learned."""
    return math.nan if found.learned is None else found.cross_entropy(found.learned) - found.entropy

"""The likelihood that a flow gives to every place, and what it costs beside the exact one."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowviz.distributions import Mixture
from flowviz.exact import ExactField
from flowviz.experiment import Experiment
from flowviz.known import Bounds, known
from flowviz.metrics import log_density
from flowviz.metrics.likelihood import log_likelihood
from flowviz.solvers import Field, interval_of

SIDE = 96
STEPS = 20
"""Runge–Kutta steps from the data back to the source."""
ROOM = 1.25
"""The map's square against that of the pictures: what a poor flow puts outside is to be seen too."""
WHOLE = 2**13
"""Parts that the mixture of someone's own points may have: all of them."""


def no_likelihood(experiment: Experiment) -> str:
    """Why there is no map, a sentence; empty where there is one."""
    source, target = experiment.source_distribution, experiment.target_distribution
    if not experiment.space.grids:
        return f"A map is drawn in the plane, and {target.label} is not."
    if not (source.exact and source.has_density):
        return f"The density of the source, {source.label}, has no closed form, so the flow’s likelihood has none."
    if not target.has_density:
        return f"The target, {target.label}, has no density: the likelihood of a good flow grows without end."
    return ""


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
        """∫ p dx over the map: 1 for a density that lies within."""
        return float(np.exp(log_p).sum() * self.cell)

    @property
    def entropy(self) -> float:
        """−∫ p log p dx of the target, in nats: the least NLL that any model can have."""
        return self.cross_entropy(self.exact)

    def cross_entropy(self, log_q: np.ndarray) -> float:
        """−∫ p log q dx, in nats: the expected NLL of a model q."""
        p = np.exp(self.exact)
        return float(-(p * np.where(p > 0, log_q, 0)).sum() * self.cell)


def likelihood_map(experiment: Experiment, learned: Field | None, *, side: int = SIDE, steps: int = STEPS) -> LikelihoodMap:
    """Make the map.

    Args:
        experiment: The experiment; `no_likelihood` must have nothing against it.
        learned: Its learned field, for float32 points; None for the exact one alone.
        side: Cells on each side.
        steps: Runge–Kutta steps.
    """
    bounds = _wider(known(experiment).bounds)
    points = _centres(bounds, side)
    target = experiment.target_distribution
    # A stand-in of many narrow parts would fall between the cells.
    exact = log_density(target.mixture(WHOLE) if target.exact else target.mixture(), points.double()).view(side, side).numpy()
    found = None
    if learned is not None:
        found = flow_log_density(learned, points, experiment.source_distribution.mixture(WHOLE), steps).view(side, side).numpy()
    return LikelihoodMap(bounds, exact, found, not target.exact)


def flow_log_density(field: Field, points: Tensor, source: Mixture, steps: int) -> Tensor:
    """log p1 of a flow at points, shape (n, d), in nats per unit volume, shape (n,), float64."""
    interval = (0.0, 1.0) if isinstance(field, ExactField) else interval_of(field)
    return log_likelihood(field, points, source, steps=steps, interval=interval).double()


def _wider(bounds: Bounds) -> Bounds:
    middles = [(bounds[i] + bounds[i + 1]) / 2 for i in (0, 2)]
    half = ROOM * (bounds[1] - bounds[0]) / 2
    return tuple(end for middle in middles for end in (middle - half, middle + half))


def _centres(bounds: Bounds, side: int) -> Tensor:
    """Centres of the cells, shape (side², 2), rows with y ascending."""
    middles = (torch.arange(side) + 0.5) / side
    y, x = torch.meshgrid(
        bounds[2] + (bounds[3] - bounds[2]) * middles, bounds[0] + (bounds[1] - bounds[0]) * middles, indexing="ij"
    )
    return torch.stack([x.ravel(), y.ravel()], 1)


def divergence_from_exact(found: LikelihoodMap) -> float:
    """KL(p ‖ q) of the learned flow in nats, never below 0 but for the map's coarseness; nan where nothing is learned."""
    return math.nan if found.learned is None else found.cross_entropy(found.learned) - found.entropy

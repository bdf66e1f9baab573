"""What guidance samples, beside the tilted density p(x)^(1 − w) p(x | y)^w, which it does not."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowviz.exact import ExactField
from flowviz.experiment import Experiment
from flowviz.known import Bounds, cell_centres
from flowviz.measures.measure import samples
from flowviz.metrics import Spread, wasserstein2
from flowviz.networks import Guidance, guided_field
from flowviz.solvers import Field, carry, finished

SIDE = 72
"""Cells on each side of the map of a tilted density."""
ROOM = 1.5
"""The map's square against that of the pictures: guidance goes beyond the data."""
POINTS = 300
"""Points of each class, and of the flow that is asked for it, in W2."""


@dataclass(frozen=True, eq=False)
class Tilted:
    """The density p(x)^(1 − w) p(x | y)^w on a square, normalised there.

    Attributes:
        bounds: xmin, xmax, ymin, ymax.
        density: Per unit area, shape (side, side), y ascending.
    """

    bounds: Bounds
    density: np.ndarray

    @property
    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of each coordinate, shape (2,) each."""
        share = torch.from_numpy(self.density / self.density.sum()).reshape(-1, 1)
        points = cell_centres(self.bounds, len(self.density)).double()
        mean = (share * points).sum(0)
        return mean.numpy(), (share * (points - mean).square()).sum(0).sqrt().numpy()


def tilted(whole: ExactField, part: ExactField, weight: float, bounds: Bounds, *, side: int = SIDE) -> Tilted:
    """Return the tilted density at the end of a flow.

    For w ≥ 0 it can be normalised, since p(x) is at least the class's share of p(x | y).

    Args:
        whole: The exact field of all data.
        part: That of the class.
        weight: w ≥ 0.
        bounds: xmin, xmax, ymin, ymax.
        side: Cells on each side.
    """
    points, end = cell_centres(bounds, side).double(), torch.tensor(whole.interval[1], dtype=torch.float64)
    log_p = (1 - weight) * whole.log_density(points, end) + weight * part.log_density(points, end)
    share = torch.softmax(log_p, 0).view(side, side).numpy()
    cell = (bounds[1] - bounds[0]) * (bounds[3] - bounds[2]) / side**2
    return Tilted(bounds, share / cell)


@dataclass(frozen=True)
class ByClass:
    """How far a flow that is asked for a class ends from the data of that class, class by class.

    Attributes:
        classes: The classes that have points.
        w2: W2 of each, in units of x.
        floor: W2 between two samples of the class's data.
    """

    classes: tuple[int, ...]
    w2: tuple[float, ...]
    floor: tuple[float, ...]

    @property
    def mean(self) -> Spread:
        """Over the classes."""
        return Spread.of(list(self.w2))

    @property
    def mean_floor(self) -> Spread:
        """Over the classes."""
        return Spread.of(list(self.floor))


def class_distances(
    experiment: Experiment, field: Field, solver: str, steps: int, *, eta: float = 0.0, n: int = POINTS
) -> ByClass:
    """Ask a learned field for each class in turn, without exaggeration (w = 1).

    Args:
        experiment: An experiment that learns classes.
        field: Its learned field.
        solver: What carries the particles.
        steps: Its steps.
        eta: Fresh noise in those of DDIM.
        n: Points in each sample.
    """
    of, w2, floor = [], [], []
    x0 = samples(experiment, n, 0)[0]
    rng = torch.Generator().manual_seed(experiment.class_count)
    for y in range(experiment.class_count):
        drawn = [_of_class(experiment, y, n, rng) for _ in range(2)]
        if any(len(x) < n for x in drawn):
            continue
        asked = guided_field(experiment, field, Guidance(torch.tensor(y), 1.0))
        found = finished(asked, carry(asked, x0, solver=solver, steps=steps, eta=eta, rng=rng))
        of.append(y)
        w2.append(wasserstein2(found.x[-1], drawn[0]))
        floor.append(wasserstein2(drawn[1], drawn[0]))
    return ByClass(tuple(of), tuple(w2), tuple(floor))


def _of_class(experiment: Experiment, y: int, n: int, rng: torch.Generator) -> Tensor:
    """Return points of one class, shape (n, d); fewer where hardly any draw belongs to it."""
    kept: list[Tensor] = []
    for _ in range(64):
        x, labels = experiment.target_distribution.draw(4096, rng)
        kept.append(x[labels == y])
        if sum(map(len, kept)) >= n:
            break
    return torch.cat(kept)[:n]


def moments_of(x: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean and standard deviation of each coordinate of points, shape (n, d); shape (d,) each."""
    x = x.double()
    return x.mean(0).numpy(), x.std(0, correction=0).numpy()

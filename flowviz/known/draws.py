"""Draws from an experiment's path, by its own coupling."""

import torch
from torch import Tensor

from flowviz.exact import coupled
from flowviz.experiment import Experiment

WIDE_LAW = 1_024
"""Components of a law above which sums over it are expensive."""


def path_draws(experiment: Experiment, t: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """Draw from the path, x_t and conditional velocity u, at given times.

    Args:
        experiment: The experiment.
        t: Times, shape (k,).
        n: Pairs at each time (the same pairs at all).

    Returns:
        x_t, shape (k, n, d), and u, shape (k, n, d).
    """
    rng = torch.Generator().manual_seed(2)
    source, target = experiment.source_distribution, experiment.target_distribution
    x0, (x1, y) = source.sample(n, rng), target.draw(n, rng)
    path, coupling = experiment.path, experiment.coupling
    within = y if experiment.training.classes == "within" else None
    x1 = coupled(source, target, path, coupling, x0, x1, rng, batch=experiment.training.batch, y=within)
    z = torch.randn(x0.shape, generator=rng) if path.noisy else None
    times = [s.expand(n) for s in t]
    x = torch.stack([path.point(x0, x1, s, z) for s in times])
    return x, torch.stack([path.target(x0, x1, s, z) for s in times])


def points_at_end(experiment: Experiment, x1: Tensor, last: float, rng: torch.Generator) -> Tensor:
    """Return points that may stand at the last time of a field, for data points x1, shape (n, d): where that is t = 1, x1 itself.

    A field that ends earlier is infinite at single points of the data: there x1 stands on its path from a fresh x0.
    """
    if last == 1:
        return x1
    path, n = experiment.path, len(x1)
    x0 = experiment.source_distribution.sample(n, rng).to(x1.dtype)
    z = torch.randn(x1.shape, generator=rng, dtype=x1.dtype) if path.noisy else None
    return path.point(x0, x1, torch.full((n,), last, dtype=x1.dtype), z)

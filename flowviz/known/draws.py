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

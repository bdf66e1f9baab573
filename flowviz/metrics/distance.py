"""How far samples lie from a target.

A W2 without its n is meaningless: two independent samples of one distribution are not at distance 0.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from flowviz.couplings import optimal_assignment
from flowviz.distributions import Distribution, Mixture, stratified


class Spread(NamedTuple):
    """The mean of some repeats, and their standard deviation (0 for a single one)."""

    mean: float
    spread: float

    @staticmethod
    def of(values: list[float]) -> "Spread":
        """Return the spread of these repeats, at least one."""
        found = torch.tensor(values, dtype=torch.float64)
        return Spread(float(found.mean()), float(found.std()) if len(values) > 1 else 0.0)


def wasserstein2(x: Tensor, y: Tensor) -> float:
    """Return the 2-Wasserstein distance between two samples of equal size, by exact optimal transport.

    W2² = min over permutations p of (1/n) Σ ‖x_i − y_p(i)‖² (Villani, "Optimal Transport", 2009, definition 6.1).

    Args:
        x: Points, shape (n, d).
        y: Points, shape (n, d).

    Returns:
        The distance, in units of x.

    Raises:
        ValueError: If the samples differ in size.
    """
    if x.shape != y.shape:
        raise ValueError(f"both samples must have one shape; got {tuple(x.shape)} and {tuple(y.shape)}. Cut the longer one.")
    x, y = x.double(), y.double()
    return float((x - y[optimal_assignment(x, y)]).square().sum(1).mean().sqrt())


def sampling_floor(target: Distribution, n: int, rng: torch.Generator, *, repeats: int = 3) -> Spread:
    """Return W2 between two independent samples of the target, both stratified by label: what a perfect flow would reach.

    Args:
        target: The distribution.
        n: Points in each sample.
        rng: Source of randomness.
        repeats: Pairs of samples.

    Returns:
        Mean and standard deviation over the repeats, in units of x.
    """
    return Spread.of([wasserstein2(stratified(target, n, rng)[0], stratified(target, n, rng)[0]) for _ in range(repeats)])


def share_in_modes(x: Tensor, modes: Mixture, *, radius: float = 3.0) -> float:
    """Return the share of points within `radius` standard deviations of some mode.

    Args:
        x: Points, shape (n, d).
        modes: The modes; for 8 Gaussians and radius 3 the target's own share is 1 − exp(−9/2) = .989.
        radius: In standard deviations.
    """
    near = torch.cdist(x.double(), modes.means.double()) <= radius * modes.variances.double().sqrt()
    return float(near.any(1).double().mean())

"""Pairs drawn from a law of components, and times at which means over t are exact."""

import numpy as np
import torch
from torch import Tensor

from flowviz.exact import JointMixture


def draw_pairs(law: JointMixture, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw pairs from Σ_c w_c N(m_c, s_c I) × N(μ_c, λ_c I), each component with its share of them up to one pair.

    Every pair alone has the law of the pairs, and the first few of them are as good as any, since their order is random.

    Args:
        law: The law of (x0, x1).
        n: Number of pairs, at least 0.
        rng: Source of randomness.

    Returns:
        x0 and x1, shape (n, d) each, float64.

    Raises:
        ValueError: If `n` is negative.
    """
    if n < 0:
        raise ValueError(f"`n` must be at least 0; got {n}. Try 1000 pairs.")
    # Systematic sampling: one random shift, then every n-th of the cumulated weights.
    at = (torch.arange(n, dtype=torch.float64) + torch.rand((), generator=rng, dtype=torch.float64)) / max(n, 1)
    part = _component(law, at)[torch.randperm(n, generator=rng)]
    noise = torch.randn(2, n, law.m.shape[1], generator=rng, dtype=torch.float64)
    return _pairs(law, part, noise[0], noise[1])


def spread_pairs(law: JointMixture, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Draw pairs, with a noise z, that fill their law more evenly than chance would: means over them scatter less.

    A scrambled Sobol sequence in 3d + 1 dimensions. One pair alone has the law of the pairs; how far a mean may be off shows
    in several independent calls.

    References:
        Owen, "Scrambled Net Variance for Integrals of Smooth Functions", 1997.

    Args:
        law: The law of (x0, x1).
        n: Number of pairs, at least 1; a power of 2 is best.
        rng: Source of randomness.

    Returns:
        x0, x1 and z ~ N(0, I), shape (n, d) each, float64.
    """
    d = law.m.shape[1]
    seed = int(torch.randint(2**31 - 1, (), generator=rng))
    even = torch.quasirandom.SobolEngine(3 * d + 1, scramble=True, seed=seed).draw(n, dtype=torch.float64)
    part = _component(law, even[:, 0].contiguous())
    # The sequence's own digits end at 2^-30: a share of 0 or 1 would be an infinite normal.
    noise = torch.special.ndtri(even[:, 1:].clamp(2**-31, 1 - 2**-31)).reshape(n, 3, d)
    return *_pairs(law, part, noise[:, 0], noise[:, 1]), noise[:, 2]


def _component(law: JointMixture, share: Tensor) -> Tensor:
    """Return the component at each share, 0 to 1, of the cumulated weights."""
    edges = torch.cumsum(law.weights.double(), 0)
    return torch.searchsorted(edges / edges[-1], share).clamp(max=len(edges) - 1)


def _pairs(law: JointMixture, part: Tensor, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
    x0 = law.m[part].double() + law.s[part, None].double().sqrt() * first
    return x0, law.mu[part].double() + law.lam[part, None].double().sqrt() * second


def quadrature(interval: tuple[float, float], k: int) -> tuple[Tensor, Tensor]:
    """Return times and weights of a mean over t, by Gauss and Legendre's rule.

    Its times crowd towards the ends, where losses rise.

    Args:
        interval: First and last time.
        k: Number of times, at least 1.

    Returns:
        Times inside the interval, ascending, shape (k,), and weights, shape (k,), that sum to one; float64.
    """
    nodes, weights = np.polynomial.legendre.leggauss(k)
    low, high = interval
    return low + (high - low) * (torch.from_numpy(nodes) + 1) / 2, torch.from_numpy(weights) / 2

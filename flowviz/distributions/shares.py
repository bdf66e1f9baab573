"""Samples in which every mode, arm or sector has its share: most of the noise in W2 is in how many points hit which mode."""

from functools import lru_cache

import torch
from torch import Tensor

from flowviz.distributions.base import Distribution

COUNTED = 65_536
"""Draws from which the shares of the labels are counted."""


@lru_cache(maxsize=64)
def label_shares(distribution: Distribution) -> tuple[float, ...]:
    """Return the probability of each label: equal where draws do not say otherwise, else as counted in 65,536 draws.

    Args:
        distribution: The distribution.

    Returns:
        One probability for each label from 0; they sum to one.
    """
    count = distribution.draw(COUNTED, torch.Generator().manual_seed(0))[1].bincount().double()
    share, equal = count / COUNTED, 1 / len(count)
    if float((share - equal).abs().max()) < 4.5 * (equal * (1 - equal) / COUNTED) ** 0.5:  # 4.5 standard errors
        return (equal,) * len(count)
    return tuple(share.tolist())


def stratified(distribution: Distribution, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draw points so that each label has its share of them, up to one point.

    Args:
        distribution: The distribution.
        n: Number of points, at least 0.
        rng: Source of randomness.

    Returns:
        Points, shape (n, d), float32, in random order, and labels, shape (n,), int64.
    """
    wanted = n * torch.tensor(label_shares(distribution), dtype=torch.float64)
    need = wanted.floor().long()
    # Largest remainders, ties in random order, so that no label is preferred.
    order = (wanted - need + 1e-9 * torch.rand(len(need), generator=rng)).argsort(descending=True)
    need[order[: n - int(need.sum())]] += 1
    points, labels = [], []
    while int(need.sum()):
        x, label = distribution.draw(max(2 * n, 64), rng)
        for k in need.nonzero().squeeze(1):
            rows = (label == k).nonzero().squeeze(1)[: int(need[k])]
            points.append(x[rows])
            labels.append(label[rows])
            need[k] -= len(rows)
    shuffled = torch.randperm(n, generator=rng)
    return torch.cat([torch.zeros(0, distribution.space.dim), *points])[shuffled], torch.cat(
        [torch.zeros(0, dtype=torch.int64), *labels]
    )[shuffled]

"""The log density of a flow for points with many coordinates: exact where they are few, estimated with its error where not."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from flowviz.distributions import Mixture
from flowviz.metrics.likelihood import log_density, probed_divergence, rademacher, velocity_and_divergence
from flowviz.solvers import Field, solve

EXACT = 10
"""Columns up to which the divergence is computed exactly: each costs a product with the Jacobian."""
PROBES = 16
"""Of Hutchinson's estimate for more columns."""
AT_ONCE = 2048
"""Rows that are carried together: more would not fit into the caches."""


class _Traced:
    """The field of the state [x, ℓ_1, …, ℓ_m], ℓ_j' = div v: one exact ℓ, or one for each of m probes.

    Args:
        field: The field, of `dim` coordinates.
        dim: d.
        signs: The probes, shape (m, n, d); None for the exact divergence.
    """

    def __init__(self, field: Field, dim: int, signs: Tensor | None) -> None:
        self.field, self.dim, self.signs = field, dim, signs

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        x = x[:, : self.dim]
        if self.signs is None:
            v, divergence = velocity_and_divergence(self.field, x, t)
            return torch.cat([v, divergence[:, None]], 1)
        with torch.no_grad():
            v = self.field.velocity(x, t)
        return torch.cat([v, probed_divergence(self.field, x, t, self.signs).T], 1)


def carried(
    field: Field, x: Tensor, interval: tuple[float, float], *, solver: str, steps: int, seed: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Carry points along a field, with the logarithm of how much it has stretched the space about them.

    References:
        Chen et al., "Neural Ordinary Differential Equations", 2018, arXiv 1806.07366, theorem 1.
        Grathwohl et al., "FFJORD", 2018, arXiv 1810.01367, equation 7.

    Args:
        field: The field; its velocity must be differentiable in x.
        x: Points at the interval's first time, shape (n, d).
        interval: First and last time; backward where the first is the later one.
        solver: A fixed solver of `solve`.
        steps: Its steps.
        seed: What the probes follow from.

    Returns:
        Points at the last time, shape (n, d), ∫ div v dt along the way, shape (n,), and the standard error of that, shape (n,).
    """
    dim, signs = x.shape[1], None
    if dim > EXACT:
        # The same probes for every point: the answer for one does not depend on which others are asked with it.
        signs = rademacher(PROBES, x[:1], torch.Generator().manual_seed(seed)).expand(PROBES, len(x), dim)
    traces = 1 if signs is None else PROBES
    state = torch.cat([x, x.new_zeros(len(x), traces)], 1)
    end = solve(_Traced(field, dim, signs), state, solver=solver, steps=steps, interval=interval).x[-1]
    found = end[:, dim:]
    error = found.std(1) / PROBES**0.5 if traces > 1 else torch.zeros(len(x))
    return end[:, :dim], found.mean(1), error


def log_densities(
    field: Field, x1: np.ndarray, source: Mixture, interval: tuple[float, float], *, solver: str, steps: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return log p1 of points, in nats per unit volume, and its standard error, both of shape (n,), float64.

    Args:
        field: The field, in float64.
        x1: Points at t = 1, shape (n, d), float64.
        source: The distribution at t = 0.
        interval: First and last time of the flow.
        solver: A fixed solver of `solve`.
        steps: Its steps.
        seed: What the probes follow from.
    """
    values, errors = [], []
    for part in torch.from_numpy(x1).split(AT_ONCE):
        x0, trace, error = carried(field, part, (interval[1], interval[0]), solver=solver, steps=steps, seed=seed)
        values.append((log_density(source, x0) + trace).numpy())
        errors.append(error.numpy())
    return np.concatenate(values), np.concatenate(errors)

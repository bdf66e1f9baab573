"""Log densities along the ways of single particles, by the exact divergence and by Hutchinson's estimates of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flowviz.distributions import Mixture
from flowviz.metrics.likelihood import log_density, rademacher, velocity_and_jacobian
from flowviz.solvers import Field, solve


@dataclass(frozen=True, eq=False)
class Ways:
    """What some particles meet on their ways, at k times.

    Attributes:
        t: Times, ascending, shape (k,).
        x: Positions, shape (k, n, d).
        divergence: div v(x_t, t) by the exact trace, per unit of t, shape (k, n).
        running: log p_t(x_t) = log p0(x0) − ∫ div v dt, in nats per unit volume, shape (k, n).
        estimates: For each number of probes Hutchinson's estimate of the divergence, shape (k, n).
        estimated: For each number of probes log p_t(x_t) by that estimate, shape (k, n).
    """

    t: Tensor
    x: Tensor
    divergence: Tensor
    running: Tensor
    estimates: dict[int, Tensor]
    estimated: dict[int, Tensor]


class _Probed:
    """The field of the state [x, ∫ div v, ∫ of the estimate by each number of probes]."""

    def __init__(self, field: Field, signs: Tensor, probes: Sequence[int]) -> None:
        self.field, self.signs, self.probes = field, signs, probes
        self.dim = signs.shape[2]

    def divergences(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the velocity, the exact divergence and the estimates, shape (n, d + 1 + number of estimates)."""
        v, jacobian = velocity_and_jacobian(self.field, x, t)
        exact = jacobian.diagonal(dim1=1, dim2=2).sum(1)
        # With the Jacobian at hand a probe is cheaper from it than by a product of its own, and the same number.
        each = torch.einsum("mni,nij,mnj->mn", self.signs, jacobian, self.signs)
        return torch.cat([v, torch.stack([exact, *(each[:m].mean(0) for m in self.probes)], 1)], 1)

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return self.divergences(x[:, : self.dim], t)


def ways(
    field: Field,
    x0: Tensor,
    source: Mixture,
    rng: torch.Generator,
    *,
    probes: Sequence[int] = (1, 4, 16),
    steps: int = 100,
    interval: tuple[float, float] = (0.0, 1.0),
) -> Ways:
    """Follow particles from t = 0 to 1, and their log densities with them, by RK4.

    Each particle has its own probes, and keeps them on all its way, so that the solver meets a smooth field; fewer probes
    are the first of the many.

    References:
        Grathwohl et al., "FFJORD", 2018, arXiv 1810.01367, equations 7 and 8.

    Args:
        field: The field; its velocity must be differentiable in x.
        x0: Starts, shape (n, d), n at least 1.
        source: The distribution of x0; every variance above 0.
        rng: Source of the probes.
        probes: Numbers of probes, each at least 1.
        steps: Runge–Kutta steps, at whose ends the values are given.
        interval: First and last time of the flow.
    """
    probed = _Probed(field, rademacher(max(probes), x0, rng), probes)
    d, blank = x0.shape[1], x0.new_zeros(len(x0), 1 + len(probes))
    found = solve(probed, torch.cat([x0, blank], 1), solver="rk4", steps=steps, interval=interval)
    x = found.x[..., :d]
    rates = torch.stack([probed.divergences(xt, t)[:, d:] for xt, t in zip(x, found.t, strict=True)])  # (k, n, 1 + m)
    running = log_density(source, x0)[:, None] - found.x[..., d:]
    named = [(m, i + 1) for i, m in enumerate(probes)]
    return Ways(
        found.t,
        x,
        rates[..., 0],
        running[..., 0],
        {m: rates[..., i] for m, i in named},
        {m: running[..., i] for m, i in named},
    )

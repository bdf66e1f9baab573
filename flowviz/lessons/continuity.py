"""The two terms of the continuity equation, ∂p/∂t and div(p u), computed in two ways that know nothing of each other."""

from dataclasses import dataclass

import torch
from torch import Tensor

from flowviz.exact import BLOCK, ExactField


@dataclass(frozen=True, eq=False)
class Terms:
    """The terms at n places at one time, in probability per unit area per unit t.

    Attributes:
        change: ∂p/∂t, shape (n,): how fast the density grows.
        outflow: div(p u), shape (n,): how much more flows out of a place than into it.
    """

    change: Tensor
    outflow: Tensor

    @property
    def sum(self) -> Tensor:
        """What the continuity equation says is 0, shape (n,)."""
        return self.change + self.outflow


def continuity_terms(field: ExactField, x: Tensor, t: Tensor) -> Terms:
    """Return ∂p/∂t + div(p u) = 0, term by term (Lipman et al., 2022, arXiv 2210.02747, equation 26).

    Args:
        field: The exact field.
        x: Places, shape (n, d); float64, or the sum drowns in rounding.
        t: One time within `field.interval`, shape ().

    Returns:
        The terms, in the type of x.
    """
    return Terms(density_change(field, x, t), flux_divergence(field, x, t))


def density_change(field: ExactField, x: Tensor, t: Tensor) -> Tensor:
    """Return ∂p/∂t at fixed x, by differentiating the mixture of bells itself; the velocity takes no part in it.

    p = Σ w N(x; M, C I) with M = α μ + σ m and C = α² λ + σ² s + γ², so
    ∂p/∂t = Σ w N [(y · M') / C + ½ C' (|y|² / C² − d / C)], y = x − M. C' needs only αα', σσ' and γγ', which are finite where
    σ' or γ' is not. Shapes as in `continuity_terms`; returns (n,).
    """
    now, d = field.at(t, x.dtype), x.shape[1]
    c, half, mean, drift = now.variance, now.half_slope, now.mean, now.drift
    scale = now.law.weights * (2 * torch.pi * c) ** (-d / 2)
    out = []
    for rows in x.split(max(1, BLOCK // len(c))):
        square = (rows[:, None] - mean).square().sum(2)  # (rows, C)
        along = rows @ drift.T - (mean * drift).sum(1)
        bell = scale * torch.exp(-0.5 * square / c)
        out.append((bell * (along / c + half * (square / c**2 - d / c))).sum(1))
    return torch.cat(out) if out else x.new_zeros(0)


def flux_divergence(field: ExactField, x: Tensor, t: Tensor) -> Tensor:
    """Return div(p u), by automatic differentiation of the product of the field's own density and velocity with respect to x.

    One vector-Jacobian product for each dimension. Shapes as in `continuity_terms`; returns (n,).
    """
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        flux = torch.exp(field.log_density(x, t))[:, None] * field.velocity(x, t)
        rows = [torch.autograd.grad(flux[:, i].sum(), x, retain_graph=True)[0][:, i] for i in range(x.shape[1])]
    return torch.stack(rows).sum(0)

"""The law of pairs of Gaussians, and the mixture that x_t is at one time: the algebra of all exact fields, once."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from flowviz.distributions import Mixture
from flowviz.paths import Path

LEAST = 1e-12
"""The smallest variance: it keeps a point set finite at its end; elsewhere it is far below rounding."""


@dataclass(frozen=True, eq=False)
class JointMixture:
    """Pairs of Gaussians, Σ_c w_c N(m_c, s_c I) × N(μ_c, λ_c I), as the law of (x0, x1).

    Args:
        weights: w, shape (C,).
        m: Means of x0, shape (C, d).
        s: Variances of x0, shape (C,).
        mu: Means of x1, shape (C, d).
        lam: Variances of x1, shape (C,).
    """

    weights: Tensor
    m: Tensor
    s: Tensor
    mu: Tensor
    lam: Tensor

    @staticmethod
    def independent(source: Mixture, target: Mixture) -> "JointMixture":
        """Every component of the source with every component of the target."""
        j, k = len(source), len(target)
        first, second = torch.arange(j).repeat_interleave(k), torch.arange(k).repeat(j)
        return JointMixture(
            weights=source.weights[first] * target.weights[second],
            m=source.means[first],
            s=source.variances[first],
            mu=target.means[second],
            lam=target.variances[second],
        )

    def to(self, dtype: torch.dtype) -> "JointMixture":
        """The same law in another floating-point type."""
        return JointMixture(*(getattr(self, name).to(dtype) for name in ("weights", "m", "s", "mu", "lam")))


@dataclass(frozen=True, eq=False)
class MixtureAt:
    """The law of x_t at given times, component by component: Σ w N(M, C I), and how M and C move.

    With M = α μ + σ m, C = α² λ + σ² s + γ² and h = ½ C': given x_t = x and the component, u has the mean M' + (h / C) (x − M).

    Args:
        path: The path.
        law: The law of (x0, x1).
        t: One time, shape (), or several, shape (n, 1), in the type of `law`.
    """

    path: Path
    law: JointMixture
    t: Tensor

    @cached_property
    def _coefficients(self) -> tuple[Tensor, Tensor]:
        return self.path.alpha(self.t), self.path.sigma(self.t)

    @cached_property
    def mean(self) -> Tensor:
        """M, shape (C, d) or (n, C, d)."""
        a, sigma = self._coefficients
        return a[..., None] * self.law.mu + sigma[..., None] * self.law.m if self.t.ndim else a * self.law.mu + sigma * self.law.m

    @cached_property
    def variance(self) -> Tensor:
        """C, shape (C,) or (n, C), at least 1e-12."""
        a, sigma = self._coefficients
        return (a * a * self.law.lam + sigma * sigma * self.law.s + self.path.gamma(self.t) ** 2).clamp(min=LEAST)

    @cached_property
    def half_slope(self) -> Tensor:
        """h = ½ C', shape as C: products of coefficients and their slopes, which are finite where σ' or γ' is not."""
        path, t = self.path, self.t
        return self._coefficients[0] * path.d_alpha(t) * self.law.lam + path.sigma_d_sigma(t) * self.law.s + path.gamma_d_gamma(t)

    @cached_property
    def rate(self) -> Tensor:
        """h / C, shape as C."""
        return self.half_slope / self.variance

    @cached_property
    def drift(self) -> Tensor:
        """M' = α' μ + σ' m, shape as M."""
        da, ds = self.path.d_alpha(self.t), self.path.d_sigma(self.t)
        if self.t.ndim:
            da, ds = da[..., None], ds[..., None]
        drift = da * self.law.mu
        # σ' may be infinite (vp at t = 1), and times a centred source it is nothing.
        return drift + ds * self.law.m if bool(self.law.m.any()) else drift

    @cached_property
    def log_scale(self) -> Tensor:
        """What is the same for all x in the log density of each component at one time, shape (C,): that of x = 0."""
        constant = torch.log(self.law.weights) - 0.5 * self.mean.square().sum(1) / self.variance
        return constant - 0.5 * self.mean.shape[1] * torch.log(2 * torch.pi * self.variance)

    @cached_property
    def slopes(self) -> Tensor:
        """What [x, |x|²] is multiplied by in the log density of each component at one time, shape (d + 1, C)."""
        return torch.cat([self.mean, torch.full_like(self.mean[:, :1], -0.5)], 1).div_(self.variance[:, None]).T.contiguous()

    @cached_property
    def velocities(self) -> Tensor:
        """M' − (h / C) M and h / C of each component at one time, shape (C, d + 1): its velocity is the one plus the other times x."""
        rate = self.rate[:, None]
        return torch.cat([self.drift - rate * self.mean, rate], 1)

"""The law of pairs of Gaussians, and the mixture that x_t is at one time: the algebra of all exact fields, once."""

from dataclasses import dataclass, replace
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

    Where they are not isotropic they have the same axes, and s_c and λ_c hold a variance for each.

    Args:
        weights: w, shape (C,).
        m: Means of x0, shape (C, d).
        s: Variances of x0, shape (C,), or along the axes, shape (C, d).
        mu: Means of x1, shape (C, d).
        lam: Variances of x1, shaped as `s`.
        axes: The axes as orthonormal columns, shape (d, d); None where all are isotropic.
    """

    weights: Tensor
    m: Tensor
    s: Tensor
    mu: Tensor
    lam: Tensor
    axes: Tensor | None = None

    @staticmethod
    def independent(source: Mixture, target: Mixture) -> "JointMixture":
        """Return every component of the source with every component of the target."""
        j, k = len(source), len(target)
        first, second = torch.arange(j).repeat_interleave(k), torch.arange(k).repeat(j)
        axes = source.axes if target.axes is None else target.axes
        assert source.axes is None or axes is None or torch.equal(source.axes, axes), "two laws stretched along different axes"
        return JointMixture(
            weights=source.weights[first] * target.weights[second],
            m=source.means[first],
            s=_along(source, axes)[first],
            mu=target.means[second],
            lam=_along(target, axes)[second],
            axes=axes,
        )

    @property
    def turned(self) -> "JointMixture":
        """The same law in the coordinates along its axes."""
        return self if self.axes is None else replace(self, m=self.m @ self.axes, mu=self.mu @ self.axes)

    def to(self, dtype: torch.dtype) -> "JointMixture":
        """Return the same law in another floating-point type."""
        axes = None if self.axes is None else self.axes.to(dtype)
        return JointMixture(*(getattr(self, name).to(dtype) for name in ("weights", "m", "s", "mu", "lam")), axes=axes)


def _along(mixture: Mixture, axes: Tensor | None) -> Tensor:
    """Return the variances of a mixture, shape (K,), or along some axes, shape (K, d)."""
    if axes is None:
        return mixture.variances
    stretch = torch.ones(len(axes), dtype=axes.dtype) if mixture.stretch is None else mixture.stretch
    return mixture.variances[:, None] * stretch


@dataclass(frozen=True, eq=False)
class MixtureAt:
    """The law of x_t at given times, component by component: Σ w N(M, C I), and how M and C move; C is one for each axis where the law has some.

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

    def _over(self, coefficient: Tensor) -> Tensor:
        """Return a coefficient at all times, shaped as variances are multiplied by it."""
        return coefficient[..., None] if self.t.ndim and self.law.axes is not None else coefficient

    @cached_property
    def mean(self) -> Tensor:
        """M, shape (C, d) or (n, C, d)."""
        a, sigma = self._coefficients
        return a[..., None] * self.law.mu + sigma[..., None] * self.law.m if self.t.ndim else a * self.law.mu + sigma * self.law.m

    @cached_property
    def variance(self) -> Tensor:
        """C, shape (C,) or (n, C), with axes (C, d) or (n, C, d), at least 1e-12."""
        a, sigma = self._coefficients
        a, sigma, gamma = self._over(a * a), self._over(sigma * sigma), self._over(self.path.gamma(self.t) ** 2)
        return (a * self.law.lam + sigma * self.law.s + gamma).clamp(min=LEAST)

    @cached_property
    def half_slope(self) -> Tensor:
        """h = ½ C', shape as C: products of coefficients and their slopes, which are finite where σ' or γ' is not."""
        path, t = self.path, self.t
        a, sigma, gamma = (
            self._over(slope) for slope in (self._coefficients[0] * path.d_alpha(t), path.sigma_d_sigma(t), path.gamma_d_gamma(t))
        )
        return a * self.law.lam + sigma * self.law.s + gamma

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

    @property
    def along_axes(self) -> bool:
        """Whether each axis has a C of its own."""
        return self.law.axes is not None

    @cached_property
    def log_scale(self) -> Tensor:
        """What is the same for all x in the log density of each component at one time, shape (C,): that of x = 0."""
        if self.along_axes:
            terms = self.mean.square() / self.variance + torch.log(2 * torch.pi * self.variance)
            return torch.log(self.law.weights) - 0.5 * terms.sum(1)
        constant = torch.log(self.law.weights) - 0.5 * self.mean.square().sum(1) / self.variance
        return constant - 0.5 * self.mean.shape[1] * torch.log(2 * torch.pi * self.variance)

    @cached_property
    def slopes(self) -> Tensor:
        """What [x, |x|²] is multiplied by in the log density of each component at one time, shape (d + 1, C); along axes [x, x²], (2d, C)."""
        if self.along_axes:
            return torch.cat([self.mean / self.variance, -0.5 / self.variance], 1).T.contiguous()
        return torch.cat([self.mean, torch.full_like(self.mean[:, :1], -0.5)], 1).div_(self.variance[:, None]).T.contiguous()

    @cached_property
    def velocities(self) -> Tensor:
        """M' − (h / C) M and h / C of each component at one time, shape (C, d + 1), along axes (C, 2d).

        A component's velocity is the first plus the second times x.
        """
        rate = column(self.rate)
        return torch.cat([self.drift - rate * self.mean, rate], 1)


def column(values: Tensor) -> Tensor:
    """Return what belongs to each component, shape (C,), or to each of its axes, shape (C, d), so that it multiplies points."""
    return values[:, None] if values.ndim == 1 else values

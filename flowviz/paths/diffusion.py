"""The paths of diffusion models, with their time turned round: t = 0 is noise."""

import math
from typing import ClassVar

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from flowviz.paths.base import Path


@dataclass(frozen=True)
class VariancePreserving(Path):
    """The diffusion (DDPM) path: α = exp(−T/2), σ = √(1 − exp(−T)), T = ½(1 − t)²(β_max − β_min) + (1 − t) β_min.

    α(0) is not zero, and not even small where β_max is; σ' → −∞ at t = 1, where the loss grows like d β_min / (4 (1 − t)).

    References:
        Song et al., "Score-Based Generative Modeling through Stochastic Differential Equations", 2021,
        arXiv 2011.13456, equation 33.
        Lipman et al., 2022, arXiv 2210.02747, equation 19.
    """

    slug: ClassVar[str] = "vp"
    label: ClassVar[str] = "Diffusion (VP)"
    formula: ClassVar[str] = (
        r"\begin{gathered} x_t = e^{-T/2}\,x_1 + \sqrt{1-e^{-T}}\,x_0 \\ T=\tfrac12(1-t)^2(\beta_{max}-\beta_{min})+(1-t)\beta_{min} \end{gathered}"
    )
    remark: ClassVar[str] = "The path of DDPM, time turned round."
    gaussian_source: ClassVar[bool] = True
    beta_min: float = Field(default=0.1, ge=0.01, le=1, title="β_min", description="Rate of noising at the data, t = 1.")
    beta_max: float = Field(default=20.0, ge=2, le=40, title="β_max", description="Rate of noising at the source, t = 0.")

    @property
    def interval(self) -> tuple[float, float]:
        return 0.0, 1 - 1e-3

    def _in_numbers(self) -> list[str]:
        return [*super()._in_numbers(), f"Half of α’s change is made by t = {self._half_way:.2f}."]

    @property
    def _half_way(self) -> float:
        """The time at which α is half-way from α(0) to 1: a root of T = −2 log α, quadratic in 1 − t."""
        noising, rise = -2 * math.log((1 + self.beginning[0]) / 2), self.beta_max - self.beta_min
        return 1 - (math.sqrt(self.beta_min**2 + 2 * rise * noising) - self.beta_min) / rise

    def _noising(self, t: Tensor) -> Tensor:
        return 0.5 * (1 - t) ** 2 * (self.beta_max - self.beta_min) + (1 - t) * self.beta_min

    def _d_noising(self, t: Tensor) -> Tensor:
        return -(1 - t) * (self.beta_max - self.beta_min) - self.beta_min

    def alpha(self, t: Tensor) -> Tensor:
        return torch.exp(-0.5 * self._noising(t))

    def d_alpha(self, t: Tensor) -> Tensor:
        return -0.5 * self._d_noising(t) * self.alpha(t)

    def sigma(self, t: Tensor) -> Tensor:
        return torch.sqrt(-torch.expm1(-self._noising(t)))

    def d_sigma(self, t: Tensor) -> Tensor:
        return self.sigma_d_sigma(t) / self.sigma(t)

    def sigma_d_sigma(self, t: Tensor) -> Tensor:
        return 0.5 * self._d_noising(t) * torch.exp(-self._noising(t))


@dataclass(frozen=True)
class Cosine(Path):
    """The diffusion path with a cosine schedule: α = sin φ/sin φ₁, σ = √(1 − α²), φ = φ₁ − (1 − t)(φ₁ − φ₀), φ₁ = π/(2 + 2s).

    With φ₀ = 0 it is ᾱ = cos²((τ + s)/(1 + s) · π/2) / cos²(s/(1 + s) · π/2) at τ = 1 − t, and at τ = 1 no data are left. There the
    authors clip the noise of a step, β ≤ 0.999, so that α stays above 0; here the angle begins at φ₀ above 0, where
    α(0) = `alpha_0`. An error of the predicted noise is magnified σ/α times in the expected data point, so it must not be too
    small: on the 8 Gaussians ten steps of DDIM end W2 = 2.57, 1.07 and 0.55 from the data with 0.005, 0.02 and 0.05 (`vp`: 0.53;
    n = 1000, one training of 4,000 steps each). Starting from noise alone, the exact flow ends at 0.339 with 0.05 and at 0.337
    with 0.001 (n = 500, one sample). With s above 0, σ' → −∞ at t = 1, as on `vp`.

    References:
        Nichol & Dhariwal, "Improved Denoising Diffusion Probabilistic Models", 2021, arXiv 2102.09672, equation 17.

    >>> Cosine().alpha(torch.tensor([0.0, 1.0]))
    tensor([0.0500, 1.0000])
    """

    slug: ClassVar[str] = "cosine"
    label: ClassVar[str] = "Diffusion (cosine)"
    formula: ClassVar[str] = (
        r"\begin{gathered} x_t = \frac{\sin\phi}{\sin\phi_1}\,x_1 + \sqrt{1-\frac{\sin^2\phi}{\sin^2\phi_1}}\,x_0 \\ "
        r"\phi = \phi_1-(1-t)(\phi_1-\phi_0),\quad \phi_1=\tfrac{\pi}{2(1+s)} \end{gathered}"
    )
    remark: ClassVar[str] = (
        "The cosine schedule of improved DDPM, time turned round: noise is taken away evenly over the middle of the way."
    )
    gaussian_source: ClassVar[bool] = True
    s: float = Field(
        default=0.008, ge=0.001, le=0.1, title="s", description="Offset at the data, t = 1: how fast the first noise comes."
    )
    alpha_0: float = Field(
        default=0.05,
        ge=0.001,
        le=0.1,
        title="α(0)",
        description="What is left of the data at the source, t = 0; the angle φ₀ follows from it.",
    )

    @property
    def interval(self) -> tuple[float, float]:
        return 0.0, 1 - 1e-3

    def _in_numbers(self) -> list[str]:
        return [*super()._in_numbers(), f"Half of α’s change is made by t = {self._half_way:.2f}."]

    @property
    def _half_way(self) -> float:
        """The time at which α is half-way from α(0) to 1."""
        return 1 - (self._last - math.asin((1 + self.alpha_0) / 2 * math.sin(self._last))) / self._rate

    @property
    def _last(self) -> float:
        return 0.5 * math.pi / (1 + self.s)

    @property
    def _rate(self) -> float:
        return self._last - math.asin(self.alpha_0 * math.sin(self._last))

    def _angle(self, t: Tensor) -> Tensor:
        return self._last - self._rate * (1 - t)

    def alpha(self, t: Tensor) -> Tensor:
        return torch.sin(self._angle(t)) / math.sin(self._last)

    def d_alpha(self, t: Tensor) -> Tensor:
        return self._rate * torch.cos(self._angle(t)) / math.sin(self._last)

    def sigma(self, t: Tensor) -> Tensor:
        # sin² φ₁ − sin² φ as a product: near t = 1 the difference would be rounding.
        return torch.sqrt(torch.sin(self._rate * (1 - t)) * torch.sin(self._last + self._angle(t))) / math.sin(self._last)

    def d_sigma(self, t: Tensor) -> Tensor:
        return self.sigma_d_sigma(t) / self.sigma(t)

    def sigma_d_sigma(self, t: Tensor) -> Tensor:
        return -self.alpha(t) * self.d_alpha(t)


@dataclass(frozen=True)
class VarianceExploding(Path):
    """The data under ever less noise: x_t = x1 + (σ_min/σ_max)^t x0 with x0 ~ N(0, σ_max² I).

    At t = 0 the path holds data + noise, not noise alone: to start from the source is an approximation that vanishes as
    σ_max grows.

    References:
        Song & Ermon, "Generative Modeling by Estimating Gradients of the Data Distribution", 2019, arXiv 1907.05600.
        Song et al., 2021, arXiv 2011.13456, equation 31.
    """

    slug: ClassVar[str] = "ve"
    label: ClassVar[str] = "Diffusion (VE)"
    formula: ClassVar[str] = (
        r"\begin{gathered} x_t = x_1 + (\sigma_{min}/\sigma_{max})^t\,x_0 \\ x_0\sim N(0,\sigma_{max}^2 I) \end{gathered}"
    )
    remark: ClassVar[str] = (
        "The data under ever less noise. At t = 0 it is data + noise, so starting from noise alone is an approximation "
        "that vanishes as σ_max grows. A wide source is slow to learn: at σ_max = 6, 16,000 steps do what 4,000 do elsewhere."
    )
    gaussian_source: ClassVar[bool] = True
    sigma_min: float = Field(default=0.05, gt=0, le=0.5, title="σ_min", description="Width of the noise that is left at t = 1.")
    sigma_max: float = Field(default=6.0, ge=2, le=50, title="σ_max", description="Width of the source, N(0, σ_max² I).")

    @property
    def source_std(self) -> float:
        return self.sigma_max

    def alpha(self, t: Tensor) -> Tensor:
        return torch.ones_like(t)

    def d_alpha(self, t: Tensor) -> Tensor:
        return torch.zeros_like(t)

    @property
    def _rate(self) -> float:
        return math.log(self.sigma_min) - math.log(self.sigma_max)  # not of their ratio, which may round to 0

    def sigma(self, t: Tensor) -> Tensor:
        return torch.exp(t * self._rate)

    def d_sigma(self, t: Tensor) -> Tensor:
        return self._rate * self.sigma(t)

"""The two paths of diffusion models, with their time turned round: t = 0 is noise."""

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

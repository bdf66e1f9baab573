"""Paths without added noise: two straight ones, an arc, and a bent clock."""

import math
from typing import ClassVar

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from flowviz.paths.base import Path


class Straight(Path):
    """The coefficients α = t and σ = 1 − t, which several paths share."""

    def alpha(self, t: Tensor) -> Tensor:
        return t

    def d_alpha(self, t: Tensor) -> Tensor:
        return torch.ones_like(t)

    def sigma(self, t: Tensor) -> Tensor:
        return 1 - t

    def d_sigma(self, t: Tensor) -> Tensor:
        return -torch.ones_like(t)


@dataclass(frozen=True)
class Linear(Straight):
    """Straight line at constant speed: x_t = t x1 + (1 − t) x0.

    References:
        Liu et al., "Flow Straight and Fast", 2022, arXiv 2209.03003, equation 1.

    >>> float(Linear().alpha(torch.tensor(0.25)))
    0.25
    """

    slug: ClassVar[str] = "linear"
    label: ClassVar[str] = "Linear"
    formula: ClassVar[str] = r"x_t = t\,x_1 + (1-t)\,x_0"
    remark: ClassVar[str] = "A straight line at constant speed for each pair; the marginal flow still bends."


@dataclass(frozen=True)
class LipmanOT(Path):
    """Conditional optimal transport to a small Gaussian about x1: x_t = t x1 + (1 − (1 − σ_min) t) x0.

    It ends with width σ_min, so at the data blurred by N(0, σ_min² I).

    References:
        Lipman et al., "Flow Matching for Generative Modeling", 2022, arXiv 2210.02747, equations 20 to 22.
    """

    slug: ClassVar[str] = "lipman-ot"
    label: ClassVar[str] = "Lipman's OT"
    formula: ClassVar[str] = r"x_t = t\,x_1 + (1-(1-\sigma_{min})t)\,x_0"
    remark: ClassVar[str] = "The straight line that stops at width σ_min: OT here is the conditional path, not the pairing."
    gaussian_source: ClassVar[bool] = True
    sigma_min: float = Field(default=0.01, gt=0, le=0.5, title="σ_min", description="Width around x1 at which the path ends.")

    def alpha(self, t: Tensor) -> Tensor:
        return t

    def d_alpha(self, t: Tensor) -> Tensor:
        return torch.ones_like(t)

    def sigma(self, t: Tensor) -> Tensor:
        return 1 - (1 - self.sigma_min) * t

    def d_sigma(self, t: Tensor) -> Tensor:
        return torch.full_like(t, self.sigma_min - 1)


@dataclass(frozen=True)
class Trigonometric(Path):
    """Variance-preserving arc between source and data: x_t = sin(πt/2) x1 + cos(πt/2) x0, so α² + σ² = 1.

    References:
        Albergo & Vanden-Eijnden, "Building Normalizing Flows with Stochastic Interpolants", 2022, arXiv 2209.15571.

    >>> float(Trigonometric().alpha(torch.tensor(1.0)))
    1.0
    """

    slug: ClassVar[str] = "trig"
    label: ClassVar[str] = "Trigonometric"
    formula: ClassVar[str] = r"x_t = \sin(\tfrac{\pi}{2}t)\,x_1 + \cos(\tfrac{\pi}{2}t)\,x_0"
    remark: ClassVar[str] = "A quarter turn with α² + σ² = 1; some libraries call it variance preserving, others cosine."

    def alpha(self, t: Tensor) -> Tensor:
        return torch.sin(t * (math.pi / 2))

    def d_alpha(self, t: Tensor) -> Tensor:
        return torch.cos(t * (math.pi / 2)) * (math.pi / 2)

    def sigma(self, t: Tensor) -> Tensor:
        return torch.cos(t * (math.pi / 2))

    def d_sigma(self, t: Tensor) -> Tensor:
        return torch.sin(t * (math.pi / 2)) * (-math.pi / 2)


@dataclass(frozen=True)
class Polynomial(Path):
    """Straight line with a bent clock: x_t = tⁿ x1 + (1 − tⁿ) x0; n = 1 is `linear`."""

    slug: ClassVar[str] = "poly"
    label: ClassVar[str] = "Polynomial"
    formula: ClassVar[str] = r"x_t = t^n\,x_1 + (1-t^n)\,x_0"
    remark: ClassVar[str] = "The straight line with another clock: for n above 1 it starts slowly and ends fast."
    n: float = Field(default=2.0, ge=1, le=6, title="Degree n", description="Degree of the clock tⁿ; 1 is the linear path.")

    def alpha(self, t: Tensor) -> Tensor:
        return t**self.n

    def d_alpha(self, t: Tensor) -> Tensor:
        return self.n * t ** (self.n - 1)

    def sigma(self, t: Tensor) -> Tensor:
        return 1 - t**self.n

    def d_sigma(self, t: Tensor) -> Tensor:
        return -self.n * t ** (self.n - 1)

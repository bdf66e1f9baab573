"""Paths with a noise of their own that vanishes at both ends."""

import math
from typing import ClassVar, Literal

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from flowviz.paths.straight import Straight

EDGE = 0.01
"""How far from both ends a path with γ ~ √(t (1 − t)) is trained: its loss is infinite on [0, 1]."""


@dataclass(frozen=True)
class StochasticInterpolant(Straight):
    """Straight line with noise in the middle: x_t = t x1 + (1 − t) x0 + γ(t) z, γ(0) = γ(1) = 0.

    References:
        Albergo et al., "Stochastic Interpolants: A Unifying Framework for Flows and Diffusions", 2023,
        arXiv 2303.08797, definition 2.1 and table 2.
    """

    slug: ClassVar[str] = "si-linear"
    label: ClassVar[str] = "Interpolant"
    formula: ClassVar[str] = r"x_t = t\,x_1 + (1-t)\,x_0 + \gamma(t)\,z"
    remark: ClassVar[str] = "A straight line with noise that vanishes at both ends, so both ends stay what they are."
    kind: Literal["sqrt", "sin2", "quadratic"] = Field(
        default="sin2", title="Noise γ(t)", description="sqrt: a√(2t(1−t)); sin2: a sin²(πt); quadratic: a t(1−t)."
    )
    a: float = Field(default=1.0, ge=0, le=4, title="Height a", description="Height of the noise γ.")

    @property
    def interval(self) -> tuple[float, float]:
        return (EDGE, 1 - EDGE) if self.kind == "sqrt" and self.a > 0 else (0.0, 1.0)

    @property
    def noisy(self) -> bool:
        return self.a > 0

    def _in_numbers(self) -> list[str]:
        return super()._in_numbers() if self.noisy else ["At a = 0 there is no noise: it is the linear path."]

    def gamma(self, t: Tensor) -> Tensor:
        if self.kind == "sqrt":
            return self.a * torch.sqrt(2 * t * (1 - t))
        if self.kind == "sin2":
            return self.a * torch.sin(math.pi * t) ** 2
        return self.a * t * (1 - t)

    def d_gamma(self, t: Tensor) -> Tensor:
        if self.kind == "sqrt":
            return self.a * (1 - 2 * t) / torch.sqrt(2 * t * (1 - t))
        if self.kind == "sin2":
            return self.a * math.pi * torch.sin(2 * math.pi * t)
        return self.a * (1 - 2 * t)

    def gamma_d_gamma(self, t: Tensor) -> Tensor:
        if self.kind == "sqrt":
            return self.a**2 * (1 - 2 * t)
        return self.gamma(t) * self.d_gamma(t)


@dataclass(frozen=True)
class BrownianBridge(Straight):
    """A Brownian bridge from x0 to x1: x_t = t x1 + (1 − t) x0 + s √(t (1 − t)) z.

    With the entropic coupling of reg 2s² (for the cost ‖x0 − x1‖²) it is SB-CFM.

    References:
        Tong et al., 2023, arXiv 2302.00482, section 3.2.4.
    """

    slug: ClassVar[str] = "bridge"
    label: ClassVar[str] = "Brownian bridge"
    formula: ClassVar[str] = r"x_t = t\,x_1 + (1-t)\,x_0 + s\sqrt{t(1-t)}\,z"
    remark: ClassVar[str] = "A random walk pinned at both ends."
    s: float = Field(default=1.0, gt=0, le=4, title="Strength s", description="Strength of the noise; its width is s/2 half-way.")

    @property
    def interval(self) -> tuple[float, float]:
        return EDGE, 1 - EDGE

    @property
    def noisy(self) -> bool:
        return True

    @property
    def bridge_epsilon(self) -> float:
        return 2 * self.s**2

    def gamma(self, t: Tensor) -> Tensor:
        return self.s * torch.sqrt(t * (1 - t))

    def d_gamma(self, t: Tensor) -> Tensor:
        return self.s * (1 - 2 * t) / (2 * torch.sqrt(t * (1 - t)))

    def gamma_d_gamma(self, t: Tensor) -> Tensor:
        return 0.5 * self.s**2 * (1 - 2 * t)

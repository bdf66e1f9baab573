"""Gaussians and mixtures of Gaussians: the distributions whose exact fields are closed forms."""

import math
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from torch import Tensor

from flowviz.distributions.base import Distribution, Mixture, uniform_mixture
from flowviz.spaces import Space, space_of


@dataclass(frozen=True)
class Gaussian(Distribution):
    """The normal distribution N(0, std² I), in any space; a point's label is the eighth of the circle about it, from −22.5° on.

    In more than two dimensions the circle is that of the first two coordinates.

    >>> Gaussian().sample(3, torch.Generator().manual_seed(0)).shape
    torch.Size([3, 2])
    """

    slug: ClassVar[str] = "gaussian"
    label: ClassVar[str] = "Gaussian"
    group: ClassVar[str] = "sector"
    exact: ClassVar[bool] = True
    std: float = 1.0
    dim: int = 2
    within: Space | None = field(default=None, compare=False)
    """The space; None for the first of so many coordinates. The law is the same in all of them."""

    @property
    def space(self) -> Space:
        return self.within or space_of(self.dim)

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        x = self.std * torch.randn(n, self.dim, generator=rng)
        sector = torch.round(torch.atan2(x[:, 1 % self.dim], x[:, 0]) * (8 / (2 * math.pi))).long() % 8
        return x, sector

    def mixture(self, components: int = 256) -> Mixture:
        return uniform_mixture(torch.zeros(1, self.dim), self.std)


@dataclass(frozen=True)
class TwoGaussians(Distribution):
    """Two Gaussians, one on each side of the origin."""

    slug: ClassVar[str] = "two-gaussians"
    label: ClassVar[str] = "Two Gaussians"
    group: ClassVar[str] = "mode"
    exact: ClassVar[bool] = True
    distance: float = 6.0
    std: float = 0.6

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        mode = torch.randint(2, (n,), generator=rng)
        centre = torch.stack([(mode - 0.5) * self.distance, torch.zeros(n)], 1)
        return centre + self.std * torch.randn(n, 2, generator=rng), mode

    def mixture(self, components: int = 256) -> Mixture:
        return uniform_mixture(torch.tensor([[-self.distance / 2, 0.0], [self.distance / 2, 0.0]]), self.std)


@dataclass(frozen=True)
class EightGaussians(Distribution):
    """Eight Gaussians on a circle: radius 5 and variance √0.1, as in torchcfm.

    References:
        Tong et al., "Improving and Generalizing Flow-Based Generative Models with Minibatch Optimal Transport",
        2023, arXiv 2302.00482.
    """

    slug: ClassVar[str] = "8gaussians"
    label: ClassVar[str] = "8 Gaussians"
    group: ClassVar[str] = "mode"
    exact: ClassVar[bool] = True
    radius: float = 5.0
    std: float = 0.1**0.25

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        mode = torch.randint(8, (n,), generator=rng)
        angle = mode * (2 * math.pi / 8)
        centre = self.radius * torch.stack([torch.cos(angle), torch.sin(angle)], 1)
        return centre + self.std * torch.randn(n, 2, generator=rng), mode

    def mixture(self, components: int = 256) -> Mixture:
        angle = torch.arange(8).double() * (2 * math.pi / 8)
        return uniform_mixture(self.radius * torch.stack([torch.cos(angle), torch.sin(angle)], 1), self.std)


@dataclass(frozen=True)
class Grid25(Distribution):
    """Twenty-five narrow Gaussians on a square lattice."""

    slug: ClassVar[str] = "grid25"
    label: ClassVar[str] = "Grid of 25"
    group: ClassVar[str] = "mode"
    exact: ClassVar[bool] = True
    spacing: float = 2.0
    std: float = 0.2

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        mode = torch.randint(25, (n,), generator=rng)
        centre = self.spacing * torch.stack([mode % 5 - 2, mode // 5 - 2], 1)
        return centre + self.std * torch.randn(n, 2, generator=rng), mode

    def mixture(self, components: int = 256) -> Mixture:
        mode = torch.arange(25)
        return uniform_mixture(self.spacing * torch.stack([mode % 5 - 2, mode // 5 - 2], 1), self.std)


@dataclass(frozen=True)
class TwoPoints(Distribution):
    """Two points of probability one half each: the smallest data set there is.

    It has no density, so as a source no deterministic flow can spread it: particles that start together stay together.
    """

    slug: ClassVar[str] = "two-points"
    label: ClassVar[str] = "Two points"
    group: ClassVar[str] = "point"
    exact: ClassVar[bool] = True
    has_density: ClassVar[bool] = False
    distance: float = 4.0

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        point = torch.randint(2, (n,), generator=rng)
        return torch.stack([(point - 0.5) * self.distance, torch.zeros(n)], 1), point

    def mixture(self, components: int = 256) -> Mixture:
        return uniform_mixture(torch.tensor([[-self.distance / 2, 0.0], [self.distance / 2, 0.0]]), 0.0)

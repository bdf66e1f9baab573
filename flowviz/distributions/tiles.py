"""Uniform distributions on squares. Their stand-ins are lattices of Gaussians, so edges are a little soft."""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from flowviz.distributions.base import Distribution, Mixture, uniform_mixture


def _lattice(corners: Tensor, side: float, components: int) -> Mixture:
    """Cover squares of equal side with a lattice of Gaussians.

    A lattice of spacing h blurred by 0.5 h ripples by about 1 %, and its blur keeps the variance of each square when
    the lattice is drawn in by the same amount.
    """
    per_side = max(2, round(math.sqrt(components / len(corners))))
    spacing = side / per_side
    std = 0.5 * spacing
    offset = (torch.arange(per_side).double() + 0.5) * spacing - side / 2
    # Variance of lattice + blur = side²/12: shrink the lattice by what the blur adds.
    offset = offset * math.sqrt((side**2 / 12 - std**2) / float(offset.square().mean()))
    cell = torch.cartesian_prod(offset, offset) + side / 2
    return uniform_mixture((corners.double()[:, None, :] + cell).reshape(-1, 2), std)


@dataclass(frozen=True)
class Uniform(Distribution):
    """The uniform distribution on a square; a point's label is its quadrant."""

    slug: ClassVar[str] = "uniform"
    label: ClassVar[str] = "Uniform square"
    group: ClassVar[str] = "quadrant"
    side: float = 4.0

    @property
    def entropy(self) -> float:
        return math.log(self.side**2)

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        x = (torch.rand(n, 2, generator=rng) - 0.5) * self.side
        return x, (x[:, 0] > 0).long() + 2 * (x[:, 1] > 0).long()

    def mixture(self, components: int = 256) -> Mixture:
        return _lattice(torch.full((1, 2), -self.side / 2), self.side, components)


@dataclass(frozen=True)
class Checkerboard(Distribution):
    """The uniform distribution on 8 of the 16 cells of a square of side 8; its entropy is ln 32 = 3.4657 nats."""

    slug: ClassVar[str] = "checkerboard"
    label: ClassVar[str] = "Checkerboard"
    group: ClassVar[str] = "cell"
    side: float = 8.0

    @property
    def entropy(self) -> float:
        return math.log(self.side**2 / 2)

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        cell = torch.randint(8, (n,), generator=rng)
        row = cell // 2
        corner = torch.stack([2 * (cell % 2) + row % 2, row], 1)
        return (corner + torch.rand(n, 2, generator=rng) - 2) * (self.side / 4), cell

    def mixture(self, components: int = 256) -> Mixture:
        cell = torch.arange(8)
        row = cell // 2
        corner = torch.stack([2 * (cell % 2) + row % 2, row], 1)
        return _lattice((corner - 2) * (self.side / 4), self.side / 4, components)

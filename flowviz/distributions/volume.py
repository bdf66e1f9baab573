"""Distributions in space: a knot, linked rings, a helix, a torus, a sphere. Curves and surfaces blurred by Gaussian noise.

As for the curves of the plane, each stand-in is a quadrature: points evenly spread, each as wide as the noise, or as the
gaps between them where those are wider.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from flowviz.distributions.base import Distribution, Mixture, uniform_mixture
from flowviz.spaces import VOLUME, Space

GOLDEN = math.pi * (3 - math.sqrt(5))
"""The golden angle, in radians."""


def _midpoints(k: int) -> Tensor:
    return (torch.arange(k).double() + 0.5) / k


def _width(points: Tensor, noise: float) -> float:
    """Return the blur of points, shape (K, 3): `noise`, or more where the nearest others lie far apart."""
    gaps = torch.cdist(points, points).fill_diagonal_(math.inf).amin(1)
    return max(noise, 0.6 * float(gaps.quantile(0.95)))


def _blurred(points: Tensor, noise: float) -> Mixture:
    """Return equally likely points along a curve, shape (K, 3), each blurred by `_width`."""
    return uniform_mixture(points, _width(points, noise))


class InSpace(Distribution):
    """A distribution of points with three coordinates."""

    @property
    def space(self) -> Space:
        return VOLUME


@dataclass(frozen=True)
class Trefoil(InSpace):
    """The trefoil knot, the simplest curve that cannot be pulled straight; a point's label is its sixth of the way round.

    (sin u + 2 sin 2u, cos u − 2 cos 2u, −sin 3u), scaled, with u uniform.
    """

    slug: ClassVar[str] = "trefoil"
    label: ClassVar[str] = "Trefoil knot"
    group: ClassVar[str] = "sixth"
    scale: float = 1.3
    noise: float = 0.15

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        u = 2 * math.pi * torch.rand(n, generator=rng)
        x = torch.sin(u) + 2 * torch.sin(2 * u)
        y = torch.cos(u) - 2 * torch.cos(2 * u)
        z = -1.6 * torch.sin(3 * u)
        point = self.scale * torch.stack([x, y, z], 1) + self.noise * torch.randn(n, 3, generator=rng)
        return point, (u * (6 / (2 * math.pi))).long() % 6

    def mixture(self, components: int = 256) -> Mixture:
        u = 2 * math.pi * _midpoints(min(components, 192))
        x, y = torch.sin(u) + 2 * torch.sin(2 * u), torch.cos(u) - 2 * torch.cos(2 * u)
        return _blurred(self.scale * torch.stack([x, y, -1.6 * torch.sin(3 * u)], 1), self.noise)


@dataclass(frozen=True)
class LinkedRings(InSpace):
    """Two rings that go through each other: no flow in the plane has such a target. A point's label is its ring."""

    slug: ClassVar[str] = "linked-rings"
    label: ClassVar[str] = "Linked rings"
    group: ClassVar[str] = "ring"
    radius: float = 2.5
    noise: float = 0.15

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        ring = torch.randint(2, (n,), generator=rng)
        u = 2 * math.pi * torch.rand(n, generator=rng)
        along, across = torch.cos(u) + ring - 0.5, torch.sin(u)
        point = self.radius * torch.stack([along, across * (1 - ring), across * ring], 1)
        return point + self.noise * torch.randn(n, 3, generator=rng), ring

    def mixture(self, components: int = 256) -> Mixture:
        u = 2 * math.pi * _midpoints(min(components, 192) // 2)
        flat, zero = torch.stack([torch.cos(u), torch.sin(u)], 1), torch.zeros_like(u)
        first = torch.stack([flat[:, 0] - 0.5, flat[:, 1], zero], 1)
        second = torch.stack([flat[:, 0] + 0.5, zero, flat[:, 1]], 1)
        return _blurred(self.radius * torch.cat([first, second]), self.noise)


@dataclass(frozen=True)
class Helix(InSpace):
    """Two strands that wind about each other; a point's label is its strand."""

    slug: ClassVar[str] = "helix"
    label: ClassVar[str] = "Double helix"
    group: ClassVar[str] = "strand"
    radius: float = 2.0
    height: float = 7.0
    turns: float = 1.5
    noise: float = 0.15

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        strand = torch.randint(2, (n,), generator=rng)
        along = torch.rand(n, generator=rng)
        angle = 2 * math.pi * self.turns * along + math.pi * strand
        x, y = self.radius * torch.cos(angle), self.radius * torch.sin(angle)
        point = torch.stack([x, y, self.height * (along - 0.5)], 1)
        return point + self.noise * torch.randn(n, 3, generator=rng), strand

    def mixture(self, components: int = 256) -> Mixture:
        along = _midpoints(min(components, 192) // 2).repeat(2)
        strand = torch.arange(2).repeat_interleave(len(along) // 2)
        angle = 2 * math.pi * self.turns * along + math.pi * strand
        x, y = self.radius * torch.cos(angle), self.radius * torch.sin(angle)
        return _blurred(torch.stack([x, y, self.height * (along - 0.5)], 1), self.noise)


@dataclass(frozen=True)
class Torus(InSpace):
    """The surface of a torus, evenly covered; a point's label is its eighth of the way round the axis.

    The area at the tube's angle v is in proportion to R + r cos v. So v is drawn evenly, and kept with probability
    ½ + (r/2R) cos v; else the opposite angle is taken, which is then as much more likely as v was less.
    """

    slug: ClassVar[str] = "torus"
    label: ClassVar[str] = "Torus"
    group: ClassVar[str] = "eighth"
    ring: float = 2.8
    tube: float = 1.1
    noise: float = 0.2

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        u = 2 * math.pi * torch.rand(n, generator=rng)
        v = 2 * math.pi * torch.rand(n, generator=rng)
        kept = torch.rand(n, generator=rng) < 0.5 + 0.5 * (self.tube / self.ring) * torch.cos(v)
        v = torch.where(kept, v, v + math.pi)
        out = self.ring + self.tube * torch.cos(v)
        point = torch.stack([out * torch.cos(u), out * torch.sin(u), self.tube * torch.sin(v)], 1)
        return point + self.noise * torch.randn(n, 3, generator=rng), (u * (8 / (2 * math.pi))).long() % 8

    def mixture(self, components: int = 768) -> Mixture:
        ring, tube = self.ring, self.tube
        width = _width(self._surface(components, ring, tube), self.noise)
        more = width**2 - self.noise**2  # the wider blur adds to every variance: the surface is drawn in by as much
        ring, tube = math.sqrt(ring**2 + more), math.sqrt(tube**2 - 2 * min(more, 0.4 * tube**2))
        return uniform_mixture(self._surface(components, ring, tube), width)

    @staticmethod
    def _surface(k: int, ring: float, tube: float) -> Tensor:
        """Return points evenly spread over a torus, shape (k, 3): each next one a golden angle on, no two near each other."""
        share, ratio = 2 * math.pi * _midpoints(k), tube / ring
        v = share.clone()
        for _ in range(30):
            v = v - (v + ratio * torch.sin(v) - share) / (1 + ratio * torch.cos(v))
        u = GOLDEN * torch.arange(k).double()
        out = ring + tube * torch.cos(v)
        return torch.stack([out * torch.cos(u), out * torch.sin(u), tube * torch.sin(v)], 1)


@dataclass(frozen=True)
class Sphere(InSpace):
    """The surface of a sphere, evenly covered; a point's label is its octant."""

    slug: ClassVar[str] = "sphere"
    label: ClassVar[str] = "Sphere"
    group: ClassVar[str] = "octant"
    radius: float = 3.2
    noise: float = 0.2

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        x = torch.randn(n, 3, generator=rng)
        x = x / x.norm(dim=1, keepdim=True)
        octant = (x > 0).long() @ torch.tensor([1, 2, 4])
        return self.radius * x + self.noise * torch.randn(n, 3, generator=rng), octant

    def mixture(self, components: int = 768) -> Mixture:
        z = 1 - 2 * _midpoints(components)  # equal areas between equal heights (Archimedes)
        out, u = torch.sqrt(1 - z * z), GOLDEN * torch.arange(components).double()
        even = torch.stack([out * torch.cos(u), out * torch.sin(u), z], 1)
        width = _width(self.radius * even, self.noise)
        # The wider blur adds to every variance: the sphere is drawn in by as much.
        inner = self.radius**2 - 3 * min(width**2 - self.noise**2, 0.2 * self.radius**2)
        return uniform_mixture(math.sqrt(inner) * even, width)

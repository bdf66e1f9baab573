"""Curves blurred by Gaussian noise: moons, rings, spirals, faces.

A curve blurred by noise of width `noise` *is* a continuous mixture of Gaussians, so its stand-in is a quadrature: points
evenly spread along the curve, each as wide as the noise. With a spacing below the width the two cannot be told apart.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from flowviz.distributions.base import Distribution, Mixture, uniform_mixture


def _quadrature(pieces: list[Tensor], noise: float) -> Mixture:
    """Return equally likely points along the curve, each blurred by `noise`, or by more where the points lie far apart."""
    gaps = torch.cat([(piece[1:] - piece[:-1]).norm(dim=1) for piece in pieces])
    return uniform_mixture(torch.cat(pieces), max(noise, 0.6 * float(gaps.quantile(0.95))))


def _midpoints(k: int) -> Tensor:
    return (torch.arange(k).double() + 0.5) / k


@dataclass(frozen=True)
class Moons(Distribution):
    """Two interleaved half circles, stretched by 3 and moved by −1, with noise 0.2 before stretching."""

    slug: ClassVar[str] = "moons"
    label: ClassVar[str] = "Two moons"
    group: ClassVar[str] = "moon"
    noise: float = 0.2

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        moon = torch.randint(2, (n,), generator=rng)
        angle = math.pi * torch.rand(n, generator=rng)
        sign = 1 - 2 * moon
        x = torch.stack([sign * torch.cos(angle) + moon, sign * torch.sin(angle) + 0.5 * moon], 1)
        return 3 * (x + self.noise * torch.randn(n, 2, generator=rng)) - 1, moon

    def mixture(self, components: int = 256) -> Mixture:
        angle = math.pi * _midpoints(min(components, 96) // 2)
        upper = torch.stack([torch.cos(angle), torch.sin(angle)], 1)
        lower = torch.stack([1 - torch.cos(angle), 0.5 - torch.sin(angle)], 1)
        return _quadrature([3 * upper - 1, 3 * lower - 1], 3 * self.noise)


@dataclass(frozen=True)
class Circles(Distribution):
    """Two rings about the origin, as likely as they are long."""

    slug: ClassVar[str] = "circles"
    label: ClassVar[str] = "Two rings"
    group: ClassVar[str] = "ring"
    inner: float = 2.0
    outer: float = 4.0
    noise: float = 0.2

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        ring = (torch.rand(n, generator=rng) < self.outer / (self.inner + self.outer)).long()
        angle = 2 * math.pi * torch.rand(n, generator=rng)
        radius = self.inner + (self.outer - self.inner) * ring
        x = radius[:, None] * torch.stack([torch.cos(angle), torch.sin(angle)], 1)
        return x + self.noise * torch.randn(n, 2, generator=rng), ring

    def mixture(self, components: int = 256) -> Mixture:
        rings = []
        for radius in (self.inner, self.outer):
            angle = 2 * math.pi * _midpoints(round(components * radius / (self.inner + self.outer)))
            rings.append(radius * torch.stack([torch.cos(angle), torch.sin(angle)], 1))
        return _quadrature(rings, self.noise)


@dataclass(frozen=True)
class Spirals(Distribution):
    """Two Archimedean arms that wind around each other, evenly filled along their length."""

    slug: ClassVar[str] = "spirals"
    label: ClassVar[str] = "Two spirals"
    group: ClassVar[str] = "arm"
    turns: float = 1.5
    radius: float = 4.5
    noise: float = 0.15

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        arm = torch.randint(2, (n,), generator=rng)
        # √u fills an Archimedean spiral evenly, since its length grows with the square of the angle.
        share = torch.sqrt(torch.rand(n, generator=rng))
        angle = 2 * math.pi * self.turns * share + math.pi * arm
        x = (self.radius * share)[:, None] * torch.stack([torch.cos(angle), torch.sin(angle)], 1)
        return x + self.noise * torch.randn(n, 2, generator=rng), arm

    def mixture(self, components: int = 256) -> Mixture:
        share = torch.sqrt(_midpoints(components // 2))
        angle = 2 * math.pi * self.turns * share
        arm = (self.radius * share)[:, None] * torch.stack([torch.cos(angle), torch.sin(angle)], 1)
        return _quadrature([arm, -arm], self.noise)


@dataclass(frozen=True)
class Pinwheel(Distribution):
    """Five bent arms: narrow Gaussians whose far ends are turned further.

    References:
        Johnson et al., "Composing Graphical Models with Neural Networks", 2016, arXiv 1603.06277.
    """

    slug: ClassVar[str] = "pinwheel"
    label: ClassVar[str] = "Pinwheel"
    group: ClassVar[str] = "arm"
    radius: float = 2.4
    length: float = 0.75
    width: float = 0.2
    twist: float = 0.3

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        arm = torch.randint(5, (n,), generator=rng)
        along = self.radius + self.length * torch.randn(n, generator=rng)
        across = self.width * torch.randn(n, generator=rng)
        angle = arm * (2 * math.pi / 5) + self.twist * along
        x = along * torch.cos(angle) - across * torch.sin(angle)
        y = along * torch.sin(angle) + across * torch.cos(angle)
        return torch.stack([x, y], 1), arm

    def mixture(self, components: int = 256) -> Mixture:
        along = self.radius + self.length * math.sqrt(2) * torch.erfinv(2 * _midpoints(components // 5) - 1)
        arms = []
        for arm in range(5):
            angle = arm * (2 * math.pi / 5) + self.twist * along
            arms.append(along[:, None] * torch.stack([torch.cos(angle), torch.sin(angle)], 1))
        return uniform_mixture(torch.cat(arms), self.width)


@dataclass(frozen=True)
class SwissRoll(Distribution):
    """A single spiral, evenly filled along its length: the swiss roll seen from its end. Labels are six stretches of it."""

    slug: ClassVar[str] = "swissroll"
    label: ClassVar[str] = "Swiss roll"
    group: ClassVar[str] = "stretch"
    radius: float = 4.5
    noise: float = 0.2

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        u = torch.rand(n, generator=rng)
        # From 1.5π to 4.5π, evenly by length: the angle's square is uniform.
        angle = math.pi * torch.sqrt(2.25 + 18 * u)
        x = (self.radius / (4.5 * math.pi) * angle)[:, None] * torch.stack([torch.cos(angle), torch.sin(angle)], 1)
        return x + self.noise * torch.randn(n, 2, generator=rng), (6 * u).long().clamp(max=5)

    def mixture(self, components: int = 256) -> Mixture:
        angle = math.pi * torch.sqrt(2.25 + 18 * _midpoints(components))
        roll = (self.radius / (4.5 * math.pi) * angle)[:, None] * torch.stack([torch.cos(angle), torch.sin(angle)], 1)
        return _quadrature([roll], self.noise)


@dataclass(frozen=True)
class SCurve(Distribution):
    """Two arcs of three quarters of a circle, joined to an S. The label is the arc."""

    slug: ClassVar[str] = "scurve"
    label: ClassVar[str] = "S-curve"
    group: ClassVar[str] = "arc"
    scale: float = 2.0
    noise: float = 0.2

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        s = 3 * math.pi * (torch.rand(n, generator=rng) - 0.5)
        x = self.scale * torch.stack([torch.sin(s), torch.sign(s) * (torch.cos(s) - 1)], 1)
        return x + self.noise * torch.randn(n, 2, generator=rng), (s > 0).long()

    def mixture(self, components: int = 256) -> Mixture:
        s = 3 * math.pi * (_midpoints(min(components, 192)) - 0.5)
        curve = self.scale * torch.stack([torch.sin(s), torch.sign(s) * (torch.cos(s) - 1)], 1)
        return _quadrature([curve], self.noise)


@dataclass(frozen=True)
class Star(Distribution):
    """The outline of a five-pointed star. The label is the point of the star."""

    slug: ClassVar[str] = "star"
    label: ClassVar[str] = "Star"
    group: ClassVar[str] = "point of the star"
    radius: float = 4.5
    noise: float = 0.12

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        side = torch.randint(10, (n,), generator=rng)
        share = torch.rand(n, generator=rng)
        x = (1 - share)[:, None] * self._corner(side) + share[:, None] * self._corner(side + 1)
        return x + self.noise * torch.randn(n, 2, generator=rng), (side + 1) % 10 // 2

    def _corner(self, i: Tensor) -> Tensor:
        angle = (i / 10 + 0.25) * 2 * math.pi
        # Even corners lie outside, odd ones on the pentagon inside: (3 − √5) / 2 of the radius.
        radius = self.radius * torch.where(i % 2 == 0, 1.0, 0.381966)
        return radius[:, None] * torch.stack([torch.cos(angle), torch.sin(angle)], 1)

    def mixture(self, components: int = 256) -> Mixture:
        per_side = max(2, components // 10)
        share = _midpoints(per_side).repeat(10)
        side = torch.arange(10).repeat_interleave(per_side)
        x = (1 - share)[:, None] * self._corner(side).double() + share[:, None] * self._corner(side + 1).double()
        return _quadrature(list(x.split(per_side)), self.noise)


@dataclass(frozen=True)
class Smiley(Distribution):
    """A face: half of the points on its outline, a fifth in the two eyes, the rest in the mouth. The label is the part."""

    slug: ClassVar[str] = "smiley"
    label: ClassVar[str] = "Smiley"
    group: ClassVar[str] = "part of the face"
    radius: float = 4.2
    noise: float = 0.15

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        u = torch.rand(n, generator=rng)
        part = (u > 0.5).long() + (u > 0.6).long() + (u > 0.7).long()  # 0 outline, 1 and 2 eyes, 3 mouth
        turn = torch.rand(n, generator=rng)
        return self._place(part, turn) + self.noise * torch.randn(n, 2, generator=rng), part

    def _place(self, part: Tensor, turn: Tensor) -> Tensor:
        """Return the point at share `turn` of a part: the outline, a small ring for each eye, an arc for the mouth."""
        angle = 2 * math.pi * torch.where(part == 3, -0.42 + 0.34 * turn, turn)
        size = self.radius * torch.where(part == 0, 1.0, torch.where(part == 3, 0.55, 0.08))
        centre_x = self.radius * torch.where(part == 1, -0.36, torch.where(part == 2, 0.36, 0.0))
        centre_y = self.radius * torch.where(part == 3, 0.02, torch.where(part == 0, 0.0, 0.32))
        return torch.stack([centre_x + size * torch.cos(angle), centre_y + size * torch.sin(angle)], 1)

    def mixture(self, components: int = 256) -> Mixture:
        shares = [0.5, 0.1, 0.1, 0.3]
        counts = [max(3, round(components * share)) for share in shares]
        part = torch.cat([torch.full((k,), i) for i, k in enumerate(counts)])
        means = self._place(part, torch.cat([_midpoints(k) for k in counts]))
        weights = torch.cat([torch.full((k,), share / k, dtype=torch.float64) for share, k in zip(shares, counts, strict=True)])
        widest = float((means[1 : counts[0]] - means[: counts[0] - 1]).norm(dim=1).max())
        variance = max(self.noise, 0.6 * widest) ** 2
        return Mixture(weights, means.double(), torch.full((len(part),), variance, dtype=torch.float64))

"""Signals, series of 64 samples over one window of time: sines, chirps, heartbeats, random walks.

Time goes from −½ to ½ of the window, and a frequency is a number of periods in it. Those of a shape have two parameters and a little
Gaussian noise: their stand-in is a quadrature over both parameters, each line as wide as the noise.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor

from flowviz.distributions.base import Distribution, Mixture, uniform_mixture
from flowviz.spaces import SIGNAL, Space

SAMPLES = SIGNAL.dim
PARTS = 4096
"""Lines of a stand-in: neighbours then differ by less than the noise."""


def _shares(k: int) -> Tensor:
    """Return the middles of k equal parts of [0, 1], shape (k, 1)."""
    return ((torch.arange(k).double() + 0.5) / k)[:, None]


def _grid(first: int, second: int) -> tuple[Tensor, Tensor]:
    """Return every pair of middles of so many parts of two unit intervals, shape (first * second, 1) each."""
    return _shares(first).repeat_interleave(second, 0), _shares(second).repeat(first, 1)


class Signal(Distribution):
    """A distribution of series."""

    defaults: ClassVar[Mapping[str, float | int | str]] = MappingProxyType({"width": 256, "steps": 2000})

    @property
    def space(self) -> Space:
        return SIGNAL


@dataclass(frozen=True)
class Sines(Signal):
    """Sines of random phase and of 1 to 4 periods, each frequency as likely; a series' label is its third of them."""

    slug: ClassVar[str] = "sines"
    label: ClassVar[str] = "Sines"
    group: ClassVar[str] = "band"
    low: float = 1.0
    high: float = 4.0
    noise: float = 0.05

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        u = torch.rand(n, 2, generator=rng)
        x = self._sine(u[:, :1], u[:, 1:]) + self.noise * torch.randn(n, 64, generator=rng)
        return x, (3 * u[:, 0]).long()

    def _sine(self, share: Tensor, turn: Tensor) -> Tensor:
        time = torch.arange(64) / 64 - 0.5
        return torch.sin(2 * math.pi * ((self.low + (self.high - self.low) * share) * time + turn))

    def mixture(self, components: int = PARTS) -> Mixture:
        side = math.isqrt(components)
        return uniform_mixture(self._sine(*_grid(side, side)), self.noise)


@dataclass(frozen=True)
class Chirps(Signal):
    """Chirps: the frequency climbs from 1 to a random 3 to 6 periods a window, or falls back; a series' label says which.

    The phase is random, and the frequency changes evenly with time.
    """

    slug: ClassVar[str] = "chirps"
    label: ClassVar[str] = "Chirps"
    group: ClassVar[str] = "direction"
    low: float = 1.0
    least: float = 3.0
    high: float = 6.0
    noise: float = 0.05

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        falling = torch.randint(2, (n,), generator=rng)
        u = torch.rand(n, 2, generator=rng)
        x = self._chirp(u[:, :1], u[:, 1:])
        x = torch.where(falling[:, None] > 0, x.flip(1), x)
        return x + self.noise * torch.randn(n, 64, generator=rng), falling

    def _chirp(self, share: Tensor, turn: Tensor) -> Tensor:
        time = torch.arange(64) / 63
        climb = self.least + (self.high - self.least) * share - self.low
        return torch.sin(2 * math.pi * (self.low * time + climb * time * time / 2 + turn))

    def mixture(self, components: int = PARTS) -> Mixture:
        side = math.isqrt(components // 2)
        x = self._chirp(*_grid(side, side))
        return uniform_mixture(torch.cat([x, x.flip(1)]), self.noise)


@dataclass(frozen=True)
class Heartbeats(Signal):
    """A synthetic electrocardiogram: the waves P, Q, R, S and T once a beat, of 1 to 2 beats; a series' label is its third of the rates.

    Phase and rate are random and as likely. Each wave is a Gaussian of the angle within a beat, in the closed form that their model
    has at a constant rate; angles are theirs, and Q, R and S are wider, so that 64 samples show them.

    References:
        McSharry et al., "A dynamical model for generating synthetic electrocardiogram signals", IEEE Trans. Biomed. Eng. 50(3), 2003, table 1.
    """

    slug: ClassVar[str] = "heartbeats"
    label: ClassVar[str] = "Heartbeats"
    group: ClassVar[str] = "rate"
    low: float = 1.0
    high: float = 2.0
    noise: float = 0.05

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        u = torch.rand(n, 2, generator=rng)
        x = self._beats(u[:, :1], u[:, 1:]) + self.noise * torch.randn(n, 64, generator=rng)
        return x, (3 * u[:, 0]).long()

    def _beats(self, share: Tensor, turn: Tensor) -> Tensor:
        time = torch.arange(64) / 64 - 0.5
        beats = (self.low + (self.high - self.low) * share) * time + turn
        x = torch.zeros_like(beats)
        # P, Q, R, S, T: angle within the beat, height, width in radians
        for angle, height, width in (
            (-1.05, 0.3, 0.3),
            (-0.35, -0.3, 0.2),
            (0.0, 1.8, 0.22),
            (0.35, -0.45, 0.2),
            (1.6, 0.55, 0.45),
        ):
            away = 2 * math.pi * (beats - angle / (2 * math.pi) + 0.5).remainder(1) - math.pi
            x = x + height * torch.exp(-away * away / (2 * width * width))
        return x

    def mixture(self, components: int = PARTS) -> Mixture:
        rates = max(1, math.isqrt(components // 2))
        return uniform_mixture(self._beats(*_grid(rates, components // rates)), self.noise)


@lru_cache(maxsize=8)
def _walk_axes() -> tuple[Tensor, Tensor]:
    """Return axes of the walks as columns, shape (64, 64), and the variances along them for steps of variance 1, shape (64,)."""
    place = torch.arange(1, SAMPLES + 1, dtype=torch.float64)
    variances, axes = torch.linalg.eigh(torch.minimum(place[:, None], place))
    return axes, variances


@dataclass(frozen=True)
class RandomWalks(Signal):
    """Random walks: sums of independent Gaussian steps with a slight drift, up or down, each as likely; a series' label says which.

    Each half is one Gaussian with mean ±δ i/64 and covariance s² min(i, j): with the source a Gaussian, the flow has a closed form.
    """

    slug: ClassVar[str] = "random-walks"
    label: ClassVar[str] = "Random walks"
    group: ClassVar[str] = "drift"
    exact: ClassVar[bool] = True
    step: float = 0.035
    drift: float = 0.45

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        up = torch.randint(2, (n,), generator=rng)
        steps = self.step * torch.randn(n, 64, generator=rng) + (2 * up - 1)[:, None] * self.drift / 64
        return steps.cumsum(1), up

    def mixture(self, components: int = 2) -> Mixture:
        axes, variances = _walk_axes()
        means = self.drift * torch.arange(1, SAMPLES + 1).double() / SAMPLES * torch.tensor([[-1.0], [1.0]])
        half = uniform_mixture(means, self.step)
        return Mixture(half.weights, half.means, half.variances, axes, variances)

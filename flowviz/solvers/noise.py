"""Noise on the way: a stochastic equation whose marginals are those of the flow."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import torch
from torch import Tensor

from flowviz.solvers.base import Coefficients, Field

NoiseShape = Literal["constant", "fading"]
"""The slugs of `SHAPES`, for fields that hold one."""
SHAPES: dict[str, Callable[[float], float]] = {"constant": lambda t: 1.0, "fading": lambda t: math.sqrt(max(0.0, 1 - t))}
"""By slug, ε(t) as a share of ε."""


class Scored(Field, Protocol):
    """A field that also knows its score."""

    def score(self, x: Tensor, t: Tensor) -> Tensor:
        """Return ∇ log p_t, shape (n, d), at points x, shape (n, d), and one time t, shape ()."""
        ...


class Slopes(Coefficients, Protocol):
    """What the score needs to know of a path x_t = α x1 + σ x0 + γ z with x0 ~ N(0, s² I)."""

    def d_alpha(self, t: Tensor) -> Tensor: ...

    def gamma(self, t: Tensor) -> Tensor: ...

    def sigma_d_sigma(self, t: Tensor) -> Tensor: ...

    def gamma_d_gamma(self, t: Tensor) -> Tensor: ...


class WithScore:
    """A velocity field with the score that follows from it, for a Gaussian source and independent pairs.

    With c = σ²s² + γ² and h = c'/2: ∇ log p_t = (α v − α' x) / (α'c − α h). On `linear` that is (t v − x)/(1 − t).

    References:
        Albergo et al., "Stochastic Interpolants", 2023, arXiv 2303.08797, section 2.3.

    Args:
        field: The velocity.
        path: The path that it was learned on.
    """

    def __init__(self, field: Field, path: Slopes) -> None:
        self.field = field
        self.path = path

    @property
    def interval(self) -> tuple[float, float]:
        """The times between which the field is finite."""
        return getattr(self.field, "interval", (0.0, 1.0))

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the field's own velocity; shapes as there."""
        return self.field.velocity(x, t)

    def score(self, x: Tensor, t: Tensor) -> Tensor:
        """Return ∇ log p_t, shape (n, d), at points x, shape (n, d), and one time t < 1, shape ()."""
        return self.score_from(self.velocity(x, t), x, t)

    def score_from(self, velocity: Tensor, x: Tensor, t: Tensor) -> Tensor:
        """Return the score from the velocity there, which need not be asked for twice; shapes as in `score`."""
        path, time = self.path, t.double()
        alpha, slope, variance = path.alpha(time), path.d_alpha(time), path.source_std**2
        c = variance * path.sigma(time) ** 2 + path.gamma(time) ** 2
        h = variance * path.sigma_d_sigma(time) + path.gamma_d_gamma(time)
        if float(alpha) == 0:  # the source itself, also where α' is 0 too
            return -x / c.to(x.dtype)
        below = slope * c - alpha * h
        return (alpha / below).to(x.dtype) * velocity - (slope / below).to(x.dtype) * x


class Counted:
    """A field that counts its evaluations; the score of a place at which the velocity is known is none of its own."""

    def __init__(self, field: Scored) -> None:
        self.field = field
        self.nfe = 0

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the field's own velocity; shapes as there."""
        self.nfe += 1
        return self.field.velocity(x, t)

    def score(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the field's own score; shapes as there."""
        return self.field.score(x, t)

    def score_from(self, velocity: Tensor, x: Tensor, t: Tensor) -> Tensor:
        """Return the score, from the velocity where it follows from that."""
        follows = getattr(self.field, "score_from", None)
        return self.score(x, t) if follows is None else follows(velocity, x, t)


@dataclass(frozen=True)
class Noise:
    """How much noise a particle meets on its way.

    Attributes:
        size: ε ≥ 0, in units of x for a unit of √t; 0 is the flow itself.
        shape: "constant", or "fading", ε² ∝ 1 − t: for scores that grow without end near the data.
        until: The time from which on there is none: where a field ends its score may be infinite. Any ε(t) ≥ 0 leaves the
            densities as they are.
    """

    size: float
    shape: str = "constant"
    until: float = 1.0

    def at(self, t: Tensor) -> float:
        """Return ε(t) at one time, shape ()."""
        return 0.0 if float(t) >= self.until else self.size * SHAPES[self.shape](float(t))


def drift(field: Scored, x: Tensor, t: Tensor, epsilon: float, *, backward: bool = False) -> Tensor:
    """Return v + ½ ε² ∇ log p_t, with −½ where time runs backward; shape (n, d)."""
    velocity, sign = field.velocity(x, t), -1.0 if backward else 1.0
    if epsilon == 0:
        return velocity
    follows = getattr(field, "score_from", None)
    score = field.score(x, t) if follows is None else follows(velocity, x, t)
    return velocity + sign * 0.5 * epsilon**2 * score


def euler_maruyama(field: Scored, x: Tensor, t: Tensor, s: Tensor, noise: Noise, rng: torch.Generator) -> Tensor:
    """Return one step of dx = (v + ½ε² ∇ log p_t) dt + ε dW from t to s, in either direction.

    References:
        Song et al., "Score-Based Generative Modeling through Stochastic Differential Equations", 2021,
        arXiv 2011.13456, section 4.3 and appendix D; Maruyama, 1955.
    """
    h, epsilon = float(s - t), noise.at(t)
    return x + h * drift(field, x, t, epsilon, backward=h < 0) + _kick(x, h, epsilon, rng)


def stochastic_heun(field: Scored, x: Tensor, t: Tensor, s: Tensor, noise: Noise, rng: torch.Generator) -> Tensor:
    """Return a step whose drift is the mean of those at both ends, with one draw of noise for both.

    At t = 1 a score may be infinite, so the last step is Euler–Maruyama's.

    References:
        Kloeden & Platen, "Numerical Solution of Stochastic Differential Equations", 1992, section 15.1.
    """
    if float(s) >= 1 or float(t) >= 1:
        return euler_maruyama(field, x, t, s, noise, rng)
    h, before, after = float(s - t), noise.at(t), noise.at(s)
    kick = _kick(x, h, math.sqrt((before**2 + after**2) / 2), rng)
    first = drift(field, x, t, before, backward=h < 0)
    second = drift(field, x + h * first + kick, s, after, backward=h < 0)
    return x + 0.5 * h * (first + second) + kick


def _kick(x: Tensor, h: float, epsilon: float, rng: torch.Generator) -> Tensor:
    return epsilon * math.sqrt(abs(h)) * torch.randn(x.shape, generator=rng, dtype=x.dtype)


NoisyStep = Callable[[Scored, Tensor, Tensor, Tensor, Noise, torch.Generator], Tensor]
NOISY: dict[str, NoisyStep] = {"euler": euler_maruyama, "heun": stochastic_heun}
"""By the slug of the solver whose stochastic kin it is."""

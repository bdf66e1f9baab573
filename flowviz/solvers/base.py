"""What solvers are made of: fields, trajectories, and what is known of a solver."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor


class Field(Protocol):
    """Anything with a velocity: exact or learned."""

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Return velocities per unit of t, shape (n, d), at points x, shape (n, d), and one time t, shape ()."""
        ...


class Denoises(Protocol):
    """A field that also knows which data point to expect."""

    @property
    def path(self) -> "Coefficients":
        """The path that the field belongs to."""
        ...

    def expected_x1(self, x: Tensor, t: Tensor) -> Tensor:
        """Return E[x1 | x_t = x], shape (n, d), at points x, shape (n, d), and one time t, shape ()."""
        ...


class Averages(Protocol):
    """A field that also knows the average velocity until a later time."""

    def average(self, x: Tensor, t: Tensor, s: Tensor) -> Tensor:
        """Return the average velocity from t to s, shape (n, d), of particles at x at t, shape (n, d); times of shape ()."""
        ...


class Draws(Protocol):
    """A field that knows the law of a sample given its source point."""

    def drawn(self, z: Tensor, rng: torch.Generator) -> Tensor:
        """Return a sample of each source point, shape (n, d)."""
        ...


class Coefficients(Protocol):
    """What denoising needs to know of a path x_t = α x1 + σ x0 with x0 ~ N(0, s² I)."""

    @property
    def source_std(self) -> float: ...

    def alpha(self, t: Tensor) -> Tensor: ...

    def sigma(self, t: Tensor) -> Tensor: ...


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What a solver returns.

    Attributes:
        t: Times, shape (k,).
        x: Positions, shape (k, n, d).
        nfe: Evaluations of the field that it took.
        gave_up: Where an adaptive solver could not reach the end, a sentence that says where and why; positions after that
            are not numbers. Empty where all is well.
        steps: Times at which a solver that chooses its steps ended one; empty for others.
        rejected: Times at which steps would have ended that it tried and refused.
    """

    t: Tensor
    x: Tensor
    nfe: int
    gave_up: str = ""
    steps: tuple[float, ...] = ()
    rejected: tuple[float, ...] = ()


Step = Callable[[Any, Tensor, Tensor, Tensor, torch.Generator | None], Tensor]
"""One step of all points: field, x at time t, t, the next time, source of randomness; returns x at the next time."""


@dataclass(frozen=True)
class Solver:
    """One way to carry points along a field.

    Attributes:
        slug: Its name in links and on the command line; it never changes.
        label: For people.
        order: The error at t = 1 falls with this power of the step.
        evaluations: Of the field in each step; None where it chooses its steps itself.
        step: One step; None where it chooses its steps itself.
        adaptive: What chooses the steps; None where it is told them.
        averages: Whether it goes by the average velocity of each step, and needs a field that knows one (`Averages`).
        jumps: Whether it takes one step, however many it is told.
        draws: Whether that step draws from what the field knows of its end, and needs one that does (`Draws`).
        denoises: Whether it goes by the expected data point, and needs a field that knows one (`Denoises`).
    """

    slug: str
    label: str
    order: int
    evaluations: int | None = None
    step: Step | None = None
    denoises: bool = False
    averages: bool = False
    jumps: bool = False
    draws: bool = False
    adaptive: Callable[..., Any] | None = None

"""solve(field, x0, ...) -> Trajectory: particles carried by a field from t = 0 to t = 1."""

import bisect
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, cast

import numpy as np
import torch
from torch import Tensor

from flowviz.threads import one_thread


class Field(Protocol):
    """Anything with a velocity: exact or learned."""

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Velocities per unit of t, shape (n, d), at points x, shape (n, d), and one time t, shape ()."""
        ...


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What a solver returns.

    Attributes:
        t: Times, shape (k,).
        x: Positions, shape (k, n, d).
        nfe: Evaluations of the field that it took.
        gave_up: Where an adaptive solver could not reach the end, a sentence that says where and why; positions after that
            are not numbers. Empty where all is well.
    """

    t: Tensor
    x: Tensor
    nfe: int
    gave_up: str = ""


Stepper = Callable[[Field, Tensor, Tensor, Tensor], Tensor]


def _euler(field: Field, x: Tensor, t: Tensor, h: Tensor) -> Tensor:
    return x + h * field.velocity(x, t)


def _midpoint(field: Field, x: Tensor, t: Tensor, h: Tensor) -> Tensor:
    return x + h * field.velocity(x + 0.5 * h * field.velocity(x, t), t + 0.5 * h)


def _rk4(field: Field, x: Tensor, t: Tensor, h: Tensor) -> Tensor:
    k1 = field.velocity(x, t)
    k2 = field.velocity(x + 0.5 * h * k1, t + 0.5 * h)
    k3 = field.velocity(x + 0.5 * h * k2, t + 0.5 * h)
    k4 = field.velocity(x + h * k3, t + h)
    return x + (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4)


FIXED: dict[str, tuple[Stepper, int]] = {"euler": (_euler, 1), "midpoint": (_midpoint, 2), "rk4": (_rk4, 4)}
"""Solvers of fixed step, with their evaluations of the field for each step."""


class Denoises(Protocol):
    """A field that also knows which data point to expect."""

    @property
    def path(self) -> "Coefficients":
        """The path that the field belongs to."""
        ...

    def expected_x1(self, x: Tensor, t: Tensor) -> Tensor:
        """E[x1 | x_t = x], shape (n, d), at points x, shape (n, d), and one time t, shape ()."""
        ...


class Coefficients(Protocol):
    """What denoising needs to know of a path x_t = α x1 + σ x0 with x0 ~ N(0, s² I)."""

    @property
    def source_std(self) -> float: ...

    def alpha(self, t: Tensor) -> Tensor: ...

    def sigma(self, t: Tensor) -> Tensor: ...


def _ddim(field: Denoises, x: Tensor, t: Tensor, s: Tensor, rng: torch.Generator | None) -> Tensor:
    """x_s = α_s x̂1 + σ_s x̂0 (Song, Meng & Ermon 2020, arXiv 2010.02502, equation 12 with no noise)."""
    path, x1 = field.path, field.expected_x1(x, t)
    return path.alpha(s) * x1 + path.sigma(s) / path.sigma(t) * (x - path.alpha(t) * x1)


def _ddpm(field: Denoises, x: Tensor, t: Tensor, s: Tensor, rng: torch.Generator | None) -> Tensor:
    """Draw x_s given x_t and x̂1 (Ho et al. 2020, arXiv 2006.11239, equation 7, for any two times t < s)."""
    if rng is None:
        raise ValueError("solver 'ddpm' draws noise; hand over a generator as `rng`.")
    path, x1 = field.path, field.expected_x1(x, t)
    ratio, var_t, var_s = path.alpha(t) / path.alpha(s), path.sigma(t) ** 2, path.sigma(s) ** 2
    between = var_t - ratio**2 * var_s  # variance of x_t given x_s, per s²
    mean = (ratio * var_s * x + path.alpha(s) * between * x1) / var_t
    noise = torch.randn(x.shape, generator=rng, dtype=x.dtype)
    return mean + (between * var_s / var_t).clamp(min=0).sqrt() * path.source_std * noise


DENOISING: dict[str, Callable[[Denoises, Tensor, Tensor, Tensor, torch.Generator | None], Tensor]] = {
    "ddim": _ddim,
    "ddpm": _ddpm,
}
"""Samplers that go by the expected data point; each takes one evaluation a step."""
SOLVERS: dict[str, str] = {
    "euler": "Euler",
    "midpoint": "Midpoint",
    "rk4": "Runge–Kutta 4",
    "dopri5": "Adaptive (dopri5)",
    "ddim": "DDIM",
    "ddpm": "DDPM",
}
STEPPING: dict[str, int] = {**{slug: each for slug, (_, each) in FIXED.items()}, **dict.fromkeys(DENOISING, 1)}
"""Evaluations a step of every solver that is told its steps."""
MOST_EVALUATIONS = 20_000
"""Evaluations after which an adaptive solver gives up: exact fields take at most 205, and a screen waits for the rest."""
FRAMES = 61
"""Frames of an adaptive solution: t = 0, ¼, ½, ¾ and 1 are among them."""


@one_thread()
def solve(
    field: Field,
    x0: Tensor,
    *,
    method: str = "euler",
    steps: int = 60,
    interval: tuple[float, float] = (0.0, 1.0),
    t: Tensor | None = None,
    tolerance: float = 1e-5,
    rng: torch.Generator | None = None,
) -> Trajectory:
    """Carry points along a field.

    Args:
        field: The velocity field.
        x0: Points at the interval's beginning, shape (n, d).
        method: "euler", "midpoint", "rk4" with `steps` equal steps, "dopri5", which chooses its own, or, for a field that
            denoises, "ddim" or "ddpm" with `steps` equal steps.
        steps: Number of steps, at least 1; dopri5 does not use it.
        interval: First and last time.
        t: Times of the answer, shape (k,), ascending or descending; by default a fixed solver answers at each of its
            steps, dopri5 at 61 even times. A fixed solver's answers between two steps lie on the line between them.
        tolerance: Relative and absolute tolerance of dopri5.
        rng: Source of ddpm's noise; others draw none.

    Returns:
        The trajectory; where dopri5 could not reach the end, `gave_up` says so.

    Raises:
        ValueError: If `method` or `steps` is not legal, or the field cannot denoise.
    """
    if method not in SOLVERS:
        raise ValueError(f"unknown solver {method!r}; choose one of {', '.join(SOLVERS)}.")
    if steps < 1:
        raise ValueError(f"`steps` must be at least 1; got {steps}. Try 60 for a smooth animation.")
    with torch.no_grad():
        if method == "dopri5":
            times = torch.linspace(*interval, FRAMES, dtype=x0.dtype) if t is None else t
            return _adaptive(field, x0, times, tolerance)
        grid = torch.linspace(*interval, steps + 1, dtype=x0.dtype)
        if method in DENOISING:
            if not hasattr(field, "expected_x1"):
                raise ValueError(
                    f"solver {method!r} needs a field that knows which data point to expect; choose one of {', '.join(FIXED)}."
                )
            return _denoised(cast(Denoises, field), x0, method, grid, t, rng)
        return _fixed(field, x0, method, grid, t)


def interval_of(field: object) -> tuple[float, float]:
    """The times between which a field is finite: its own `interval`, or [0, 1]."""
    return getattr(field, "interval", (0.0, 1.0))


def carry(field: Field, x0: Tensor, *, method: str, steps: int, rng: torch.Generator | None = None) -> Trajectory:
    """Carry points from t = 0 as far as a field is finite; samplers that denoise go on to t = 1, where they need no velocity.

    Arguments as in `solve`.
    """
    interval = (0.0, 1.0) if method in DENOISING else interval_of(field)
    return solve(field, x0, method=method, steps=steps, interval=interval, rng=rng)


def finished(field: Field, trajectory: Trajectory) -> Trajectory:
    """A trajectory that reaches t = 1: where the velocity is infinite at its end, by one step to the expected data point."""
    last = trajectory.t[-1]
    if float(last) == 1 or not hasattr(field, "expected_x1"):
        return trajectory
    end = cast(Denoises, field).expected_x1(trajectory.x[-1], last)
    t, x = torch.cat([trajectory.t, torch.ones_like(trajectory.t[:1])]), torch.cat([trajectory.x, end[None]])
    return Trajectory(t, x, trajectory.nfe + 1, trajectory.gave_up)


def _denoised(
    field: Denoises, x0: Tensor, method: str, grid: Tensor, t: Tensor | None, rng: torch.Generator | None
) -> Trajectory:
    x = [x0]
    for start, end in pairwise(grid):
        x.append(DENOISING[method](field, x[-1], start, end, rng))
    found = Trajectory(grid, torch.stack(x), len(grid) - 1)
    return found if t is None else Trajectory(t, interpolate(found, t), found.nfe)


def _fixed(field: Field, x0: Tensor, method: str, grid: Tensor, t: Tensor | None) -> Trajectory:
    stepper, evaluations = FIXED[method]
    x = [x0]
    for start, end in pairwise(grid):
        x.append(stepper(field, x[-1], start, end - start))
    found = Trajectory(grid, torch.stack(x), evaluations * (len(grid) - 1))
    return found if t is None else Trajectory(t, interpolate(found, t), found.nfe)


def interpolate(trajectory: Trajectory, t: Tensor) -> Tensor:
    """Positions at other times, on the straight lines between the solver's own points; shape (k, n, d)."""
    first, last = float(trajectory.t[0]), float(trajectory.t[-1])
    place = ((t - first) / (last - first) * (len(trajectory.t) - 1)).clamp(0, len(trajectory.t) - 1)
    left = place.floor().long().clamp(max=len(trajectory.t) - 2)
    share = (place - left)[:, None, None].to(trajectory.x.dtype)
    return (1 - share) * trajectory.x[left] + share * trajectory.x[left + 1]


class _Watched:
    """A field as torchdiffeq calls it, (t, x); it counts its evaluations, and keeps the points that the solver accepted."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.nfe = 0
        self.last: Tensor | None = None
        self.accepted: list[tuple[float, Tensor]] = []

    def __call__(self, time: Tensor, x: Tensor) -> Tensor:
        if self.nfe >= MOST_EVALUATIONS:
            raise _TooManyError
        self.nfe += 1
        self.last = self.field.velocity(x, time)
        return self.last

    def callback_accept_step(self, time: Tensor, x: Tensor, _: Tensor) -> None:
        """Keep where an accepted step began: all that is known where the solver gives up later."""
        self.accepted.append((float(time), x))

    def given_up(self, t: Tensor, x0: Tensor) -> Trajectory:
        """What is known where the solver gave up: positions on the lines between accepted points, then nothing."""
        lost = self.last is not None and not bool(self.last.isfinite().all())
        reached, _ = self.accepted[-1] if self.accepted else (float(t[0]), x0)
        why = "further on the field is not finite" if lost else f"it took {self.nfe:,} evaluations to come so far"
        x = torch.full((len(t), *x0.shape), math.nan, dtype=x0.dtype)
        x[0] = x0
        sign = 1.0 if float(t[-1]) >= float(t[0]) else -1.0
        marks = [sign * time for time, _ in self.accepted]
        for k, time in enumerate(t.tolist()):
            right = bisect.bisect_left(marks, sign * time)
            if 0 < right < len(marks):
                (a, xa), (b, xb) = self.accepted[right - 1], self.accepted[right]
                x[k] = torch.lerp(xa, xb, (time - a) / (b - a))
        return Trajectory(t, x, self.nfe, f"The adaptive solver gave up at t = {reached:.3g}: {why}.")


class _TooManyError(Exception):
    """The evaluations of an adaptive solver are spent."""


def _adaptive(field: Field, x0: Tensor, t: Tensor, tolerance: float) -> Trajectory:
    from torchdiffeq import odeint

    if not len(x0):
        return Trajectory(t, x0.expand(len(t), *x0.shape), 0)
    watched = _Watched(field)
    # Without `step_t` the solver may step over the end and interpolate back, and without `first_step` it tries out a
    # first one that may be longer than the whole interval: both evaluate vp where t > 1.
    ends = torch.stack([t[0], t[-1]])
    options = {"step_t": ends, "first_step": float((ends[1] - ends[0]).abs()) / 100}
    try:
        x = odeint(watched, x0, t, rtol=tolerance, atol=tolerance, method="dopri5", options=options)
    except (_TooManyError, AssertionError):  # torchdiffeq asserts that steps stay above rounding, and states finite
        return watched.given_up(t, x0)
    return Trajectory(t, torch.as_tensor(np.asarray(x)) if not isinstance(x, Tensor) else x, watched.nfe)

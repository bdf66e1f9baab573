"""Solvers that choose their steps: by torchdiffeq and by SciPy, and what is left where they give up."""

import bisect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowviz.solvers.base import Field, Trajectory

MOST_EVALUATIONS = 2_000
"""Evaluations after which an adaptive solver gives up: exact fields take at most 205, and a screen waits for the rest."""

LEAST = 3e-14
"""The least relative tolerance that SciPy takes."""


class _Watched:
    """A field that counts its evaluations, and keeps the points that a solver found and where its steps ended.

    Attributes:
        known: Times and points, shape (n, d), that the solver found, the first at the beginning.
        steps: Times at which accepted steps ended.
        rejected: Times at which refused steps would have ended.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.nfe = 0
        self.last: Tensor | None = None
        self.known: list[tuple[float, Tensor]] = []
        self.steps: list[float] = []
        self.rejected: list[float] = []

    def __call__(self, time: Tensor, x: Tensor) -> Tensor:
        if self.nfe >= MOST_EVALUATIONS:
            raise _TooManyError
        self.nfe += 1
        self.last = self.field.velocity(x, time)
        return self.last

    def callback_accept_step(self, time: Tensor, x: Tensor, _: Tensor) -> None:
        """Keep where an accepted step of torchdiffeq's began: all that is known where the solver gives up later."""
        self.steps += [float(time)] * bool(self.known)
        self.known.append((float(time), x))

    def callback_reject_step(self, time: Tensor, x: Tensor, step: Tensor) -> None:
        """Keep where a refused step of torchdiffeq's would have ended."""
        self.rejected.append(float(time + step))

    def reached(self, t: Tensor, x: Tensor) -> Trajectory:
        """Return the trajectory of a solver that came to the end."""
        return Trajectory(t, x, self.nfe, steps=(*self.steps, float(t[-1])), rejected=tuple(self.rejected))

    def given_up(self, t: Tensor, x0: Tensor) -> Trajectory:
        """Return what is known where the solver gave up.

        Positions on the lines between the points that it found, then nothing.
        """
        lost = self.last is not None and not bool(self.last.isfinite().all())
        reached, _ = self.known[-1] if self.known else (float(t[0]), x0)
        why = "further on the field is not finite" if lost else f"it took {self.nfe:,} evaluations to come so far"
        x = torch.full((len(t), *x0.shape), math.nan, dtype=x0.dtype)
        x[0] = x0
        sign = 1.0 if float(t[-1]) >= float(t[0]) else -1.0
        marks = [sign * time for time, _ in self.known]
        for k, time in enumerate(t.tolist()):
            right = bisect.bisect_left(marks, sign * time)
            if 0 < right < len(marks):
                (a, xa), (b, xb) = self.known[right - 1], self.known[right]
                x[k] = torch.lerp(xa, xb, (time - a) / (b - a))
        words = f"The adaptive solver gave up at t = {reached:.3g}: {why}."
        return Trajectory(t, x, self.nfe, words, tuple(self.steps), tuple(self.rejected))


class _TooManyError(Exception):
    """The evaluations of an adaptive solver are spent."""


Adaptive = Callable[[_Watched, Tensor, Tensor, float], Tensor]
"""A watched field, points at t[0], shape (n, d), times t, shape (k,), a tolerance; returns positions, shape (k, n, d)."""


def adaptive(method: Adaptive, field: Field, x0: Tensor, t: Tensor, tolerance: float) -> Trajectory:
    """Carry points by a solver that chooses its steps.

    Args:
        method: Which: `by_torchdiffeq` or `by_scipy`, told a method of that library.
        field: The velocity field.
        x0: Points at t[0], shape (n, d).
        t: Times of the answer, shape (k,).
        tolerance: Relative and absolute.

    Returns:
        The trajectory; where the end could not be reached, `gave_up` says so.
    """
    if not len(x0):
        return Trajectory(t, x0.expand(len(t), *x0.shape), 0)
    watched = _Watched(field)
    try:
        x = method(watched, x0, t, tolerance)
    except (_TooManyError, AssertionError):  # torchdiffeq asserts that steps stay above rounding, and states finite
        return watched.given_up(t, x0)
    return watched.reached(t, x)


def by_torchdiffeq(name: str) -> Adaptive:
    """Return a method of torchdiffeq's: "dopri5", "bosh3" or "adaptive_heun"."""

    def solve(watched: _Watched, x0: Tensor, t: Tensor, tolerance: float) -> Tensor:
        from torchdiffeq import odeint

        # Without `step_t` the solver may step over the end and interpolate back, and without `first_step` it tries out a
        # first one that may be longer than the whole interval: both evaluate vp where t > 1.
        ends = torch.stack([t[0], t[-1]])
        options = {"step_t": ends, "first_step": float((ends[1] - ends[0]).abs()) / 100}
        x = odeint(watched, x0, t, rtol=tolerance, atol=tolerance, method=name, options=options)
        return torch.as_tensor(np.asarray(x)) if not isinstance(x, Tensor) else x

    return solve


def by_scipy(name: str, stages: int) -> Adaptive:
    """Return a method of `scipy.integrate`'s, all particles as one system.

    Answers between two steps are the method's own dense output, for which DOP853 asks three times more in a step.

    Args:
        name: "RK45" or "DOP853".
        stages: Evaluations of an attempted step.
    """

    def solve(watched: _Watched, x0: Tensor, t: Tensor, tolerance: float) -> Tensor:
        from scipy import integrate

        asked: list[float] = []

        def velocity(time: float, x: np.ndarray) -> np.ndarray:
            asked.append(time)
            return watched(torch.tensor(time, dtype=x0.dtype), _points(x, x0)).double().reshape(-1).numpy()

        times = t.double().numpy()
        first, last = times[0], times[-1]
        begin: dict[str, Any] = {"rtol": max(tolerance, LEAST), "atol": tolerance, "first_step": abs(last - first) / 100}
        solver = getattr(integrate, name)(velocity, first, x0.double().reshape(-1).numpy(), last, **begin)
        watched.known.append((first, x0))
        answers, sign = [x0], np.sign(last - first)
        while solver.status == "running":
            del asked[:]
            solver.step()
            # SciPy tries on within one call: every attempt asks `stages` times, the last time where the step would end.
            watched.rejected += asked[stages - 1 : -1 : stages]
            if solver.status == "failed" or not np.isfinite(solver.y).all():
                raise _TooManyError
            inside = times[(sign * times > sign * solver.t_old) & (sign * times < sign * solver.t)]
            between = solver.dense_output() if len(inside) else None
            found = [_points(between(time), x0) for time in inside] if between is not None else []
            end = _points(solver.y, x0)
            answers += [*found, end] if solver.t in times else found
            watched.known += [*zip(inside, found, strict=True), (solver.t, end)]
            watched.steps += [solver.t] * (solver.status == "running")
        return torch.stack(answers)

    return solve


def _points(x: np.ndarray, like: Tensor) -> Tensor:
    """Return a system's state as points, shape and type of others."""
    return torch.from_numpy(x.copy()).view(like.shape).to(like.dtype)

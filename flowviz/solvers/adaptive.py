"""dopri5 by torchdiffeq: steps of its own, and what is left where it gives up."""

import bisect
import math

import numpy as np
import torch
from torch import Tensor

from flowviz.solvers.base import Field, Trajectory

MOST_EVALUATIONS = 20_000
"""Evaluations after which an adaptive solver gives up: exact fields take at most 205, and a screen waits for the rest."""


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


def adaptive(field: Field, x0: Tensor, t: Tensor, tolerance: float) -> Trajectory:
    """Carry points by dopri5.

    Args:
        field: The velocity field.
        x0: Points at t[0], shape (n, d).
        t: Times of the answer, shape (k,).
        tolerance: Relative and absolute.

    Returns:
        The trajectory; where the end could not be reached, `gave_up` says so.
    """
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

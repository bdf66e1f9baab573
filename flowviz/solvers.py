"""solve(field, x0, ...) -> Trajectory: particles carried by a field from t = 0 to t = 1."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

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
    """

    t: Tensor
    x: Tensor
    nfe: int


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
METHODS: dict[str, str] = {"euler": "Euler", "midpoint": "Midpoint", "rk4": "Runge–Kutta 4", "dopri5": "Adaptive (dopri5)"}
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
) -> Trajectory:
    """Carry points along a field.

    Args:
        field: The velocity field.
        x0: Points at the interval's beginning, shape (n, d).
        method: "euler", "midpoint", "rk4" with `steps` equal steps, or "dopri5", which chooses its own.
        steps: Number of steps, at least 1; dopri5 does not use it.
        interval: First and last time.
        t: Times of the answer, shape (k,), ascending or descending; by default a fixed solver answers at each of its
            steps, dopri5 at 61 even times. A fixed solver's answers between two steps lie on the line between them.
        tolerance: Relative and absolute tolerance of dopri5.

    Returns:
        The trajectory.

    Raises:
        ValueError: If `method` or `steps` is not legal.
    """
    if method not in METHODS:
        raise ValueError(f"unknown solver {method!r}; choose one of {', '.join(METHODS)}.")
    if steps < 1:
        raise ValueError(f"`steps` must be at least 1; got {steps}. Try 60 for a smooth animation.")
    with torch.no_grad():
        if method == "dopri5":
            times = torch.linspace(*interval, FRAMES, dtype=x0.dtype) if t is None else t
            return _adaptive(field, x0, times, tolerance)
        return _fixed(field, x0, method, torch.linspace(*interval, steps + 1, dtype=x0.dtype), t)


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


def _adaptive(field: Field, x0: Tensor, t: Tensor, tolerance: float) -> Trajectory:
    from torchdiffeq import odeint

    nfe = 0

    def velocity(time: Tensor, x: Tensor) -> Tensor:  # torchdiffeq calls (t, x); everything else here is (x, t)
        nonlocal nfe
        nfe += 1
        return field.velocity(x, time)

    if not len(x0):
        return Trajectory(t, x0.expand(len(t), *x0.shape), 0)
    # Without `step_t` the solver may step over the end and interpolate back, and without `first_step` it tries out a
    # first one that may be longer than the whole interval: both evaluate vp where t > 1.
    ends = torch.stack([t[0], t[-1]])
    options = {"step_t": ends, "first_step": float((ends[1] - ends[0]).abs()) / 100}
    x = odeint(velocity, x0, t, rtol=tolerance, atol=tolerance, method="dopri5", options=options)
    return Trajectory(t, torch.as_tensor(np.asarray(x)) if not isinstance(x, Tensor) else x, nfe)

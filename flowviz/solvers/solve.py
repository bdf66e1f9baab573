"""solve(field, x0, ...) -> Trajectory: particles carried by a field from t = 0 to t = 1."""

import math
from dataclasses import replace
from itertools import pairwise
from typing import cast

import torch
from torch import Tensor

from flowviz.solvers.adaptive import adaptive
from flowviz.solvers.base import Denoises, Field, Solver, Trajectory
from flowviz.solvers.grids import time_grid
from flowviz.solvers.noise import NOISY, Counted, Noise, Scored
from flowviz.solvers.steps import FIXED, SOLVERS, STIRRED, ddim_with
from flowviz.threads import one_thread

FOLLOWED = 16
"""Runge–Kutta steps for each unit of t by which an average velocity is found."""
FRAMES = 61
"""Frames of an adaptive solution: t = 0, ¼, ½, ¾ and 1 are among them."""


@one_thread()
def solve(
    field: Field,
    x0: Tensor,
    *,
    solver: str = "euler",
    steps: int = 60,
    interval: tuple[float, float] = (0.0, 1.0),
    grid: str = "even",
    t: Tensor | None = None,
    tolerance: float = 1e-5,
    noise: Noise | None = None,
    eta: float = 0.0,
    rng: torch.Generator | None = None,
) -> Trajectory:
    """Carry points along a field.

    Args:
        field: The velocity field.
        x0: Points at the interval's beginning, shape (n, d).
        solver: One of `FIXED`, with as many steps as it is told, one of `ADAPTIVE`, which chooses its own, or, for a field that
            denoises, one of `DENOISING`, told its steps too, or, for one that knows its average velocity, one of `AVERAGING`.
        steps: Number of steps, at least 1; adaptive solvers do not use it.
        interval: First and last time.
        grid: How long the steps are, one of `GRIDS`; adaptive solvers do not use it.
        t: Times of the answer, shape (k,), ascending or descending; by default a fixed solver answers at each of its
            steps, an adaptive one at 61 even times. A fixed solver's answers between two steps lie on the line between them.
        tolerance: Relative and absolute tolerance of an adaptive solver.
        noise: Noise on the way, for a field that knows its score, and a solver of `NOISY`; None is the flow itself.
        eta: Fresh noise of ddim's steps, from 0 (none) to 1 (as much as ddpm's); for ddim only.
        rng: Source of that noise, and of ddpm's; others draw none.

    Returns:
        The trajectory; where an adaptive solver could not reach the end, `gave_up` says so.

    Raises:
        ValueError: If `solver`, `steps`, `grid` or `eta` is not legal, or the field cannot denoise.
    """
    if solver not in SOLVERS:
        raise ValueError(f"unknown solver {solver!r}; choose one of {', '.join(SOLVERS)}.")
    if steps < 1:
        raise ValueError(f"`steps` must be at least 1; got {steps}. Try 60 for a smooth animation.")
    chosen = _with_eta(SOLVERS[solver], eta) if eta else SOLVERS[solver]
    if chosen.denoises and not hasattr(field, "expected_x1"):
        raise ValueError(
            f"solver {solver!r} needs a field that knows which data point to expect; choose one of {', '.join(FIXED)}."
        )
    if chosen.draws and not hasattr(field, "drawn"):
        raise ValueError(f"solver {solver!r} needs a field that draws its samples; choose one of {', '.join(FIXED)}.")
    if chosen.averages and not hasattr(field, "average"):
        raise ValueError(f"solver {solver!r} needs a field that knows its average velocity; choose one of {', '.join(FIXED)}.")
    with torch.no_grad():
        if chosen.adaptive is not None:
            times = torch.linspace(*interval, FRAMES, dtype=x0.dtype) if t is None else t
            return adaptive(chosen.adaptive, field, x0, times, tolerance)
        times = time_grid(grid, 1 if chosen.jumps else steps, interval, x0.dtype)
        if noise is None or noise.size == 0:
            return _stepped(field, x0, chosen, times, t, rng)
        counted = Counted(cast(Scored, field))
        found = _stepped(counted, x0, _noisy(chosen, field, noise), times, t, rng)
        return replace(found, nfe=counted.nfe)


def _with_eta(solver: Solver, eta: float) -> Solver:
    """Return DDIM's step with so much fresh noise."""
    if solver.slug not in STIRRED:
        raise ValueError(f"solver {solver.slug!r} takes no `eta`; it belongs to {' or '.join(STIRRED)}.")
    return replace(solver, step=ddim_with(eta))


def _noisy(solver: Solver, field: Field, noise: Noise) -> Solver:
    """Return the stochastic kin of a solver, with so much noise."""
    if solver.slug not in NOISY:
        raise ValueError(f"solver {solver.slug!r} takes no noise; choose one of {', '.join(NOISY)}.")
    if not hasattr(field, "score"):
        raise ValueError("noise needs a field that knows its score; hand over an exact field, or `WithScore`.")
    step = NOISY[solver.slug]

    def draw(field: Scored, x: Tensor, t: Tensor, s: Tensor, rng: torch.Generator | None) -> Tensor:
        if rng is None:
            raise ValueError("`noise` is drawn; hand over a generator as `rng`.")
        return step(field, x, t, s, noise, rng)

    return replace(solver, step=draw)


class Averaged:
    """A velocity field that is asked for its average velocity: found by following it, 16 Runge–Kutta steps for each unit of t.

    Args:
        field: The field.

    Attributes:
        nfe: Its evaluations so far.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self.nfe = 0

    @property
    def interval(self) -> tuple[float, float]:
        """The times between which the field is finite."""
        return interval_of(self.field)

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the field's own velocity; shapes as there."""
        return self.field.velocity(x, t)

    def average(self, x: Tensor, t: Tensor, s: Tensor) -> Tensor:
        """Return the average velocity from t to s, shape (n, d); shapes as in `Averages`."""
        ends = float(t), float(s)
        steps = max(1, math.ceil(FOLLOWED * abs(ends[1] - ends[0])))
        found = solve(self.field, x, solver="rk4", steps=steps, interval=ends)
        self.nfe += found.nfe
        return (found.x[-1] - x) / (ends[1] - ends[0])


def interval_of(field: object) -> tuple[float, float]:
    """Return the times between which a field is finite: its own `interval`, or [0, 1]."""
    return getattr(field, "interval", (0.0, 1.0))


def carry(
    field: Field,
    x0: Tensor,
    *,
    solver: str,
    steps: int,
    grid: str = "even",
    noise: Noise | None = None,
    eta: float = 0.0,
    rng: torch.Generator | None = None,
) -> Trajectory:
    """Carry points from t = 0 as far as a field is finite; samplers that denoise go on to t = 1, where they need no velocity.

    Arguments as in `solve`.
    """
    interval = (0.0, 1.0) if SOLVERS[solver].denoises else interval_of(field)
    return solve(field, x0, solver=solver, steps=steps, interval=interval, grid=grid, noise=noise, eta=eta, rng=rng)


def finished(field: Field, trajectory: Trajectory) -> Trajectory:
    """Return a trajectory that reaches t = 1.

    Where the velocity is infinite at its end, by one step to the expected data point.
    """
    last = trajectory.t[-1]
    if float(last) == 1 or not hasattr(field, "expected_x1"):
        return trajectory
    end = cast(Denoises, field).expected_x1(trajectory.x[-1], last)
    t, x = torch.cat([trajectory.t, torch.ones_like(trajectory.t[:1])]), torch.cat([trajectory.x, end[None]])
    return replace(trajectory, t=t, x=x, nfe=trajectory.nfe + 1)


def _stepped(field: Field, x0: Tensor, solver: Solver, grid: Tensor, t: Tensor | None, rng: torch.Generator | None) -> Trajectory:
    assert solver.step is not None
    assert solver.evaluations is not None
    x = [x0]
    for start, end in pairwise(grid):
        x.append(solver.step(field, x[-1], start, end, rng))
    found = Trajectory(grid, torch.stack(x), solver.evaluations * (len(grid) - 1))
    return found if t is None else Trajectory(t, interpolate(found, t), found.nfe)


def interpolate(trajectory: Trajectory, t: Tensor) -> Tensor:
    """Return positions at other times, on the straight lines between the solver's own points; shape (k, n, d)."""
    own = trajectory.t.double()
    sign = 1.0 if float(own[-1]) >= float(own[0]) else -1.0
    left = (torch.searchsorted(sign * own, sign * t.double(), right=True) - 1).clamp(0, len(own) - 2)
    share = ((t.double() - own[left]) / (own[left + 1] - own[left])).clamp(0, 1)[:, None, None].to(trajectory.x.dtype)
    return (1 - share) * trajectory.x[left] + share * trajectory.x[left + 1]

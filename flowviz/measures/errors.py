"""The error of a solver against the evaluations that it takes, solver by solver, on one flow."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flowviz.metrics import wasserstein2
from flowviz.solvers import ADAPTIVE, FIXED, SOLVERS, Field, finished, interval_of, solve

EVALUATIONS = (1, 2, 4, 8, 16, 32, 64, 128)
"""Evaluations of the field that a solver is given which is told its steps."""
TOLERANCES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""Relative and absolute tolerances that a solver is given which chooses its steps."""
DEAR = 100
"""Evaluations after which such a solver is given no smaller tolerance."""
REFERENCE = 1000
"""Steps of RK4 whose ends stand for the flow itself."""

ROUNDING = 1e-9
"""Errors below this may be those of float64, or of the reference."""


@dataclass(frozen=True)
class ErrorPoint:
    """One point of a solver's curve.

    Attributes:
        solver: Its slug.
        steps: Steps that it was told, or that it chose and took.
        tolerance: What it was told instead; None for others.
        nfe: Evaluations of the field.
        rms: Root mean square distance of its end points from the flow's own, in units of x; None where it gave up.
        w2: W2 between its end points and the target's sample, in units of x; None where it gave up.
    """

    solver: str
    steps: int
    tolerance: float | None
    nfe: int
    rms: float | None
    w2: float | None


def reference_ends(field: Field, x0: Tensor, *, steps: int = REFERENCE) -> Tensor:
    """Return where the flow itself takes points, shape (n, d): by RK4 with many steps."""
    return solve(field, x0, solver="rk4", steps=steps, interval=interval_of(field), t=_ends(field, x0)).x[-1]


def errors_against_evaluations(
    field: Field,
    x0: Tensor,
    x1: Tensor,
    reference: Tensor,
    *,
    evaluations: Sequence[int] = EVALUATIONS,
    tolerances: Sequence[float] = TOLERANCES,
) -> Iterator[ErrorPoint]:
    """Yield how far solvers end from the flow's own end points, for how many evaluations.

    Evaluations ascending, solver by solver.

    Args:
        field: Exact or learned; it takes points of x0's type.
        x0: Starts, shape (n, d); float64, or rounding stands where the solver's error ends.
        x1: A sample of the target, shape (n, d), for W2.
        reference: `reference_ends` of the same field and starts.
        evaluations: What solvers are given that are told their steps; one skips those that are no multiple of what a step takes.
        tolerances: What solvers are given that choose their steps, descending; none after one that took `DEAR` evaluations.

    Yields:
        A point as soon as it is there.
    """
    for solver in FIXED:
        each = SOLVERS[solver].evaluations or 1
        for nfe in (nfe for nfe in evaluations if nfe % each == 0):
            yield _point(field, x0, x1, reference, solver, steps=nfe // each)
    for solver in ADAPTIVE:
        for tolerance in tolerances:
            point = _point(field, x0, x1, reference, solver, tolerance=tolerance)
            yield point
            if point.nfe > DEAR:
                break


def _point(
    field: Field, x0: Tensor, x1: Tensor, reference: Tensor, solver: str, *, steps: int = 1, tolerance: float | None = None
) -> ErrorPoint:
    about = {"solver": solver, "interval": interval_of(field), "t": _ends(field, x0)}
    found = solve(field, x0, steps=steps, tolerance=tolerance or 1.0, **about)
    end = found.x[-1]
    taken = steps if tolerance is None else len(found.steps)
    if not bool(end.isfinite().all()):
        return ErrorPoint(solver, taken, tolerance, found.nfe, None, None)
    rms = float((end - reference).square().sum(1).mean().sqrt())
    w2 = wasserstein2(finished(field, found).x[-1], x1)
    return ErrorPoint(solver, taken, tolerance, found.nfe, rms if math.isfinite(rms) else None, w2)


def _ends(field: Field, x0: Tensor) -> Tensor:
    """Return first and last time, so that nobody is asked for what lies between."""
    return torch.tensor(interval_of(field), dtype=x0.dtype)


def slopes(points: Sequence[ErrorPoint]) -> dict[str, float]:
    """Return the power with which each fixed solver's error falls, from its two last points above rounding."""
    found = {}
    for solver in FIXED:
        kept = [(p.nfe, p.rms) for p in points if p.solver == solver and p.rms is not None and p.rms > ROUNDING]
        if len(kept) > 1:
            (n, error), (more, less) = kept[-2:]
            found[solver] = math.log(error / less) / math.log(more / n)
    return found

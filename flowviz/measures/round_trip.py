"""There and back: how far points end from where they began, carried to the source and on to the data again, solver by solver."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flowviz.solvers import ADAPTIVE, FIXED, MIRRORED, SOLVERS, Field, interval_of, solve

TOLERANCE = 1e-5
"""Relative and absolute tolerance of solvers that choose their steps: what `solve` takes where nobody says another."""


@dataclass(frozen=True)
class RoundTrip:
    """What one solver leaves of a way there and back.

    Attributes:
        solver: Its slug.
        nfe: Evaluations of the field there and back, in float64.
        single: Root mean square of |x1 − forward(backward(x1))| in float32, in units of x; None where it came to no end.
        double: The same in float64.
        gave_up: Where one came to no end, a sentence that says which and why; empty where all is well.
    """

    solver: str
    nfe: int
    single: float | None
    double: float | None
    gave_up: str = ""


@dataclass(frozen=True, eq=False)
class _Way:
    """One way there and back: its evaluations, its error if it has one, and why not if it has none."""

    nfe: int
    error: float | None
    why: str = ""


def round_trips(
    fields: Mapping[torch.dtype, Field],
    x1: Tensor,
    *,
    steps: int,
    grid: str = "even",
    solvers: Sequence[str] = (*FIXED, *ADAPTIVE),
) -> Iterator[RoundTrip]:
    """Carry points back to the source and on to the data again, with every solver, in float32 and in float64.

    Args:
        fields: The field in both types.
        x1: Points at the last time of the field's interval, shape (n, d).
        steps: What solvers are told that are told their steps, each way.
        grid: How long those steps are, one of `GRIDS`; the way back takes the same times as the way on.
        solvers: Which, in this order.

    Yields:
        A solver's errors as soon as they are there.
    """
    for solver in solvers:
        single, double = (
            _there_and_back(fields[kind], x1.to(kind), solver, steps, grid) for kind in (torch.float32, torch.float64)
        )
        why = next((f"{SOLVERS[solver].label} in {name}: {way.why}" for name, way in _named(single, double) if way.why), "")
        yield RoundTrip(solver, double.nfe, single.error, double.error, why)


def _named(single: _Way, double: _Way) -> list[tuple[str, _Way]]:
    return [("float64", double), ("float32", single)]


def _there_and_back(field: Field, x1: Tensor, solver: str, steps: int, grid: str) -> _Way:
    first, last = interval_of(field)
    how = {"solver": solver, "steps": steps, "tolerance": TOLERANCE}
    ends = torch.tensor([first, last], dtype=x1.dtype)
    back = solve(field, x1, interval=(last, first), grid=MIRRORED[grid], t=ends.flip(0), **how)
    if back.gave_up or not bool(back.x[-1].isfinite().all()):
        return _Way(back.nfe, None, _reason(back.gave_up, "back"))
    on = solve(field, back.x[-1], interval=(first, last), grid=grid, t=ends, **how)
    nfe = back.nfe + on.nfe
    if on.gave_up or not bool(on.x[-1].isfinite().all()):
        return _Way(nfe, None, _reason(on.gave_up, "forward"))
    error = float((on.x[-1].double() - x1.double()).square().sum(1).mean().sqrt())
    return _Way(nfe, error) if math.isfinite(error) else _Way(nfe, None, _reason("", "forward"))


def _reason(gave_up: str, way: str) -> str:
    said = gave_up[0].lower() + gave_up[1:] if gave_up else "the points run out of all bounds."
    return f"on the way {way}, {said}"

"""Quality against steps: W2 by the number of evaluations of the field, for every order of solver."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from flowviz.measures.measure import samples_by
from flowviz.methods import Denoiser
from flowviz.metrics import Spread, wasserstein2
from flowviz.solvers import AVERAGING, DENOISING, JUMPING, SOLVERS, Field

CURVES = ("euler", "midpoint", "rk4")
"""Solvers with a curve of their own; Heun's would lie on the midpoint's."""
EVALUATIONS = (1, 2, 4, 8, 16, 32, 64)


@dataclass(frozen=True)
class Quality:
    """One point of a curve.

    Attributes:
        solver: "euler", "midpoint", "rk4", "ddim", "ddpm", "average" or "one-step".
        steps: Its steps.
        nfe: Evaluations of the field, the solver's own for each step.
        w2: W2 to the target, the mean over the samples; None where particles ran out of all bounds.
        spread: Standard deviation over the samples; 0 for one.
    """

    solver: str
    steps: int
    nfe: int
    w2: float | None
    spread: float = 0.0


def quality_against_steps(
    field: Field,
    points: Sequence[tuple[Tensor, Tensor]],
    *,
    evaluations: Sequence[int] = EVALUATIONS,
    solvers: Sequence[str] | None = None,
) -> list[Quality]:
    """Return how good the samples are for how many evaluations of the field.

    Args:
        field: Exact or learned.
        points: Samples x0 and x1, shape (n, 2) each, as `samples` draws them.
        evaluations: Numbers of evaluations; a solver skips those that are no multiple of what one step of it takes.
        solvers: Which, of those that are told their steps; by default Euler, midpoint, Runge–Kutta 4 and, for a learned field that
            denoises, DDIM and DDPM, for one that knows its average velocity that too; for one without a velocity its one evaluation.

    Returns:
        The points, solver by solver, evaluations ascending.
    """
    found = []
    denoises = isinstance(field, Denoiser)
    averages = AVERAGING if hasattr(field, "average") else ()
    by_itself = (*CURVES, *(DENOISING if denoises else ()), *averages) if hasattr(field, "velocity") else JUMPING
    for solver in solvers or by_itself:
        per_step = SOLVERS[solver].evaluations or 1
        for nfe in (1,) if SOLVERS[solver].jumps else sorted(nfe for nfe in evaluations if nfe % per_step == 0):
            ends = [(samples_by(field, x0, solver, nfe // per_step, repeat).x[-1], x1) for repeat, (x0, x1) in enumerate(points)]
            values = [wasserstein2(end, x1) if bool(end.isfinite().all()) else math.nan for end, x1 in ends]
            mean, spread = Spread.of(values)
            lost = not math.isfinite(mean)
            found.append(Quality(solver, nfe // per_step, nfe, None if lost else mean, 0.0 if lost else spread))
    return found

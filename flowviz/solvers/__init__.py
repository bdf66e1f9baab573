"""Solvers, by slug: how particles are carried along a field."""

from flowviz.solvers.adaptive import MOST_EVALUATIONS
from flowviz.solvers.base import Denoises, Field, Solver, Trajectory
from flowviz.solvers.solve import FRAMES, carry, finished, interpolate, interval_of, solve
from flowviz.solvers.steps import DENOISING, FIXED, ODE, SOLVERS, SolverName

__all__ = [
    "DENOISING",
    "FIXED",
    "FRAMES",
    "MOST_EVALUATIONS",
    "ODE",
    "SOLVERS",
    "Denoises",
    "Field",
    "Solver",
    "SolverName",
    "Trajectory",
    "carry",
    "finished",
    "interpolate",
    "interval_of",
    "solve",
]

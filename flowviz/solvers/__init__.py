"""Solvers, by slug: how particles are carried along a field."""

from flowviz.solvers.adaptive import MOST_EVALUATIONS
from flowviz.solvers.base import Denoises, Field, Solver, Trajectory
from flowviz.solvers.grids import GRIDS, MIRRORED, GridName, time_grid
from flowviz.solvers.noise import NOISY, SHAPES, Noise, NoiseShape, WithScore
from flowviz.solvers.solve import FRAMES, Averaged, carry, finished, interpolate, interval_of, solve
from flowviz.solvers.steps import ADAPTIVE, AVERAGING, DENOISING, DRAWING, FIXED, JUMPING, ODE, SOLVERS, STIRRED, SolverName

__all__ = [
    "ADAPTIVE",
    "AVERAGING",
    "DENOISING",
    "DRAWING",
    "FIXED",
    "FRAMES",
    "GRIDS",
    "JUMPING",
    "MIRRORED",
    "MOST_EVALUATIONS",
    "NOISY",
    "ODE",
    "SHAPES",
    "SOLVERS",
    "STIRRED",
    "Averaged",
    "Denoises",
    "Field",
    "GridName",
    "Noise",
    "NoiseShape",
    "Solver",
    "SolverName",
    "Trajectory",
    "WithScore",
    "carry",
    "finished",
    "interpolate",
    "interval_of",
    "solve",
    "time_grid",
]

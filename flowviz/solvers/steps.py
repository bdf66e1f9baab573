"""One step of every solver that is told its steps, and the table of all solvers."""

from typing import Literal

import torch
from torch import Tensor

from flowviz.solvers.adaptive import by_scipy, by_torchdiffeq
from flowviz.solvers.base import Averages, Denoises, Draws, Field, Solver, Step

Rng = torch.Generator | None


def _euler(field: Field, x: Tensor, t: Tensor, s: Tensor, rng: Rng) -> Tensor:
    return x + (s - t) * field.velocity(x, t)


def _midpoint(field: Field, x: Tensor, t: Tensor, s: Tensor, rng: Rng) -> Tensor:
    h = s - t
    return x + h * field.velocity(x + 0.5 * h * field.velocity(x, t), t + 0.5 * h)


def _heun(field: Field, x: Tensor, t: Tensor, s: Tensor, rng: Rng) -> Tensor:
    h, k1 = s - t, field.velocity(x, t)
    return x + 0.5 * h * (k1 + field.velocity(x + h * k1, s))


def _rk4(field: Field, x: Tensor, t: Tensor, s: Tensor, rng: Rng) -> Tensor:
    h = s - t
    k1 = field.velocity(x, t)
    k2 = field.velocity(x + 0.5 * h * k1, t + 0.5 * h)
    k3 = field.velocity(x + 0.5 * h * k2, t + 0.5 * h)
    k4 = field.velocity(x + h * k3, t + h)
    return x + (h / 6) * (k1 + 2 * k2 + 2 * k3 + k4)


def _ddim(field: Denoises, x: Tensor, t: Tensor, s: Tensor, rng: Rng) -> Tensor:
    """Return x_s = α_s x̂1 + σ_s x̂0 (Song, Meng & Ermon 2020, arXiv 2010.02502, equation 12 with no noise)."""
    path, x1 = field.path, field.expected_x1(x, t)
    return path.alpha(s) * x1 + path.sigma(s) / path.sigma(t) * (x - path.alpha(t) * x1)


def ddim_with(eta: float) -> Step:
    """Return DDIM with fresh noise of variance η² times that of DDPM's step: η = 0 is DDIM, η = 1 is DDPM.

    x_s = α_s x̂1 + √(σ_s² − v²) x̂0 + v z with v = η (σ_s/σ_t) √(σ_t² − (α_t/α_s)² σ_s²).

    References:
        Song, Meng & Ermon, "Denoising Diffusion Implicit Models", 2020, arXiv 2010.02502, equations 12 and 16.
    """
    if not 0 <= eta <= 1:
        raise ValueError(f"`eta` must be from 0 to 1; got {eta:g}.")
    if eta == 0:
        return _ddim

    def step(field: Denoises, x: Tensor, t: Tensor, s: Tensor, rng: Rng) -> Tensor:
        if rng is None:
            raise ValueError("`eta` draws noise; hand over a generator as `rng`.")
        path, x1 = field.path, field.expected_x1(x, t)
        var_t, var_s = path.sigma(t) ** 2, path.sigma(s) ** 2
        between = var_t - (path.alpha(t) / path.alpha(s)) ** 2 * var_s  # variance of x_t given x_s, per s²
        fresh = eta**2 * (between * var_s / var_t).clamp(min=0)
        x0 = (x - path.alpha(t) * x1) / path.sigma(t)
        noise = torch.randn(x.shape, generator=rng, dtype=x.dtype)
        mean = path.alpha(s) * x1 + (var_s - fresh).clamp(min=0).sqrt() * x0
        return mean + fresh.sqrt() * path.source_std * noise

    return step


def _ddpm(field: Denoises, x: Tensor, t: Tensor, s: Tensor, rng: Rng) -> Tensor:
    """Draw x_s given x_t and x̂1 (Ho et al. 2020, arXiv 2006.11239, equation 7, for any two times t < s)."""
    if rng is None:
        raise ValueError("solver 'ddpm' draws noise; hand over a generator as `rng`.")
    path, x1 = field.path, field.expected_x1(x, t)
    ratio, var_t, var_s = path.alpha(t) / path.alpha(s), path.sigma(t) ** 2, path.sigma(s) ** 2
    between = var_t - ratio**2 * var_s  # variance of x_t given x_s, per s²
    mean = (ratio * var_s * x + path.alpha(s) * between * x1) / var_t
    noise = torch.randn(x.shape, generator=rng, dtype=x.dtype)
    return mean + (between * var_s / var_t).clamp(min=0).sqrt() * path.source_std * noise


def _average(field: Averages, x: Tensor, t: Tensor, s: Tensor, rng: Rng) -> Tensor:
    """Return x_s = x_t + (s − t) u(x_t, t, s) (Geng et al. 2025, arXiv 2505.13447, equation 12)."""
    return x + (s - t) * field.average(x, t, s)


def _draw(field: Draws, x: Tensor, t: Tensor, s: Tensor, rng: Rng) -> Tensor:
    if rng is None:
        raise ValueError("solver 'one-draw' draws; hand over a generator as `rng`.")
    return field.drawn(x, rng)


SolverName = Literal[
    "euler",
    "midpoint",
    "heun",
    "rk4",
    "dopri5",
    "bosh3",
    "adaptive-heun",
    "rk45",
    "dop853",
    "ddim",
    "ddpm",
    "average",
    "one-step",
    "one-draw",
]
"""The slugs of `SOLVERS`, for fields that hold one."""
SOLVERS: dict[str, Solver] = {
    solver.slug: solver
    for solver in (
        Solver("euler", "Euler", 1, 1, _euler),
        Solver("midpoint", "Midpoint", 2, 2, _midpoint),
        Solver("heun", "Heun", 2, 2, _heun),
        Solver("rk4", "Runge–Kutta 4", 4, 4, _rk4),
        Solver("dopri5", "Adaptive (dopri5)", 5, adaptive=by_torchdiffeq("dopri5")),
        Solver("bosh3", "Adaptive (bosh3)", 3, adaptive=by_torchdiffeq("bosh3")),
        Solver("adaptive-heun", "Adaptive (Heun)", 2, adaptive=by_torchdiffeq("adaptive_heun")),
        Solver("rk45", "SciPy’s RK45", 5, adaptive=by_scipy("RK45", 6)),
        Solver("dop853", "SciPy’s DOP853", 8, adaptive=by_scipy("DOP853", 12)),
        Solver("ddim", "DDIM", 1, 1, _ddim, denoises=True),
        Solver("ddpm", "DDPM", 1, 1, _ddpm, denoises=True),
        Solver("average", "Average velocity", 1, 1, _average, averages=True),
        Solver("one-step", "One evaluation", 1, 1, _average, averages=True, jumps=True),
        Solver("one-draw", "One evaluation, drawn", 1, 1, _draw, averages=True, jumps=True, draws=True),
    )
}
ODE: tuple[str, ...] = tuple(slug for slug, solver in SOLVERS.items() if not (solver.denoises or solver.averages))
"""Those that need a velocity and nothing else."""
FIXED: tuple[str, ...] = tuple(slug for slug in ODE if SOLVERS[slug].evaluations)
"""Those of them that are told their steps."""
ADAPTIVE: tuple[str, ...] = tuple(slug for slug in ODE if SOLVERS[slug].adaptive)
"""Those of them that choose their steps."""
AVERAGING: tuple[str, ...] = tuple(slug for slug, solver in SOLVERS.items() if solver.averages and not solver.jumps)
"""Those that need a field which knows its average velocity."""
JUMPING: tuple[str, ...] = tuple(slug for slug, solver in SOLVERS.items() if solver.jumps and not solver.draws)
"""Those that take one step from source to data."""
DRAWING: tuple[str, ...] = tuple(slug for slug, solver in SOLVERS.items() if solver.draws)
"""Those that take one step, and draw."""
DENOISING: tuple[str, ...] = tuple(slug for slug, solver in SOLVERS.items() if solver.denoises)
STIRRED: tuple[str, ...] = ("ddim",)
"""Those of them to whose steps fresh noise may be added, by η."""

"""Answers about sampling: solvers and what they cost, OT-CFM, diffusion models, figures without a source."""

from itertools import pairwise

import torch
from torch import Tensor

from flowviz.exact import ExactField
from flowviz.exact.choose import PAIRS
from flowviz.known import known
from flowviz.lessons.answers import BLUR, Answer, distance, exact, floor, lines, paired_field, start_points, usual, ways
from flowviz.paths.diffusion import VariancePreserving
from flowviz.solvers import SOLVERS, solve

BUDGETS = (4, 8, 16, 32, 64, 128)
"""Evaluations of the field that every solver is given."""
SHOWN = 32
TRUTH = 200
"""Steps of RK4 after which its error is far below all that is drawn."""
PARTICLES = 200


def solvers() -> Answer:
    """Return the error at t = 1 against evaluations of the field, by solver and by time grid, and on whose trajectories."""
    field, x0 = known(usual()).field, start_points(PARTICLES)
    truth = solve(field, x0, solver="rk4", steps=TRUTH).x[-1]

    def error(x: Tensor) -> float:
        return float((x - truth).square().sum(1).mean().sqrt())

    each = {slug: SOLVERS[slug].evaluations or 1 for slug in ("euler", "midpoint", "rk4")}
    curves = {
        method: [error(solve(field, x0, solver=method, steps=nfe // each[method]).x[-1]) for nfe in BUDGETS] for method in each
    }
    for grid in ("late", "early"):
        curves[grid] = [error(solve(field, x0, steps=nfe, grid=grid).x[-1]) for nfe in BUDGETS]
    place = BUDGETS.index(SHOWN)
    return Answer(
        {
            "nfe": SHOWN,
            "truth": TRUTH,
            **{f"steps_{method}": SHOWN // evaluations for method, evaluations in each.items()},
            **{f"error_{name}": values[place] for name, values in curves.items()},
        },
        {"nfe": torch.tensor(BUDGETS).numpy(), **{name: torch.tensor(values).numpy() for name, values in curves.items()}},
    )


FEW = 2


def same_sampler() -> Answer:
    """Return one sampler, the same starts, two fields: learned with independent pairs and with OT pairs."""
    x0 = start_points()
    numbers: dict[str, float] = {"few": FEW, "many": 20, "floor": floor().mean, "points": len(x0)}
    numbers |= {"pairs": PAIRS, "blur": BLUR, "one": 1}
    arrays = {}
    for name, field in (("independent", exact()), ("ot", paired_field(coupling="ot"))):
        for label, steps in (("one", 1), ("few", FEW), ("many", 20)):
            found = ways(field, x0, steps=steps, solver="euler")
            numbers[f"{label}_{name}"] = distance(found.x[-1])
            if label == "few":
                arrays[name] = lines(found)
    return Answer(numbers, arrays)


def ddim(field: ExactField, x: Tensor, grid: Tensor) -> Tensor:
    """Return DDIM: from the guess of data and noise at one time, the mixture of the two at the next; shape (k, n, d).

    References:
        Song, Meng & Ermon, 2020, arXiv 2010.02502, equation 12 with σ = 0.
    """
    path, found = field.path, [x]
    for now, then in pairwise(grid):
        x1 = field.expected_x1(found[-1], now)
        x0 = (found[-1] - path.alpha(now) * x1) / path.sigma(now)
        found.append(path.alpha(then) * x1 + path.sigma(then) * x0)
    return torch.stack(found)


def diffusion_drift(field: ExactField, x: Tensor, t: Tensor) -> Tensor:
    """Return the probability flow ODE of the VP diffusion, in time from noise to data: ½β (x + score), with β = −T'.

    References:
        Song et al., 2021, arXiv 2011.13456, equations 13 and 32.
    """
    path = field.path
    assert isinstance(path, VariancePreserving)
    beta = (1 - t) * (path.beta_max - path.beta_min) + path.beta_min
    return 0.5 * beta * (x + field.score(x, t))


STEPS = 10


def diffusion() -> Answer:
    """Return DDIM beside Euler on the linear path, and the VP path's velocity beside the diffusion's probability flow."""
    linear, vp, x0 = known(usual()).field, known(usual(path="vp")).field, start_points(PARTICLES)
    grid = torch.linspace(0, 1, STEPS + 1, dtype=torch.float64)
    euler, other = solve(linear, x0, steps=STEPS).x, ddim(linear, x0, grid)
    found = ways(vp, x0, steps=40, last=vp.path.interval[1])
    times = found.t[4:40:4]
    u = torch.stack([vp.velocity(x, t) for x, t in zip(found.x[4:40:4], times, strict=True)])
    drift = torch.stack([diffusion_drift(vp, x, t) for x, t in zip(found.x[4:40:4], times, strict=True)])
    return Answer(
        {
            "steps": STEPS,
            "ddim": float((euler - other).abs().max()),
            "drift": float((u - drift).abs().max()),
            "largest": float(u.norm(dim=2).max()),
            "alpha_0": float(vp.path.alpha(grid[0])),
        },
        {
            "euler": euler[:, :40].numpy(),
            "ddim": other[:, :40].numpy(),
            "u": u[:, :80, 0].numpy(),
            "drift": drift[:, :80, 0].numpy(),
        },
    )


COSTS = (1, 2, 4, 8, 16, 32)


def measured() -> Answer:
    """Return W2 against evaluations of the field for three ways to choose path and coupling."""
    x0, arrays = start_points(), {"nfe": torch.tensor(COSTS).numpy()}
    numbers: dict[str, float] = {"floor": floor().mean, "points": len(x0), "few": 4, "many": 16}
    numbers |= {"pairs": PAIRS, "blur": BLUR}
    for name, field in (("linear", exact()), ("vp", exact(path="vp")), ("ot", paired_field(coupling="ot"))):
        last = field.path.interval[1]
        found = [distance(ways(field, x0, steps=nfe, solver="euler", last=last).x[-1]) for nfe in COSTS]
        numbers |= {f"{name}_{nfe}": w2 for nfe, w2 in zip(COSTS, found, strict=True)}
        arrays[name] = torch.tensor(found).numpy()
    return Answer(numbers, arrays)

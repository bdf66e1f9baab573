"""Answers about drawing from a flow: noise on the way, few steps, guidance, likelihood, solvers that choose their steps."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowviz.distributions import DISTRIBUTIONS
from flowviz.exact import ExactField, GuidedExact, JointMixture
from flowviz.lessons.answers import LINES, Answer, bending, data, distance, exact, floor, paired_field, start_points, usual, ways
from flowviz.metrics import log_density, negative_log_likelihood, wasserstein2
from flowviz.networks import learned_field
from flowviz.paths import PATHS
from flowviz.solvers import Field, Noise, WithScore, solve
from flowviz.training import train

NOISE, NOISE_STEPS = 1.0, 100
SHOWN = 12
"""Particles whose ways are drawn where noise makes them jagged."""


def _noisy(field: Field, x0: Tensor, size: float, *, steps: int = NOISE_STEPS, seed: int = 0) -> Tensor:
    """Return ways with noise on them, shape (k, n, d)."""
    rng = torch.Generator().manual_seed(seed)
    return solve(field, x0, solver="heun", steps=steps, noise=Noise(size) if size else None, rng=rng).x


def _freely_apart(n: int, repeats: int = 6) -> float:
    """Return W2 between two samples of the data that were drawn freely, without each mode's share: as noise leaves them."""
    rng, kind = torch.Generator().manual_seed(5), DISTRIBUTIONS["8gaussians"]()
    return sum(wasserstein2(kind.sample(n, rng).double(), kind.sample(n, rng).double()) for _ in range(repeats)) / repeats


def same_densities() -> Answer:
    """Return the same starts with noise on the way and without: ends, distances, and how far one start's particles part."""
    field, x0 = exact(), start_points()
    quiet, noisy = _noisy(field, x0, 0.0), _noisy(field, x0, NOISE)
    half = torch.tensor(0.5, dtype=torch.float64)
    at = [float(field.log_density(x[NOISE_STEPS // 2], half).mean()) for x in (quiet, noisy)]
    many = _noisy(field, x0[:1].expand(200, 2), NOISE, seed=1)[-1]
    return Answer(
        {
            "noise": NOISE,
            "steps": NOISE_STEPS,
            "points": len(x0),
            "quiet": distance(quiet[-1]),
            "noisy": distance(noisy[-1]),
            "floor": floor().mean,
            "free": _freely_apart(len(x0)),
            "half_quiet": at[0],
            "half_noisy": at[1],
            "same_start": 200,
            "apart": float((many - many.mean(0)).square().sum(1).mean().sqrt()),
        },
        {"quiet": quiet[:, :SHOWN].numpy(), "noisy": noisy[:, :SHOWN].numpy()},
    )


SIZES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
FEW, MANY = 150, 1500
"""Steps of a training that is broken off early, and of one that is not."""


@lru_cache(maxsize=4)
def _trained(steps: int) -> Field:
    """Return a flow from N(0, I) to 8 Gaussians after so many steps, with its score."""
    experiment = usual(steps=str(steps))
    *_, last = train(experiment)
    return WithScore(learned_field(experiment, last.weights), experiment.path)


def noise_and_learned() -> Answer:
    """Return W2 against noise, for a flow that has hardly learned and one that has."""
    x0 = start_points().float()
    curves = {}
    for name, steps in (("early", FEW), ("late", MANY)):
        curves[name] = [distance(_noisy(_trained(steps), x0, size)[-1].double()) for size in SIZES]
    best = int(np.argmin(curves["early"]))
    numbers = {"early_steps": FEW, "late_steps": MANY, "best_noise": SIZES[best], "early_best": curves["early"][best]}
    numbers |= {"early": curves["early"][0], "late": curves["late"][0], "late_best": min(curves["late"]), "floor": floor().mean}
    numbers |= {"late_noisy": curves["late"][best], "points": len(x0), "steps": NOISE_STEPS}
    return Answer(numbers, {"size": np.array(SIZES), **{name: np.array(curve) for name, curve in curves.items()}})


def one_step() -> Answer:
    """Return one Euler step and many, on the field of independent pairs and on that of OT pairs."""
    x0, numbers, arrays = start_points(), {"points": 500.0, "many": 60.0, "floor": floor().mean}, {}
    for name, field in (("independent", exact()), ("ot", paired_field(coupling="ot"))):
        one = ways(field, x0, steps=1, solver="euler")
        numbers[f"one_{name}"] = distance(one.x[-1])
        numbers[f"many_{name}"] = distance(ways(field, x0, steps=60, solver="euler").x[-1])
        numbers[f"bend_{name}"] = bending(field)
        numbers[f"spread_{name}"] = float((one.x[-1] - one.x[-1].mean(0)).square().sum(1).mean().sqrt())
        arrays[name] = one.x[:, :LINES].numpy()
    x1 = data()
    numbers["data_spread"] = float((x1 - x1.mean(0)).square().sum(1).mean().sqrt())
    return Answer(numbers, arrays)


WEIGHT, CENTRE, WIDTH = 4.0, 2.0, 0.6
"""Guidance on two Gaussians at ±2, each .6 wide."""


def _two_gaussians(width: float) -> tuple[ExactField, ExactField]:
    """Return the exact field from N(0, I) to two Gaussians so wide, at ±2, and that of the right one."""
    mu = torch.tensor([[-CENTRE, 0.0], [CENTRE, 0.0]], dtype=torch.float64)
    one, path = torch.ones(2, dtype=torch.float64), PATHS["linear"]()
    law = JointMixture(one / 2, torch.zeros_like(mu), one, mu, width**2 * one)
    return ExactField(path, law), ExactField(path, JointMixture(one[:1], law.m[1:], one[:1], mu[1:], law.lam[1:]))


def guidance() -> Answer:
    """Return the density of a class, the tilted one, and what guidance samples, along the line through both classes."""
    whole, right = _two_gaussians(WIDTH)
    x0 = start_points(2000)
    found = ways(GuidedExact(whole, (None, right), torch.tensor(1), WEIGHT), x0).x[-1][:, 0]
    x, end = torch.linspace(-4.5, 5.5, 401, dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64)
    places = torch.stack([x, torch.zeros_like(x)], 1)
    log_p, log_one = whole.log_density(places, end), right.log_density(places, end)
    densities = {"all": log_p, "class": log_one, "tilted": (1 - WEIGHT) * log_p + WEIGHT * log_one}
    gap = float(x[1] - x[0])
    arrays = {name: torch.softmax(log, 0).numpy() / gap for name, log in densities.items()}
    mean = float((x * torch.softmax(densities["tilted"], 0)).sum())
    spread = float(((x - mean).square() * torch.softmax(densities["tilted"], 0)).sum().sqrt())
    width = float(found.std()) * len(found) ** -0.2
    near = (x[:, None] - found).div(width).square().mul(-0.5).exp().mean(1) / (width * (2 * torch.pi) ** 0.5)
    numbers = {"weight": WEIGHT, "centre": CENTRE, "width": WIDTH, "tilted_mean": mean, "tilted_spread": spread}
    numbers |= {"guided_mean": float(found.mean()), "guided_spread": float(found.std()), "points": len(found)}
    return Answer(numbers, {"x": x.numpy(), **arrays, "guided": near.numpy()})


STEPS = (1, 2, 4, 8, 16, 32, 64)


def likelihood() -> Answer:
    """Return the negative log likelihood that solvers report of one exact flow, against their steps; and its entropy."""
    field, source = exact(), DISTRIBUTIONS["gaussian"]().mixture()
    x1 = data(1000)
    truth = -float(log_density(DISTRIBUTIONS["8gaussians"]().mixture(), x1).mean())
    curves = {
        solver: [negative_log_likelihood(field, x1, source, solver=solver, steps=steps) for steps in STEPS]
        for solver in ("euler", "rk4")
    }
    shown = STEPS.index(4)
    numbers = {"points": len(x1), "truth": truth, "steps": STEPS[shown], "many": STEPS[-1]}
    numbers |= {f"{solver}_few": curve[shown] for solver, curve in curves.items()}
    numbers |= {f"{solver}_many": curve[-1] for solver, curve in curves.items()}
    numbers["error"] = abs(curves["rk4"][-1] - truth)
    error = {solver: np.abs(np.array(curve) - truth) for solver, curve in curves.items()}
    return Answer(numbers, {"steps": np.array(STEPS), **error})


WIDTHS = (0.5, 0.1, 0.005)
"""Widths of two Gaussians at ±2, from wide to narrow."""
TOLERANCE = 1e-5
LATE = 0.9


def slowing() -> Answer:
    """Return the steps that dopri5 chooses for narrower and narrower data, and how steep their fields become."""
    numbers: dict[str, float] = {"tolerance": TOLERANCE, "late": LATE}
    arrays = {}
    for name, width in zip(("wide", "middle", "narrow"), WIDTHS, strict=True):
        whole, _ = _two_gaussians(width)
        found = solve(whole, start_points(200), solver="dopri5", tolerance=TOLERANCE)
        ends = np.array(found.steps)
        length = np.diff(np.concatenate([[0.0], ends]))
        arrays[f"t_{name}"], arrays[f"step_{name}"] = ends[:-1], length[:-1]  # the last is cut off at t = 1
        numbers[f"width_{name}"], numbers[f"nfe_{name}"] = width, found.nfe
        numbers[f"late_{name}"] = 100 * float((ends > LATE).mean())
        numbers[f"shortest_{name}"] = float(length[:-1][ends[:-1] > 0.5].min())
    return Answer(numbers, arrays)

"""Answers about training: losses that look right, losses that are normal, couplings and classes."""

import math
from functools import lru_cache

import torch
from torch import Tensor

from flowviz.couplings import COUPLINGS, optimal_assignment, partners_within
from flowviz.distributions import DISTRIBUTIONS
from flowviz.lessons.answers import BLUR, Answer, blurred, data, distance, exact, floor, start_points, ways
from flowviz.metrics import stratified, wasserstein2
from flowviz.paths import PATHS
from flowviz.solvers import Field


class FedTheData:
    """What is learned from x1 fed in the place of x_t on the linear path: E[u | x1 = x] = x − E[x0] = x for a centred source."""

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return x


class TimeTurned:
    """A field that is asked at 1 − t, as by a sampler that counts time the other way."""

    def __init__(self, field: Field) -> None:
        self.field = field

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return self.field.velocity(x, 1 - t)


def looks_right() -> Answer:
    """Return three ways to sample noise in spite of a good loss, and the right one; all with fields in closed form."""
    field, x0 = exact(), start_points()
    ends = {
        "right": ways(field, x0, steps=30).x[-1],
        "fed_data": ways(FedTheData(), x0, steps=30).x[-1],
        "turned": ways(TimeTurned(field), x0, steps=30).x[-1],
        "one_step": ways(field, x0, steps=1, solver="euler").x[-1],
    }
    return Answer(
        {
            **{f"w2_{name}": distance(x) for name, x in ends.items()},
            # E‖(x1 − x0) − x1‖² = E‖x0‖²: two dimensions of unit variance.
            "loss_fed_data": float(x0.shape[1]),
            "loss_right": by_time("linear", TIMES)[1],
            "spread_fed_data": math.e,
            "floor": floor().mean,
            "points": len(x0),
        },
        {name: x.numpy() for name, x in ends.items()},
    )


TIMES = tuple((torch.arange(48, dtype=torch.float64) + 0.5).div(48).tolist())
"""Middles of equal parts of [0, 1]: a mean over them is the mean over t."""


@lru_cache(maxsize=32)
def by_time(path: str, times: tuple[float, ...], target: str = "8gaussians", points: int = 4000) -> tuple[list[float], float]:
    """Return the least loss at given times and its mean over them, from N(0, I) with independent pairs.

    Args:
        path: Slug of a path without noise.
        times: Times.
        target: Slug of the target.
        points: Pairs at each time; the same at all, so that the curve is smooth.
    """
    field = exact(path=path, target=target)
    x0, x1 = whitened(start_points(points, seed=5)), data(points, target, seed=6)
    found = []
    for s in times:
        t = torch.tensor(s, dtype=torch.float64)
        xt, u = PATHS[path]().point(x0, x1, t), PATHS[path]().target(x0, x1, t)
        found.append(float((u - field.velocity(xt, t)).square().sum(1).mean()))
    return found, sum(found) / len(found)


def whitened(x: Tensor) -> Tensor:
    """Return points moved and stretched to mean 0 and variance I exactly.

    E‖x0‖², a large part of a loss, is then no matter of luck.
    """
    x = x - x.mean(0)
    return torch.linalg.solve_triangular(torch.linalg.cholesky(x.T @ x / len(x)), x.T, upper=False).T


def total_variance(target: str) -> float:
    """Return E‖x1 − E x1‖² of a target that is a mixture of Gaussians."""
    mixture = DISTRIBUTIONS[target]().mixture().to(torch.float64)
    spread = mixture.means - mixture.weights @ mixture.means
    return float(mixture.weights @ (spread.square().sum(1) + spread.shape[1] * mixture.variances))


TARGETS = ("two-points", "two-gaussians", "grid25", "8gaussians", "moons", "checkerboard")
CURVE = tuple((torch.arange(41, dtype=torch.float64) / 40).clamp(max=0.999).tolist())


def normal_loss() -> Answer:
    """Return the least loss of several targets, and of one over t."""
    some = TIMES[::4]
    totals = {target: by_time("linear", some, target, 400)[1] for target in TARGETS if target != "8gaussians"}
    curves = {path: by_time(path, CURVE, points=2000)[0] for path in ("linear", "trig")}
    total, end = by_time("linear", TIMES)[1], by_time("linear", (1.0,))[0][0]
    start = total_variance("8gaussians")  # of u = x1 − x0 given x0, if x0 and x1 are independent
    return Answer(
        {
            **{target.replace("-", "_"): value for target, value in totals.items()},
            "8gaussians": total,
            "start": start,
            "end": end,
            "trig": by_time("trig", TIMES)[1],
        },
        {"t": torch.tensor(CURVE).numpy(), **{path: torch.tensor(curve).numpy() for path, curve in curves.items()}},
    )


PAIRED = 512


def coupled(kind: str, n: int = PAIRED) -> tuple[Tensor, Tensor, Tensor]:
    """Return pairs of N(0, I) with two classes.

    Args:
        kind: "independent", "ot" (across classes) or "within" (in each class by itself).
        n: Pairs.

    Returns:
        x0, shape (n, 2), x1, shape (n, 2), and the class of x1, shape (n,).
    """
    x0 = start_points(n, seed=7)
    x1, label = stratified(DISTRIBUTIONS["two-gaussians"](), n, torch.Generator().manual_seed(8))
    x1 = x1.double()
    if kind == "ot":
        order = optimal_assignment(x0, x1)
        x1, label = x1[order], label[order]
    if kind == "within":
        x1 = x1[partners_within(COUPLINGS["ot"](), x0, x1, label, torch.Generator())]
    return x0, x1, label


def classes() -> Answer:
    """Return where the source points of a class lie under three couplings, and where a class's samples then land."""
    numbers: dict[str, float] = {"expected": math.sqrt(2 / math.pi), "pairs": PAIRED, "points": 256, "blur": BLUR}
    arrays = {}
    kind = DISTRIBUTIONS["two-gaussians"]()
    x, label = stratified(kind, 1024, torch.Generator().manual_seed(9))
    wanted = x[label == 0][:256].double()
    for name in ("independent", "ot", "within"):
        x0, x1, label = coupled(name)
        rows = label == 0
        numbers[f"mean_{name}"] = float(x0[rows].mean(0).norm())
        found = ways(blurred(x0[rows], x1[rows]), start_points(256, seed=11), steps=20)
        numbers[f"w2_{name}"] = wasserstein2(found.x[-1], wanted)
        arrays[f"x0_{name}"], arrays[f"label_{name}"] = x0.numpy(), label.numpy()
        arrays[f"ends_{name}"] = found.x[-1].numpy()
    return Answer(numbers, arrays)

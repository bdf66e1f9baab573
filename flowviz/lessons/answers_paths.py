"""Answers about paths: the width at the end, Gaussian sources, noise on the way and its boundary."""

import math

import torch
from torch import Tensor

from flowviz.distributions import DISTRIBUTIONS
from flowviz.exact import ExactField
from flowviz.known import known
from flowviz.lessons.answers import Answer, beginnings, data, distance, exact, floor, start_points, usual, ways
from flowviz.metrics import Spread, wasserstein2
from flowviz.paths import PATHS

WIDTHS = (0.01, 0.1, 0.3, 0.5)
"""σ_min of the panels."""
MODE = 0.1**0.25
"""Width of each mode of 8 Gaussians."""


def bias(width: float) -> float:
    """Return W2 between 8 Gaussians and the same blurred by N(0, width² I), where each mode goes to itself."""
    return math.sqrt(2) * (math.hypot(MODE, width) - MODE)


def which_sigma() -> Answer:
    """Return where Lipman's path ends for several σ_min, and how far that is from the data."""
    numbers: dict[str, float] = {"floor": floor().mean, "points": len(start_points()), "mode": MODE}
    arrays = {}
    for width in WIDTHS:
        found = ways(exact(path="lipman-ot", lipman_ot_sigma_min=str(width)), start_points(), steps=30)
        name = f"{width:g}".replace(".", "")
        numbers |= {f"sigma_{name}": width, f"bias_{name}": bias(width), f"w2_{name}": distance(found.x[-1])}
        # The slope of the conditional velocity −(1 − σ_min)/σ_t at t = 1: how fast neighbours run together there.
        numbers[f"slope_{name}"] = (1 - width) / width
        arrays[f"ends_{name}"] = found.x[-1].numpy()
    widths = torch.linspace(0, 0.5, 51, dtype=torch.float64)
    arrays |= {"width": widths.numpy(), "bias": torch.tensor([bias(w) for w in widths.tolist()]).numpy()}
    return Answer(numbers, arrays)


def score_by_velocity(u: Tensor, x: Tensor, t: Tensor) -> Tensor:
    """Return the score as it follows from the velocity on the linear path if the source is N(0, I): (t u − x) / (1 − t)."""
    return (t * u - x) / (1 - t)


def score_error(source: str, times: tuple[float, ...] = (0.25, 0.5, 0.75)) -> float:
    """Return how far that formula is from the true score, root mean square over the root mean square of the score."""
    field = exact(source=source)
    found = ways(field, beginnings(source, 400), steps=40)
    wrong, size = 0.0, 0.0
    for s in times:
        x, t = found.x[round(40 * s)], torch.tensor(s, dtype=torch.float64)
        score = field.score(x, t)
        wrong += float((score_by_velocity(field.velocity(x, t), x, t) - score).square().sum(1).mean())
        size += float(score.square().sum(1).mean())
    return math.sqrt(wrong / size)


def gaussian_source() -> Answer:
    """Return a field made for a Gaussian source, entered from there and from elsewhere; and the score's formula."""
    field = exact(path="lipman-ot")
    begins = {"gaussian": start_points(), "uniform": beginnings("uniform"), "two_gaussians": beginnings("two-gaussians")}
    ends = {name: ways(field, x0, steps=30).x[-1] for name, x0 in begins.items()}
    return Answer(
        {
            **{f"w2_{name}": distance(x) for name, x in ends.items()},
            "score_gaussian": score_error("gaussian"),
            "score_two_gaussians": 100 * score_error("two-gaussians"),
            "floor": floor().mean,
            "points": len(start_points()),
        },
        {**{f"begin_{k}": x.numpy() for k, x in begins.items()}, **{f"end_{k}": x.numpy() for k, x in ends.items()}},
    )


def shares(x: Tensor) -> Tensor:
    """Return the share of points that are nearest to each of the eight modes, shape (8,)."""
    centres = DISTRIBUTIONS["8gaussians"]().mixture().means
    return torch.cdist(x.double(), centres).argmin(1).bincount(minlength=8).double() / len(x)


def diversity() -> Answer:
    """Return the same particles through fields without and with noise on the path."""
    fields = {"plain": exact(), "noisy": exact(path="si-linear")}
    numbers: dict[str, float] = {"floor": floor().mean, "points": len(start_points())}
    arrays = {}
    for name, field in fields.items():
        found = [ways(field, start_points(seed=seed), steps=30) for seed in range(3)]
        spread = Spread.of([distance(each.x[-1]) for each in found])
        numbers |= {f"w2_{name}": spread.mean, f"spread_{name}": spread.spread}
        numbers[f"entropy_{name}"] = math.exp(-float(torch.xlogy(p := shares(found[0].x[-1]), p).sum()))
        again = ways(field, start_points(), steps=30).x[-1]
        numbers[f"again_{name}"] = float((again - found[0].x[-1]).abs().max())
        arrays[f"middle_{name}"], arrays[f"end_{name}"] = found[0].x[15].numpy(), found[0].x[-1].numpy()
    return Answer(numbers, arrays)


class WithoutNoiseTerm:
    """The mean of α' x1 + σ' x0 alone: the target of a noisy path with γ' z left out; E[z | x] = −γ score."""

    def __init__(self, field: ExactField) -> None:
        self.field = field

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return self.field.velocity(x, t) + self.field.path.gamma_d_gamma(t.to(x.dtype)) * self.field.score(x, t)


CONSTANT = 1.0
"""Strength of a noise that does not vanish at the ends."""


def boundary() -> Answer:
    """Return a path whose noise stays, one whose noise vanishes, and one whose target forgets the noise."""
    noise = CONSTANT * torch.randn(500, 2, generator=torch.Generator().manual_seed(12), dtype=torch.float64)
    right = known(usual(path="si-linear", si_linear_a="2")).field
    ends = {
        "stays": data(seed=13) + noise,
        "vanishes": ways(right, start_points(), steps=40).x[-1],
        "forgotten": ways(WithoutNoiseTerm(right), start_points(), steps=40).x[-1],
    }
    begin = start_points(seed=14) + noise
    t = torch.linspace(0, 1, 101, dtype=torch.float64)
    return Answer(
        {
            **{f"w2_{name}": distance(x) for name, x in ends.items()},
            "w2_start": wasserstein2(begin, start_points(seed=15)),
            "floor_start": wasserstein2(start_points(seed=14), start_points(seed=15)),
            "noise": CONSTANT,
            "width": math.hypot(MODE, CONSTANT),
            "mode": MODE,
            "height": 2.0,
            "floor": floor().mean,
            "points": 500,
        },
        {
            **{name: x.numpy() for name, x in ends.items()},
            "t": t.numpy(),
            "gamma": PATHS["si-linear"](a=2).gamma(t).numpy(),  # type: ignore[call-arg]
        },
    )

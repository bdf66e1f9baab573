"""How good made pictures are: whether a classifier takes them for what was asked, and whether they are new."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from flowviz.distributions import Distribution
from flowviz.exact import ExactField, GuidedExact
from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.metrics.judge import judge_of
from flowviz.networks import Guidance, guided_field
from flowviz.solvers import Field, carry, finished

EACH = 50
"""Pictures of each class."""
SEED = 30_000
COPY = 0.5
"""Distance below which a picture is a copy: no pixel can then be further off than a quarter of the way from paper to ink, and of the
pictures that nobody learned from none is as near."""


@dataclass(frozen=True)
class Judged:
    """What is made of some pictures.

    Attributes:
        right: Share that the classifier takes for what was asked, by class.
        held_out: Share of the held-out pictures that it takes for what they are.
        copies: Share that are copies of a picture learned from.
        away: Median distance to the nearest picture learned from, in units of x.
        away_held_out: The same of the held-out ones.
        variance: Variance within a class, summed over pixels, over that of the data; the mean over classes.
    """

    right: tuple[float, ...]
    held_out: float
    copies: float
    away: float
    away_held_out: float
    variance: float

    @property
    def share(self) -> float:
        """Share of all that are judged right."""
        return sum(self.right) / len(self.right)


@lru_cache(maxsize=8)
def held_out_judged(target: Distribution) -> tuple[float, float]:
    """Return the share of held-out pictures judged right, and their median distance to the nearest one learned from."""
    assert target.data is not None
    assert target.held_out is not None
    x, y = target.held_out
    right = float((judge_of(target).classes(x) == y).double().mean())
    return right, float(nearest(x, target.data[0]).median())


def nearest(x: Tensor, data: Tensor) -> Tensor:
    """Return the distance of each picture, shape (n, d), to the nearest of the data, shape (n,).

    By differences, so that a copy's is 0.
    """
    return torch.cdist(x.double(), data.double(), compute_mode="donot_use_mm_for_euclid_dist").amin(1)


def no_judge(experiment: Experiment) -> str:
    """Return why pictures cannot be judged, a sentence; empty where they can."""
    target = experiment.target_distribution
    if target.held_out is None:
        return f"{target.label}: there are no pictures that were kept from training, to compare with."
    if not experiment.class_count:
        return "No classes are learned, so none can be asked for and judged."
    return ""


def made(
    experiment: Experiment, field: Field, guidance: float, solver: str, steps: int, eta: float = 0.0
) -> tuple[Tensor, Tensor]:
    """Return fifty pictures of each class, as the same noise becomes them.

    Args:
        experiment: What was trained; it learns classes.
        field: Its field without classes, exact or learned.
        guidance: w.
        solver: What carries them.
        steps: Its steps.
        eta: Fresh noise in those of DDIM.

    Returns:
        Pictures, shape (50 K, d), and what was asked, shape (50 K,).
    """
    rng = torch.Generator().manual_seed(SEED)
    y = torch.arange(experiment.class_count).repeat_interleave(EACH)
    x0 = experiment.source_distribution.sample(len(y), rng)
    if isinstance(field, ExactField):
        asked: Field = GuidedExact(field, known(experiment).class_fields, y, guidance)
    else:
        asked = guided_field(experiment, field, Guidance(y, guidance))
    return finished(asked, carry(asked, x0, solver=solver, steps=steps, eta=eta, rng=rng)).x[-1], y


def judged(
    experiment: Experiment, field: Field, guidance: float, *, solver: str = "euler", steps: int = 60, eta: float = 0.0
) -> Judged:
    """Judge pictures of every class.

    Args:
        experiment: What was trained, `no_judge` of it is empty.
        field: Its field without classes, exact or learned.
        guidance: w.
        solver: What carries them.
        steps: Its steps.
        eta: Fresh noise in those of DDIM.
    """
    target = experiment.target_distribution
    assert target.data is not None
    x, y = made(experiment, field, guidance, solver, steps, eta)
    means, labels = target.data
    right = (judge_of(target).classes(x) == y).double().view(-1, EACH).mean(1)
    away = nearest(x, means)
    own, real = (_within(points, of) for points, of in ((x, y), (means, labels)))
    return Judged(
        tuple(right.tolist()),
        held_out_judged(target)[0],
        float((away < COPY).double().mean()),
        float(away.nan_to_num(torch.inf).median()),
        held_out_judged(target)[1],
        float((own / real).mean()),
    )


def _within(x: Tensor, y: Tensor) -> Tensor:
    """Return the variance of each class, summed over coordinates, shape (K,)."""
    return torch.stack([x[y == k].double().var(0).sum() for k in range(int(y.max()) + 1)])

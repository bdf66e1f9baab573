"""How far a flow copies the points that it was trained on, while it learns them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from flowviz.experiment import Experiment
from flowviz.measures.measure import SEED, samples
from flowviz.networks import learned_field
from flowviz.solvers import carry, finished

SAMPLES = 500
STEPS = 60
"""Midpoint steps that carry the samples."""
ROWS = 512
"""Points whose distances to all others are computed at once."""
FRESH = 0.5
"""The share of fresh draws that count as near, whatever the law: so the distance is chosen."""


def nearest(x: Tensor, points: Tensor) -> Tensor:
    """Return the distance of each x to the nearest of some points, shape (n,); not a number where x is none.

    Args:
        x: Places, shape (n, d).
        points: Points, shape (m, d), m at least 1.
    """
    points = points.double()
    # By differences, not by a product of matrices: a copy's distance of 0 would be lost in its rounding.
    mode = "donot_use_mm_for_euclid_dist"
    rows = [torch.cdist(part, points, compute_mode=mode).amin(1) for part in x.double().split(ROWS)]
    return torch.cat([x.new_zeros(0).double(), *rows])


def spacing(points: Tensor) -> Tensor:
    """Return the distance of each point to the nearest other one, points that coincide taken as one.

    Args:
        points: Points, shape (m, d).

    Returns:
        Distances above 0, shape (places,); none where all points coincide.
    """
    places = torch.unique(points.double(), dim=0)
    if len(places) < 2:
        return places.new_zeros(0)
    found = []
    for start in range(0, len(places), ROWS):
        rows = torch.cdist(places[start : start + ROWS], places, compute_mode="donot_use_mm_for_euclid_dist")
        here = torch.arange(len(rows))
        rows[here, start + here] = math.inf
        found.append(rows.amin(1))
    return torch.cat(found)


def near_distance(points: Tensor) -> float:
    """Return the median distance of a point to the nearest other one: half of all fresh draws would lie nearer to the points.

    The law behind the points is not known, and training has used all of them. But each point is itself a draw of that law that
    is independent of the others: left out, it lies as far from the nearest of the m − 1 others as a fresh draw lies from them.
    Not a number where there is but one place.
    """
    apart = spacing(points)
    return float(apart.quantile(0.5)) if len(apart) else math.nan


def share_near(x: Tensor, points: Tensor) -> float:
    """Return the share of samples that lie nearer to the training points than the median fresh draw does.

    One half for a sampler that draws from the law behind the points, one for a sampler that copies them, and less than one half
    for a sampler that misses them. A sample that is not finite is not near.

    Args:
        x: Samples, shape (n, d).
        points: The training points, shape (m, d).

    Returns:
        The share; not a number without samples, or where all points coincide, so that nothing says how near is near.
    """
    limit = near_distance(points)
    return float((nearest(x, points) < limit).double().mean()) if len(x) and math.isfinite(limit) else math.nan


@dataclass(frozen=True)
class CopiedAt:
    """How near the samples of a learned flow are after so many steps of training: the share of `share_near`."""

    step: int
    share: float


def training_points(experiment: Experiment) -> Tensor | None:
    """Return the points that an experiment trains on again and again, shape (m, d).

    None where each batch is drawn afresh from a law.
    """
    data = experiment.target_distribution.data
    return None if data is None else data[0]


def exact_share(experiment: Experiment, points: Tensor, *, n: int = SAMPLES) -> float:
    """Return the share of the exact flow, whose ends are draws of the target itself: the points, as blurred as they are."""
    rng = torch.Generator().manual_seed(SEED - 4)
    return share_near(experiment.target_distribution.sample(n, rng), points)


def copied_over_training(
    experiment: Experiment, film: Mapping[int, Mapping[str, np.ndarray]], points: Tensor, *, n: int = SAMPLES
) -> Iterator[CopiedAt]:
    """Yield how near the samples are, at each step that is kept of a training.

    Args:
        experiment: What was trained.
        film: Weights by step.
        points: Its training points, shape (m, d).
        n: Samples, whose starts are the same at each step.

    Yields:
        Shares, steps ascending, as soon as they are there.
    """
    x0 = samples(experiment, n, 0)[0]
    for step in sorted(film):
        field = learned_field(experiment, film[step])
        solver = "one-step" if experiment.method.jumps else "midpoint"
        flow = finished(field, carry(field, x0, solver=solver, steps=STEPS))
        yield CopiedAt(step, share_near(flow.x[-1], points))

"""What training draws: many batches at once, each pool a function of the experiment and its number alone.

That is why a run may be paused, resumed, extended or shared, and its losses stay the same bit for bit.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import torch
from torch import Tensor

from flowviz.experiment import Experiment

POOL_BATCHES = 64
POOL_ROWS = 16_384
SEED_STRIDE = 100_003
"""Pool p of seed s is drawn with generator seed 100003 s + p + 1; the first weights with 100003 s."""


class Pool(NamedTuple):
    """Regression pairs for many steps; step k of the pool owns rows k·batch to (k + 1)·batch."""

    xt: Tensor  # (rows, 2)
    t: Tensor  # (rows,)
    u: Tensor  # (rows, 2): the conditional velocity at xt


def pool_batches(experiment: Experiment) -> int:
    """Batches of pairs in one pool: 64, fewer where batches are large."""
    return max(1, min(POOL_BATCHES, POOL_ROWS // experiment.training.batch))


def pool_steps(experiment: Experiment) -> int:
    """Training steps that one pool serves: each pairing is used `coupling.uses` times."""
    return pool_batches(experiment) * experiment.coupling.uses


def draw_times(n: int, kind: str, interval: tuple[float, float], rng: torch.Generator) -> Tensor:
    """Times at which the velocity is learned.

    Args:
        n: How many.
        kind: "uniform", or "logit-normal" (Esser et al. 2024, arXiv 2403.03206, equation 19, with mean 0 and scale 1).
        interval: First and last time.
        rng: Source of randomness.

    Returns:
        Times, shape (n,).
    """
    t = torch.rand(n, generator=rng) if kind == "uniform" else torch.sigmoid(torch.randn(n, generator=rng))
    return interval[0] + (interval[1] - interval[0]) * t


def draw_pool(experiment: Experiment, number: int) -> Pool:
    """Draw one pool.

    Args:
        experiment: The experiment.
        number: Which pool, from 0.

    Returns:
        The pool, with `pool_steps(experiment)` batches.
    """
    rng = torch.Generator().manual_seed(SEED_STRIDE * experiment.seed + number + 1)
    batch, path, coupling = experiment.training.batch, experiment.path, experiment.coupling
    n = pool_batches(experiment) * batch
    x0 = experiment.source_distribution.sample(n, rng)
    x1 = experiment.target_distribution.sample(n, rng)
    if coupling.slug != "independent":
        pairs = zip(x0.split(batch), x1.split(batch), strict=True)
        x1 = torch.cat([b[coupling.partners(a, b, rng)] for a, b in pairs])
    x0, x1 = x0.repeat(coupling.uses, 1), x1.repeat(coupling.uses, 1)
    t = draw_times(len(x0), experiment.training.time_sampling, path.interval, rng)
    z = torch.randn(x0.shape, generator=rng) if path.noisy else None
    return Pool(path.point(x0, x1, t, z), t, path.target(x0, x1, t, z))


def _one_thread() -> None:
    torch.set_num_threads(1)


def pools(experiment: Experiment, first: int) -> Iterator[Pool]:
    """All pools from number `first` on. Where pairing is work, one thread draws the next pool while this one is used."""
    if experiment.coupling.slug == "independent":
        while True:
            yield draw_pool(experiment, first)
            first += 1
    with ThreadPoolExecutor(1, initializer=_one_thread) as ahead:
        coming: Future[Pool] = ahead.submit(draw_pool, experiment, first)
        while True:
            pool = coming.result()
            first += 1
            coming = ahead.submit(draw_pool, experiment, first)
            yield pool

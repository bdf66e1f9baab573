"""What training draws: many batches at once, each pool a function of the experiment and its number alone.

That is why a run may be paused, resumed, extended or shared, and its losses stay the same bit for bit.
"""

from collections.abc import Generator
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

    xt: Tensor  # (rows, d)
    t: Tensor  # (rows,)
    u: Tensor  # (rows, d): what the network is to predict at xt, for flow matching the conditional velocity


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


def draw_pool(experiment: Experiment, number: int, made: Tensor | None = None) -> Pool:
    """Draw one pool.

    Args:
        experiment: The experiment.
        number: Which pool, from 0.
        made: For a coupling whose pairs are made, these, shape (2, n, 2).

    Returns:
        The pool, with `pool_steps(experiment)` batches.

    Raises:
        ValueError: If the coupling's pairs must be made and none are given.
    """
    rng, pairs = _draw_points(experiment, number, made)
    return _finish(experiment, rng, pairs, [experiment.coupling.partners(x0, x1, rng) for x0, x1 in pairs])


def _draw_points(
    experiment: Experiment, number: int, made: Tensor | None = None
) -> tuple[torch.Generator, list[tuple[Tensor, Tensor]]]:
    """The generator of a pool, and its batches of x0 and x1, not yet paired."""
    rng = torch.Generator().manual_seed(SEED_STRIDE * experiment.seed + number + 1)
    batch = experiment.training.batch
    n = pool_batches(experiment) * batch
    if experiment.coupling.made:
        if made is None:
            raise ValueError(f"coupling {experiment.coupling.slug!r} needs pairs that a flow has made; `train` makes them.")
        # In random order, each pair as often as any other.
        chosen = torch.randperm(max(n, made.shape[1]), generator=rng)[:n] % made.shape[1]
        x0, x1 = made[:, chosen]
    else:
        x0 = experiment.source_distribution.sample(n, rng)
        x1 = experiment.target_distribution.sample(n, rng)
    return rng, list(zip(x0.split(batch), x1.split(batch), strict=True))


def _finish(experiment: Experiment, rng: torch.Generator, pairs: list[tuple[Tensor, Tensor]], partners: list[Tensor]) -> Pool:
    """Pair the batches, and give each pair its times and its noise."""
    path, uses = experiment.path, experiment.coupling.uses
    x0 = torch.cat([x0 for x0, _ in pairs]).repeat(uses, 1)
    x1 = torch.cat([x1[j] for (_, x1), j in zip(pairs, partners, strict=True)]).repeat(uses, 1)
    t = draw_times(len(x0), experiment.training.time_sampling, path.interval, rng)
    z = torch.randn(x0.shape, generator=rng) if path.noisy else None
    return Pool(path.point(x0, x1, t, z), t, experiment.method.target(path, x0, x1, t, z))


class _Shared:
    """A pool whose batches a thread is pairing; who needs it sooner helps from the other end.

    Only for couplings that draw nothing: which thread pairs a batch must not matter.
    """

    def __init__(self, experiment: Experiment, number: int, thread: ThreadPoolExecutor) -> None:
        self.experiment = experiment
        self.rng, self.pairs = _draw_points(experiment, number)
        self.waiting = [thread.submit(experiment.coupling.partners, *pair, self.rng) for pair in self.pairs]

    def result(self) -> Pool:
        partners = [self._partners(i) for i in reversed(range(len(self.pairs)))]
        return _finish(self.experiment, self.rng, self.pairs, partners[::-1])

    def _partners(self, i: int) -> Tensor:
        taken = not self.waiting[i].cancel()
        return self.waiting[i].result() if taken else self.experiment.coupling.partners(*self.pairs[i], self.rng)


def _one_thread() -> None:
    torch.set_num_threads(1)


def pools(experiment: Experiment, first: int, last: int, made: Tensor | None = None) -> Generator[Pool, None, None]:
    """The pools from number `first` to `last`. Where pairing is work, a second thread is one pool ahead."""
    if experiment.coupling.max_batch is None:
        for number in range(first, last + 1):
            yield draw_pool(experiment, number) if made is None else draw_pool(experiment, number, made)
        return

    def begin(number: int) -> "_Shared | Future[Pool]":
        return thread.submit(draw_pool, experiment, number) if experiment.coupling.draws else _Shared(experiment, number, thread)

    thread = ThreadPoolExecutor(1, initializer=_one_thread)
    try:
        coming = begin(first)
        for number in range(first, last + 1):
            pool = coming.result()
            if number < last:
                coming = begin(number + 1)
            yield pool
    finally:
        thread.shutdown(cancel_futures=True)

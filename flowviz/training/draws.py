"""What training draws: many batches at once, each pool a function of the experiment and its number alone.

That is why a run may be paused, resumed, extended or shared, and its losses stay the same bit for bit.
"""

from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from flowviz.couplings import partners_within
from flowviz.experiment import Experiment

POOL_BATCHES = 64
POOL_ROWS = 16_384
SEED_STRIDE = 100_003
"""Pool p of seed s is drawn with generator seed 100003 s + p + 1; the first weights with 100003 s."""


class Pool(NamedTuple):
    """Regression pairs for many steps; step k of the pool owns rows k·batch to (k + 1)·batch."""

    xt: Tensor  # (rows, d), or (rows, k) where the method's network takes points of another dimension
    t: Tensor  # (rows,)
    u: Tensor  # (rows, d): what the network is to predict at xt, for flow matching the conditional velocity
    y: Tensor | None = None  # (rows,): the class that the network is told, K for none; None where it learns no classes
    s: Tensor | None = None  # (rows,): the later time, for a network of two times; then u is the velocity of the pair at t

    def each(self, change: Callable[[Tensor], Tensor]) -> "Pool":
        """Return the pool with every part that is there changed."""
        return Pool(*(part if part is None else change(part) for part in self))  # type: ignore[arg-type]


def pool_batches(experiment: Experiment) -> int:
    """Return batches of pairs in one pool: 64, fewer where batches are large."""
    return max(1, min(POOL_BATCHES, POOL_ROWS // experiment.training.batch))


def pool_steps(experiment: Experiment) -> int:
    """Return training steps that one pool serves: each pairing is used `coupling.uses` times."""
    return pool_batches(experiment) * experiment.coupling.uses


def draw_times(n: int, kind: str, interval: tuple[float, float], rng: torch.Generator) -> Tensor:
    """Return times at which the velocity is learned.

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
    rng, batches = _draw_points(experiment, number, made)
    return _finish(experiment, rng, batches, [_partners(experiment, batch, rng) for batch in batches])


class _Batch(NamedTuple):
    """Source and data points that are paired with one another, and the data's classes where they are learned."""

    x0: Tensor
    x1: Tensor
    y: Tensor | None


def _partners(experiment: Experiment, batch: _Batch, rng: torch.Generator) -> Tensor:
    """Return the data point of each source point, shape (n,)."""
    if batch.y is None or experiment.training.classes == "across":
        return experiment.coupling.partners(batch.x0, batch.x1, rng)
    return partners_within(experiment.coupling, batch.x0, batch.x1, batch.y, rng)


def _draw_points(experiment: Experiment, number: int, made: Tensor | None = None) -> tuple[torch.Generator, list[_Batch]]:
    """Return the generator of a pool, and its batches, not yet paired."""
    rng = torch.Generator().manual_seed(SEED_STRIDE * experiment.seed + number + 1)
    batch = experiment.training.batch
    n, y = pool_batches(experiment) * batch, None
    if experiment.made:
        if made is None:
            what = f"method {experiment.method.slug!r}" if experiment.method.distils else f"coupling {experiment.coupling.slug!r}"
            raise ValueError(f"{what} needs pairs that a flow has made; `train` makes them.")
        # In random order, each pair as often as any other.
        chosen = torch.randperm(max(n, made.shape[1]), generator=rng)[:n] % made.shape[1]
        x0, x1 = made[:, chosen]
    else:
        x0 = experiment.source_distribution.sample(n, rng)
        x1, labels = experiment.target_distribution.draw(n, rng)
        y = labels if experiment.class_count else None
    labelled = [None] * (n // batch) if y is None else y.split(batch)
    return rng, [_Batch(*parts) for parts in zip(x0.split(batch), x1.split(batch), labelled, strict=True)]


def _finish(experiment: Experiment, rng: torch.Generator, batches: list[_Batch], partners: list[Tensor]) -> Pool:
    """Pair the batches, and give each pair its noise and its times, and drop some of the labels."""
    path, method, uses = experiment.path, experiment.method, experiment.coupling.uses
    x0 = torch.cat([batch.x0 for batch in batches]).repeat(uses, 1)
    x1 = torch.cat([batch.x1[j] for batch, j in zip(batches, partners, strict=True)]).repeat(uses, 1)
    more = max(0, method.latent_size(x0.shape[1]) - x0.shape[1])
    z = torch.randn(len(x0), more, generator=rng) if more else None
    draw = partial(draw_times, len(x0), experiment.training.time_sampling, path.interval, rng)
    t = draw()
    z = torch.randn(x0.shape, generator=rng) if path.noisy else z
    y = None
    t, s = method.times(t, draw, rng)
    if experiment.class_count:
        y = torch.cat([batch.y[j] for batch, j in zip(batches, partners, strict=True) if batch.y is not None]).repeat(uses)
        y = torch.where(torch.rand(len(y), generator=rng) < experiment.training.drop, experiment.class_count, y)
    return Pool(method.given(path, x0, x1, t, z), t, method.target(path, x0, x1, t, z), y, s)


class _Shared:
    """A pool whose batches a thread is pairing; who needs it sooner helps from the other end.

    Only for couplings that draw nothing: which thread pairs a batch must not matter.
    """

    def __init__(self, experiment: Experiment, number: int, thread: ThreadPoolExecutor) -> None:
        self.experiment = experiment
        self.rng, self.batches = _draw_points(experiment, number)
        self.waiting = [thread.submit(_partners, experiment, batch, self.rng) for batch in self.batches]

    def result(self) -> Pool:
        partners = [self._of(i) for i in reversed(range(len(self.batches)))]
        return _finish(self.experiment, self.rng, self.batches, partners[::-1])

    def _of(self, i: int) -> Tensor:
        taken = not self.waiting[i].cancel()
        return self.waiting[i].result() if taken else _partners(self.experiment, self.batches[i], self.rng)


def _one_thread() -> None:
    torch.set_num_threads(1)


def pools(experiment: Experiment, first: int, last: int, made: Tensor | None = None) -> Generator[Pool, None, None]:
    """Yield the pools from number `first` to `last`. Where pairing is work, a second thread is one pool ahead."""
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

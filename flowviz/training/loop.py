"""The training loop: a generator that knows no process, no widget and no file."""

import math
import time
from collections.abc import Callable, Generator, Iterator

import numpy as np
import torch
from torch import Tensor

from flowviz.experiment import ROUND, Experiment
from flowviz.threads import one_thread
from flowviz.training.draws import pool_steps, pools
from flowviz.training.make_step import make_step
from flowviz.training.pairs import keep, prepare
from flowviz.training.snapshot import Diverged, Snapshot, TrainingState
from flowviz.training.steps import Arrays, Step

WARMUP = 50
CHECK = 50
"""Steps between two looks at whether the loss is still finite."""
FILM = frozenset(digit * 10**power for power in range(6) for digit in (1, 2, 5))
"""Steps whose weights are kept, so that learning can be watched again: 1, 2, 5, 10, 20, 50, …"""
FILM_BYTES = 512 * 1024
"""Networks larger than this leave no film; sixteen pictures of them would fill the memory of a class."""
BLOWN_UP = 1000.0
"""A loss this many times the first one, or 1 where that is less, is as lost as one that is not finite."""


def learning_rate(experiment: Experiment, step: int) -> float:
    """Return the step size at a step; each further round starts its schedule anew (Loshchilov & Hutter, arXiv 1608.03983)."""
    training = experiment.training
    if training.schedule == "constant":
        return training.lr
    k, length = (step, training.steps) if step < training.steps else ((step - training.steps) % ROUND, ROUND)
    rate = training.lr * min(1.0, (k + 1) / min(WARMUP, max(1, length // 4)))
    if training.schedule == "cosine":
        rate *= 0.5 * (1 + math.cos(math.pi * k / length))
    return rate


def averaging_decay(step: int) -> float:
    """Return decay of the moving average of the weights: short at first, so that early pictures are not of the untrained past."""
    return min(0.999, (1 + step) / (10 + step))


def check_device(name: str) -> torch.device:
    """Return the device that a choice means on this machine; auto is the CPU, the fastest for small networks.

    Raises:
        ValueError: If the machine does not have it.
    """
    available = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        return torch.device("cpu")
    if not available[name]:
        has = ", ".join(k for k, v in available.items() if v)
        raise ValueError(f"device {name!r} was asked for, but this machine has only: {has}. Choose one of those, or 'auto'.")
    return torch.device(name)


def train(
    experiment: Experiment,
    *,
    every: float = 0.5,
    state: TrainingState | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Snapshot]:
    """Train a field, yielding looks at it.

    Args:
        experiment: What to train.
        every: Seconds between snapshots; the first comes after a fifth of that.
        state: Where to go on from; the losses are then those of a training that was never interrupted.
        stop: Asked before every step; once true, a last snapshot follows, with its state.

    Yields:
        Snapshots; the last has a `state`.

    Raises:
        Diverged: If the loss is not finite, with the last good snapshot.
        ValueError: If the machine lacks the device.
    """
    looks = _train(experiment, every, state, stop)
    try:
        while True:
            with one_thread():  # not while the caller has the snapshot: how many threads they have is theirs
                snapshot = next(looks, None)
            if snapshot is None:
                return
            yield snapshot
    finally:
        looks.close()


def _train(
    experiment: Experiment, every: float, state: TrainingState | None, stop: Callable[[], bool]
) -> Generator[Snapshot, None, None]:
    """Do what `train` promises, on however many threads there are."""
    device = check_device(experiment.device)
    made = None
    if experiment.made:
        first = _Course(experiment, make_step(experiment, device), None, device).look(last=True)
        made = yield from prepare(experiment, first, train, every=every, state=state, stop=stop)
        if made is None:
            return
    course = _Course(experiment, make_step(experiment, device), state, device, made)
    total, per_pool = experiment.total_steps, pool_steps(experiment)
    supply, loaded = pools(experiment, course.k // per_pool, (total - 1) // per_pool, made), -1
    due = time.perf_counter() + every / 5
    try:
        while (k := course.k) < total and not stop():
            if k // per_pool != loaded:
                course.steps.use(next(supply))
                loaded = k // per_pool
            course.step(k % per_pool, learning_rate(experiment, k), averaging_decay(k))
            course.record()
            if time.perf_counter() >= due and course.k < total:
                course.check()
                yield course.look()
                course.since = time.perf_counter()
                due = course.since + every
    finally:
        supply.close()
    course.check()
    last = course.look(last=True)
    if course.k == total:
        keep(experiment, last.weights)
    yield last


class _Course:
    """A training under way: how far it is, what it has recorded, and the last state known to be good."""

    def __init__(
        self,
        experiment: Experiment,
        steps: Step,
        state: TrainingState | None,
        device: torch.device,
        made: Tensor | None = None,
    ) -> None:
        self.steps, self.own = steps, experiment.method.parts
        self.pairs = None if made is None else made.numpy()
        self.k, self.before = 0, 0.0
        self.losses = torch.full((experiment.total_steps,), math.nan, device=device)
        self.parts = torch.full((len(self.own), experiment.total_steps), math.nan, device=device)
        self.film = {0: steps.weights()}
        self.filmed = sum(array.nbytes for array in self.film[0].values()) <= FILM_BYTES
        if state is not None and state.step:
            self.k, self.before, self.film = state.step, state.seconds, dict(state.film)
            steps.restore(state.arrays, state.step)
            self.losses[: state.step] = torch.from_numpy(state.losses)
            self.parts[:, : state.step] = torch.from_numpy(state.parts)
        self.since = time.perf_counter()
        self._keep()

    def _keep(self) -> None:
        self.good = (self.k, self.steps.state(), self.steps.weights())

    def step(self, number: int, lr: float, decay: float) -> None:
        """Make the next step, on batch `number` of its pool."""
        self.steps.step(number, lr, decay, self.losses[self.k])
        if self.own:
            self.parts[:, self.k] = self.steps.parts

    def record(self) -> None:
        """Count a step; now and then keep its weights and look whether all is well."""
        self.k += 1
        if self.filmed and self.k in FILM:
            self.film[self.k] = self.steps.weights()
        if self.k % CHECK == 0:
            self.check()
            self._keep()

    def look(self, *, last: bool = False) -> Snapshot:
        """Return a snapshot; the clock stands still until `since` is set again. The last one carries the state."""
        self.before += time.perf_counter() - self.since
        return self._snapshot(self.k, self.steps.state() if last else None, self.steps.weights())

    def _snapshot(self, step: int, arrays: Arrays | None, weights: dict[str, np.ndarray]) -> Snapshot:
        seen, parts = (kept[..., :step].cpu().numpy().copy() for kept in (self.losses, self.parts))
        if arrays is None:
            return Snapshot(step, seen, weights, self.before, parts=parts)
        film = {k: kept for k, kept in self.film.items() if k <= step} if self.filmed else {}
        state = TrainingState(step, seen, arrays, self.before, film, self.pairs, parts=parts)
        return Snapshot(step, seen, weights, self.before, state, parts=parts)

    def check(self) -> None:
        """Raise where a loss since the last good state is not finite, or out of all proportion to the first."""
        step, arrays, weights = self.good
        fresh = self.losses[step : self.k]
        lost = ~torch.isfinite(fresh)
        # In nats a loss may begin at 0 or below: then it is out of proportion to 1.
        bad = lost | (fresh > BLOWN_UP * self.losses[0].clamp(min=1))
        if not bool(bad.any()):
            return
        first = int(bad.int().argmax())
        now, begun = float(fresh[first]), float(self.losses[0])
        grown = (
            f"is {now / begun:,.0f} times what it was at first," if begun >= 1 else f"is {now:,.0f}, from {begun:.3g} at first,"
        )
        what = "is not finite" if bool(lost[first]) else grown
        self.before += time.perf_counter() - self.since
        raise Diverged(
            f"the loss {what} since step {step + first + 1:,}; try a smaller learning rate. "
            f"The weights of step {step:,} are kept.",
            self._snapshot(step, arrays, weights),
        )

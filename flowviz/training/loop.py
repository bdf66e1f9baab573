"""The training loop: a generator that knows no process, no widget and no file."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch

from flowviz.experiment import ROUND, Experiment
from flowviz.training.draws import pool_steps, pools
from flowviz.training.steps import Arrays, make_step

WARMUP = 50
CHECK = 50
"""Steps between two looks at whether the loss is still finite."""
FILM = frozenset(digit * 10**power for power in range(6) for digit in (1, 2, 5))
"""Steps whose weights are kept, so that learning can be watched again: 1, 2, 5, 10, 20, 50, …"""
FILM_BYTES = 512 * 1024
"""Networks larger than this leave no film; sixteen pictures of them would fill the memory of a class."""
BLOWN_UP = 1000.0
"""A loss this many times the first one is as lost as one that is not finite."""


@dataclass(frozen=True, eq=False)
class TrainingState:
    """All that is needed to go on.

    Attributes:
        step: Steps made.
        losses: Loss of each, shape (step,).
        arrays: Parameters, moments, moving average.
        seconds: Training time so far, s.
        film: Weights after 0, 1, 2, 5, 10, 20, 50, … steps, as in `Snapshot.weights`; empty for large networks.
    """

    step: int
    losses: np.ndarray
    arrays: Arrays
    seconds: float
    film: dict[int, dict[str, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A look at a training under way.

    Attributes:
        step: Steps made.
        losses: Loss of each step, squared distance per unit t², shape (step,), float32.
        weights: Averaged weights by parameter name (raw where averaging is off): what is shown and sampled.
        seconds: Training time so far, s; pauses do not count.
        state: All that is needed to go on; only in the last snapshot of a training.
    """

    step: int
    losses: np.ndarray
    weights: dict[str, np.ndarray]
    seconds: float
    state: TrainingState | None = None


class Diverged(ValueError):
    """The loss is no longer finite. Carries the last good `snapshot`."""

    def __init__(self, message: str, snapshot: Snapshot | None = None) -> None:
        super().__init__(message)
        self.snapshot = snapshot

    def __reduce__(self) -> tuple:  # so that the snapshot survives the way out of a worker process
        return type(self), (str(self), self.snapshot)


def learning_rate(experiment: Experiment, step: int) -> float:
    """The step size at a step; each further round starts its schedule anew (Loshchilov & Hutter, arXiv 1608.03983)."""
    training = experiment.training
    if training.schedule == "constant":
        return training.lr
    k, length = (step, training.steps) if step < training.steps else ((step - training.steps) % ROUND, ROUND)
    rate = training.lr * min(1.0, (k + 1) / min(WARMUP, max(1, length // 4)))
    if training.schedule == "cosine":
        rate *= 0.5 * (1 + math.cos(math.pi * k / length))
    return rate


def averaging_decay(step: int) -> float:
    """Decay of the moving average of the weights: short at first, so that early pictures are not of the untrained past."""
    return min(0.999, (1 + step) / (10 + step))


def check_device(name: str) -> torch.device:
    """The device that a choice means on this machine; auto is the CPU, the fastest for small networks.

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
    device = check_device(experiment.device)
    steps = make_step(experiment, device)
    total, batch, per_pool = experiment.total_steps, experiment.training.batch, pool_steps(experiment)
    losses = torch.full((total,), math.nan, device=device)
    k, before, film = 0, 0.0, {0: steps.weights()}
    filmed = sum(array.nbytes for array in film[0].values()) <= FILM_BYTES
    if state is not None and state.step:
        k, before, film = state.step, state.seconds, dict(state.film)
        steps.restore(state.arrays, k)
        losses[:k] = torch.from_numpy(state.losses)
    supply, loaded = pools(experiment, k // per_pool), -1
    good = (k, steps.state(), steps.weights())
    start = time.perf_counter()
    due = start + every / 5
    try:
        while k < total and not stop():
            if k // per_pool != loaded:
                steps.use(next(supply))
                loaded = k // per_pool
            row = (k % per_pool) * batch
            steps.step(slice(row, row + batch), learning_rate(experiment, k), averaging_decay(k), losses[k])
            k += 1
            if filmed and k in FILM:
                film[k] = steps.weights()
            if k % CHECK == 0 or k == total:
                _check(losses[:k], good, before + time.perf_counter() - start, film)
                good = (k, steps.state(), steps.weights())
            if (now := time.perf_counter()) >= due and k < total:
                _check(losses[:k], good, before + now - start, film)
                yield Snapshot(k, losses[:k].cpu().numpy().copy(), steps.weights(), before + now - start)
                due = time.perf_counter() + every
    finally:
        supply.close()  # type: ignore[attr-defined]
    _check(losses[:k], good, before + time.perf_counter() - start, film)  # a pause may come between two looks
    seen, seconds = losses[:k].cpu().numpy().copy(), before + time.perf_counter() - start
    film = film if filmed else {}
    yield Snapshot(k, seen, steps.weights(), seconds, TrainingState(k, seen, steps.state(), seconds, film))


def _check(
    losses: torch.Tensor,
    good: tuple[int, Arrays, dict[str, np.ndarray]],
    seconds: float,
    film: dict[int, dict[str, np.ndarray]],
) -> None:
    """Raise where a loss since the last good state is not finite, or out of all proportion to the first."""
    step, arrays, weights = good
    if step == len(losses):
        return
    fresh = losses[step:]
    lost = ~torch.isfinite(fresh)
    if not bool((bad := lost | (fresh > BLOWN_UP * losses[0])).any()):
        return
    first = int(bad.int().argmax())
    grown = float(fresh[first] / losses[0])
    what = "is not finite" if bool(lost[first]) else f"is {grown:,.0f} times what it was at first,"
    seen = losses[:step].cpu().numpy().copy()
    raise Diverged(
        f"the loss {what} since step {step + first + 1:,}; try a smaller learning rate. The weights of step {step:,} are kept.",
        Snapshot(
            step, seen, weights, seconds, TrainingState(step, seen, arrays, seconds, {k: w for k, w in film.items() if k <= step})
        ),
    )

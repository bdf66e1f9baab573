"""A training that keeps the contract and does no work, so that the engine's tests start fast: no torch in the workers."""

from __future__ import annotations

import hashlib
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from flowviz.inexact import InexactWarning


class Training(BaseModel, frozen=True):
    steps: int = 20
    more: int = 0


class Experiment(BaseModel, frozen=True):
    """`pace` is seconds a step, `fault` what goes wrong at step 5, `folder` where traces are left, `size` bytes of weights."""

    seed: int = 0
    training: Training = Training()
    device: str = "cpu"
    pace: float = 0.0
    fault: str = ""
    folder: str = ""
    size: int = 0

    @cached_property
    def key(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]

    @property
    def total_steps(self) -> int:
        return self.training.steps + 10 * self.training.more


@dataclass(frozen=True)
class Snapshot:
    step: int
    losses: np.ndarray
    weights: dict[str, np.ndarray]
    seconds: float
    state: Any = None
    notes: tuple[str, ...] = ()


class Diverged(ValueError):
    def __init__(self, message: str, snapshot: Snapshot) -> None:
        super().__init__(message)
        self.snapshot = snapshot


def loss(experiment: Experiment, step: int) -> float:
    return float(np.sin(experiment.seed + step))


def train(
    experiment: Experiment, *, state: dict[str, Any] | None = None, stop: Callable[[], bool] = lambda: False
) -> Iterator[Snapshot]:
    losses = [] if state is None else list(state["losses"])
    trace(experiment, f"from {len(losses)}")
    began, last = time.monotonic(), 0.0

    def snapshot(final: bool = False) -> Snapshot:
        kept = np.asarray(losses, np.float32)
        weights = {"w": np.full(experiment.size // 4 + 1, len(losses), np.float32)}
        return Snapshot(len(losses), kept, weights, time.monotonic() - began, {"losses": kept.copy()} if final else None)

    while len(losses) < experiment.total_steps and not stop():
        time.sleep(experiment.pace)
        losses.append(loss(experiment, len(losses)))
        if len(losses) == 5 and experiment.fault:
            yield snapshot()
            go_wrong(experiment, snapshot())
        if time.monotonic() - last > 0.05:
            last = time.monotonic()
            yield snapshot()
    yield snapshot(final=True)


def go_wrong(experiment: Experiment, snapshot: Snapshot) -> None:
    if experiment.fault == "inexact":
        thread = threading.Thread(target=warnings.warn, args=("A plan is off by 7.0%.", InexactWarning))
        thread.start()
        thread.join()
    if experiment.fault == "die" or (experiment.fault == "die once" and traces(experiment) == ["from 0"]):
        os._exit(9)
    if experiment.fault == "memory":
        raise MemoryError
    if experiment.fault == "raise":
        raise RuntimeError("the numbers do not fit\nand more lines follow")
    if experiment.fault == "diverge":
        raise Diverged("The loss became infinite at step 5", snapshot)


def trace(experiment: Experiment, line: str) -> None:
    if experiment.folder:
        with Path(experiment.folder, experiment.key).open("a") as file:
            file.write(line + "\n")


def traces(experiment: Experiment) -> list[str]:
    """What this experiment's trainings noted, in whatever process they ran."""
    file = Path(experiment.folder, experiment.key)
    return file.read_text().splitlines() if file.exists() else []

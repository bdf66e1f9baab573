"""The steps that the tests of the rules take again and again."""

from __future__ import annotations

from typing import Any

import numpy as np
from engine_stub import Experiment, Snapshot

from flowviz.engine.book import Book
from flowviz.engine.run import Job

MiB = 1024 * 1024


def experiment(seed: int = 0, **fields: Any) -> Any:
    return Experiment(seed=seed, **fields)


def snapshot(step: int, state: Any = None, seconds: float = 0.0) -> Any:
    return Snapshot(step, np.zeros(step, np.float32), {"w": np.zeros(4, np.float32)}, seconds, state)


def take(book: Book, now: float = 0.0) -> Job:
    return book.take("cpu", now, 1e9)


def finish(book: Book, job: Job, state: Any = "end") -> None:
    job.receive(snapshot(job.experiment.total_steps, state))
    book.ended(job, False, 0.0)

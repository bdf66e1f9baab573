"""Waiting for the engine: by asking again, never by a fixed time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np
from engine_stub import Experiment, Training, loss

from flowviz.engine import Engine, Run

TRAIN = "engine_stub:train"
LONG = Training(steps=1_000_000)


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Return as soon as it is true; fail after a time that only a fault can take."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def alive(pid: int) -> bool:
    """Whether a process with this id exists, and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children() -> set[int]:
    """The ids of this process's children, zombies included."""
    found = set()
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == os.getpid():
                found.add(int(name))
    return found


def status(engine: Engine, run: Run) -> str:
    now = engine.get(run.id)
    return "gone" if now is None else now.status


def wait_for(engine: Engine, run: Run, *statuses: str) -> Run:
    until(lambda: status(engine, run) in statuses)
    now = engine.get(run.id)
    assert now is not None
    return now


def wait_for_steps(engine: Engine, run: Run, steps: int = 1) -> None:
    until(lambda: (now := engine.get(run.id)) is not None and now.step >= steps)


def pids(engine: Engine) -> list[int]:
    assert engine._crew is not None
    return [worker.process.pid for worker in engine._crew.pool if worker.process is not None]


def expected(e: Experiment) -> np.ndarray:
    return np.array([loss(e, step) for step in range(e.total_steps)], np.float32)

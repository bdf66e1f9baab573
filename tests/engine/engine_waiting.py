"""Waiting for the engine: by asking again, never by a fixed time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

TRAIN = "engine_stub:train"


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

"""Finished runs, kept while they fit: least recently used go first, counted in bytes."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from flowviz.engine.run import Job

OVERHEAD = 16 * 1024  # what an entry costs besides its arrays, so that empty ones are bounded too


def count_bytes(value: Any, _seen: set[int] | None = None) -> int:
    """Return how many bytes the arrays in a nest of dataclasses, mappings and sequences hold.

    Arrays that share memory are counted once. Small scalars are not counted.

    >>> count_bytes({"a": np.zeros(10, np.float32), "b": [b"1234"]})
    44
    """
    seen = set() if _seen is None else _seen
    if isinstance(value, np.ndarray):
        owner = value
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        value, size, parts = owner, owner.nbytes, ()
    elif isinstance(value, bytes | bytearray | str):
        size, parts = len(value), ()
    elif isinstance(value, Mapping):
        size, parts = 0, tuple(value.values())
    elif isinstance(value, list | tuple | set | frozenset):
        size, parts = 0, tuple(value)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        size, parts = 0, tuple(getattr(value, field.name) for field in dataclasses.fields(value))
    else:
        return 0
    if id(value) in seen:
        return 0
    seen.add(id(value))
    return size + sum(count_bytes(part, seen) for part in parts)


def job_bytes(job: Job) -> int:
    """Return the bytes of losses, weights and state that a job holds, and its overhead."""
    return OVERHEAD + count_bytes((job.snapshot, job.state))


class Cache:
    """Finished jobs by id, at most `limit` bytes of them.

    The newest one always stays, even when it alone is larger: whoever waited for it can still see it.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self._jobs: OrderedDict[str, tuple[Job, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._jobs)

    def __iter__(self) -> Iterator[Job]:
        return (job for job, _ in self._jobs.values())

    def get(self, run_id: str) -> Job | None:
        """Return the job and mark it as used just now, or None."""
        if run_id not in self._jobs:
            return None
        self._jobs.move_to_end(run_id)
        return self._jobs[run_id][0]

    def put(self, job: Job) -> None:
        """Keep the job; let the least recently used ones go until all fit."""
        self.pop(job.id)
        size = job_bytes(job)
        self._jobs[job.id] = (job, size)
        self.bytes += size
        while self.bytes > self.limit and len(self._jobs) > 1:
            _, (_, size) = self._jobs.popitem(last=False)
            self.bytes -= size

    def pop(self, run_id: str) -> Job | None:
        """Remove and return the job, or None if it is not here."""
        job, size = self._jobs.pop(run_id, (None, 0))
        self.bytes -= size
        return job

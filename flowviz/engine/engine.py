"""The engine: the book of runs, one lock around it, and the worker processes that do them."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from flowviz.engine.book import Book
from flowviz.engine.crew import Crew
from flowviz.engine.run import Job, Run

if TYPE_CHECKING:
    from flowviz.experiment import Experiment

MOST_WORKERS = 256


class Engine:
    """Runs many trainings at once in worker processes, each shared by all who ask for it.

    Worker processes come up in the background: as many as there is work for and one more, so that the next run begins at
    once; never more than `workers`. They stay for the life of the engine. Runs on a GPU have one process of their own,
    which does one run at a time. All methods may be called from any thread, and none waits for a training.

    Args:
        workers: Worker processes, 1 to 256. None takes FLOWVIZ_WORKERS from the environment, else one a core.
        cache_bytes: Bound on the finished runs that are kept; the latest one always is.
        grace: Seconds that a run goes on after its last watcher has left.
        train: The training function as "module:function"; imported in the workers only.

    Raises:
        ValueError: If the number of workers is not a whole number from 1 to 256.
    """

    def __init__(
        self,
        workers: int | None = None,
        cache_bytes: int = 256 * 1024 * 1024,
        grace: float = 60.0,
        train: str = "flowviz.training:train",
    ) -> None:
        self.workers = count_workers(workers)
        self._train = train
        self._book = Book(cache_bytes, grace)
        self._changed = threading.Condition(threading.Lock())
        self._crew: Crew | None = None

    def start(self) -> Engine:
        """Start working in the background; does nothing if it has been started."""
        with self._changed:
            if self._crew is None:
                self._crew = Crew(self._book, self._changed, self.workers, self._train)
                self._crew.start()
        return self

    def stop(self, seconds: float = 5.0) -> None:
        """Cancel all and end the worker processes; those that do not leave within `seconds` are killed."""
        with self._changed:
            crew, self._crew = self._crew, None
        if crew is not None:
            crew.stop(seconds)
            with self._changed:
                self._book.close(time.monotonic())

    def __enter__(self) -> Engine:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def submit(self, experiment: Experiment, *, watcher: str | None = None) -> Run:
        """Return the run of this experiment: started, joined, or taken from the cache.

        A cancelled run goes on from where it was; a failed one is tried anew unless it would fail again in the same way.

        Args:
            experiment: What to train.
            watcher: Who watches, in any words. Without one the run is unwatched and the grace begins now.

        Raises:
            QueueFullError: If too many wait already; its message is for the visitor.
            RuntimeError: If the engine has not been started.
        """
        with self._changed:
            if self._crew is None:
                raise RuntimeError("the engine is not running; call `start()` or use it in a `with` block.")
            job = self._book.submit(experiment, watcher, time.monotonic())
            self._changed.notify_all()
            return self._view(job)

    def get(self, run_id: str) -> Run | None:
        """Return the run as it is now, or None if it is unknown or has left the cache."""
        return self._act(run_id)

    def watch(self, run_id: str, watcher: str) -> Run | None:
        """Count this watcher; a run that all others have paused goes on."""
        return self._act(run_id, self._book.watch, watcher)

    def unwatch(self, run_id: str, watcher: str) -> Run | None:
        """Forget this watcher; if it was the last, the run is cancelled after the grace."""
        return self._act(run_id, self._book.unwatch, watcher)

    def leave(self, watcher: str) -> None:
        """Forget this watcher in every run, as when a visitor's page is closed."""
        with self._changed:
            self._book.leave(watcher, time.monotonic())
            self._changed.notify_all()

    def pause(self, run_id: str, watcher: str) -> Run | None:
        """Ask to pause; the run pauses, and frees its worker, when all its watchers have asked."""
        return self._act(run_id, self._book.pause, watcher)

    def resume(self, run_id: str, watcher: str) -> Run | None:
        """Ask to go on, from the same step, at the front of the queue.

        Raises:
            QueueFullError: If the run was cancelled meanwhile and too many wait already.
        """
        return self._act(run_id, self._book.resume, watcher)

    def stop_run(self, run_id: str, watcher: str) -> Run | None:
        """Leave the run; if nobody else watches it is cancelled within one step, its result so far kept."""
        return self._act(run_id, self._book.stop, watcher)

    def _act(self, run_id: str, action: Callable[[Job, str, float], None] | None = None, watcher: str = "") -> Run | None:
        with self._changed:
            job = self._book.find(run_id)
            if job is None:
                return None
            if action is not None:
                action(job, watcher, time.monotonic())
                self._changed.notify_all()
            return self._view(job)

    def _view(self, job: Job) -> Run:
        place, starting = None, False
        if job.status == "queued":
            place = self._book.queues[job.lane].index(job) + 1
            # As many as there are processes coming up for this lane will soon be taken.
            pool = [] if self._crew is None else self._crew.pool
            starting = place <= sum(not worker.ready for worker in pool if worker.lane == job.lane)
        return job.view(time.monotonic(), place, starting)


def count_workers(workers: int | None = None) -> int:
    """Return the number of worker processes: the argument, else FLOWVIZ_WORKERS, else one a core.

    Raises:
        ValueError: If it is not a whole number from 1 to 256.
    """
    name, value = "`workers`", workers
    if value is None:
        name, value = "FLOWVIZ_WORKERS", os.environ.get("FLOWVIZ_WORKERS", "").strip()
        if not value:
            return min(os.cpu_count() or 1, MOST_WORKERS)
    try:
        number = int(value)
    except ValueError:
        number = 0
    if not 1 <= number <= MOST_WORKERS:
        raise ValueError(f"{name} must be a whole number from 1 to {MOST_WORKERS}; got {value!r}. Try {os.cpu_count()}.")
    return number


_shared: Engine | None = None
_shared_lock = threading.Lock()


def shared() -> Engine:
    """Return the one engine of this process, started.

    It lives in this module and not in a Streamlit cache, which any visitor's browser may ask to empty.

    Raises:
        ValueError: If FLOWVIZ_WORKERS is not a whole number from 1 to 256.
    """
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Engine()
            atexit.register(_shared.stop)
        return _shared.start()

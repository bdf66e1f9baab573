"""The crew: decides which worker process does what, and sees to it that there are enough of them."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from flowviz.engine.book import LANES, Book
from flowviz.engine.pool import Worker
from flowviz.engine.run import Job

log = logging.getLogger(__name__)

OBEY_SECONDS = 20.0  # a worker that has not stopped by then is stuck, and is killed
FALSE_STARTS = 3  # so many in a row, and whoever waits is told that there are no workers
NO_WORKERS = "The training processes do not start on this server; its log says why."


class Crew:
    """The worker processes of an engine, and one thread that decides for all of them.

    It decides under the engine's lock, and does what may take time (start, send, kill) without it.

    Args:
        book: The runs.
        changed: The engine's lock, notified after every change of the book.
        workers: Most processes for runs on the CPU.
        train: The training function as "module:function".
    """

    def __init__(self, book: Book, changed: threading.Condition, workers: int, train: str) -> None:
        self.pool: list[Worker] = []
        self._book = book
        self._changed = changed
        self._workers = workers
        self._train = train
        self._attempts = 0
        self._false_starts = dict.fromkeys(LANES, 0)
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="flowviz-engine", daemon=True)

    def start(self) -> None:
        """Start working in the background."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """End all processes, by force where they have not left within `seconds`; called without the lock."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        with self._changed:
            pool, self.pool = self.pool, []
        for worker in pool:
            worker.hang_up()
        deadline = time.monotonic() + seconds
        for worker in pool:
            worker.leave(max(deadline - time.monotonic(), 0.1))

    def _work(self) -> None:
        while True:
            with self._changed:
                if self._closing:
                    return
                orders = self._plan(time.monotonic())
                if not orders:
                    self._changed.wait(self._rest(time.monotonic()))
            for worker, order, *words in orders:
                try:
                    order(*words)
                except Exception:
                    log.exception("a worker process could not be told what to do")
                    worker.kill()
                    if not worker.listening:
                        self._on_death(worker)

    def _plan(self, now: float) -> list[tuple[Any, ...]]:
        """Return what to do next, as (worker, method, arguments...)."""
        self._book.expire(now)
        orders: list[tuple[Any, ...]] = []
        for worker in self.pool:
            job = worker.job
            if job is None and worker.ready and not worker.killed and self._book.queues[worker.lane]:
                orders.append(self._assign(worker, now))
            elif job is not None and job.want != "run" and worker.told is None:
                worker.told = now
                orders.append((worker, worker.send, "stop", worker.attempt))
            elif worker.told is not None and now - worker.told > OBEY_SECONDS and not worker.killed:
                worker.killed = True
                orders.append((worker, worker.kill))
        for lane in LANES:
            for _ in range(self._missing(lane)):
                worker = Worker(lane, self._on_message, self._on_death)
                self.pool.append(worker)
                orders.append((worker, worker.start, self._train))
        return orders

    def _assign(self, worker: Worker, now: float) -> tuple[Any, ...]:
        self._attempts += 1
        job = self._book.take(worker.lane, now, time.time())
        worker.job, worker.attempt, worker.told = job, self._attempts, None
        return worker, worker.send, "run", worker.attempt, job.experiment, job.state

    def _missing(self, lane: str) -> int:
        """Return how many more processes the lane should have: for all the work, and a spare one."""
        pool = [worker for worker in self.pool if worker.lane == lane]
        work = sum(worker.job is not None for worker in pool) + len(self._book.queues[lane])
        most, spare = (1, 0) if lane == "gpu" else (self._workers, 1)
        if self._false_starts[lane] >= FALSE_STARTS:
            spare = 0  # what fails again and again is tried only while someone waits for it
        return min(most, work + spare) - len(pool)

    def _rest(self, now: float) -> float | None:
        """Return the seconds until something is due, or None."""
        times = [worker.told + OBEY_SECONDS for worker in self.pool if worker.told is not None and not worker.killed]
        expiry = self._book.next_expiry()
        times += [] if expiry is None else [expiry]
        return max(min(times) - now, 0.001) if times else None

    # What workers say, in their listening threads

    def _on_message(self, worker: Worker, message: tuple[Any, ...]) -> None:
        kind, *rest = message
        with self._changed:
            if kind == "ready":
                worker.ready = True
                self._false_starts[worker.lane] = 0
            elif kind == "broken":
                log.error("the training function cannot be loaded:\n%s", rest[0])
            elif worker.job is not None and rest[0] == worker.attempt:
                self._on_progress(worker, worker.job, kind, *rest[1:])
            self._changed.notify_all()

    def _on_progress(self, worker: Worker, job: Job, kind: str, *rest: Any) -> None:
        now = time.monotonic()
        if kind == "snapshot":
            job.receive(rest[0])
            return
        worker.job = worker.told = None
        if kind == "end":
            self._book.ended(job, rest[0], now)
        else:
            sentence, snapshot, trace = rest
            if trace:
                log.error("run %s failed:\n%s", job.id, trace)
            else:
                log.warning("run %s stopped: %s", job.id, sentence)
            self._book.failed(job, sentence, snapshot, now)

    def _on_death(self, worker: Worker) -> None:
        with self._changed:
            if worker not in self.pool:  # the engine is stopping
                return
            self.pool.remove(worker)
            if worker.job is not None:
                log.error("a worker process died (%s) during run %s", worker.exit_code, worker.job.id)
                self._book.died(worker.job, time.monotonic())
            elif not worker.ready:
                self._false_starts[worker.lane] += 1
                if self._false_starts[worker.lane] % FALSE_STARTS == 0:
                    self._book.fail_queue(worker.lane, NO_WORKERS)
            self._changed.notify_all()

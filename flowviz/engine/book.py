"""Who wants what, and what becomes of it: the rules of the engine, without processes, threads or clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flowviz.engine.cache import Cache, job_bytes
from flowviz.engine.run import Job, Status, with_more

if TYPE_CHECKING:
    from flowviz.experiment import Experiment
    from flowviz.training import Snapshot

QUEUE_LIMIT = 200  # waiting runs; as many again may be paused
LANES: tuple[str, ...] = ("cpu", "gpu")
DIED = "The training process died twice, perhaps for lack of memory. Try a smaller network or batch."


class QueueFullError(RuntimeError):
    """So many trainings wait already that no more are taken; the message is for the visitor."""


class Book:
    """All runs: the queued, running and paused ones in `live`, the finished ones in `cache`.

    Not thread-safe by itself: the engine holds its lock around every call. `now` is in seconds on any clock.

    Args:
        cache_bytes: Bound on the finished runs, and on the paused ones, in bytes.
        grace: Seconds that a run goes on after its last watcher has left.
    """

    def __init__(self, cache_bytes: int, grace: float) -> None:
        self.grace = grace
        self.cache = Cache(cache_bytes)
        self.live: dict[str, Job] = {}
        self.queues: dict[str, list[Job]] = {lane: [] for lane in LANES}

    def find(self, run_id: str) -> Job | None:
        """Return the job, or None if there never was one or it has left the cache."""
        return self.live.get(run_id) or self.cache.get(run_id)

    # What visitors do

    def submit(self, experiment: Experiment, watcher: str | None, now: float) -> Job:
        """Return the run of this experiment, waiting, running or done.

        Raises:
            QueueFullError: If it would have to wait behind `QUEUE_LIMIT` others.
        """
        job = self.find(experiment.key)
        if job is None:
            self._admit()
            job = self.live[experiment.key] = Job(experiment.key, experiment)
            self._enqueue(job)
        elif job.status == "cancelled" or (job.status == "failed" and not job.repeatable):
            self._admit()
            self._revive(job)
        if watcher is not None:
            job.watchers[watcher] = False
        elif not job.watchers and job.id in self.live:
            job.want, job.orphaned = "run", now
        self._settle(job, now)
        return job

    def watch(self, job: Job, watcher: str, now: float) -> None:
        """Count the watcher; one who comes new has not asked to pause."""
        job.watchers.setdefault(watcher, False)
        self._settle(job, now)

    def unwatch(self, job: Job, watcher: str, now: float) -> None:
        """Forget the watcher; the grace begins if nobody is left."""
        if job.watchers.pop(watcher, None) is not None:
            self._settle(job, now)

    def leave(self, watcher: str, now: float) -> None:
        """Forget the watcher everywhere."""
        for job in [*self.live.values(), *self.cache]:
            self.unwatch(job, watcher, now)

    def pause(self, job: Job, watcher: str, now: float) -> None:
        """Note that this watcher wants to pause; it happens when all do."""
        job.watchers[watcher] = True
        self._settle(job, now)

    def resume(self, job: Job, watcher: str, now: float) -> None:
        """Note that this watcher wants to go on; one is enough. A cancelled run goes on too."""
        if job.status == "cancelled":
            self._admit()
            self._revive(job)
        job.watchers[watcher] = False
        self._settle(job, now)

    def stop(self, job: Job, watcher: str, now: float) -> None:
        """Let the watcher leave; without any other, the run ends at once with what it has."""
        job.watchers.pop(watcher, None)
        self._settle(job, now)
        if not job.watchers:
            self._cancel(job, now)

    def expire(self, now: float) -> None:
        """Cancel what nobody has watched for longer than the grace."""
        for job in [job for job in self.live.values() if job.orphaned is not None]:
            if now - (job.orphaned or 0.0) >= self.grace:
                self._cancel(job, now)

    def next_expiry(self) -> float | None:
        """Return when `expire` next has something to do, or None."""
        times = [job.orphaned for job in self.live.values() if job.orphaned is not None and job.want != "stop"]
        return min(times) + self.grace if times else None

    # What workers do

    def take(self, lane: str, now: float, clock: float) -> Job:
        """Give the first of the queue to a worker; `clock` is the time of day.

        A run without a state of its own goes on from the longest finished training that it continues.
        """
        job = self.queues[lane].pop(0)
        if job.state is None:
            job.state = self._prefix_state(job.experiment)
        job.status, job.since = "running", now
        job.started = clock if job.started is None else job.started
        return job

    def ended(self, job: Job, stopped: bool, now: float) -> None:
        """Decide what becomes of a run that has left its worker, stopped before its end or not."""
        job.leave_worker(now)
        if job.snapshot is None and not stopped:
            self._finish(job, "failed", "The training ended without a result.")
        elif not stopped or (job.snapshot is not None and job.snapshot.step >= job.experiment.total_steps):
            self._finish(job, "done")
        elif job.want == "run":
            self._enqueue(job, first=True)
        elif job.want == "pause":
            self._park(job, now)
        else:
            self._finish(job, "cancelled")

    def failed(self, job: Job, error: str, snapshot: Snapshot | None, now: float) -> None:
        """Note the failure; with a snapshot it is a divergence, which would come again."""
        job.leave_worker(now)
        if snapshot is not None:
            job.receive(snapshot)
            job.repeatable = True
        self._finish(job, "failed", error)

    def died(self, job: Job, now: float) -> None:
        """Try once more after the death of the worker, unless nobody wants the run to go on."""
        job.leave_worker(now)
        job.deaths += 1
        if job.want == "stop":
            self._finish(job, "cancelled")
        elif job.deaths > 1:
            self._finish(job, "failed", DIED)
        elif job.want == "pause":
            self._park(job, now)
        else:
            self._enqueue(job, first=True)

    def fail_queue(self, lane: str, error: str) -> None:
        """Fail all that wait in a lane that cannot be served."""
        for job in list(self.queues[lane]):
            self._finish(job, "failed", error)

    def close(self, now: float) -> None:
        """Cancel all; each keeps the last snapshot that came."""
        for job in list(self.live.values()):
            job.leave_worker(now)
            self._finish(job, "cancelled")

    # The rules

    def _settle(self, job: Job, now: float) -> None:
        """Bring a live run to what its watchers want; unwatched, it stays as it is until the grace ends."""
        if job.id not in self.live:
            return
        if job.watchers:
            job.orphaned = None
            job.want = "pause" if all(job.watchers.values()) else "run"
        elif job.orphaned is None:
            job.orphaned = now
        if job.status == "queued" and job.want == "pause":
            self._park(job, now)
        elif job.status == "paused" and job.want == "run":
            # Whoever was running takes up where they were; pausing while in the queue gains no place.
            self._enqueue(job, first=job.started is not None)

    def _admit(self) -> None:
        waiting = sum(map(len, self.queues.values()))
        if waiting >= QUEUE_LIMIT:
            raise QueueFullError(f"{waiting} trainings are waiting already. Try again in a few minutes.")

    def _enqueue(self, job: Job, first: bool = False) -> None:
        job.status = "queued"
        queue = self.queues[job.lane]
        queue.insert(0 if first else len(queue), job)

    def _unqueue(self, job: Job) -> None:
        if job in self.queues[job.lane]:
            self.queues[job.lane].remove(job)

    def _revive(self, job: Job) -> None:
        """Queue a finished run again, from its state if there is one and it did not fail."""
        self.cache.pop(job.id)
        if job.status == "failed" or job.state is None:
            job.snapshot, job.state, job.started, job.spent = None, None, None, 0.0
        job.want, job.error, job.deaths, job.orphaned = "run", None, 0, None
        job.watchers = dict.fromkeys(job.watchers, False)
        self.live[job.id] = job
        self._enqueue(job)

    def _park(self, job: Job, now: float) -> None:
        """Pause; the longest paused are cancelled where there are too many or they hold too much."""
        self._unqueue(job)
        del self.live[job.id]  # to the end of the order
        self.live[job.id] = job
        job.status = "paused"
        paused = [other for other in self.live.values() if other.status == "paused"]
        sizes = [job_bytes(other) for other in paused]
        while len(paused) > 1 and (len(paused) > QUEUE_LIMIT or sum(sizes) > self.cache.limit):
            sizes.pop(0)
            self._cancel(paused.pop(0), now)

    def _cancel(self, job: Job, now: float) -> None:
        """End a live run: at once where it waits, within a step where it runs."""
        if job.status == "running":
            job.want = "stop"
        elif job.id in self.live:
            self._finish(job, "cancelled")

    def _finish(self, job: Job, status: Status, error: str | None = None) -> None:
        self._unqueue(job)
        self.live.pop(job.id, None)
        job.status, job.error, job.orphaned = status, error, None
        self.cache.put(job)

    def _prefix_state(self, experiment: Experiment) -> Any:
        for more in reversed(range(experiment.training.more)):
            job = self.cache.get(with_more(experiment, more).key)
            if job is not None and job.status == "done" and job.state is not None:
                return job.state
        return None

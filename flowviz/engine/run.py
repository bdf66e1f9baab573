"""What the engine hands out about one training (`Run`), and what it knows itself (`Job`)."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from flowviz.experiment import Experiment
    from flowviz.training import Snapshot

Status = Literal["queued", "running", "paused", "done", "cancelled", "failed"]
Want = Literal["run", "pause", "stop"]

FINISHED = ("done", "cancelled", "failed")
SMOOTHING = 0.4  # share of the newest measurement in the steps per second that are shown


@dataclass(frozen=True, eq=False)
class Run:
    """One training at one moment; a value, safe to keep and to pass between threads.

    Attributes:
        id: Names the run; the same experiment always has the same id.
        experiment: What is trained.
        status: "cancelled" and "failed" may still carry a partial result in `snapshot`.
        place: 1 for the next in the queue, None unless queued.
        starting: Queued only because the worker process is still coming up (seconds).
        snapshot: The latest one, or None. Its losses and weights are shared and read-only.
        error: One sentence for the visitor when failed, else None.
        watchers: How many are watching.
        steps_per_second: Smoothed; None until two snapshots have come, and when not running.
        started: Seconds since the epoch when a worker first took the run, or None.
        elapsed: Seconds it has been on a worker; waiting and pausing are not counted.
    """

    id: str
    experiment: Experiment
    status: Status
    place: int | None = None
    starting: bool = False
    snapshot: Snapshot | None = None
    error: str | None = None
    watchers: int = 0
    steps_per_second: float | None = None
    started: float | None = None
    elapsed: float = 0.0

    @property
    def finished(self) -> bool:
        """Whether nothing more will come by itself."""
        return self.status in FINISHED

    @property
    def step(self) -> int:
        """Training steps done, 0 before the first snapshot."""
        return 0 if self.snapshot is None else self.snapshot.step


@dataclass(eq=False)
class Job:
    """The engine's own record of a run; only touched under the engine's lock."""

    id: str
    experiment: Experiment
    status: Status = "queued"
    want: Want = "run"
    snapshot: Snapshot | None = None
    state: Any = None  # to go on from: the latest TrainingState that is known
    error: str | None = None
    repeatable: bool = False  # it failed, and would fail again in the same way (divergence)
    watchers: dict[str, bool] = field(default_factory=dict)  # who watches, and whether they asked to pause
    orphaned: float | None = None  # since when nobody watches
    deaths: int = 0
    rate: float | None = None
    started: float | None = None
    spent: float = 0.0
    since: float | None = None  # when the present stretch on a worker began

    @property
    def lane(self) -> str:
        """Which worker processes may take it: "gpu" (there is one of them) or "cpu"."""
        return "cpu" if self.experiment.device in ("cpu", "auto") else "gpu"

    def view(self, now: float, place: int | None = None, starting: bool = False) -> Run:
        """Return what the outside may see; copies no arrays."""
        return Run(
            id=self.id,
            experiment=self.experiment,
            status=self.status,
            place=place,
            starting=starting,
            snapshot=self.snapshot,
            error=self.error,
            watchers=len(self.watchers),
            steps_per_second=self.rate if self.status == "running" else None,
            started=self.started,
            elapsed=self.spent + (0.0 if self.since is None else now - self.since),
        )

    def receive(self, snapshot: Snapshot) -> None:
        """Take in a snapshot from the worker."""
        last = self.snapshot
        if last is not None and snapshot.step > last.step and snapshot.seconds > last.seconds:
            rate = (snapshot.step - last.step) / (snapshot.seconds - last.seconds)
            self.rate = rate if self.rate is None else SMOOTHING * rate + (1 - SMOOTHING) * self.rate
        self.snapshot = read_only(snapshot)
        if snapshot.state is not None:
            self.state = snapshot.state

    def leave_worker(self, now: float) -> None:
        """Stop the clock of the stretch on a worker."""
        self.spent += 0.0 if self.since is None else now - self.since
        self.since = self.rate = None


def read_only(snapshot: Snapshot) -> Snapshot:
    """Return the snapshot with losses and weights that no page can change for the others.

    The state stays writable: it goes back to a worker, and pickle keeps the read-only flag.
    """
    weights = {name: _read_only(array) for name, array in snapshot.weights.items()}
    return dataclasses.replace(snapshot, losses=_read_only(snapshot.losses), weights=weights)


def _read_only(array: np.ndarray) -> np.ndarray:
    view = np.asarray(array).view()
    view.flags.writeable = False
    return view


def with_more(experiment: Experiment, more: int) -> Experiment:
    """Return the same experiment with another number of further rounds.

    Built anew, since `model_copy` checks nothing.
    """
    values = {name: getattr(experiment, name) for name in type(experiment).model_fields}
    values["training"] = experiment.training.model_copy(update={"more": more})
    return type(experiment)(**values)

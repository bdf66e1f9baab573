"""The table in the making: each training measured once, in a thread of its own, for all who look at it."""

import threading
from collections.abc import Mapping, Sequence

from flowviz.engine import Run, shared
from flowviz.experiment import Experiment
from flowviz.measures import Family, FamilyRun, family_run
from flowviz.training import Snapshot
from flowviz.ui.background import BackgroundTask
from flowviz.ui.caching import SharedCache

_runs: SharedCache[FamilyRun | str] = SharedCache(256)


class MeasuringFamilies(BackgroundTask):
    """Measures of some trainings that have ended, one after the other.

    Args:
        waiting: What is to be measured.
    """

    turn = threading.Semaphore(1)
    failures = (ValueError, RuntimeError, MemoryError)

    def __init__(self, waiting: Sequence[tuple[Experiment, Snapshot]]) -> None:
        super().__init__()
        self.total, self.done = len(waiting), 0
        self._waiting = list(waiting)
        self.begin()

    def work(self) -> None:
        """Measure in the order of the columns, seed by seed."""
        for experiment, snapshot in self._waiting:
            if self.cancelled:
                return
            _runs.get(key(experiment, snapshot), lambda e=experiment, s=snapshot: _measured(e, s))
            self.done += 1

    def release(self) -> None:
        self._waiting = []  # the weights are no longer needed


def _measured(experiment: Experiment, snapshot: Snapshot) -> FamilyRun | str:
    try:
        return family_run(experiment, snapshot)
    except ValueError as error:
        return str(error)


def key(experiment: Experiment, snapshot: Snapshot) -> tuple[Experiment, int]:
    """Return a value that is equal for equal measures."""
    return experiment, snapshot.step


def ended(experiment: Experiment) -> Run | None:
    """Return the run of a training that has come to an end with something to measure."""
    run = shared().get(experiment.key)
    return run if run is not None and run.finished and run.snapshot is not None and run.step > 0 else None


def waiting(experiments: Mapping[str, Sequence[Experiment]]) -> list[tuple[Experiment, Snapshot]]:
    """Return what has been trained, and not yet measured."""
    runs = [run for each in experiments.values() for one in each if (run := ended(one)) is not None and run.status != "failed"]
    found = [(run.experiment, run.snapshot) for run in runs if run.snapshot is not None]
    return [(one, snapshot) for one, snapshot in found if _runs.peek(key(one, snapshot)) is None]


def families(experiments: Mapping[str, Sequence[Experiment]], names: Mapping[str, str]) -> list[Family]:
    """Return the columns of the table, as far as they are measured."""
    found = []
    for slug, each in experiments.items():
        runs, failed = [], {}
        for one in each:
            run = ended(one) or shared().get(one.key)
            if run is None or not run.finished:
                continue
            if run.status == "failed":
                failed[one.seed] = run.error or ""
                continue
            measured = None if run.snapshot is None else _runs.peek(key(one, run.snapshot))
            if isinstance(measured, FamilyRun):
                runs.append(measured)
            elif measured:
                failed[one.seed] = measured
        found.append(Family(names[slug], each[0], tuple(runs), failed))
    return found

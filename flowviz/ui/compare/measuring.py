"""Measures in the making: on the server, in a thread of its own, one comparison at a time, each panel measured once."""

import threading
from collections.abc import Sequence
from typing import NamedTuple

from flowviz.known import known
from flowviz.measures import Measures, Quality, floor_at, measure, quality_against_steps, samples
from flowviz.networks import learned_field
from flowviz.training import Snapshot
from flowviz.ui.background import BackgroundTask
from flowviz.ui.caching import SharedCache
from flowviz.ui.compare.value import Member
from flowviz.ui.feed.task import Told, WatchedTask
from flowviz.ui.progress import Line

SIZES = (1000, 4000)
"""Points that W2 is computed from: its time grows with their square and more."""
CURVE = 1000
"""Points of a curve against steps: it needs many values."""

_measures: SharedCache[Measures] = SharedCache(64)
_curves: SharedCache[list[Quality]] = SharedCache(64)


class Measured(NamedTuple):
    """What is measured: a panel, and the weights it has now; None for the exact field."""

    member: Member
    snapshot: Snapshot | None

    @property
    def key(self) -> tuple[Member, int]:
        """Equal for equal measures."""
        return self.member, -1 if self.snapshot is None else self.snapshot.step


def question(subjects: Sequence[Measured], n: int) -> tuple:
    """Return what tells one comparison's measures from another's."""
    return (*(subject.key for subject in subjects), n)


def repeats(n: int) -> int:
    """Return samples that a value is the mean of: three, or two of the large ones."""
    return 3 if n <= SIZES[0] else 2


class Measuring(BackgroundTask):
    """The measures of one comparison while they are being made.

    Args:
        subjects: The panels.
        n: Points in each sample.
    """

    turn = threading.Semaphore(1)
    failures = (ValueError, RuntimeError, MemoryError)

    def __init__(self, subjects: Sequence[Measured], n: int) -> None:
        super().__init__()
        self.question, self.n = question(subjects, n), n
        self.rows: list[Measures] = []
        self.curves: list[list[Quality]] = []
        self.total = 2 * len(subjects)
        self.watched = WatchedTask("fv-c-measuring", self.told)
        self._subjects = list(subjects)
        self.begin()

    @property
    def done(self) -> int:
        """How much of `total` has been done."""
        return len(self.rows) + len(self.curves)

    @property
    def complete(self) -> bool:
        """Whether every panel has its row."""
        return len(self.rows) * 2 == self.total

    @property
    def drawable(self) -> bool:
        """Whether every panel has its curve."""
        return len(self.curves) * 2 == self.total

    def told(self) -> Told:
        """Say how far it is, for the page and the feed."""
        line = Line("Measuring: every panel on the same samples …", min(1.0, self.done / self.total))
        return Told(line, self.done, f"table {self.complete}, curves {self.drawable}, ended {self.ended}")

    def work(self) -> None:
        """Measure the table first, since the answer waits for it; then the curves."""
        for subject in self._subjects:
            if not self.cancelled:
                self.rows.append(self._row(subject))
        for subject in self._subjects:
            if not self.cancelled:
                self.curves.append(self._curve(subject))

    def release(self) -> None:
        self._subjects = []  # the weights are no longer needed

    def _row(self, subject: Measured) -> Measures:
        one, n = subject.member, self.n
        how = {"solver": one.solver, "steps": one.solver_steps, "eta": one.eta}
        return _measures.get(
            (subject.key, n),
            lambda: measure(one.experiment, subject.snapshot, n=n, repeats=repeats(n), **how),
        )

    def _curve(self, subject: Measured) -> list[Quality]:
        experiment, snapshot = subject.member.experiment, subject.snapshot
        weights = None if snapshot is None else snapshot.weights
        field = known(experiment).field if weights is None else learned_field(experiment, weights)
        # Of the field alone: how a panel carries its own particles does not matter here.
        key = (experiment, subject.key[1])
        return _curves.get(key, lambda: quality_against_steps(field, [samples(experiment, CURVE, 0)]))


def floor_of_curve(member: Member) -> float:
    """Return W2 that a perfect flow would reach on the curve's samples."""
    return floor_at(member.experiment.target_distribution, CURVE).mean

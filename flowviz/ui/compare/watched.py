"""What is sent to all who watch one comparison."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

from flowviz.engine import Run, shared
from flowviz.experiment import Experiment
from flowviz.scene import compact
from flowviz.ui import watched
from flowviz.ui.compare import quiz, rows
from flowviz.ui.compare.losses import curves_of, figure_of, line_of
from flowviz.ui.compare.rows import Row
from flowviz.ui.compare.value import Comparison
from flowviz.ui.feed import Watched
from flowviz.ui.player import figure_json
from flowviz.ui.progress import lines_json

PLAYER, LOSS = "fv-c-main", "fv-c-loss"
"""Keys of what the feed renews on the page."""


def progress_key(row: Row) -> str:
    """Return the key of a panel's progress."""
    return f"fv-c-progress-{row.place}"


def signature(found: list[Row]) -> str:
    """Return what the page's buttons and panels depend on."""
    return " ".join(watched.signature(row.run) for row in found)


def _run(experiment: Experiment) -> Run | None:
    return shared().get(experiment.key)


@dataclass(frozen=True)
class WatchedComparison(Watched):
    """Several runs side by side.

    Attributes:
        comparison: What is compared.
        shuffled: The order of the panels while a visitor guesses which is which: then they get no words.
    """

    comparison: Comparison
    shuffled: tuple[int, ...] | None = None

    @cached_property
    def run_ids(self) -> tuple[str, ...]:
        """Of the panels that are trained."""
        return tuple(member.experiment.key for member in self.comparison.members if member.trains)

    @property
    def key(self) -> str:
        members = [rows.identity(member, self.comparison.particles) for member in self.comparison.members]
        return f"comparison {members} {self.shuffled}"

    def moment(self) -> Hashable:
        return tuple(map(watched.moment_of, self.run_ids))

    def message(self, pause: float) -> bytes:
        found = rows.look(self.comparison, _run)
        going = [row for row in found if row.going]
        told = {"signature": signature(found), "pause": pause, "at": sum(row.run.step for row in found if row.run is not None)}
        told["watchers"] = max((row.run.watchers for row in found if row.run is not None), default=0)
        shown = [(i, row) for i, row in enumerate(quiz.order(found, self.shuffled)) if row.going]
        if not going:
            return compact([], feed=told)
        told["panels"] = [[PLAYER, i] for i, _ in shown]
        if self.shuffled is None:
            told["lines"] = {progress_key(row): lines_json([line_of(row, pause)]) for row in going}
            told["figures"] = {LOSS: figure_json(figure_of(found, curves_of(found)))}
        return compact([rows.panel(row, self.comparison, self.shuffled) for _, row in shown], feed=told)

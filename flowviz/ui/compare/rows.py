"""The members with their runs, and the pictures of both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flowviz.engine import Run
from flowviz.experiment import Experiment
from flowviz.known import Bounds, known, shared_bounds
from flowviz.scene import Panel, Scene
from flowviz.spaces import Space
from flowviz.ui import pictures
from flowviz.ui.compare import quiz
from flowviz.ui.compare.value import LETTERS, Comparison, Member
from flowviz.ui.compare.words import names
from flowviz.ui.watching import GOING, seen, watch_only


@dataclass(frozen=True)
class Row:
    """One panel at one moment.

    Attributes:
        place: From 0.
        name: What it has of its own.
        member: What it is.
        run: Its training, if there is one.
    """

    place: int
    name: str
    member: Member
    run: Run | None

    @property
    def title(self) -> str:
        """Letter and name."""
        return f"{LETTERS[self.place].upper()} · {self.name}"

    @property
    def going(self) -> bool:
        """Whether more will come."""
        return self.run is not None and self.run.status in GOING

    @property
    def learned(self) -> bool:
        """Whether there is a learned flow to show."""
        return self.run is not None and (self.going or self.run.snapshot is not None)

    @property
    def ready(self) -> bool:
        """Whether it can be measured: nothing to train, or trained to an end, be it early."""
        if not self.member.trains:
            return True
        return self.run is not None and self.run.finished and self.run.snapshot is not None and self.run.step > 0


def current(comparison: Comparison, others: Sequence[Experiment] = ()) -> list[Row]:
    """Return all panels with their runs as they are now; runs that neither panels need nor `others` name are left."""
    watch_only([*(member.experiment for member in comparison.members if member.trains), *others])
    return look(comparison, seen)


def look(comparison: Comparison, find: Callable[[Experiment], Run | None]) -> list[Row]:
    """Return all panels with the runs that `find` finds."""
    called = zip(comparison.members, comparison.called or names(comparison.members), strict=True)
    return [Row(i, name, m, find(m.experiment) if m.trains else None) for i, (m, name) in enumerate(called)]


def bounds(comparison: Comparison, space: Space) -> Bounds | None:
    """Return one set of axes for all of one space; None where every experiment has that very one by itself."""
    experiments = [member.experiment for member in comparison.members if member.experiment.space == space]
    own = {known(experiment).bounds for experiment in experiments}
    return None if len(own) == 1 else shared_bounds(experiments)


def scene(row: Row, comparison: Comparison) -> Scene:
    """Return a panel's flow: the learned one from the first step on, before that the exact one."""
    view, axes = row.member.view(comparison.particles), bounds(comparison, row.member.experiment.space)
    if row.run is None or not row.learned:
        found = pictures.exact(row.member.experiment, view, axes)
    else:
        found = pictures.learned(row.member.experiment, pictures.latest(row.run), view, live=row.going, bounds=axes).scene
    return replace(found, about="")  # four times side by side it says nothing


def panel(row: Row, comparison: Comparison, shuffled: Sequence[int] | None = None) -> Panel:
    """Return a panel with its title, or without all that would tell who it is while visitors guess (`quiz.shuffled`)."""
    found = scene(row, comparison)
    if shuffled is not None:
        return Panel((replace(found, title="", about="", note="", nfe=0),), f"{shuffled.index(row.place) + 1} · Which one is it?")
    return Panel((found,), row.title)


def panels(rows: list[Row], comparison: Comparison) -> list[Panel]:
    """Return the row of panels, in the order in which they are shown."""
    shuffled = quiz.shuffled()
    return [panel(row, comparison, shuffled) for row in quiz.order(rows, shuffled)]


def identity(member: Member, particles: int) -> str:
    """Return a value that is equal for members whose pictures are the same."""
    return f"{member.experiment.key}-{member.flow}-{member.view(particles)}"


def tag(rows: list[Row], comparison: Comparison) -> str:
    """Return what the row of panels is about; while it stays the same, fed pictures outlive a new payload."""
    parts = [identity(row.member, comparison.particles) for row in quiz.order(rows, quiz.shuffled())]
    rests = [f"{row.run.status}{row.run.step}" if row.run is not None and not row.going else str(row.going) for row in rows]
    return f"{hash((*parts, *rests, quiz.shuffled()))}"

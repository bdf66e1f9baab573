"""Work in a thread, watched by the page that shows what comes of it: the feed moves the bar, and asks for the page where there is more to see."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from flowviz.scene import compact
from flowviz.ui.feed.channel import Watched
from flowviz.ui.feed.page import follow
from flowviz.ui.progress import Line, lines_json, progress


@dataclass(frozen=True)
class Told:
    """What a task says of itself at one moment.

    Attributes:
        line: How far it is.
        done: How much has been done: of two lines the one with more is the newer.
        signature: What the page depends on; at another one the page is made anew.
    """

    line: Line
    done: int
    signature: str


@dataclass(frozen=True, eq=False)
class WatchedTask(Watched):
    """One task.

    Attributes:
        place: The key of its line on the page.
        told: Says how it stands; any thread may call it.
        id: Of this task alone.
    """

    place: str
    told: Callable[[], Told]
    id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def key(self) -> str:
        return f"task {self.id}"

    def moment(self) -> Hashable:
        return self.told()

    def message(self, pause: float) -> bytes:
        now = self.told()
        lines = {self.place: lines_json([now.line])}
        return compact([], feed={"signature": now.signature, "pause": pause, "watchers": 1, "at": now.done, "lines": lines})

    def show(self, now: Told) -> None:
        """Draw the line as it is `now`, and listen for what comes."""
        progress([now.line], key=self.place, tag=self.key, at=now.done)
        follow(self, now.signature, key=f"{self.place}-follow", tag=self.key)

"""Own data by name: short ones are their own text, long ones lie on a shelf of this process, bounded in bytes."""

import threading
from collections import OrderedDict
from functools import lru_cache

from flowviz.distributions.own import PREFIX, SLUG, Points

LONGEST_LINK = 2_000
"""Characters that one distribution may take in a link; a longer one is named there, and lies on the shelf."""


class GoneError(ValueError):
    """The points that a text names are not here, or no longer."""


SHELF_BYTES = 32 * 2**20
EXTRA = 120 * 1024
"""What a full set of points costs besides its content: its tensors."""


class Shelf:
    """The points that were used last, by name, as many as fit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Points] = OrderedDict()
        self._size = 0

    def put(self, points: Points) -> None:
        """Keep it; what was not used for longest makes room."""
        with self._lock:
            if points.name not in self._kept:
                self._kept[points.name] = points
                self._size += len(points.content) + EXTRA
            self._kept.move_to_end(points.name)
            while self._size > self._limit and len(self._kept) > 1:
                _, old = self._kept.popitem(last=False)
                self._size -= len(old.content) + EXTRA

    def get(self, name: str) -> Points | None:
        """Return the points of this name, if they are still there."""
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
            return self._kept.get(name)


SHELF = Shelf(SHELF_BYTES)


def is_own(text: str) -> bool:
    """Return whether a text names own data, whatever has become of them."""
    return text.startswith((PREFIX, SLUG))


@lru_cache(maxsize=64)
def _read(text: str) -> Points:
    return Points.from_text(text)


def read_own(text: str) -> Points:
    """Return the points that a text holds, or that it names.

    Raises:
        ValueError: If it is damaged, or the points it names are not here; the sentence says what to do.
    """
    if text.startswith(PREFIX):
        points = _read(text)
        SHELF.put(points)
        return points
    found = SHELF.get(text)
    if found is None:
        raise GoneError(
            f"the data {text[:20]!r} are too large to travel in a link, and are not (or no longer) here; load them again."
        )
    return found


def link_text(points: Points) -> str:
    """Return how a link names some points.

    By all their content where that is short, else by their name, once they lie on the shelf.
    """
    SHELF.put(points)
    text = points.text
    return text if len(text) <= LONGEST_LINK else points.name

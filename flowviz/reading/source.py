"""Rows of text cells, whatever kind of file they stand in."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from itertools import islice

from flowviz.reading.numbers import Exact

Row = tuple[int, Sequence[str]]
"""The number of its first line, and its cells."""
SAMPLE = 201
"""Rows by which a table is judged, a header included."""


class Source(ABC):
    """A table that can be gone through more than once.

    Attributes:
        first: The line with which the table begins, its header included.
        comments: Comments above it, by which columns may be called: for each the ways to part it into cells, the likeliest first.
        names: The columns' names where the file declares them, and has no header.
        missing: What stands for a missing cell, besides nothing.
        where: What a row's number counts.
    """

    first: int = 1
    comments: Sequence[Sequence[Sequence[str]]] = ()
    names: Sequence[str] = ()
    missing: str = ""
    where: str = "row"

    @property
    @abstractmethod
    def length(self) -> int:
        """About how many rows there are."""

    @abstractmethod
    def rows(self, start: int, *, needed: Sequence[int | None] = ()) -> Iterator[Row]:
        """Return rows that are not blank, from a line on; only the cells needed, if these are named.

        Raises:
            ValueError: If the table breaks off.
        """

    def sample(self) -> list[Row]:
        """Return the first rows."""
        return list(islice(self.rows(self.first), SAMPLE))


def text_of(value: object) -> str:
    """Return a value that is not text, as text.

    >>> text_of(None), text_of(True), text_of(0.5), text_of("5 m")
    ('', 'true', '0.5', '5 m')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return Exact(repr(value)) if isinstance(value, int | float) else str(value)

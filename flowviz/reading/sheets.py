"""From an Excel workbook (XLSX) to rows. Its parts are measured and counted before openpyxl builds anything of them."""

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from flowviz.reading.source import SAMPLE, Row, Source, text_of
from flowviz.reading.tables import read_rows
from flowviz.reading.value import Reading

MOST_UNPACKED = 128 * 2**20
"""Bytes that a workbook may have once unpacked."""
MOST_OTHER = 8 * 2**20
"""Bytes of a part that holds neither a sheet's rows nor texts; openpyxl makes objects of all of it."""
MOST_TAGS, MOST_TAGS_TOGETHER = 200_000, 8_000_000
"""XML tags of one row or one text, and of a whole part: openpyxl holds a row's in memory, and a husk of each."""
MOST_ROWS = 1_048_576
"""A sheet has no more."""
END = re.compile(rb"</(?:\w+:)?(?:row|si)\s*>")
HOLDS_ROWS = re.compile(rb"<(?:\w+:)?(?:row|si)[\s>]")
BROKEN = "the workbook is damaged or locked ({}); save it again as XLSX, or as CSV."


def read_sheet(data: bytes, title: str, columns: tuple[str, str] | None = None) -> Reading:
    """Read the first sheet of a workbook that holds anything.

    Args:
        data: The file.
        title: What to call it.
        columns: Names of the two columns to take; by default the likely ones.

    Raises:
        ValueError: If it is damaged, would unpack to too much, or has no two columns of numbers.
    """
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what openpyxl leaves out (macros, drawings) holds no numbers
        try:
            _measure(data)
            book: Any = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
            found = next((sheet for sheet in map(Sheet, sheets) if sheet.sample()), None)
        except _TooLarge as error:
            raise ValueError(str(error)) from None
        except Exception as error:  # openpyxl raises whatever its parts raise
            raise ValueError(BROKEN.format(" ".join(str(error).split())[:80] or type(error).__name__)) from None
        if found is None:
            raise ValueError("the workbook holds no rows; give one point in each row of its first sheet.")
        told = [f"Of its {len(sheets)} sheets {found.title[:30]!r} was read."] if len(sheets) > 1 else []
        return read_rows(found, title, columns, told)


class _TooLarge(Exception):
    """A part of the workbook is larger than is read here."""


def _measure(data: bytes) -> None:
    """Refuse a workbook that would not fit into memory.

    Raises:
        _TooLarge: If it would not.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        if unpacked > MOST_UNPACKED:
            limit = MOST_UNPACKED // 2**20
            raise _TooLarge(
                f"the workbook would unpack to {unpacked / 2**20:,.0f} MB; at most {limit} MB are read. Save it as CSV."
            )
        for member in members:
            if member.filename.endswith((".xml", ".rels")) or member.file_size > MOST_OTHER:
                with archive.open(member) as part:
                    _count(part, member.filename)


def _count(part: Any, name: str) -> None:
    """Count the tags of a part, a piece at a time."""
    size, tags, here, rest, rows = 0, 0, 0, b"", False
    while piece := part.read(1 << 20):
        size += len(piece)
        tags += piece.count(b"<")
        # An end tag may be cut in two by the piece's end: what follows the last "<" waits for the next one.
        piece = rest + piece
        cut = piece.rfind(b"<")
        piece, rest = (piece[:cut], piece[cut:]) if len(piece) - cut < 100 and cut >= 0 else (piece, b"")
        rows = rows or HOLDS_ROWS.search(piece) is not None
        first, *others = END.split(piece)
        runs = [here + first.count(b"<"), *(other.count(b"<") for other in others)]
        here = runs[-1]
        if max(runs) > MOST_TAGS or tags > MOST_TAGS_TOGETHER or (size > MOST_OTHER and not rows):
            raise _TooLarge(f"the part {name[:40]!r} of the workbook is too large to be read; save the sheet as CSV.")


class Sheet(Source):
    """A sheet as rows of text cells."""

    def __init__(self, sheet: Any) -> None:
        self.title: str = sheet.title
        sheet.reset_dimensions()  # what a sheet says of its size may be anything
        self._sheet = sheet
        self._sample = list(islice(self.rows(1), SAMPLE))

    @property
    def length(self) -> int:
        """Nobody knows before the end, but no more than are read."""
        return 0

    def sample(self) -> list[Row]:
        """Return the first rows that are not blank."""
        return self._sample

    def rows(self, start: int, *, needed: Sequence[int | None] = ()) -> Iterator[Row]:
        """Yield rows that are not blank, from a row of the sheet on; only the cells needed, if these are named."""
        take = {i for i in needed if i is not None}
        width = max(take) + 1 if take else None  # without one, rows that are left out in the file cost nothing
        found = self._sheet.iter_rows(min_row=1, max_row=MOST_ROWS, max_col=width, values_only=True)
        try:
            for number, values in enumerate(found, 1):
                if number < start or not any(value is not None for value in values):
                    continue
                cells = [_text(value) if not take or i in take else "" for i, value in enumerate(values)]
                while cells and not cells[-1]:
                    cells.pop()
                if cells:
                    yield number, cells
        except (
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            SyntaxError,
            OSError,
            EOFError,
            zipfile.BadZipFile,
            zlib.error,
        ) as error:
            raise ValueError(BROKEN.format(" ".join(str(error).split())[:80])) from None


def _text(value: object) -> str:
    """Return a cell's value as text; a date without a time of day as one."""
    if isinstance(value, datetime) and (value.hour, value.minute, value.second) == (0, 0, 0):
        return str(value.date())
    return text_of(value)

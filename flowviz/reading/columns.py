"""What the columns of a table hold: numbers and how they are written, classes, or something else, by name."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from flowviz.reading.heading import MISSING, UNNAMED
from flowviz.reading.numbers import PLAIN, Form, evidence, form_of, number, unit_of
from flowviz.reading.source import Row

ENOUGH = 0.3
"""Share of a column's cells that must be numbers."""
LABELS = {"label", "labels", "class", "classes", "group", "species", "kind", "category", "mode", "cluster"}
"""What a column that names classes is called."""
MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|mär|fév|avr|aoû|déc|ene|abr|ago|dic"
_TIME = r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s?([ap]\.?m\.?)?"
_DATE = rf"(\d{{4}}[-/.年]\d{{1,2}}([-/.月]\d{{1,2}}日?)?|\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{2,4}}|\d{{1,2}}[-. ]+({MONTHS})\w*\.?[-. ]+\d{{2,4}})"
_ZONE = r"\s?(z|utc|gmt|[+-]\d{2}:?\d{2})?"
COLUMN_KINDS = {
    "dates": re.compile(rf"{_DATE}([t, ]+{_TIME}{_ZONE})?", re.IGNORECASE),
    "times": re.compile(rf"{_TIME}{_ZONE}", re.IGNORECASE),
    "true or false": re.compile(r"true|false|yes|no", re.IGNORECASE),
    "links": re.compile(r"https?://.*", re.IGNORECASE),
}
"""What else a column may hold, and how one of its cells looks."""
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


class Columns(NamedTuple):
    """What a table's columns hold.

    Attributes:
        names: All of them.
        numeric: Which hold numbers.
        sure: Which hold numbers that need no reading of units or thousands.
        forms: How each one's numbers are written.
        seen: What each one's cells show of that, where it is numeric.
        table: What the whole table shows.
        label: Which names classes, if one does.
    """

    names: list[str]
    numeric: list[int]
    sure: list[int]
    forms: dict[int, Form]
    seen: dict[int, Counter[str]]
    table: Counter[str]
    label: int | None


def columns_of(names: Sequence[str], body: Sequence[Row]) -> Columns:
    """Judge the columns by the first rows of the table."""
    label = next((i for i, name in enumerate(names) if name.lower() in LABELS), None)
    cells: list[list[str]] = [[] for _ in names]
    for _, row in body:
        for column, cell in zip(cells, row, strict=False):
            if cell:
                column.append(cell)
    seen = {i: evidence(column) for i, column in enumerate(cells)}
    table = sum(seen.values(), Counter())
    forms = {i: form_of(seen[i], table, unit_of(column)) for i, column in enumerate(cells)}

    def holds(i: int, form: Form) -> bool:
        return sum(number(cell, form) is not None for cell in cells[i]) >= ENOUGH * max(1, len(body))

    numeric = [i for i in range(len(names)) if i != label and holds(i, forms[i])]
    sure = [i for i in numeric if holds(i, PLAIN)]
    return Columns(list(names), numeric, sure, forms, {i: seen[i] for i in numeric}, table, label)


def likely(columns: Columns) -> tuple[str, str]:
    """Return the two columns that are most likely meant: x and y, else the first two that do not just count the rows."""
    names = [columns.names[i] for i in columns.numeric]
    lower = {name.lower(): name for name in names}
    for x, y in (("x", "y"), ("x1", "x2"), ("x0", "x1"), ("lon", "lat"), ("longitude", "latitude")):
        if x in lower and y in lower:
            return lower[x], lower[y]
    for among in (columns.sure, columns.numeric):
        telling = [columns.names[i] for i in among if columns.names[i].lower() not in ("id", "index", "nr", "no", "row", UNNAMED)]
        if len(telling) > 1:
            return telling[0], telling[1]
    return names[0], names[1]


def what_it_holds(i: int, columns: Columns, body: Sequence[Row], where: str) -> str:
    """Return a column without numbers in words, with the first line that shows it.

    "the second column (when) holds dates (line 2: …)".
    """
    place = f"the {ORDINALS[i]} column" if i < len(ORDINALS) else f"column {i + 1}"
    name = " ".join(columns.names[i].split())  # it may hold line breaks
    called = place if name == f"column {i + 1}" else f"{place} ({name[:30]})"
    cells = [(line, cells[i].strip()) for line, cells in body if i < len(cells) and cells[i].strip().lower() not in MISSING]
    if not cells:
        return f"{called} is empty"
    if i == columns.label:
        return f"{called} is taken for the names of classes"
    kinds = Counter(_kind(cell) for _, cell in cells)
    kind, count = kinds.most_common(1)[0]
    line, cell = next(pair for pair in cells if _kind(pair[1]) == kind)
    return f"{called} holds {kind if count > len(cells) / 2 else 'text'} ({where} {line:,}: {short(cell)})"


def _kind(cell: str) -> str:
    return next((kind for kind, look in COLUMN_KINDS.items() if len(cell) <= 60 and look.fullmatch(cell)), "text")


def short(cell: str) -> str:
    """Return a cell in quotes, cut where it is long."""
    return repr(cell if len(cell) <= 24 else cell[:22] + "…")

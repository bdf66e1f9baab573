"""From rows and columns to points, whatever kind of file they stand in."""

import math
from array import array
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from flowviz.reading.columns import Columns, columns_of, likely, short, what_it_holds
from flowviz.reading.delimited import delimited
from flowviz.reading.encodings import encoding_of
from flowviz.reading.heading import Heading, heading_of
from flowviz.reading.numbers import Form, evidence, form_of, is_undecided, number
from flowviz.reading.source import Row, Source
from flowviz.reading.value import Reading

MOST_ROWS = 1_000_000
"""Rows that are looked at; of a longer file one in two, in three, …"""
SCATTER = 2_654_435_761
"""Knuth's multiplier: consecutive numbers end far apart."""
MOST_CLASSES = 20
ORDER = ("with a cell missing", "with text for a number", "with NaN or infinity")
"""Why a row is left out."""


def read_table(data: bytes, title: str, columns: tuple[str, str] | None = None) -> Reading:
    """Read a table of text: any usual delimiter and encoding, with or without a header, units and comments; ARFF too.

    Args:
        data: The file.
        title: What to call it.
        columns: Names of the two columns to take; by default the first two that hold numbers.

    Raises:
        ValueError: If it is no text, or has no two columns of numbers.
    """
    encoding = encoding_of(data)
    return read_rows(delimited(data, encoding), title, columns, [encoding.remark] * bool(encoding.remark))


def read_rows(source: Source, title: str, columns: tuple[str, str] | None, remarks: Sequence[str] = ()) -> Reading:
    """Read two columns of a table.

    Args:
        source: Its rows.
        title: What to call it.
        columns: Names of the two columns to take; by default the likely ones.
        remarks: What is known of it already.

    Raises:
        ValueError: If it has no two columns of numbers, or none of its rows can be used.
    """
    sample = source.sample()
    if not sample:
        raise ValueError("the file holds no rows; give one point in each row.")
    heading = Heading(_declared(source.names, sample), source.first, []) if source.names else heading_of(sample, source.comments)
    body = [row for row in sample if row[0] >= heading.start]
    known = columns_of(heading.names, body)
    chosen = _chosen(known, columns, body, source.where)
    where = [known.names.index(name) for name in chosen]
    step = max(1, math.ceil(source.length / MOST_ROWS))
    forms = [known.forms[i] for i in where]
    found = _collect(source, heading.start, known, where, forms, step)
    if any(found.seen):  # told by a row that came late
        table = known.table + found.seen[0] + found.seen[1]
        late = [form_of(known.seen[i] + seen, table, known.forms[i].unit) for i, seen in zip(where, found.seen, strict=True)]
        if [form.thousands for form in late] != [form.thousands for form in forms]:
            found = _collect(source, heading.start, known, where, late, step)
        forms = late
    long = [f"The file is long: one row in {step} was looked at."] * (step > 1)
    if not len(found.points):
        raise ValueError(_nothing(found))
    return Reading(
        found.points, "rows", found.read, title, found.left_out, (*remarks, *heading.remarks, *_about(forms), *long),
        found.labels, "sector" if found.labels is None else "class",
        columns=tuple(known.names[i] for i in known.numeric[:1000]), chosen=chosen,
    )  # fmt: skip


def _nothing(found: "_Found") -> str:
    """Return why no row could be used, with the first place that shows it."""
    out = ", ".join(
        f"{count:,} {reason}" + (f" ({found.broken[reason]})" if reason in found.broken else "")
        for reason, count in found.left_out.items()
        if count
    )
    return f"none of the {found.read:,} rows could be used ({out})." if out else "the table has no rows below its header."


def _declared(names: Sequence[str], sample: Sequence[Row]) -> list[str]:
    width = max(len(cells) for _, cells in sample)
    return [*names, *(f"column {i + 1}" for i in range(len(names), width))]


def _chosen(known: Columns, columns: tuple[str, str] | None, body: Sequence[Row], where: str) -> tuple[str, str]:
    """Return the names of the two columns to take.

    Raises:
        ValueError: If there are no two of numbers, or not those.
    """
    names = [known.names[i] for i in known.numeric]
    strange = next((name for name in columns or () if name not in names), None)
    if len(names) < 2:
        found = "no column" if not names else "one column"
        other = [i for i in range(len(known.names)) if i not in known.numeric][:2]
        holds = "".join(f"; {what_it_holds(i, known, body, where)}" for i in other)
        raise ValueError(f"there is {found} of numbers among {len(known.names):,}, and two are needed, x and y{holds}.")
    if strange is not None:
        offered = ", ".join(" ".join(name.split())[:24] for name in names[:8])
        held = (
            f"; {what_it_holds(i, known, body, where)}"
            if strange in known.names and (i := known.names.index(strange)) >= 0
            else ""
        )
        raise ValueError(f"there is no column of numbers called {strange[:40]!r}; choose from {offered}{held}.")
    return columns or likely(known)


def _about(forms: Sequence[Form]) -> list[str]:
    """Return what was guessed about how the numbers are written."""
    remarks = []
    if any(form.guess == "decimal" for form in forms):
        remarks.append("“1,234” may be 1.234 or 1234; its commas were read as decimal commas.")
    for sign in dict.fromkeys(form.thousands for form in forms if form.guess == "elsewhere"):
        remarks.append(f"“1{sign}234” was read as 1234, since the other sign is decimal elsewhere in the table.")
    units = list(dict.fromkeys(form.unit for form in forms if form.unit))
    if units:
        remarks.append(f"Numbers were read without the {' and '.join(units)} behind them.")
    return remarks


class _Found(NamedTuple):
    """Usable points and their classes; how many rows were read, how many left out and the first for each reason; late evidence."""

    points: np.ndarray
    labels: np.ndarray | None
    read: int
    left_out: dict[str, int]
    broken: dict[str, str]
    seen: list[Counter[str]]


def _collect(source: Source, start: int, known: Columns, where: Sequence[int], forms: Sequence[Form], step: int) -> _Found:
    """Return all usable points.

    Args:
        source: The table.
        start: The line with which its rows begin.
        known: What its columns hold.
        where: The two to take.
        forms: How the numbers in them are written.
        step: One row in so many is looked at.
    """
    x, y, labels, read = array("d"), array("d"), _Labels(), 0
    counts: dict[str, int] = dict.fromkeys(ORDER, 0)
    broken: dict[str, str] = {}
    seen, undecided = [Counter(), Counter()], [is_undecided(known.seen[i]) for i in where]
    (first, second), last, missing = where, max(where), ("", source.missing)
    for count, (line, row) in enumerate(source.rows(start, needed=(*where, known.label))):
        if count * SCATTER % 2**32 * step >> 32:  # one in `step`, in no rhythm that the data could share
            continue
        read += 1
        if len(row) <= last or row[first].strip() in missing or row[second].strip() in missing:
            counts[ORDER[0]] += 1
            continue
        a, b = number(row[first], forms[0]), number(row[second], forms[1])
        if a is None or b is None:
            counts[ORDER[1]] += 1
            broken.setdefault(ORDER[1], f"{source.where} {line:,}: {short(row[first if a is None else second].strip())}")
        elif not (math.isfinite(a) and math.isfinite(b)):
            counts[ORDER[2]] += 1
        else:
            x.append(a)
            y.append(b)
            if known.label is not None:
                labels.append(row[known.label].strip() if known.label < len(row) else "")
        for i, cell in ((0, row[first]), (1, row[second])):
            if undecided[i] and type(cell) is str and ("," in cell or ("." in cell and cell[-4:-3] != ".")):
                seen[i] += evidence((cell,))
                undecided[i] = is_undecided(seen[i])
    points = np.stack([np.frombuffer(x), np.frombuffer(y)], 1) if x else np.zeros((0, 2))
    return _Found(points, labels.numbers(), read, counts, broken, seen)


class _Labels:
    """Classes by number, in the order in which they come; those after the twentieth are one."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._each = array("B")

    def append(self, name: str) -> None:
        if name not in self._known and len(self._known) < MOST_CLASSES:
            self._known[name] = len(self._known)
        self._each.append(self._known.get(name, MOST_CLASSES))

    def numbers(self) -> np.ndarray | None:
        """Return what each row belongs to, shape (n,); None where all are the same."""
        each = np.frombuffer(self._each, np.uint8)
        return each if len(np.unique(each)) > 1 else None

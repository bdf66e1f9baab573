"""From text in rows and columns to points."""

import csv
import math
from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from flowviz.reading.encodings import Encoding, encoding_of
from flowviz.reading.value import Reading

MOST_ROWS = 1_000_000
"""Rows that are looked at; of a longer file one in two, in three, …"""
SCATTER = 2_654_435_761
"""Knuth's multiplier: consecutive numbers end far apart."""
UNNAMED = "(unnamed)"
SAMPLE = 200
"""Rows by which columns are judged."""
LABELS = {"label", "labels", "class", "classes", "group", "species", "kind", "category", "mode", "cluster"}
"""What a column that names classes is called."""


class Layout(NamedTuple):
    """How a table is written: its delimiter (None for blanks), its columns, and what stands where."""

    delimiter: str | None
    header: bool
    names: list[str]
    numeric: list[int]
    label: int | None


def read_table(data: bytes, title: str, columns: tuple[str, str] | None = None) -> Reading:
    """Read a CSV file: any usual delimiter, with or without a header, decimal commas too.

    Args:
        data: The file.
        title: What to call it.
        columns: Names of the two columns to take; by default the first two that hold numbers.

    Raises:
        ValueError: If it is no text, or has no two columns of numbers.
    """
    encoding = encoding_of(data)
    layout = _layout(list(_rows(data, encoding, None, SAMPLE + 1)))
    names = [layout.names[i] for i in layout.numeric]
    if len(names) < 2:
        found = "no column" if not names else "one column"
        raise ValueError(f"there is {found} of numbers among {len(layout.names):,}; two are needed, x and y.")
    chosen = columns or _likely(names)
    if strange := [name for name in chosen if name not in names]:
        raise ValueError(f"there is no column of numbers called {strange[0][:40]!r}; choose from {', '.join(names[:8])}.")
    where = [layout.numeric[names.index(name)] for name in chosen]
    points, labels, counts, step = _collect(data, encoding, layout, where)
    remarks = [encoding.remark] * bool(encoding.remark)
    if step > 1:
        remarks.append(f"The file is long: one row in {step} was looked at.")
    known = labels is not None and len(np.unique(labels)) > 1
    return Reading(
        points, "rows", counts["rows"], title, {reason: n for reason, n in counts.items() if reason != "rows"},
        tuple(remarks), labels if known else None, "class" if known else "sector", columns=tuple(names[:1000]), chosen=chosen,
    )  # fmt: skip


def _likely(names: Sequence[str]) -> tuple[str, str]:
    """The two columns that are most likely meant: x and y, else the first two that do not just count the rows."""
    lower = {name.lower(): name for name in names}
    for x, y in (("x", "y"), ("x1", "x2"), ("x0", "x1"), ("lon", "lat"), ("longitude", "latitude")):
        if x in lower and y in lower:
            return lower[x], lower[y]
    telling = [name for name in names if name.lower() not in ("id", "index", "nr", "no", "row", UNNAMED)]
    return (telling[0], telling[1]) if len(telling) > 1 else (names[0], names[1])


def _rows(data: bytes, encoding: Encoding, delimiter: str | None, most: int | None = None) -> Iterator[list[str]]:
    """Rows of cells; without a delimiter each row is one cell."""
    text = encoding.open(data)
    count = 0
    try:
        if delimiter in (None, " "):
            rows: Iterator[list[str]] = ((line.split() if delimiter else [line.rstrip("\r\n")]) for line in text)
        else:
            rows = csv.reader(text, delimiter=delimiter)
        for row in rows:
            if row and any(cell.strip() for cell in row):
                yield row
                count += 1
            if count == most:
                return
    except (csv.Error, UnicodeError) as error:
        raise ValueError(f"the table breaks off in row {count + 1:,} ({error}); save it as CSV in UTF-8.") from None


def _layout(lines: Sequence[Sequence[str]]) -> Layout:
    """Judge delimiter and columns by the first lines."""
    texts = [line[0][:200_000] for line in lines]
    if not texts:
        raise ValueError("the file holds no rows; give one point in each row.")
    delimiter = _delimiter(texts)
    try:
        rows = list(csv.reader(texts, delimiter=delimiter)) if delimiter != " " else [text.split() for text in texts]
    except csv.Error as error:
        raise ValueError(f"the table breaks off ({error}); save it as CSV in UTF-8.") from None
    width = max(map(len, rows))
    # A header is a first row with fewer numbers than the second.
    header = _numbers(rows[0]) < (_numbers(rows[1]) if len(rows) > 1 else 1)
    body = rows[1:] if header else rows
    names = [cell.strip()[:60] for cell in rows[0]] if header else []
    if header and not names[0]:  # how pandas writes its index
        names[0] = UNNAMED
    names = [name or f"column {i + 1}" for i, name in enumerate([*names, *[""] * (width - len(names))])]
    names = [name if names.count(name) == 1 else f"{name} ({i + 1})" for i, name in enumerate(names)] if width < 500 else [
        f"{i + 1}: {name}" for i, name in enumerate(names)
    ]  # fmt: skip
    label = next((i for i, name in enumerate(names) if name.lower() in LABELS), None)
    shares = [sum(_number(row[i]) is not None for row in body if i < len(row)) / max(1, len(body)) for i in range(width)]
    return Layout(delimiter, header, names, [i for i, share in enumerate(shares) if share >= 0.3 and i != label], label)


def _numbers(row: Sequence[str]) -> int:
    return sum(_number(cell) is not None for cell in row)


def _delimiter(texts: Sequence[str]) -> str:
    """The sign that parts most lines into the same number of cells, at least two; a blank where none does."""

    def score(sign: str) -> float:
        counts = [text.count(sign) for text in texts[:50]]
        usual = max(set(counts), key=counts.count)
        return counts.count(usual) / len(counts) if usual else 0.0

    # "1,5;2,5": a comma is less likely to part cells than what stands beside it, so it comes last.
    best = max(";\t|,", key=score)
    return best if score(best) >= 0.5 else " "


def _number(cell: str) -> float | None:
    """The number in a cell, NaN and infinity included; None where there is none."""
    cell = cell.strip()
    if len(cell) > 60:
        return None
    try:
        return float(cell)
    except ValueError:
        pass
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None


def _collect(
    data: bytes, encoding: Encoding, layout: Layout, where: Sequence[int]
) -> tuple[np.ndarray, np.ndarray | None, dict[str, int], int]:
    """All usable points, their classes, how many rows were left out by reason, and which share was looked at."""
    step = max(1, math.ceil((data.count(b"\n") or data.count(b"\r")) / MOST_ROWS))
    rows = _rows(data, encoding, layout.delimiter)
    if layout.header:
        next(rows, None)
    x, y, classes, labels = array("d"), array("d"), {}, array("B")
    counts = {"rows": 0, "with a cell missing": 0, "with text for a number": 0, "with NaN or infinity": 0}
    first, second = where
    for number, row in enumerate(rows):
        if number * SCATTER % 2**32 * step >> 32:  # one in `step`, in no rhythm that the data could share
            continue
        counts["rows"] += 1
        if len(row) <= max(where) or not row[first].strip() or not row[second].strip():
            counts["with a cell missing"] += 1
            continue
        a, b = _number(row[first]), _number(row[second])
        if a is None or b is None:
            counts["with text for a number"] += 1
        elif not (math.isfinite(a) and math.isfinite(b)):
            counts["with NaN or infinity"] += 1
        else:
            x.append(a)
            y.append(b)
            if layout.label is not None:
                name = row[layout.label].strip() if layout.label < len(row) else ""
                labels.append(classes.setdefault(name, len(classes)) if name in classes or len(classes) < 20 else 20)
    points = np.stack([np.frombuffer(x), np.frombuffer(y)], 1) if x else np.zeros((0, 2))
    return points, np.frombuffer(labels, np.uint8) if layout.label is not None and labels else None, counts, step

"""What stands above a table: titles, comments, names, units; and where its rows begin."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from flowviz.reading.numbers import is_unit, looks_like_number, number
from flowviz.reading.source import Row

MISSING = {"", "-", "?", "na", "n/a", "n.a.", "nan", "null", "none", "nil", "missing", "#n/a"}
"""What stands for a number that is not there."""
UNNAMED = "(unnamed)"
LONGEST_NAME = 60
BRACKETS = re.compile(r"[(\[].*[)\]]")
MOST_COUNTED = 500
"""Columns up to which equal names are told apart by counting."""


class Heading(NamedTuple):
    """Names of the columns, the line in which the table's rows begin, and what to say about it."""

    names: list[str]
    start: int
    remarks: list[str]


def heading_of(rows: Sequence[Row], comments: Sequence[Sequence[Sequence[str]]] = ()) -> Heading:
    """Judge by its first rows what a table's columns are called.

    Args:
        rows: The first rows, at least one.
        comments: Comments above them, each in the ways that it may be parted into cells: the last may name the columns.
    """
    header, below, remarks = _place(rows)
    body = [cells for _, cells in rows[below:]]
    start = rows[below][0] if below < len(rows) else rows[-1][0] + 1
    usual = Counter(map(len, body)).most_common(1)[0][0] if body else 0
    given = [] if header is None else _names(_fitting(rows[header][1], usual))
    if header is None or any(map(looks_like_number, rows[header][1])):
        named, told = _from_comments(comments, usual)
        remarks += told
        if named and header is not None:
            start, body = rows[header][0], [cells for _, cells in rows[header:]]
        given = named or given
    if header is not None and body and _counts_its_rows(given, body):
        given = [UNNAMED, *given]
    width = max(map(len, [*body, given]), default=0)
    return Heading(told_apart(given, width), start, remarks)


def _place(rows: Sequence[Row]) -> tuple[int | None, int, list[str]]:
    """Return the row with the names, if there is one, the first row below it and its units, and what was passed over."""
    counts = [sum(map(looks_like_number, cells)) for _, cells in rows]
    filled = [sum(bool(cell.strip()) for cell in cells) for _, cells in rows]
    usual = _usual(filled)
    enough = max(1, _usual(counts) / 2)
    first = next((i for i, count in enumerate(counts) if count >= enough and (filled[i] > 1 or usual == 1)), 0)
    if first == 0:
        plain = [sum(number(cell) is not None for cell in cells) for _, cells in rows[:2]]
        headed = plain[0] < (plain[1] if len(plain) > 1 else 1)  # a first row with fewer numbers than the second
        return (0, 1, []) if headed else (None, 0, [])
    narrow = [filled[i] == 1 < usual or (filled[i] < usual and i < first - 1) for i in range(first)]
    if first > 1 and len(rows[first - 1][1]) == len(rows[first][1]) and _are_units(rows[first - 1][1]):
        narrow[first - 1] = False  # "mm,": the other columns have no unit
    above = [i for i in range(first) if not narrow[i]]
    while len(above) > 1 and (counts[above[-1]] or all(cell.strip().lower() in MISSING for cell in rows[above[-1]][1])):
        above.pop()  # a row of the table, in which numbers are missing
    last = rows[first - 1][1]
    if not above and (len(last) == len(rows[first][1]) > 1 or (first == 1 and " " not in last[0].strip())):
        above = [first - 1]  # "x,,", or "x" alone: the other columns have no names
    if not above:
        return None, first, _passed(first)
    last = above[-1]
    if len(above) > 1 and _are_units(rows[last][1]):
        return above[-2], last + 1, [*_passed(above[-2]), _units(rows[last][1])]
    return last, last + 1, _passed(last)


def _usual(counts: Sequence[int]) -> int:
    """Return the commonest count that is not 0, the larger of two; 0 where there is none."""
    often = Counter(count for count in counts if count)
    return max(often, key=lambda count: (often[count], count), default=0)


def _passed(count: int) -> list[str]:
    return [f"{'1 line' if count == 1 else f'{count} lines'} above the table passed over."] if count else []


def _are_units(cells: Sequence[str]) -> bool:
    """Return whether a row holds units, or nothing where a column has none."""
    units = [cell.strip() for cell in cells if cell.strip().lower() not in MISSING and cell.strip() != "1"]
    return bool(units) and all(map(is_unit, units))


def _from_comments(comments: Sequence[Sequence[Sequence[str]]], width: int) -> tuple[list[str], list[str]]:
    """Return the names in the last comment that has as many cells as the table has columns, none of them a number."""
    fit = []
    for ways in comments:
        fitting = [_fitting(cells, width) for cells in ways]
        fit += [cells for cells in fitting if len(cells) == width > 1 and not any(map(looks_like_number, cells))][:1]
    if len(fit) > 1 and _are_units(fit[-1]):
        return _names(fit[-2]), [_units(fit[-1])]
    return (_names(fit[-1]) if fit else []), []


def _fitting(cells: Sequence[str], width: int) -> Sequence[str]:
    """Join names with the units behind them, "x (m)", where blanks have parted them and they are as many as the columns then."""
    if len(cells) <= width:
        return cells
    joined: list[str] = []
    for cell in cells:
        if joined and BRACKETS.fullmatch(cell):
            joined[-1] += f" {cell}"
        else:
            joined.append(cell)
    return joined if len(joined) == width else cells


def _names(cells: Sequence[str]) -> list[str]:
    return [cell.strip()[:LONGEST_NAME] for cell in cells]


def _units(cells: Sequence[str]) -> str:
    units = ", ".join(cell.strip() for cell in cells if cell.strip())
    return f"The row of units ({units[:40]}) was passed over."


def _counts_its_rows(names: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Return whether the names are one too few, because the first column only counts or names the rows, as R writes it."""
    if len(names) < 2 or any(len(cells) != len(names) + 1 for cells in body):
        return False
    first = [number(cells[0]) for cells in body]
    return all(value is None for value in first) or (
        len(first) > 1 and None not in first and all(b - a == 1 for a, b in pairwise(first))  # type: ignore[operator]
    )


def told_apart(given: Sequence[str], width: int) -> list[str]:
    """Return a name for each column, no two alike."""
    names = [*given, *[""] * (width - len(given))]
    if given and not names[0]:  # how pandas writes its index
        names[0] = UNNAMED
    names = [name or f"column {i + 1}" for i, name in enumerate(names)]
    if width >= MOST_COUNTED:
        return [f"{i + 1}: {name}" for i, name in enumerate(names)]
    return [name if names.count(name) == 1 else f"{name} ({i + 1})" for i, name in enumerate(names)]

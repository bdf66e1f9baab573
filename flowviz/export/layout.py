"""Where everything stands: pure numbers, in CSS pixels with y downward, as in the player."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flowviz.export import words
from flowviz.scene import Panel

PAD, GAP = 16.0, 18.0
LEFT, BOTTOM, RIGHT = 40.0, 26.0, 8.0
"""Room for the numbers of the axes, and to the right of a picture."""
LINE, CAPTION = 22.0, 24.0
TITLE, SMALL, TICKS = 15.0, 13.0, 12.0
STRIP_WIDTH = 1600.0
STRIP_TIMES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Line:
    """One line above a picture: a marker's sign, words, and the evaluations in grey."""

    words: str
    bold: bool = True
    mark: str = ""
    extra: str = ""


@dataclass(frozen=True)
class Cell:
    """One picture: which panel, at which time (None: the film's), and where; `lines` end at `top` less `caption`."""

    panel: int
    left: float
    top: float
    width: float
    height: float
    t: float | None = None
    lines: tuple[Line, ...] = ()
    caption: str = ""
    numbers: bool = True


@dataclass(frozen=True)
class Layout:
    """A whole sheet: its size, its pictures, and where the legend begins."""

    width: float
    height: float
    cells: tuple[Cell, ...]
    foot: float


def evaluations(n: int) -> str:
    """Return how many evaluations of the field; empty where nobody counted."""
    return f"{n:,} field evaluation{'' if n == 1 else 's'}" if n else ""


def heads(panel: Panel, room: float) -> tuple[Line, ...]:
    """Return the lines above a panel, as in the player, none wider than `room`.

    Evaluations that do not fit get a line of their own.
    """
    lines = [Line(words.clean(panel.title))] if panel.title else []
    for order, scene in enumerate(panel.scenes[:2]):
        mark = ("full", "hollow")[order] if len(panel.scenes) > 1 else ""
        lines.append(Line(words.clean(scene.title), not panel.title, mark, evaluations(scene.nfe)))
    out: list[Line] = []
    for line in lines:
        space = room - (16 if line.mark else 0)
        name = words.shortened(line.words, TITLE, space, bold=line.bold)
        used = words.width(name, TITLE, bold=line.bold) + 10 + words.width(line.extra, SMALL)
        if line.extra and name and used > space:
            out += [Line(name, line.bold, line.mark), Line("", extra=line.extra)]
        elif name or line.extra:
            out.append(Line(name, line.bold, line.mark, line.extra))
    return tuple(out)


Heads = Callable[[int, float], tuple[Line, ...]]
"""The lines above panel i in a given width."""


def film(n: int, size: tuple[float, float], aspect: float, above: Heads, foot: float) -> Layout:
    """Return one to five panels in the grid that makes them largest, the whole in the middle of the sheet."""
    best = max((_grid(n, columns, size, aspect, above, foot) for columns in range(1, n + 1)), key=lambda grid: grid[0])
    return best[1]


def _grid(n: int, columns: int, size: tuple[float, float], aspect: float, above: Heads, foot: float) -> tuple[float, Layout]:
    width, height = size
    rows = math.ceil(n / columns)
    each = (width - 2 * PAD - GAP * (columns - 1)) / columns
    room_x = each - LEFT - RIGHT
    lines = [above(i, room_x) for i in range(n)]
    tops = [max(len(lines[i]) for i in range(row * columns, min(n, (row + 1) * columns))) * LINE + 6 for row in range(rows)]
    room_y = (height - 2 * PAD - foot - sum(tops) - rows * BOTTOM - GAP / 2 * (rows - 1)) / rows
    h = math.floor(max(10.0, min(room_y, room_x / aspect)))
    w = math.floor(h * aspect)
    y = PAD + max(0.0, room_y - h) * rows / 2
    cells = []
    for row in range(rows):
        y += tops[row]
        here = range(row * columns, min(n, (row + 1) * columns))
        # Pictures that are smaller than their place move together; a row that is not full stands in the middle.
        need = max(w + LEFT + RIGHT + 2 * GAP, max((_width(line) for i in here for line in lines[i]), default=0) + 2 * GAP)
        pitch = min(each + GAP, need)
        x = (width - pitch * (len(here) - 1) - w + LEFT - RIGHT) / 2
        cells += [Cell(i, round(x + pitch * (i - here[0])), round(y), w, h, lines=lines[i]) for i in here]
        y += h + BOTTOM + GAP / 2
    return h, Layout(width, height, tuple(cells), y - GAP / 2)


def _width(line: Line) -> float:
    mark = 17 if line.mark else 0
    return mark + words.width(line.words, TITLE, bold=line.bold) + 10 + words.width(line.extra, SMALL)


def strip(n: int, aspect: float, above: Heads, foot: float, times: Sequence[float] = STRIP_TIMES) -> Layout:
    """Return one row for each panel of pictures at given times; as high as it must be."""
    gap = 24.0
    w = math.floor((STRIP_WIDTH - 2 * PAD - LEFT - gap * (len(times) - 1)) / len(times))
    h = math.floor(w / aspect)
    y, cells = PAD, []
    for i in range(n):
        lines = above(i, STRIP_WIDTH / 2)
        y += len(lines) * LINE + (4 if lines else 0) + CAPTION
        for k, t in enumerate(times):
            left = round(PAD + LEFT + k * (w + gap))
            cells.append(Cell(i, left, y, w, h, t, lines if k == 0 else (), f"t = {_fraction(t)}", k == 0))
        y += h + BOTTOM + (GAP / 2 if i + 1 < n else 0)
    height = 2 * math.ceil((y + foot + PAD) / 2)
    return Layout(STRIP_WIDTH, float(height), tuple(cells), y)


def _fraction(t: float) -> str:
    return {0.0: "0", 0.25: "¼", 0.5: "½", 0.75: "¾", 1.0: "1"}.get(t, f"{t:.2f}")

"""From a drawing's strokes, as the browser sends them, to points."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from flowviz.reading.masks import SIDE, spread
from flowviz.reading.value import MASK_STEPS, Reading

SHEET = 1000
"""The drawing's own units: both sides of the sheet."""
MOST_STROKES, MOST_NUMBERS = 200, 40_000
BROKEN = "the drawing came in broken; clear it and draw it again."


def read_strokes(strokes: Any, most: int = 1024) -> Reading:
    """Read strokes: what was painted and not erased again becomes density, each stroke a label.

    Args:
        strokes: A list of {"erase": bool, "width": number, "path": [x, y, x, y, …]} on a sheet of 1000 × 1000, y downwards.
        most: Points to make of it.

    Raises:
        ValueError: If nothing is painted, or these are no strokes.
    """
    from PIL import Image, ImageDraw

    sheet = Image.new("L", (SIDE, SIDE), 0)
    pen, shown = ImageDraw.Draw(sheet), SIDE / SHEET
    painted = 0
    for erase, width, path in _checked(strokes):
        painted += not erase
        ink = 0 if erase else 1 + (painted - 1) % 200
        xy, half = [(x * shown, y * shown) for x, y in path], width * shown / 2
        if len(xy) > 1:
            pen.line(xy, fill=ink, width=max(1, round(2 * half)), joint="curve")
        for x, y in (xy[0], xy[-1]):
            pen.ellipse((x - half, y - half, x + half, y + half), fill=ink)
    ink = np.asarray(sheet)
    points, index = spread((ink > 0).astype(np.float64), most)
    if len(points) == 0:
        raise ValueError("nothing is drawn yet.")
    names, labels = np.unique(ink.ravel()[index], return_inverse=True)
    several = len(names) > 1
    return Reading(
        points, "points of the drawing", len(points), "Drawing",
        labels=labels.astype(np.uint8) if several else None, group="stroke" if several else "sector", steps=MASK_STEPS,
    )  # fmt: skip


def _checked(strokes: Any) -> list[tuple[bool, float, list[tuple[float, float]]]]:
    """Return the strokes, once they are known to be some: what a browser sends may be anything."""
    if not isinstance(strokes, Sequence) or isinstance(strokes, str) or len(strokes) > MOST_STROKES:
        raise ValueError(BROKEN)
    out, numbers = [], 0
    for stroke in strokes:
        if not isinstance(stroke, Mapping) or not isinstance(path := stroke.get("path"), Sequence) or isinstance(path, str):
            raise ValueError(BROKEN)
        numbers += len(path)
        width = stroke.get("width")
        flat = [float(v) for v in (width, *path) if isinstance(v, int | float) and not isinstance(v, bool) and abs(v) < 1e6]
        if len(path) < 2 or len(path) % 2 or len(flat) != len(path) + 1 or numbers > MOST_NUMBERS or not 1 <= flat[0] <= SHEET:
            raise ValueError(BROKEN)
        out.append((bool(stroke.get("erase")), flat[0], list(zip(flat[1::2], flat[2::2], strict=True))))
    return out

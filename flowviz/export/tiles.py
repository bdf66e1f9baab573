"""The sheet of a scene of pictures, as `tiles.js` draws it: ten times ten, the names of the rows at their left."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.transforms import Affine2D

from flowviz.export import look
from flowviz.export.shapes import word
from flowviz.scene.asked import COLUMNS

if TYPE_CHECKING:
    from flowviz.export.marks import Pen
    from flowviz.export.motion import Motion

LABEL, GAP = 0.5, 0.06
"""Room for the names of the rows, and between two pictures, in sides of a cell."""


def row_names(labels: np.ndarray, columns: int = COLUMNS) -> list[int]:
    """Return the class of each row where a whole row has one; else none."""
    rows = [labels[start : start + columns] for start in range(0, len(labels), columns)]
    return [int(row[0]) for row in rows] if all((row == row[0]).all() for row in rows) else []


def greys(pixels: np.ndarray, theme: look.Theme) -> np.ndarray:
    """Return pixels from -1, the page's ground, to 1, its ink, as colours, shape (..., 4), uint8.

    What lies beyond is as these are.
    """
    share = (np.clip(np.nan_to_num(pixels, nan=-1.0), -1, 1)[..., None] + 1) / 2
    ground, ink = np.array(look.rgb(theme.ground)), np.full(3, 255 if theme.dark else 0)
    colours = np.rint(ground + share * (ink - ground))
    return np.concatenate([colours, np.full_like(share, 255)], -1).astype(np.uint8)


def draw_sheet(pen: Pen, motion: Motion, t: float, shape: tuple[int, int]) -> None:
    """Draw the pictures as they are at time t, shape (n, rows * columns) each of `shape`, and the names of their rows."""
    names = row_names(motion.labels)
    side = pen.box.width / (COLUMNS + LABEL)
    left, top = pen.box.x0 + LABEL * side, pen.box.y1 - LABEL / 2 * side
    more = pen.renderer.get_image_magnification()
    cell = max(shape[1] + 1, math.floor(side * more))
    zoom = max(1, math.floor((1 - 2 * GAP) * cell / shape[1]))
    tiles = motion.positions(t).reshape(-1, *shape)
    rows = math.ceil(len(tiles) / COLUMNS)
    image = np.zeros((rows * cell, COLUMNS * cell, 4), np.uint8)
    ground, faint = np.array(look.rgb(pen.theme.ground)), 255 * np.array(pen.theme.faint)
    line = np.array([*np.rint(ground + look.LINE_OPACITY * (faint - ground)), 255], np.uint8)
    inset = (cell - zoom * shape[1]) // 2
    for p, tile in enumerate(greys(tiles, pen.theme).repeat(zoom, 1).repeat(zoom, 2)):
        y, x = p // COLUMNS * cell + inset, p % COLUMNS * cell + inset
        height, width = tile.shape[:2]
        image[y - 1 : y + height + 1, x - 1 : x + width + 1] = line
        image[y : y + height, x : x + width] = tile
    gc = pen.gc()
    # A renderer's images stand on whole pixels, upside down.
    pen.renderer.draw_image(gc, round(left), round(top - rows * cell / more), image[::-1])
    gc.restore()
    for row, name in enumerate(names):
        middle = np.array([left - LABEL * side / 2, top - (row + 0.5) * cell / more])
        write(pen, str(name), 0.34 * side / pen.unit, middle)


def write(pen: Pen, text: str, size: float, place: np.ndarray) -> None:
    """Write the name of a row about a place."""
    rgb = tuple(v / 255 for v in look.rgb(pen.theme.muted))
    gc = pen.gc(rgb, 0.0, clip=False)
    where = Affine2D().scale(pen.unit).translate(*np.round(place, 2))
    pen.renderer.draw_path(gc, word(text, size, bold=True), where, rgb)
    gc.restore()

"""The sheet of a scene of series, as `lines.js` draws it: five times eight lines, the names of the rows at their left, and lines of the data below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform

from flowviz.export import look
from flowviz.export.tiles import row_names, write
from flowviz.scene.asked import LINES

if TYPE_CHECKING:
    from flowviz.export.marks import Pen
    from flowviz.export.motion import Motion

WIDE, ROWS = 2, 8
"""A cell's width over its height, and rows of the sheet."""
LABEL, FOOT, HEAD = 0.5, 2.9, 0.55
"""Room for the names of the rows, for what stands below and, of that, for its words, in heights of a cell."""
GAP = 0.05
"""Between two cells, in heights of one."""


def traces(values: np.ndarray, top: float) -> np.ndarray:
    """Return series, shape (n, 64), as corners of lines in a cell from (0, 0) to (2, 1), y upward, shape (n, 64, 2).

    Cut where they leave it.
    """
    x = np.linspace(GAP, WIDE - GAP, values.shape[1])
    y = 0.5 + np.clip(values / top, -1, 1) * (1 - 2 * GAP) / 2
    return np.stack([np.broadcast_to(x, y.shape), y], -1)


def _path(corners: np.ndarray) -> Path:
    """Return lines one after another, shape (n, k, 2), as one path; a lost corner is a gap."""
    codes = np.full(corners.shape[:2], Path.LINETO, np.uint8)
    kept = np.asarray(np.isfinite(corners).all(-1))
    codes[:, 0] = Path.MOVETO
    codes[:, 1:][~kept[:, :-1]] = Path.MOVETO
    return Path(corners[kept], codes[kept])


def draw_lines(pen: Pen, motion: Motion, t: float) -> None:
    """Draw the series as they are at time t, the names of their rows, and below some of the data."""
    side = min(pen.box.width / (WIDE * LINES + LABEL), pen.box.height / (ROWS + FOOT))
    left = pen.box.x0 + (pen.box.width - side * (WIDE * LINES + LABEL)) / 2 + LABEL * side
    top, high = pen.box.y1, motion.scene.bounds[1]
    values = motion.positions(t)
    source, target = (np.array(look.rgb(colour)) / 255 for colour in (pen.theme.source, pen.theme.target))
    _cells(pen, traces(values, high), side, left, top, source + t * (target - source))
    for row, name in enumerate(row_names(motion.labels, LINES)):
        write(pen, str(name), 0.34 * side / pen.unit, np.array([left - LABEL * side / 2, top - (row + 0.5) * side]))
    if motion.scene.target is not None:
        below = top - (ROWS + HEAD) * side
        write(pen, "of the data", 0.34 * side / pen.unit, np.array([left + 0.9 * side, below + 0.2 * side]))
        _cells(pen, traces(np.asarray(motion.scene.target)[: 2 * LINES], high), side, left, below, target)


def _cells(pen: Pen, corners: np.ndarray, side: float, left: float, top: float, colour: np.ndarray) -> None:
    """Draw cells in rows of five from a corner, each with its frame and its line."""
    place = np.arange(len(corners))
    origin = np.stack([left + place % LINES * WIDE * side, top - (place // LINES + 1) * side], -1)[:, None]
    box = np.array([[GAP, GAP], [WIDE - GAP, GAP], [WIDE - GAP, 1 - GAP], [GAP, 1 - GAP], [GAP, GAP]])
    width = 1.1 if side / pen.unit < 34 else 1.5
    for shapes, rgb, wide, alpha in (
        (np.broadcast_to(box, (len(corners), 5, 2)), pen.theme.faint, 1.0, look.GRID_OPACITY),
        (corners, tuple(colour), width, 1.0),
    ):
        pen.check()
        gc = pen.gc(rgb, wide, alpha)
        gc.set_joinstyle("round")
        pen.renderer.draw_path(gc, _path(np.round(origin + side * shapes, 2)), IdentityTransform(), None)
        gc.restore()

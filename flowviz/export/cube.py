"""The axes of the volume, as `cube.js` draws them: far edges, sparse ticks, and the names x, y and z outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.transforms import Affine2D, IdentityTransform

from flowviz.export import look
from flowviz.export.shapes import pieces, word
from flowviz.scene import camera

if TYPE_CHECKING:
    from flowviz.export.marks import Pen

FONT, INSET, NAME = 12.0, 0.08, 2.5
"""Size of the numbers; share of an axis at either end without them; distance of the name in such sizes."""


def corner(cube: Sequence[float], signs: Sequence[float]) -> np.ndarray:
    """Return the corner of a cube on the given sides, shape (3,); 0 is the lower end."""
    return np.array([cube[2 * i + (s > 0)] for i, s in enumerate(signs)])


def edges(eye: np.ndarray) -> Iterator[tuple[int, list[int]]]:
    """Yield the nine edges that do not meet in the corner next to the eye: their axis, and the signs of the other two."""
    near = [1 if v >= 0 else -1 for v in eye]
    for axis in range(3):
        for a in (-1, 1):
            for b in (-1, 1):
                signs = [a, b]
                signs.insert(axis, 0)
                if any(s != near[i] for i, s in enumerate(signs) if i != axis):
                    yield axis, signs


def scale_edges(pen: Pen, cube: Sequence[float]) -> list[list[int]]:
    """Return the edge on which each axis is written: below and in front for x and y, the leftmost upright one for z."""
    ex, ey, ez = (1 if v >= 0 else -1 for v in pen.camera.axes[2])
    middle = np.array([(a + b) / 2 for a, b in zip(cube[::2], cube[1::2], strict=True)])

    def left(signs: list[int]) -> float:
        return float(pen.see(np.append(corner(cube, signs)[:2], middle[2]))[0])

    return [[0, ey, -ez], [ex, 0, -ez], min([ex, -ey, 0], [-ex, ey, 0], key=left)]


def draw_cube(pen: Pen, cube: Sequence[float]) -> None:
    """Draw the edges, back to front shaded, and the three axes' numbers and names."""
    theme = pen.theme
    for axis, signs in edges(pen.camera.axes[2]):
        ends = np.stack([corner(cube, signs), corner(cube, signs)])
        ends[:, axis] = cube[2 * axis : 2 * axis + 2]
        seen = pen.see(ends)
        alpha = look.LINE_OPACITY * float(camera.shade(seen[:, 2].mean()))
        gc = pen.gc(theme.faint, 1.0, alpha, clip=False)
        pen.renderer.draw_path(gc, pieces(seen[None, :, :2]), IdentityTransform(), None)
        gc.restore()
    centre = pen.see(np.array([(a + b) / 2 for a, b in zip(cube[::2], cube[1::2], strict=True)]))[:2]
    for axis, signs in enumerate(scale_edges(pen, cube)):
        _write_axis(pen, cube, axis, signs, centre)


def _write_axis(pen: Pen, cube: Sequence[float], axis: int, signs: list[int], centre: np.ndarray) -> None:
    low, high = cube[2 * axis], cube[2 * axis + 1]

    def place(value: float) -> np.ndarray:
        point = corner(cube, signs)
        point[axis] = value
        return pen.see(point)[:2]

    middle = place((low + high) / 2)
    away = middle - centre
    away = away / (np.hypot(*away) or 1.0) * pen.unit
    step, values = look.ticks(low, high, 3 * 80, 80)
    inset = INSET * (high - low)
    for value in values:
        if low + inset < value < high - inset:
            _write(pen, look.tick_text(value, step), FONT, place(value) + away * FONT, pen.theme.muted)
    _write(pen, "xyz"[axis], FONT + 1, middle + away * NAME * FONT, pen.theme.text, bold=True)


def _write(pen: Pen, text: str, size: float, place: np.ndarray, colour: str, *, bold: bool = False) -> None:
    if not np.isfinite(place).all():
        return
    rgb = tuple(v / 255 for v in look.rgb(colour))
    gc = pen.gc(rgb, 0.0, clip=False)
    where = Affine2D().scale(pen.unit).translate(*np.round(place, 2))
    pen.renderer.draw_path(gc, word(text, size, bold=bold), where, rgb)
    gc.restore()

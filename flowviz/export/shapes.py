"""The shapes that marks are made of, as matplotlib paths."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from flowviz.export import words

SQUARE = Path(0.89 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]), closed=True)
DISC = Path.unit_circle()
POLYGON = Path.unit_regular_polygon(14)


def pieces(pairs: np.ndarray) -> Path:
    """Separate lines, shape (m, 2, 2), as one path; those that are no numbers are left out."""
    pairs = pairs[np.isfinite(pairs).all((1, 2))]
    codes = np.tile(np.array([Path.MOVETO, Path.LINETO], dtype=Path.code_type), len(pairs))
    path = Path(pairs.reshape(-1, 2), codes)
    path.should_simplify = False
    return path


def arrow_path(middles: np.ndarray, ways: np.ndarray) -> Path:
    """Return arrows through `middles`, shape (m, 2), along `ways`, as one path in units of the layout.

    A dot where there is no way to go.
    """
    length = np.hypot(ways[:, 0], ways[:, 1])
    short = length < 0.6
    way = np.where(short[:, None], np.array([1.0, 0.0]), ways)
    head = np.where(short, 0.0, np.minimum(5, 0.45 * length))[:, None]
    u = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None] * head
    side = 0.55 * np.stack([-u[:, 1], u[:, 0]], 1)
    tail, tip = middles - way / 2, middles + way / 2
    points = np.stack([tail, tip, tip - u + side, tip, tip - u - side], 1).reshape(-1, 2)
    codes = np.tile(np.array([Path.MOVETO, Path.LINETO, Path.MOVETO, Path.LINETO, Path.LINETO], dtype=Path.code_type), len(ways))
    path = Path(points, codes)
    path.should_simplify = False
    return path


@cache
def word(text: str, size: float, *, bold: bool = False) -> Path:
    """Return the outline of a short text in units of the layout, its middle at (0, 0), y upward."""
    path = TextPath((0, 0), text, prop=words.font(text, size / words.POINT, bold=bold))
    vertices = np.asarray(path.vertices)
    middle = (vertices.min(0) + vertices.max(0)) / 2
    # Numbers share a line, whatever their heights.
    middle[1] = 0.36 * size
    return Path(vertices - middle, path.codes)

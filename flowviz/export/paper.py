"""A matplotlib figure measured like a page: CSS pixels, y downward; texts, lines and bars that stand still."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.text import Text

from flowviz.export import look, words

CSS_DPI = 96.0
SETTINGS: dict[Any, Any] = {"text.hinting": "none", "svg.hashsalt": "flowviz", "svg.fonttype": "path"}
"""Of matplotlib, in force while we draw: letters keep their shapes at any size, and the same picture is the same file."""
_lock = threading.Lock()


@contextlib.contextmanager
def settings() -> Iterator[None]:
    """Apply `SETTINGS` for one drawing. They are global in matplotlib, so only one thread draws at a time."""
    with _lock:
        before = {name: rcParams[name] for name in SETTINGS}
        try:
            rcParams.update(SETTINGS)
            yield
        finally:
            rcParams.update(before)


class Paper:
    """An empty sheet.

    Args:
        size: Width and height in units of the layout.
        unit: Pixels per unit.
        theme: Colours.
        transparent: Without a ground.
    """

    def __init__(self, size: tuple[float, float], unit: float, theme: look.Theme, *, transparent: bool = False) -> None:
        self.width, self.height = size
        self.theme = theme
        # A hair more, so that the backends' truncation meets the whole pixel.
        inches = (self.width + 1e-9) / CSS_DPI, (self.height + 1e-9) / CSS_DPI
        self.figure = Figure(figsize=inches, dpi=CSS_DPI * unit, facecolor="none" if transparent else theme.ground)
        self.canvas = FigureCanvasAgg(self.figure)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return a place in matplotlib's fractions of the figure."""
        return x / self.width, 1 - y / self.height

    def axes(self, left: float, top: float, width: float, height: float) -> Any:
        """Return axes that fill a rectangle."""
        x, y = self.at(left, top + height)
        return self.figure.add_axes((x, y, width / self.width, height / self.height), facecolor="none")

    def text(self, x: float, y: float, text: str, size: float, colour: Any, *, bold: bool = False, ha: str = "left") -> Text:
        """Return one line of text on its baseline; dollar signs are dollar signs."""
        font = words.font(text, size, bold=bold)
        place = self.at(x, y)
        return self.figure.text(*place, text, color=colour, fontproperties=font, ha=ha, va="baseline", parse_math=False)

    def dot(self, x: float, y: float, size: float, face: Any, edge: Any, width: float = 1.6) -> Line2D:
        """Return a disc or a ring."""
        px, py = self.at(x, y)
        dot = Line2D([px], [py], marker="o", mfc=face, mec=edge, transform=self.figure.transFigure)
        dot.set(markersize=size * words.POINT, markeredgewidth=width * words.POINT)
        self.figure.add_artist(dot)
        return dot

    def arrow(self, x: float, y: float, length: float) -> None:
        """Draw a small arrow to the right."""
        (x0, y0), (x1, _) = self.at(x, y), self.at(x + length, y)
        where, colour, width = self.figure.transFigure, self.theme.muted, 1.5 * words.POINT
        self.figure.add_artist(Line2D([x0, x1], [y0, y0], color=colour, linewidth=width, transform=where))
        head = Line2D([x1], [y0], marker=Path([(-1, 0.6), (0, 0), (-1, -0.6)]), mec=colour, mfc="none", transform=where)
        head.set(markersize=11 * words.POINT, markeredgewidth=width)
        self.figure.add_artist(head)

    def bar(self, x: float, y: float, width: float, height: float, colours: np.ndarray, *, frame: bool = True) -> None:
        """Draw colours side by side, shape (c, 3 or 4), uint8."""
        axes = self.axes(x, y, width, height)
        axes.imshow(colours[None], aspect="auto", interpolation="nearest")
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(color=(*self.theme.faint, look.LINE_OPACITY), linewidth=words.POINT, visible=frame)

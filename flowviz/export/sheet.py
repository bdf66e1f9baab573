"""One picture sheet: still parts drawn once, moving parts drawn over them (blitting), as pixels or as vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist

from flowviz.export import layout, legend, look, words
from flowviz.export.marks import Pen
from flowviz.export.motion import Motion, motions_of, scales_of
from flowviz.export.options import Options
from flowviz.export.paper import CSS_DPI, Paper, settings
from flowviz.export.units import own_axis
from flowviz.scene import Panel
from flowviz.scene.camera import HOME
from flowviz.spaces import PLANE

TIMELINE, TRACK, TRACK_HEIGHT = 34.0, 0.5, 6.0


class Swarm(Artist):
    """What moves in one picture."""

    def __init__(self, sheet: Sheet, axes: Any, cell: layout.Cell) -> None:
        super().__init__()
        self.sheet, self.box, self.cell = sheet, axes.bbox, cell
        self.set_zorder(3)  # above grid and frame, as in the player
        self.set_figure(axes.figure)

    def draw(self, renderer: Any) -> None:
        """Draw with whatever renderer is asked: Agg, SVG or PDF."""
        sheet, t = self.sheet, self.sheet.t if self.cell.t is None else self.cell.t
        unit, space = self.box.width / self.cell.width, sheet.spaces[self.cell.panel]
        # A film turns as the player does in its first round; a picture that stands still is seen from where that begins.
        camera = HOME if sheet.track is None else HOME.at(t)
        pen = Pen(renderer, self.box, unit, sheet.scales, sheet.theme, sheet.check, space=space, camera=camera)
        pen.draw(sheet.motions[self.cell.panel], t, sheet.options)


class Sheet:
    """Panels laid out for one file.

    Args:
        panels: One to four.
        options: Size, layers, colours, ….
        strip: Rows of pictures at t = 0, ¼, ½, ¾, 1 instead of one picture a panel.
        moving: With a timeline under the pictures; a still picture only names its t.
        check: Called between layers; what it raises ends the drawing.

    Raises:
        ValueError: If there is nothing to draw.
    """

    def __init__(
        self,
        panels: Sequence[Panel],
        options: Options,
        *,
        strip: bool = False,
        moving: bool = True,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.options, self.t, self.check = options, options.t, check
        self.theme = look.theme(options.dark)
        self.motions = motions_of(panels)
        every: list[Motion] = [m for row in self.motions for m in row]
        self.spaces = [(row or every)[0].scene.space for row in self.motions]
        self.scales = scales_of(every)
        width, height = options.pixels
        unit = 2 * width / layout.STRIP_WIDTH if strip else min(width, height) / 720
        room = layout.STRIP_WIDTH if strip else width / unit

        def above(i: int, room: float) -> tuple[layout.Line, ...]:
            return layout.heads(panels[i], room) if options.title else ()

        each = room / len(panels)
        # The key's arrow is to scale, so the legend depends on the pictures' width, and that on the legend's rows.
        for _ in range(3):
            keys = legend.keys(every, self.scales, options, self.theme, each)
            self.legend = legend.rows(keys, room - 2 * layout.PAD)
            foot = 4 + legend.ROW * len(self.legend) + (0 if strip else TIMELINE)
            if strip:
                self.layout = layout.strip(len(panels), self.scales.aspect, above, foot)
            else:
                self.layout = layout.film(len(panels), (room, height / unit), self.scales.aspect, above, foot)
            each = self.layout.cells[0].width
        size = self.layout.width, self.layout.height
        self.paper = Paper(size, unit, self.theme, transparent=options.transparent)
        self.moving: list[Artist] = []
        self._background: Any = None
        for cell in self.layout.cells:
            check()
            self._picture(cell)
        y = self._legend(self.layout.foot + 4)
        self.track = None if strip else self._timeline(y, moving)

    # ---- what stands still

    def _picture(self, cell: layout.Cell) -> None:
        theme = self.theme
        axes = self.paper.axes(cell.left, cell.top, cell.width, cell.height)
        if self.spaces[cell.panel] != PLANE.slug:
            axes.set_axis_off()  # those of the volume turn with it: the pen draws them; pictures have none
        else:
            self._scales(axes, cell)
        self._head(cell)
        if self.motions[cell.panel]:
            self._animate(self.paper.figure.add_artist(Swarm(self, axes, cell)))
        else:
            middle = cell.left + cell.width / 2, cell.top + cell.height / 2
            self.paper.text(*middle, "Waiting for the first picture", layout.SMALL, theme.muted, ha="center")

    def _scales(self, axes: Any, cell: layout.Cell) -> None:
        """Draw ticks, grid and frame of the plane."""
        theme, (x0, x1, y0, y1) = self.theme, self.scales.range
        axes.set(xlim=(x0, x1), ylim=(y0, y1))
        motions = self.motions[cell.panel]
        frame = motions[0].scene.frame if motions else None
        sides = ("x", (x0, x1), cell.width, 80), ("y", (y0, y1), cell.height, 40)
        for column, (which, ends, pixels, least) in enumerate(sides):
            if frame is not None:
                values, named, name = own_axis(*ends, frame, column, pixels, least)
                self._column(cell, which, name)
            else:
                step, values = look.ticks(*ends, pixels, least)
                named = [look.tick_text(v, step) for v in values]
            shown = named if which == "x" or cell.numbers else [""] * len(named)
            getattr(axes, f"set_{which}ticks")(values, shown, fontproperties=words.font("0", layout.TICKS))
        axes.tick_params(length=0, pad=5 * words.POINT, labelcolor=theme.muted)
        axes.grid(color=(*theme.faint, look.GRID_OPACITY), linewidth=words.POINT)
        axes.set_axisbelow(True)
        for spine in axes.spines.values():
            spine.set(color=(*theme.faint, look.LINE_OPACITY), linewidth=words.POINT)

    def _column(self, cell: layout.Cell, which: str, name: str) -> None:
        """Write the name of a column inside, where it takes no room from the picture."""
        name = words.shortened(name, layout.TICKS, cell.width - 30)
        if which == "x":
            at = cell.left + cell.width - 6, cell.top + cell.height - 7
            self.paper.text(*at, f"{name} →", layout.TICKS, self.theme.muted, ha="right")
        else:
            self.paper.text(cell.left + 6, cell.top + 6 + layout.TICKS, f"↑ {name}", layout.TICKS, self.theme.muted)

    def _head(self, cell: layout.Cell) -> None:
        y, theme = cell.top - 9, self.theme
        if cell.caption:
            self.paper.text(cell.left + cell.width / 2, y, cell.caption, layout.TITLE, theme.text, ha="center")
            y -= layout.CAPTION
        for line in reversed(cell.lines):
            x = cell.left
            if line.mark:
                self.paper.dot(x + 6, y - 5, 8.0, theme.text if line.mark == "full" else "none", theme.text)
                x += 17
            self.paper.text(x, y, line.words, layout.TITLE, theme.text, bold=line.bold)
            x += words.width(line.words, layout.TITLE, bold=line.bold) + 10 if line.words else 0
            self.paper.text(x, y, line.extra, layout.SMALL, theme.muted)
            y -= layout.LINE

    def _legend(self, y: float) -> float:
        for row in self.legend:
            x = (self.layout.width - sum(k.width for k in row) - legend.APART * (len(row) - 1)) / 2
            for key in row:
                self._key(key, x, y)
                x += key.width + legend.APART
            y += legend.ROW
        return y

    def _key(self, key: legend.Key, x: float, y: float) -> None:
        paper, theme, size = self.paper, self.theme, legend.SIZE
        paper.text(x, y + 15, key.name, size, theme.text, bold=True)
        x += words.width(key.name, size, bold=True) + legend.SPACE
        if key.colours is None:
            paper.arrow(x, y + 10.5, key.sign)
        else:
            paper.bar(x, y + 4, key.sign, legend.BAR_HEIGHT, key.colours)
            for place, number in zip((0, 0.5, 1), key.numbers, strict=True):
                ha = ("left", "center", "right")[round(2 * place)]
                paper.text(x + place * key.sign, y + 25, number, legend.NUMBERS, theme.muted, ha=ha)
        paper.text(x + key.sign + legend.SPACE, y + 15, key.unit, size, theme.muted)

    def _timeline(self, y: float, moving: bool) -> tuple[float, float] | None:
        paper, theme, baseline = self.paper, self.theme, y + 22
        middle, room = self.layout.width / 2, TRACK * self.layout.width
        if not moving:
            paper.text(middle, baseline, f"t = {self.t:.2f}", layout.TITLE, theme.text, bold=True, ha="center")
            return None
        left = middle - room / 2 - 42  # the readout stands on one side only
        way = np.linspace(np.array(look.rgb(theme.source)), np.array(look.rgb(theme.target)), 256).astype(np.uint8)
        paper.bar(left, baseline - 8, room, TRACK_HEIGHT, way, frame=False)
        paper.text(left - 12, baseline, "source", layout.SMALL, theme.source, ha="right")
        paper.text(left + room + 12, baseline, "data", layout.SMALL, theme.target)
        x = left + room + 12 + words.width("data", layout.SMALL) + 18
        self.knob = paper.dot(left, baseline - 5, 13.0, theme.ground, theme.text, 3.0)
        self.readout = paper.text(x, baseline, "t = 0.00", layout.TITLE, theme.text, bold=True)
        self._animate(self.knob)
        self._animate(self.readout)
        return left, room

    # ---- what moves

    def _animate(self, artist: Artist) -> None:
        artist.set_animated(True)
        self.moving.append(artist)

    def seek(self, t: float) -> None:
        """Go to a time."""
        self.t = t
        if self.track is not None:
            left, room = self.track
            self.readout.set_text(f"t = {t:.2f}")
            self.knob.set_xdata([(left + t * room) / self.layout.width])

    def frame(self, t: float) -> np.ndarray:
        """Return the whole sheet at time t as pixels, shape (h, w, 4), uint8; valid until the next call."""
        self.seek(t)
        canvas = self.paper.canvas
        with settings():
            renderer = canvas.get_renderer()
            if self._background is None:
                canvas.draw()
                self._background = canvas.copy_from_bbox(self.paper.figure.bbox)
            canvas.restore_region(self._background)
            for artist in self.moving:
                artist.draw(renderer)
        return np.asarray(canvas.buffer_rgba())

    def save(self, file: Any, kind: str, t: float, metadata: dict[str, Any]) -> None:
        """Write the sheet at time t as vectors: "svg" or "pdf"."""
        self.seek(t)
        for artist in self.moving:
            artist.set_animated(False)
        figure = self.paper.figure
        with settings():
            figure.savefig(file, format=kind, dpi=2 * CSS_DPI, metadata=metadata, facecolor=figure.get_facecolor())
        for artist in self.moving:
            artist.set_animated(True)

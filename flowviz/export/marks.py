"""Density, ghosts, arrows, trails and particles, drawn with the primitives of a matplotlib renderer: pixels and vectors alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox, IdentityTransform
from PIL import Image

from flowviz.export import look
from flowviz.export.motion import Motion, Scales, trail_times
from flowviz.export.options import Options

SMALL = 4.0
"""Radius in pixels up to which a disc is drawn as a polygon, which Agg does in half the time."""
OPACITY, RIM_OPACITY, RIM = 0.92, 0.69, 0.6
SQUARE = Path(0.89 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]]), closed=True)
DISC = Path.unit_circle()
POLYGON = Path.unit_regular_polygon(14)


class Pen:
    """A renderer, and where on it the plot area lies.

    Args:
        renderer: Of Agg, SVG or PDF.
        box: The plot area in the renderer's units, y upward.
        unit: Those units per unit of the layout (a CSS pixel in the player).
        scales: What the axes show, and what lengths and colours stand for.
        theme: Colours.
        check: Called before each layer; may raise.
    """

    def __init__(
        self, renderer: Any, box: Bbox, unit: float, scales: Scales, theme: look.Theme, check: Callable[[], None]
    ) -> None:
        self.renderer, self.box, self.unit, self.scales, self.theme, self.check = renderer, box, unit, scales, theme, check
        x0, x1, y0, y1 = scales.range
        self.scale = np.array([box.width / (x1 - x0), box.height / (y1 - y0)])
        self.shift = np.array([box.x0, box.y0]) - self.scale * [x0, y0]

    def place(self, points: np.ndarray) -> np.ndarray:
        """Points of the picture in the renderer's units; hundredths will do, and keep SVG files short."""
        return np.round(points * self.scale + self.shift, 2)

    def gc(self, colour: Sequence[float] = (0, 0, 0), width: float = 0.0, alpha: float = 1.0) -> Any:
        """A graphics context that stays inside the plot area; `width` in units of the layout."""
        gc = self.renderer.new_gc()
        gc.set_clip_rectangle(self.box)
        gc.set_linewidth(width * self.unit)
        gc.set_foreground((*colour[:3], alpha), isRGBA=True)
        gc.set_alpha(alpha)
        gc.set_capstyle("butt")
        gc.set_snap(False)  # else whatever is level or upright jumps to whole pixels
        return gc

    def draw(self, shown: Sequence[Motion], t: float, options: Options) -> None:
        """Draw everything that moves, and the ghosts between: the first scene filled, the second hollow."""
        if not shown:
            return
        first, layers = shown[0], options.layers
        if "density" in layers:
            self.density(first, t)
        for name in ("source", "target"):
            points = getattr(first.scene, name)
            if name in layers and points is not None:
                self.dust(points, getattr(self.theme, name))
        if "field" in layers:
            self.arrows(first, t)
        tables = [self.colours(motion, t, options) for motion in shown]
        if "trails" in layers:
            for motion, table in zip(shown, tables, strict=True):
                self.trails(motion, t, *table)
        self.check()
        if "particles" in layers:
            busy = "density" in layers and first.density is not None
            for order, (motion, table) in enumerate(zip(shown, tables, strict=True)):
                self.dots(motion, t, *table, busy=busy, hollow=order > 0)

    def colours(self, motion: Motion, t: float, options: Options) -> tuple[np.ndarray, np.ndarray]:
        """Which colour each particle has, shape (n,), and the table it points into, shape (c, 3)."""
        if options.colour == "origin":
            return motion.labels & 7, self.theme.palette
        place = np.nan_to_num(63 * motion.speeds(t) / (self.scales.speed or 1.0))
        return np.minimum(63, place).astype(np.uint8), self.theme.speeds

    def density(self, motion: Motion, t: float) -> None:
        """The density's square root as colours, smooth between the cells."""
        root = motion.root_density(t)
        if root is None:
            return
        place = np.minimum(255, root * (255 / np.sqrt(self.scales.density)) + 0.5).astype(np.uint8)
        x0, x1, y0, y1 = motion.scene.bounds
        (left, bottom), (right, top) = self.place(np.array([[x0, y0], [x1, y1]]))
        left, bottom = round(left), round(bottom)
        more = self.renderer.get_image_magnification()
        size = max(1, round((right - left) * more)), max(1, round((top - bottom) * more))
        image = Image.fromarray(self.theme.scale[place], "RGBA").resize(size, Image.Resampling.BILINEAR)
        gc = self.gc()
        self.renderer.draw_image(gc, left, bottom, np.array(image))
        gc.restore()

    def dust(self, points: np.ndarray, colour: str) -> None:
        """Where source or target lie: faint squares."""
        points = self.place(np.asarray(points, dtype=np.float64))
        points = points[np.isfinite(points).all(1)]
        r, g, b = (v / 255 for v in look.rgb(colour))
        alpha = look.dust_opacity(len(points))
        half = look.DUST * self.unit / 2
        corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half], [-half, -half]])
        gc = self.gc(alpha=alpha)
        face = (r, g, b, alpha)
        self.renderer.draw_markers(gc, Path(corners), IdentityTransform(), Path(points), IdentityTransform(), face)
        gc.restore()

    def arrows(self, motion: Motion, t: float) -> None:
        """Arrows from the centres of the grid: true direction, length in proportion by one scale for all times and panels."""
        v = motion.velocity(t)
        if v is None:
            return
        (rows, cols), (x0, x1, y0, y1) = v.shape[:2], motion.scene.bounds
        y, x = np.mgrid[0:rows, 0:cols] + 0.5
        middles = np.stack([x0 + x * (x1 - x0) / cols, y0 + y * (y1 - y0) / rows], -1).reshape(-1, 2)
        ways = v.reshape(-1, 2) * self.scales.arrow * self.scale / self.unit
        gc = self.gc(self.theme.arrow, look.ARROW_WIDTH, self.theme.arrow[3])
        path = arrow_path(self.place(middles) / self.unit, ways)
        self.renderer.draw_path(gc, path, Affine2D().scale(self.unit), None)
        gc.restore()

    def trails(self, motion: Motion, t: float, index: np.ndarray, table: np.ndarray) -> None:
        """The last quarter of each way, fading out: for each stretch of time one path a colour."""
        times = trail_times(motion.t, t, motion.n)
        strength, groups = look.trail_strength(motion.n), _groups(index)
        places = [self.place(motion.positions(s)) for s in times]
        for (t0, start), (t1, end) in zip(
            zip(times, places, strict=True), zip(times[1:], places[1:], strict=False), strict=False
        ):
            self.check()
            alpha = strength * (1 - (t - (t0 + t1) / 2) / look.TRAIL)
            pairs = np.stack([start, end], 1)
            for colour, members in groups:
                gc = self.gc(table[colour], 1.0, alpha)
                self.renderer.draw_path(gc, _pieces(pairs[members]), IdentityTransform(), None)
                gc.restore()

    def dots(self, motion: Motion, t: float, index: np.ndarray, table: np.ndarray, *, busy: bool, hollow: bool) -> None:
        """Markers: filled, or hollow for the second scene; square where the palette begins again."""
        places = self.place(motion.positions(t))
        seen = np.asarray(np.isfinite(places).all(1))
        css = self.box.width / self.unit, self.box.height / self.unit
        radius = look.marker_radius(motion.n, *css) * self.unit
        rim = 0.0 if hollow or not (busy or motion.n <= 2500) else RIM * self.unit
        colours = np.concatenate([table[index[seen]], np.full((int(seen.sum()), 1), OPACITY)], 1)
        if hollow:
            stroke = max(1.1, 1.6 * radius * 0.26)
            self._markers(motion, seen, places[seen], 1.6 * radius - stroke / 2, stroke, np.zeros((0, 4)), colours)
        else:
            edges = np.array([[*(v / 255 for v in look.rgb(self.theme.ground)), RIM_OPACITY]]) if rim else np.zeros((0, 4))
            self._markers(motion, seen, places[seen], radius + rim / 2, rim, colours, edges)

    def _markers(
        self,
        motion: Motion,
        seen: np.ndarray,
        places: np.ndarray,
        radius: float,
        stroke: float,
        faces: np.ndarray,
        edges: np.ndarray,
    ) -> None:
        disc = POLYGON if radius <= SMALL else DISC
        again = motion.labels[seen] >> 3 & 1
        paths = [SQUARE if square else disc for square in again] if again.any() else [disc]
        size = Affine2D().scale(radius)
        gc = self.gc()
        self.renderer.draw_path_collection(
            gc, size, paths, np.zeros((0, 3, 3)), places, IdentityTransform(), faces, edges,
            [stroke], [(0, None)], [True], [None], "screen", hatchcolors=np.zeros((0, 4)),
        )  # fmt: skip
        gc.restore()


def _groups(index: np.ndarray) -> list[tuple[int, np.ndarray]]:
    return [(int(colour), np.flatnonzero(index == colour)) for colour in np.unique(index)]


def _pieces(pairs: np.ndarray) -> Path:
    """Separate lines, shape (m, 2, 2), as one path."""
    pairs = pairs[np.isfinite(pairs).all((1, 2))]
    codes = np.tile(np.array([Path.MOVETO, Path.LINETO], dtype=Path.code_type), len(pairs))
    path = Path(pairs.reshape(-1, 2), codes)
    path.should_simplify = False
    return path


def arrow_path(middles: np.ndarray, ways: np.ndarray) -> Path:
    """Arrows through `middles`, shape (m, 2), along `ways`, as one path in units of the layout; a dot where there is no way to go."""
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

"""Density, discriminator, ghosts, arrows, trails and particles, drawn with the primitives of a matplotlib renderer: pixels and vectors alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Bbox, IdentityTransform
from PIL import Image

from flowviz.export import look
from flowviz.export.cube import draw_cube
from flowviz.export.lines import draw_lines
from flowviz.export.motion import Motion, Scales, trail_times
from flowviz.export.options import Options
from flowviz.export.shapes import DISC, POLYGON, SQUARE, arrow_path, pieces
from flowviz.export.tiles import draw_sheet
from flowviz.scene import LAYERS
from flowviz.scene.camera import HOME, Camera, look_at, shade
from flowviz.scene.camera import size as marker_size
from flowviz.spaces import PLANE, SPACES, VOLUME

SMALL = 4.0
"""Radius in pixels up to which a disc is drawn as a polygon, which Agg does in half the time."""
GHOST_SLICES, TRAIL_SLICES = 4, 4
"""Opacities of a ghost and of trails in the volume, by depth."""
OPACITY, RIM_OPACITY, RIM = 0.92, 0.69, 0.6


class Pen:
    """A renderer, and where on it the plot area lies.

    Args:
        renderer: Of Agg, SVG or PDF.
        box: The plot area in the renderer's units, y upward.
        unit: Those units per unit of the layout (a CSS pixel in the player).
        scales: What the axes show, and what lengths and colours stand for.
        theme: Colours.
        check: Called before each layer; may raise.
        space: "plane", "volume", "image" or "signal".
        camera: Where the volume is looked at from.
    """

    def __init__(
        self,
        renderer: Any,
        box: Bbox,
        unit: float,
        scales: Scales,
        theme: look.Theme,
        check: Callable[[], None],
        *,
        space: str = PLANE.slug,
        camera: Camera = HOME,
    ) -> None:
        self.renderer, self.box, self.unit, self.scales, self.theme, self.check = renderer, box, unit, scales, theme, check
        self.space, self.camera = space, camera
        x0, x1, y0, y1 = scales.range
        self.scale = np.array([box.width / (x1 - x0), box.height / (y1 - y0)])
        self.shift = np.array([box.x0, box.y0]) - self.scale * [x0, y0]

    def see(self, points: np.ndarray) -> np.ndarray:
        """Return points, shape (..., d), as the renderer's x and y and how near they are, 0 to 1 (always 1 in the plane)."""
        if self.space == VOLUME.slug:
            seen = look_at(points, self.scales.cube, self.camera)
            middle, half = np.array([self.box.x0 + self.box.x1, self.box.y0 + self.box.y1]) / 2, min(self.box.size) / 2
            return np.concatenate([np.round(middle + half * seen[..., :2], 2), seen[..., 2:]], -1)
        # Hundredths will do, and keep SVG files short.
        placed = np.round(points * self.scale + self.shift, 2)
        return np.concatenate([placed, np.ones((*placed.shape[:-1], 1))], -1)

    def place(self, points: np.ndarray) -> np.ndarray:
        """Return points of the picture in the renderer's units."""
        return self.see(points)[..., :2]

    def gc(self, colour: Sequence[float] = (0, 0, 0), width: float = 0.0, alpha: float = 1.0, *, clip: bool = True) -> Any:
        """Return a graphics context that stays inside the plot area, if not told otherwise; `width` in units of the layout."""
        gc = self.renderer.new_gc()
        if clip:
            gc.set_clip_rectangle(self.box)
        gc.set_linewidth(width * self.unit)
        gc.set_foreground((*colour[:3], alpha), isRGBA=True)
        gc.set_alpha(alpha)
        gc.set_capstyle("butt")
        gc.set_snap(False)  # else whatever is level or upright jumps to whole pixels
        return gc

    def draw(self, shown: Sequence[Motion], t: float, options: Options) -> None:
        """Draw the axes of the volume and every layer from back to front: the first scene filled, the second hollow."""
        if self.space == VOLUME.slug:
            draw_cube(self, self.scales.cube)
        if not shown:
            return
        for slug, paint in PAINTERS.items():
            if slug in options.layers and LAYERS[slug].shown_by(shown[0].scene):
                self.check()
                paint(self, shown, t, options)

    def colours(self, motion: Motion, t: float, options: Options) -> tuple[np.ndarray, np.ndarray]:
        """Return which colour each particle has, shape (n,), and the table it points into, shape (c, 3)."""
        if options.colour == "origin":
            return motion.labels & 7, self.theme.palette
        place = np.nan_to_num(63 * motion.speeds(t) / (self.scales.speed or 1.0))
        return np.minimum(63, place).astype(np.uint8), self.theme.speeds

    def density(self, motion: Motion, t: float) -> None:
        """Draw the density's square root as colours, smooth between the cells."""
        root = motion.root_density(t)
        if root is None:
            return
        place = np.minimum(255, root * (255 / np.sqrt(self.scales.density)) + 0.5).astype(np.uint8)
        self.grid(self.theme.scale[place], motion.scene.bounds)

    def judged(self, motion: Motion) -> None:
        """Draw what a discriminator says, as colours."""
        if motion.judged is not None:
            self.grid(self.theme.judged[motion.judged], motion.scene.bounds)

    def grid(self, colours: np.ndarray, bounds: Sequence[float]) -> None:
        """Draw colours on a grid over the bounds, shape (h, w, 4), uint8, y ascending, smooth between the cells."""
        x0, x1, y0, y1 = bounds
        (left, bottom), (right, top) = self.place(np.array([[x0, y0], [x1, y1]]))
        left, bottom = round(left), round(bottom)
        more = self.renderer.get_image_magnification()
        size = max(1, round((right - left) * more)), max(1, round((top - bottom) * more))
        image = Image.fromarray(colours, "RGBA").resize(size, Image.Resampling.BILINEAR)
        gc = self.gc()
        self.renderer.draw_image(gc, left, bottom, np.array(image))
        gc.restore()

    def dust(self, points: np.ndarray | None, colour: str) -> None:
        """Draw where source or target lie: faint squares."""
        points = self.see(np.asarray(points, dtype=np.float64))
        points = points[np.isfinite(points).all(1)]
        r, g, b = (v / 255 for v in look.rgb(colour))
        half = look.DUST * self.unit / 2
        corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half], [-half, -half]])
        slices = GHOST_SLICES if self.space == VOLUME.slug else 1
        for own, members in _slices(points[:, 2], slices):
            alpha = look.dust_opacity(len(points)) * own
            gc = self.gc(alpha=alpha)
            path = Path(points[members, :2])
            self.renderer.draw_markers(gc, Path(corners), IdentityTransform(), path, IdentityTransform(), (r, g, b, alpha))
            gc.restore()

    def arrows(self, motion: Motion, t: float) -> None:
        """Draw arrows from the centres of the grid.

        True direction, length in proportion by one scale, faint where nothing flows.
        """
        v = motion.velocity(t)
        if v is None:
            return
        (rows, cols), (x0, x1, y0, y1) = v.shape[:2], motion.scene.bounds
        y, x = np.mgrid[0:rows, 0:cols] + 0.5
        middles = np.stack([x0 + x * (x1 - x0) / cols, y0 + y * (y1 - y0) / rows], -1).reshape(-1, 2)
        ways = v.reshape(-1, 2) * self.scales.arrow * self.scale / self.unit
        middles, strengths = self.place(middles) / self.unit, motion.strengths(t).ravel()
        for level in np.unique(strengths):
            members = strengths == level
            gc = self.gc(self.theme.arrow, look.ARROW_WIDTH, self.theme.arrow[3] * level / look.ARROW_LEVELS)
            self.renderer.draw_path(gc, arrow_path(middles[members], ways[members]), Affine2D().scale(self.unit), None)
            gc.restore()

    def trails(self, motion: Motion, t: float, index: np.ndarray, table: np.ndarray) -> None:
        """Draw the last quarter of each way, fading out: for each stretch of time one path a colour."""
        times = trail_times(motion.t, t, motion.n)
        strength, groups = look.trail_strength(motion.n), _groups(index)
        slices = TRAIL_SLICES if self.space == VOLUME.slug else 1
        places = [self.see(motion.positions(s)) for s in times]
        for (t0, start), (t1, end) in zip(
            zip(times, places, strict=True), zip(times[1:], places[1:], strict=False), strict=False
        ):
            self.check()
            alpha = strength * (1 - (t - (t0 + t1) / 2) / look.TRAIL)
            pairs = np.stack([start, end], 1)
            for colour, members in groups:
                for own, those in _slices(pairs[members, :, 2].mean(1), slices):
                    gc = self.gc(table[colour], 1.0, alpha * own)
                    self.renderer.draw_path(gc, pieces(pairs[members][those][..., :2]), IdentityTransform(), None)
                    gc.restore()

    def particles(self, shown: Sequence[Motion], t: float, options: Options) -> None:
        """Draw the particles of all scenes, the second one's hollow."""
        first = shown[0].scene
        if (shape := SPACES[self.space].picture) is not None:
            draw_sheet(self, shown[0], t, shape)
            return
        if SPACES[self.space].series:
            draw_lines(self, shown[0], t)
            return
        busy = any(slug in options.layers and LAYERS[slug].shown_by(first) for slug in ("density", "judged"))
        for order, motion in enumerate(shown):
            self.dots(motion, t, *self.colours(motion, t, options), busy=busy, hollow=order > 0)

    def dots(self, motion: Motion, t: float, index: np.ndarray, table: np.ndarray, *, busy: bool, hollow: bool) -> None:
        """Draw markers: filled, or hollow for the second scene; square where the palette begins again; the nearest last."""
        places = self.see(motion.positions(t))
        seen = np.flatnonzero(np.isfinite(places).all(1))
        near = places[seen, 2]
        if self.space == VOLUME.slug:
            behind = np.argsort(near, kind="stable")
            seen, near = seen[behind], near[behind]
        css = self.box.width / self.unit, self.box.height / self.unit
        radius = look.marker_radius(motion.n, *css) * self.unit
        rim = 0.0 if hollow or not (busy or motion.n <= 2500) else RIM * self.unit
        ground = np.array(look.rgb(self.theme.ground)) / 255
        own = shade(near)[:, None]
        colours = np.concatenate([own * table[index[seen]] + (1 - own) * ground, np.full((len(seen), 1), OPACITY)], 1)
        sizes = marker_size(near) if self.space == VOLUME.slug else np.ones(len(seen))
        if hollow:
            stroke = max(1.1, 1.6 * radius * 0.26)
            self._markers(motion, seen, places, 1.6 * radius - stroke / 2, stroke, np.zeros((0, 4)), colours, sizes)
        else:
            edges = np.array([[*ground, RIM_OPACITY]]) if rim else np.zeros((0, 4))
            self._markers(motion, seen, places, radius + rim / 2, rim, colours, edges, sizes)

    def _markers(
        self,
        motion: Motion,
        seen: np.ndarray,
        places: np.ndarray,
        radius: float,
        stroke: float,
        faces: np.ndarray,
        edges: np.ndarray,
        sizes: np.ndarray,
    ) -> None:
        disc = POLYGON if radius <= SMALL else DISC
        again = motion.labels[seen] >> 3 & 1
        paths = [SQUARE if square else disc for square in again] if again.any() else [disc]
        size = Affine2D().scale(radius)
        each = np.zeros((0, 3, 3))
        if self.space == VOLUME.slug:
            each, size = np.zeros((len(seen), 3, 3)), IdentityTransform()
            each[:, 0, 0] = each[:, 1, 1] = radius * sizes
            each[:, 2, 2] = 1
        gc = self.gc()
        self.renderer.draw_path_collection(
            gc, size, paths, each, places[seen, :2], IdentityTransform(), faces, edges,
            [stroke], [(0, None)], [True], [None], "screen", hatchcolors=np.zeros((0, 4)),
        )  # fmt: skip
        gc.restore()


def _slices(near: np.ndarray, count: int) -> list[tuple[float, np.ndarray]]:
    """Return what lies in each of some slices of depth, from the back.

    The share of its own colour that it shows, and the members.
    """
    if count == 1:
        return [(1.0, np.arange(len(near)))]
    place = np.minimum(count - 1, np.nan_to_num(near) * count).astype(np.int64)
    shares = shade((np.arange(count) + 0.5) / count).tolist()
    return [(shares[i], np.flatnonzero(place == i)) for i in range(count) if (place == i).any()]


def _groups(index: np.ndarray) -> list[tuple[int, np.ndarray]]:
    return [(int(colour), np.flatnonzero(index == colour)) for colour in np.unique(index)]


Painter = Callable[[Pen, Sequence[Motion], float, Options], Any]
PAINTERS: dict[str, Painter] = {
    "judged": lambda pen, shown, t, options: pen.judged(shown[0]),
    "density": lambda pen, shown, t, options: pen.density(shown[0], t),
    "source": lambda pen, shown, t, options: pen.dust(shown[0].scene.source, pen.theme.source),
    "target": lambda pen, shown, t, options: pen.dust(shown[0].scene.target, pen.theme.target),
    "field": lambda pen, shown, t, options: pen.arrows(shown[0], t),
    "trails": lambda pen, shown, t, options: [pen.trails(m, t, *pen.colours(m, t, options)) for m in shown],
    "particles": lambda pen, shown, t, options: pen.particles(shown, t, options),
}
"""How each layer of `flowviz.scene.LAYERS` is painted, from back to front, as in `draw.js`."""

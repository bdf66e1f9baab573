"""Scenes at a time t and the scales they share: what `decode.js`, `draw.js` and `legend.js` compute, with numpy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from flowviz.export import look
from flowviz.scene import Panel, Scene
from flowviz.scene.camera import cube_of
from flowviz.scene.packing import REACH, judged_codes
from flowviz.spaces import PLANE, VOLUME


def between(times: np.ndarray, t: float) -> tuple[int, float]:
    """Return where t lies between stored times: the frame before it and how far on, 0 to 1."""
    last = len(times) - 1
    if last <= 0 or t <= times[0]:
        return 0, 0.0
    if t >= times[last]:
        return last - 1, 1.0
    low = int(np.searchsorted(times, t, side="right")) - 1
    return low, float((t - times[low]) / (times[low + 1] - times[low]))


def at(times: np.ndarray, values: np.ndarray, t: float) -> np.ndarray:
    """Return stored values at time t, on the straight line between two frames."""
    f, w = between(times, t)
    if w == 0:
        return values[f]
    return values[f] + np.float32(w) * (values[f + 1] - values[f])


def trail_times(t: np.ndarray, now: float, n: int) -> list[float]:
    """Return the frames from a quarter before `now` over the stored frames; every second or third will do where lines are many and short."""
    start = max(0.0, now - look.TRAIL)
    if not (now > start and len(t) > 1):
        return []
    stride = 3 if n > 3000 else 2 if n > 1200 else 1
    return [start, *(float(s) for s in t[::stride] if start + 1e-6 < s < now - 1e-6), now]


class Motion:
    """A scene ready to be drawn at any time: points out of reach moved near, roots of densities taken."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.t = np.asarray(scene.t, dtype=np.float32)
        self.x = _within_reach(np.asarray(scene.x, dtype=np.float32), scene.bounds)
        self.labels = np.asarray(scene.labels, dtype=np.uint8)
        self.n = self.x.shape[1]
        self.field = self.field_t = self.density = self.density_t = None
        self.longest = self.usual = self.density_max = 0.0
        if scene.field is not None and scene.field_t is not None:
            self.field = np.nan_to_num(np.asarray(scene.field, dtype=np.float32), posinf=65504.0, neginf=-65504.0)
            self.field_t = np.asarray(scene.field_t, dtype=np.float32)
            lengths = np.sort(np.linalg.norm(self.field, axis=-1).ravel())
            self.longest = float(lengths[-1])
            self.usual = float(lengths[min(len(lengths) - 1, int(0.98 * len(lengths)))])
        if scene.density is not None and scene.density_t is not None:
            density = np.nan_to_num(np.asarray(scene.density, dtype=np.float32), posinf=0.0, neginf=0.0).clip(min=0.0)
            self.density_max = float(density.max(initial=0.0))
            # The root is what is shown, and what is halfway between two frames.
            self.density = np.sqrt(density)
            self.density_t = np.asarray(scene.density_t, dtype=np.float32)
        self.judged = None if scene.judged is None else judged_codes(scene.judged)
        self.top_speed = self._top_speed()

    def positions(self, t: float) -> np.ndarray:
        """Return positions of all particles, shape (n, d)."""
        return at(self.t, self.x, t)

    def velocity(self, t: float) -> np.ndarray | None:
        """Return velocities on the grid, shape (g, g, 2)."""
        return None if self.field is None or self.field_t is None else at(self.field_t, self.field, t)

    def root_density(self, t: float) -> np.ndarray | None:
        """Return square roots of the density on its grid, shape (h, w)."""
        return None if self.density is None or self.density_t is None else at(self.density_t, self.density, t)

    def strengths(self, t: float) -> np.ndarray:
        """Return how strong each arrow is, shape (g, g), 1 to 8 eighths.

        In full where an even share of the particles is, fainter with the root of what is there, since in an empty corner
        nothing was learned and nothing flows. Without a density all are strong.
        """
        assert self.field is not None
        rows, cols = self.field.shape[1:3]
        root = self.root_density(t)
        if root is None:
            return np.full((rows, cols), look.ARROW_LEVELS)
        x0, x1, y0, y1 = self.scene.bounds
        share = _block_means(root**2, rows, cols) * (x1 - x0) * (y1 - y0) / (rows * cols)
        return np.maximum(1, np.floor(look.ARROW_LEVELS * np.sqrt(np.minimum(1, share / look.CROWDED)) + 0.5)).astype(np.int64)

    def speeds(self, t: float) -> np.ndarray:
        """Return how fast each particle is, shape (n,)."""
        if len(self.t) < 2:
            return np.zeros(self.n, dtype=np.float32)
        f = between(self.t, t)[0]
        return np.linalg.norm(self.x[f + 1] - self.x[f], axis=1) / (self.t[f + 1] - self.t[f])

    def _top_speed(self) -> float:
        """Return the speed that 99 in 100 particles stay under."""
        x = self.x[:, :: max(1, self.n // 200)]
        v = np.linalg.norm(np.diff(x, axis=0), axis=2) / np.diff(self.t)[:, None]
        v = np.sort(v[np.isfinite(v)])
        return float(v[int(0.99 * (len(v) - 1))]) if len(v) else 0.0


def _block_means(values: np.ndarray, rows: int, cols: int) -> np.ndarray:
    """Return the means of a grid, shape (h, w), over rows × cols blocks, each of at least one cell."""
    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1))
    sums[1:, 1:] = values.astype(np.float64).cumsum(0).cumsum(1)

    def ends(count: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        low = np.arange(count) * size // count
        return low, np.maximum(low + 1, np.arange(1, count + 1) * size // count)

    (r0, r1), (c0, c1) = ends(rows, values.shape[0]), ends(cols, values.shape[1])
    total = sums[np.ix_(r1, c1)] - sums[np.ix_(r0, c1)] - sums[np.ix_(r1, c0)] + sums[np.ix_(r0, c0)]
    return np.maximum(0, total) / np.outer(r1 - r0, c1 - c0)  # a difference of sums may fall below nothing


def _within_reach(x: np.ndarray, bounds: Sequence[float]) -> np.ndarray:
    """Return points far outside the picture at the distance that `pack` moves them to; infinite ones as not a number."""
    low, high = np.array(bounds[::2], dtype=np.float32), np.array(bounds[1::2], dtype=np.float32)
    far = np.float32(REACH) * (high - low)
    return np.where(np.isfinite(x), np.clip(x, low - far, high + far), np.float32(np.nan))


@dataclass(frozen=True)
class Scales:
    """What all panels share.

    Attributes:
        range: xmin, xmax, ymin, ymax of the axes of the plane.
        cube: The ends of the cube that holds all scenes of the volume.
        density: Probability per unit area at the end of the scale.
        arrow: Length of an arrow in units of x, per unit of velocity.
        longest: The longest velocity.
        speed: The end of the scale of speeds.
    """

    range: tuple[float, float, float, float]
    cube: tuple[float, ...]
    density: float
    arrow: float
    longest: float
    speed: float

    @property
    def aspect(self) -> float:
        """Width of the axes over their height."""
        return (self.range[1] - self.range[0]) / (self.range[3] - self.range[2])


NOWHERE = (-4.0, 4.0, -4.0, 4.0)


def scales_of(motions: Sequence[Motion]) -> Scales:
    """Return one scale of every kind for all scenes, and axes that hold them all."""
    bounds = np.array([m.scene.bounds for m in motions if m.scene.space == PLANE.slug] or [NOWHERE])
    cubes = [m.scene.bounds for m in motions if m.scene.space == VOLUME.slug] or [(-1.0, 1.0) * 3]
    fields = [m for m in motions if m.field is not None]
    longest = max((m.longest for m in fields), default=0.0)
    arrow = 1.0
    if fields and fields[0].field is not None:
        cell = (fields[0].scene.bounds[1] - fields[0].scene.bounds[0]) / fields[0].field.shape[2]
        # The usual long arrow spans two cells, and the longest of all not more than six: in proportion, never cut.
        arrow = min(2 * cell / max(1e-9, max(m.usual for m in fields)), 6 * cell / max(1e-9, longest))
    return Scales(
        range=(float(bounds[:, 0].min()), float(bounds[:, 1].max()), float(bounds[:, 2].min()), float(bounds[:, 3].max())),
        cube=cube_of(*cubes),
        density=max(1e-30, _most(m.density_max for m in motions)),
        arrow=arrow,
        longest=longest,
        speed=_most(m.top_speed for m in motions),
    )


def _most(values: Iterable[float]) -> float:
    return max(values, default=0.0)


def motions_of(panels: Sequence[Panel]) -> list[list[Motion]]:
    """Return the scenes of each panel, ready to be drawn.

    Raises:
        ValueError: If there is nothing to draw, or too much.
    """
    if not 1 <= len(panels) <= 5:
        raise ValueError(f"`panels` must hold 1 to 5 panels; got {len(panels)}. Export them in two files.")
    found = [[Motion(scene) for scene in panel.scenes[:2]] for panel in panels]
    if not any(found):
        raise ValueError("`panels` hold no scene yet; wait for the first picture.")
    return found

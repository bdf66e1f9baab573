"""From three coordinates to two: the camera of the player (`ui/frontend/mapping.js`), with numpy; a test holds the two together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

DISTANCE = 7.0
"""From the eye to the middle of the cube, in halves of its side: a gentle perspective."""
FIT = 1.62
"""Half the width of the picture in the same unit, at the cube's middle: all but the corners of the cube stays inside as it turns."""
LIFT = 0.13
"""How far the picture is moved up, at most, since the near edges of the cube reach further down than the far ones up."""
NEAREST = 0.5
"""What comes closer to the eye than this is not drawn."""
DEEP = 1.3
"""Distance behind and in front of the middle at which the shade ends."""
FOG = 0.68
"""Share of the background in the colour of what is furthest away."""
SMALL, LARGE = 0.7, 1.3
"""Size of the furthest and of the nearest marker, in usual sizes."""
TURN = 60.0
"""Degrees that a film turns while t goes from 0 to 1, as the player does in its first round."""


@dataclass(frozen=True)
class Camera:
    """Where the cube is looked at from, z upward.

    Attributes:
        azimuth: Of the eye, in degrees from the x axis towards the y axis.
        elevation: Of the eye above the x-y plane, in degrees from -90 to 90.
        zoom: Magnification.
    """

    azimuth: float = -55.0
    elevation: float = 28.0
    zoom: float = 1.0

    def at(self, t: float) -> Camera:
        """Return the camera of a film at time t."""
        return replace(self, azimuth=self.azimuth + TURN * t)

    @property
    def axes(self) -> np.ndarray:
        """Unit vectors to the right, upward and towards the eye, shape (3, 3)."""
        a, e = np.radians([self.azimuth, self.elevation])
        right = [-np.sin(a), np.cos(a), 0.0]
        up = [-np.sin(e) * np.cos(a), -np.sin(e) * np.sin(a), np.cos(e)]
        return np.array([right, up, [np.cos(e) * np.cos(a), np.cos(e) * np.sin(a), np.sin(e)]])


HOME = Camera()


def look_at(points: np.ndarray, bounds: Sequence[float], camera: Camera = HOME) -> np.ndarray:
    """Return points as the camera sees them.

    Args:
        points: Shape (..., 3).
        bounds: xmin, xmax, ymin, ymax, zmin, zmax of a cube.
        camera: Where from.

    Returns:
        To the right and upward, both from -1 to 1 over the picture, and how near, 0 (far) to 1; shape (..., 3).
        Not a number where a point is behind the eye.
    """
    low, high = np.array(bounds[::2], dtype=np.float64), np.array(bounds[1::2], dtype=np.float64)
    half = (high - low).max() / 2
    right, up, depth = np.moveaxis((np.asarray(points, dtype=np.float64) - (low + high) / 2) @ camera.axes.T / half, -1, 0)
    room = DISTANCE - depth
    scale = camera.zoom * DISTANCE / (FIT * np.where(room > NEAREST, room, np.nan))
    lift = camera.zoom * LIFT * np.sin(2 * np.radians(camera.elevation))
    return np.stack([right * scale, up * scale + lift, np.clip(0.5 + depth / (2 * DEEP), 0, 1)], -1)


def project(points: np.ndarray, bounds: Sequence[float] | None = None, camera: Camera = HOME) -> np.ndarray:
    """Return points of space as points of the plane, seen by a camera.

    Args:
        points: Shape (..., 3).
        bounds: The cube that fills the picture; by default the one that holds the points.
        camera: Where from.

    Returns:
        Shape (..., 2), from -1 to 1 over the picture, y upward.

    >>> project(np.zeros(3), (-1, 1, -1, 1, -1, 1), Camera(elevation=0)).tolist()
    [0.0, 0.0]
    """
    return look_at(points, cube_around(points) if bounds is None else bounds, camera)[..., :2]


def cube_around(points: np.ndarray) -> tuple[float, ...]:
    """Return the least cube about the middle of finite points, shape (..., 3), that holds them."""
    flat = np.asarray(points, dtype=np.float64).reshape(-1, 3)
    flat = flat[np.isfinite(flat).all(1)]
    if not len(flat):
        return (-1.0, 1.0) * 3
    low, high = flat.min(0), flat.max(0)
    return cube_of([low[0], high[0], low[1], high[1], low[2], high[2]])


def cube_of(*bounds: Sequence[float]) -> tuple[float, ...]:
    """Return the least cube that holds several boxes, each given by its ends, shape (6,)."""
    ends = np.array(bounds, dtype=np.float64)
    low, high = ends[:, ::2].min(0), ends[:, 1::2].max(0)
    middle, half = (low + high) / 2, max(float((high - low).max()) / 2, 1e-9)
    return tuple(float(v) for pair in zip(middle - half, middle + half, strict=True) for v in pair)


def shade(near: np.ndarray) -> np.ndarray:
    """Return the share of its own colour that something shows: less the further away it is."""
    return 1 - FOG * (1 - near)


def size(near: np.ndarray) -> np.ndarray:
    """Return the size of a marker, in usual sizes: smaller the further away it is."""
    return SMALL + (LARGE - SMALL) * near

"""How large a file will be, before it is written: measured once on small and large scenes; never off by more than a factor of two."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from flowviz.export.job import TrainedWeights
from flowviz.export.options import Options
from flowviz.scene import LAYERS, Panel, Scene
from flowviz.spaces import SPACES

PIXELS = 960 * 720
PAGE, CSV_LINE, CSV_NUMBER, LOSS_LINE, PART, TEXTS = 90_000, 15.5, 11, 17, 11, 2_000
DEFLATED = 0.85 * 4 / 3

Size = Callable[[Sequence[Panel], Options, "TrainedWeights | None"], float]
"""Bytes of a file of panels, options and what was learned; 0 where nothing is known."""


@dataclass(frozen=True)
class Raster:
    """The size of a film or picture in pixels.

    Attributes:
        ground: Bytes of one picture of 960×720: of its ground.
        particles: Of the root of a thousand particles.
        field: Of a field.
        density: Of a density, or of what a discriminator says.
        power: How all that grows with the number of pixels.
        film: Whether there are `options.frames` pictures; else one, or one a panel where `strip`.
        strip: Whether it is a row of pictures for each panel.
        fades: Whether fewer frames cost more each, because more is new in each.
    """

    ground: float
    particles: float
    field: float
    density: float
    power: float
    film: bool = False
    strip: bool = False
    fades: bool = False

    def __call__(self, panels: Sequence[Panel], options: Options, learned: TrainedWeights | None) -> float:
        width, height = options.pixels
        scenes = _scenes(panels)
        each = self.ground
        if {"particles", "trails"} & set(options.layers):
            each += self.particles * math.sqrt(sum(s.x.shape[1] for s in scenes) / max(1, len(scenes)) / 1000)
        each += self.field * _drawn(scenes, options, "field") + self.density * _drawn(scenes, options, "density", "judged")
        pictures = options.frames if self.film else len(panels) if self.strip else 1
        fresh = (1 + 8 / options.frames) / 1.2 if self.fades else 1.0
        return each * (width * height / PIXELS) ** self.power * pictures * fresh


@dataclass(frozen=True)
class Vector:
    """The size of a picture in lines.

    Attributes:
        words: Bytes of its words and axes.
        dot: Of a particle.
        piece: Of a piece of a trail.
        density: Of a density, or of what a discriminator says.
        strip: Whether it is a row of five pictures.
    """

    words: float
    dot: float
    piece: float
    density: float
    strip: bool = False

    def __call__(self, panels: Sequence[Panel], options: Options, learned: TrainedWeights | None) -> float:
        scenes = _scenes(panels)
        pictures, tails = (5, 4) if self.strip else (1, 1)
        total = self.words
        for scene in scenes:
            k, n = scene.x.shape[:2]
            total += n * self.dot * pictures if "particles" in options.layers else 0
            stride = 3 if n > 3000 else 2 if n > 1200 else 1
            total += n * math.ceil(k / 4 / stride) * self.piece * tails if "trails" in options.layers else 0
        return total + self.density * _drawn(scenes, options, "density", "judged") * (2 if self.strip else 1)


def _scenes(panels: Sequence[Panel]) -> list[Scene]:
    return [scene for panel in panels for scene in panel.scenes]


def _drawn(scenes: Sequence[Scene], options: Options, *layers: str) -> bool:
    return any(layer in options.layers and LAYERS[layer].shown_by(scene) for layer in layers for scene in scenes)


def page(panels: Sequence[Panel], options: Options, learned: TrainedWeights | None) -> float:
    """Return the bytes of the page that plays offline."""
    return PAGE + DEFLATED * sum(map(_packed, _scenes(panels)))


def _packed(scene: Scene) -> int:
    """Return bytes of a scene as `pack` writes it."""
    size = scene.x.size * (1 if SPACES[scene.space].sheet else 2) + scene.labels.size
    for array, each in ((scene.density, 1), (scene.judged, 1), (scene.field, 2), (scene.target, 2), (scene.source, 2)):
        size += 0 if array is None else np.asarray(array).size * each
    return size


def arrays(panels: Sequence[Panel], options: Options, learned: TrainedWeights | None) -> float:
    """Return the bytes of trajectories as NPZ."""
    return sum(np.asarray(a).nbytes for s in _scenes(panels) for a in (s.t, s.x, s.labels)) + TEXTS


def lines(panels: Sequence[Panel], options: Options, learned: TrainedWeights | None) -> float:
    """Return the bytes of trajectories as CSV."""
    scenes = _scenes(panels)
    names = sum(len(s.title) + 3 for s in scenes) / len(scenes) if len(scenes) > 1 else 0
    return sum(s.x.shape[0] * s.x.shape[1] * (CSV_LINE + CSV_NUMBER * s.x.shape[2] + names) for s in scenes)


def weights(panels: Sequence[Panel], options: Options, learned: TrainedWeights | None) -> float:
    """Return the bytes of weights."""
    return 0 if learned is None else sum(np.asarray(value).nbytes + 250 for value in learned.weights.values()) + TEXTS


def losses(panels: Sequence[Panel], options: Options, learned: TrainedWeights | None) -> float:
    """Return the bytes of the losses."""
    return 0 if learned is None else (LOSS_LINE + PART * len(learned.parts)) * len(learned.losses)


def choices(panels: Sequence[Panel], options: Options, learned: TrainedWeights | None) -> float:
    """Return the bytes of an experiment."""
    return TEXTS / 4

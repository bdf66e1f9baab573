"""How large a file will be, before it is written: measured once on small and large scenes; never off by more than a factor of two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from flowviz.export.formats import FORMATS
from flowviz.export.job import TrainedWeights
from flowviz.export.options import Options
from flowviz.scene import LAYERS, Panel, Scene

PIXELS = 960 * 720
PIECE = {"svg": (90_000, 180, 33, 800_000), "pdf": (25_000, 30, 8, 600_000)}
"""Bytes of a vector file: of its words, of a particle, of a piece of a trail, of a density."""
PAGE, CSV_LINE, CSV_NUMBER, LOSS_LINE, TEXTS = 90_000, 15.5, 11, 17, 2_000
DEFLATED = 0.85 * 4 / 3


class Rate(NamedTuple):
    """Bytes of one picture of 960×720: of its ground, of the root of a thousand particles, of a field, of a density.

    `power` says how they grow with the number of pixels.
    """

    ground: float
    particles: float
    field: float
    density: float
    power: float


RATES = {
    "gif": Rate(20e3, 18e3, 24e3, 24e3, 0.68),
    "mp4": Rate(5e3, 5.5e3, 5e3, 6e3, 0.45),
    "webm": Rate(6e3, 4.5e3, 7e3, 7e3, 0.4),
    "webp": Rate(18e3, 12e3, 13e3, 13e3, 0.55),
    "png": Rate(60e3, 150e3, 60e3, 130e3, 0.6),
    "strip-png": Rate(90e3, 220e3, 120e3, 280e3, 0.95),
}


def expected_bytes(panels: Sequence[Panel], format: str, options: Options, *, learned: TrainedWeights | None = None) -> int:
    """About how large a file will be.

    Args:
        panels: As for `export`.
        format: One of `FORMATS`.
        options: As for `export`.
        learned: As for `export`; weights and losses are not known without it.

    Returns:
        Bytes; 0 where nothing is known.
    """
    scenes = [scene for panel in panels for scene in panel.scenes]
    strip, kind = format.startswith("strip-"), format.removeprefix("strip-")
    if format in RATES:
        pictures = options.frames if FORMATS[format].moving else len(panels) if strip else 1
        # The fewer frames, the more is new in each; GIF and WebP hardly profit from what is not.
        fresh = (1 + 8 / options.frames) / 1.2 if format in ("mp4", "webm") else 1.0
        return round(_pixels(scenes, options, RATES[format]) * pictures * fresh)
    if kind in PIECE:
        return round(_vectors(scenes, options, *PIECE[kind], strip=strip))
    if format == "html":
        return round(PAGE + DEFLATED * sum(map(_packed, scenes)))
    if format == "npz":
        return sum(np.asarray(a).nbytes for s in scenes for a in (s.t, s.x, s.labels)) + TEXTS
    if format == "csv":
        names = sum(len(s.title) + 3 for s in scenes) / len(scenes) if len(scenes) > 1 else 0
        return round(sum(s.x.shape[0] * s.x.shape[1] * (CSV_LINE + CSV_NUMBER * s.x.shape[2] + names) for s in scenes))
    if learned is not None and format == "weights":
        return sum(np.asarray(value).nbytes + 250 for value in learned.weights.values()) + TEXTS
    if learned is not None and format == "loss":
        return LOSS_LINE * len(learned.losses)
    return TEXTS // 4 if format == "experiment" else 0


def _pixels(scenes: Sequence[Scene], options: Options, rate: Rate) -> float:
    width, height = options.pixels
    each = rate.ground
    if {"particles", "trails"} & set(options.layers):
        each += rate.particles * math.sqrt(sum(s.x.shape[1] for s in scenes) / max(1, len(scenes)) / 1000)
    each += rate.field * _drawn(scenes, options, "field") + rate.density * _drawn(scenes, options, "density")
    return each * (width * height / PIXELS) ** rate.power


def _drawn(scenes: Sequence[Scene], options: Options, layer: str) -> bool:
    return layer in options.layers and any(LAYERS[layer].shown_by(scene) for scene in scenes)


def _vectors(
    scenes: Sequence[Scene], options: Options, words: float, dot: float, piece: float, density: float, *, strip: bool
) -> float:
    pictures, tails = (5, 4) if strip else (1, 1)
    total = words
    for scene in scenes:
        k, n = scene.x.shape[:2]
        total += n * dot * pictures if "particles" in options.layers else 0
        stride = 3 if n > 3000 else 2 if n > 1200 else 1
        total += n * math.ceil(k / 4 / stride) * piece * tails if "trails" in options.layers else 0
    return total + density * _drawn(scenes, options, "density") * (2 if strip else 1)


def _packed(scene: Scene) -> int:
    """Bytes of a scene as `pack` writes it."""
    size = scene.x.size * 2 + scene.labels.size
    for array, each in ((scene.density, 1), (scene.field, 2), (scene.target, 2), (scene.source, 2)):
        size += 0 if array is None else np.asarray(array).size * each
    return size

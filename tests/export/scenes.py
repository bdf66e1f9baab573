"""A scene that needs no mathematics of flowviz: noise that turns on its way to a ring, drawn from a fixed seed."""

from __future__ import annotations

import numpy as np

from flowviz.scene import LAYERS, Scene

BOUNDS = (-4.0, 4.0, -4.0, 4.0)
EVERY = tuple(LAYERS)


def swirl(n: int = 150, *, frames: int = 21, turn: float = 0.8, bounds=BOUNDS, **words) -> Scene:
    rng = np.random.default_rng(7)
    labels = (np.arange(n) % 8).astype(np.uint8)
    angle = 2 * np.pi * labels / 8
    x0 = rng.standard_normal((n, 2))
    x1 = 2.6 * np.stack([np.cos(angle), np.sin(angle)], -1) + 0.2 * rng.standard_normal((n, 2))
    t = np.linspace(0, 1, frames)
    line = (1 - t)[:, None, None] * x0 + t[:, None, None] * x1
    bend = turn * np.sin(np.pi * t)[:, None]
    c, s = np.cos(bend), np.sin(bend)
    x = np.stack([c * line[..., 0] - s * line[..., 1], s * line[..., 0] + c * line[..., 1]], -1)
    gx, gy = np.meshgrid(np.linspace(-3.5, 3.5, 8), np.linspace(-3.5, 3.5, 8))
    field = np.stack([np.stack([gx * (k - 0.3) - gy, gy * (k - 0.3) + gx], -1) for k in (0, 0.5, 1)])
    middles = np.linspace(-4, 4, 65)[1::2]
    px, py = np.meshgrid(middles, middles)
    density = np.stack([np.exp(-((px - 2 * k) ** 2 + (py - k) ** 2)) / np.pi for k in (0, 0.5, 1)])
    return Scene(
        t=t.astype(np.float32),
        x=x.astype(np.float32),
        labels=labels,
        bounds=bounds,
        field_t=np.array([0, 0.5, 1], np.float32),
        field=field.astype(np.float32),
        density_t=np.array([0, 0.5, 1], np.float32),
        density=density.astype(np.float32),
        judged=(1 / (1 + np.exp(-px - 0.5 * py))).astype(np.float32),
        target=x1[:80],
        source=x0[:80],
        **{"title": "Exact flow", "nfe": 60, **words},
    )


def fixed(points, labels=None, *, bounds=BOUNDS, **arrays) -> Scene:
    """Particles that stay where they are."""
    x = np.asarray(points, np.float32)
    labels = np.zeros(len(x), np.uint8) if labels is None else np.asarray(labels, np.uint8)
    return Scene(t=np.array([0, 1], np.float32), x=np.stack([x, x]), labels=labels, bounds=bounds, **arrays)


def knot(n: int = 150, *, frames: int = 21, **words) -> Scene:
    """Noise that goes straight to a trefoil knot, in space."""
    rng = np.random.default_rng(7)
    turn = np.sort(rng.uniform(0, 2 * np.pi, n))
    curve = np.stack([np.sin(turn) + 2 * np.sin(2 * turn), np.cos(turn) - 2 * np.cos(2 * turn), -np.sin(3 * turn)], -1)
    x1, x0 = 0.95 * curve + 0.06 * rng.standard_normal((n, 3)), rng.standard_normal((n, 3))
    t = np.linspace(0, 1, frames)[:, None, None]
    return Scene(
        t=t.ravel().astype(np.float32),
        x=((1 - t) * x0 + t * x1).astype(np.float32),
        labels=(8 * turn / (2 * np.pi)).astype(np.uint8),
        bounds=(-3.5, 3.5) * 3,
        target=x1[:600],
        source=x0[:600],
        **{"title": "Exact flow", "nfe": 60, "space": "volume", **words},
    )

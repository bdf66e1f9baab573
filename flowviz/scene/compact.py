"""Panels small enough to be sent to a whole hall twice a second: the same header and arrays as `packing`, fewer bits, deflated.

| what | as | error |
|---|---|---|
| positions | modes × weights, and strays one by one | below half a pixel of a picture of 1,000 |
| target, source | 2,000 steps over their range | a quarter of such a pixel |
| field | whole numbers up to ±LEVELS of the greatest component | half a step |
| density | 51 steps of sqrt(p / max) | half a step |
| what a discriminator says | 255 steps of D | half a step |

Ways of particles are smooth and alike, so a few modes over time (the leading left singular vectors of the matrix of all ways)
carry them: r weights a particle instead of 61 frames. Weights are whole numbers of steps, written as zigzag codes in two planes of
bytes, the low ones and the high ones, of which the second is nearly all zeros. A particle that the modes do not carry (not
finite, far away, or a way unlike all others) is a stray and keeps all its frames.

Weighed and left: few frames with a cubic between them (ways bend sharply near t = 1), differences to the last message (whoever
has missed it must wait), and the network's weights (a phone would have to evaluate it 60 times for 1,000 points).
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from flowviz.scene.packing import GREYS, Arrays, add_points, block, described_scene, judged_codes, levels_of
from flowviz.scene.value import Panel, Scene
from flowviz.spaces import SPACES
from flowviz.threads import one_thread

PIXELS = 1000
"""Width of the picture for which errors are stated."""
GREY_PIXELS = 64
"""In its place over the range of a grey: so no pixel of a picture is off by more than three hundredths of the way from paper to ink."""
ALLOWED = 0.45
"""Pixels that a particle may be off before it becomes a stray."""
TRUNCATED = 0.3
"""Pixels that leaving modes out may move a particle that is no stray."""
STRAYS = 0.01
"""Share of the particles that may be strays before another mode is taken."""
STEP = 0.5
"""Of a weight, in pixels; modes have length 1, so that a frame is off by less."""
FAR = 50_000.0
"""Pixels from the middle at which a particle cannot be carried by modes any more."""
FIELD_LEVELS = 63
DENSITY_STEP = 5
GHOST_LEVELS = 2000


@one_thread()
def compact(panels: Sequence[Panel], **options: Any) -> bytes:
    """Pack panels small.

    Args:
        panels: What stands in one row.
        **options: Anything JSON can hold; the reader finds it under "options".

    Returns:
        Header and arrays as `pack` makes them, deflated (zlib).
    """
    arrays = Arrays()
    header: dict[str, Any] = {"version": 1, "options": options, "layers": []}
    header["panels"] = [{"title": p.title, "scenes": [_scene(s, arrays) for s in p.scenes]} for p in panels]
    return zlib.compress(block(header, arrays), 6)


def _scene(scene: Scene, arrays: Arrays) -> dict[str, Any]:
    entry = described_scene(scene)
    entry["t"] = arrays.add(np.asarray(scene.t, dtype=np.float32))
    x = np.asarray(scene.x, dtype=np.float64)
    if SPACES[scene.space].sheet:  # each pixel by itself: the ways of whole pictures are less alike
        k, n, d = x.shape
        entry["x"] = {**_ways(x.reshape(k, n * d, 1), scene.bounds[:2], arrays, GREY_PIXELS), "shape": [k, n, d], "each": 1}
    else:
        entry["x"] = _ways(x, scene.bounds, arrays, PIXELS)
    entry["labels"] = arrays.add(np.asarray(scene.labels, dtype=np.uint8))
    if scene.field is not None and scene.field_t is not None:
        entry["field_t"] = arrays.add(np.asarray(scene.field_t, dtype=np.float32))
        entry["field"] = _field(scene.field, arrays)
    if scene.density is not None and scene.density_t is not None:
        entry["density_t"] = arrays.add(np.asarray(scene.density_t, dtype=np.float32))
        entry["density"] = _density(scene.density, arrays)
    if scene.judged is not None:
        entry["judged"] = arrays.add(judged_codes(scene.judged))
    for name in ("target", "source"):
        if (points := getattr(scene, name)) is not None:
            entry[name] = add_points(
                np.asarray(points, dtype=np.float64), scene.bounds, arrays, levels=levels_of(scene, GHOST_LEVELS)
            )
    if scene.nearest is not None:
        entry["nearest"] = add_points(np.asarray(scene.nearest, dtype=np.float64), scene.bounds, arrays, levels=GREYS)
    return entry


def zigzag(values: np.ndarray) -> np.ndarray:
    """Return whole numbers as codes from 0: 0, -1, 1, -2, 2, …; small where the number is."""
    values = values.astype(np.int64)
    return (values << 1) ^ (values >> 63)


def planes(codes: np.ndarray) -> np.ndarray:
    """Return the low bytes of 16-bit codes, then the high ones, shape (2, …)."""
    return np.stack([codes & 255, codes >> 8]).astype(np.uint8)


def _ways(x: np.ndarray, bounds: tuple[float, ...], arrays: Arrays, pixels: int) -> dict[str, Any]:
    """Return positions, shape (k, n, d)."""
    k, n, d = x.shape
    size = np.array([bounds[2 * axis + 1] - bounds[2 * axis] for axis in range(d)])
    low = np.array(bounds[::2])
    scale = float(size.min()) / pixels
    ways = (x - low - size / 2) / scale
    inside = np.all(np.isfinite(ways) & (np.abs(ways) < FAR), axis=(0, 2))
    ways = np.where(inside[:, None], ways, 0.0).reshape(k, n * d)
    modes = _modes(ways, d)
    weights = np.rint(product(modes.T, ways) / STEP)
    codes = zigzag(weights).reshape(len(weights), n, d)
    inside &= np.all(codes <= 65535, axis=(0, 2))
    off = _off(ways, modes, weights * STEP, d)
    strays = np.flatnonzero(~inside | (off > ALLOWED))
    codes[:, strays] = 0
    entry = {
        "shape": [k, n, d],
        "middle": (low + size / 2).tolist(),
        "step": STEP * scale,
        "modes": arrays.add(modes.astype(np.float32)),
        "weights": arrays.add(planes(codes)),
        "strays": arrays.add(strays.astype(np.uint16)),
    }
    return {**entry, "ways": add_points(x[:, strays], bounds, arrays)}


def _modes(ways: np.ndarray, d: int) -> np.ndarray:
    """Return as many leading modes as nearly all particles need, shape (k, r), as the browser will have them (float32)."""
    k = len(ways)
    vectors = torch.linalg.eigh(torch.from_numpy(product(ways, ways.T)))[1].numpy()[:, ::-1]
    vectors = vectors.astype(np.float32).astype(np.float64)
    weights = product(vectors.T, ways)

    def enough(r: int) -> bool:
        return np.count_nonzero(_off(ways, vectors[:, :r], weights[:r], d) > TRUNCATED) <= STRAYS * ways.shape[1] / d

    # More modes leave less out: the least number is found by halving.
    return vectors[:, : bisect_left(range(k), True, key=enough)]


def product(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the matrix product by torch.

    NumPy's own keeps a second thread spinning after it, on a core that has trainings to do.
    """
    return (torch.from_numpy(np.ascontiguousarray(one)) @ torch.from_numpy(np.ascontiguousarray(other))).numpy()


def _off(ways: np.ndarray, modes: np.ndarray, weights: np.ndarray, d: int) -> np.ndarray:
    """Return how far each particle is from its place at worst, in pixels, shape (n,)."""
    gap = product(modes, weights) - ways
    squares = np.square(gap, out=gap)
    return np.sqrt(np.max(np.sum([squares[:, axis::d] for axis in range(d)], axis=0), axis=0, initial=0.0))


def _field(field: np.ndarray, arrays: Arrays) -> dict[str, Any]:
    limit = float(np.finfo(np.float16).max)
    values = np.clip(np.nan_to_num(np.asarray(field, dtype=np.float64), posinf=limit, neginf=-limit), -limit, limit)
    top = float(np.abs(values).max(initial=0.0)) or 1.0
    codes = zigzag(np.rint(values / top * FIELD_LEVELS)).astype(np.uint8)
    return arrays.add(codes, step=top / FIELD_LEVELS)


def _density(density: np.ndarray, arrays: Arrays) -> dict[str, Any]:
    values = np.nan_to_num(np.asarray(density, dtype=np.float64), posinf=0.0, neginf=0.0).clip(min=0.0)
    top = float(values.max(initial=0.0))
    scaled = np.sqrt(values / top) * (255 / DENSITY_STEP) if top > 0 else np.zeros_like(values)
    return arrays.add((np.rint(scaled) * DENSITY_STEP).astype(np.uint8), max=top, transform="sqrt")

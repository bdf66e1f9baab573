"""What lengths and colours stand for, and where t is: the row under the pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from flowviz.export import look, words
from flowviz.export.motion import Motion, Scales
from flowviz.export.options import Options
from flowviz.scene import LAYERS
from flowviz.scene.layers import POINTS

SIZE, NUMBERS = 12.6, 11.0
BAR, BAR_HEIGHT = 150.0, 9.0
SPACE, APART, ROW = 8.0, 30.0, 32.0


FAINT = ", faint where hardly any particle is"
ARROW = 60.0
"""The longest arrow of a key; its value is the roundest number below."""


@dataclass(frozen=True, eq=False)
class Key:
    """One entry: a bold name, a bar with numbers or an arrow to scale, and a unit."""

    name: str
    unit: str
    colours: np.ndarray | None = None
    numbers: tuple[str, ...] = ()
    sign: float = BAR

    @property
    def width(self) -> float:
        """Width of the whole entry."""
        return words.width(self.name, SIZE, bold=True) + words.width(self.unit, SIZE) + self.sign + 2 * SPACE


def key_arrow(per_unit: float) -> tuple[float, float]:
    """Return the velocity of the key's arrow, 1, 2 or 5 times a power of ten, and its length.

    `per_unit` is the length of velocity 1.

    >>> key_arrow(14.0)
    (2.0, 28.0)
    """
    room = ARROW / max(per_unit, 1e-12)
    base = 10.0 ** math.floor(math.log10(room))
    value = base * next(m for m in (5, 2, 1) if m * base <= room or m == 1)
    return value, value * per_unit


def keys(shown: Sequence[Motion], scales: Scales, options: Options, theme: look.Theme, width: float) -> list[Key]:
    """Return the entries that the chosen layers need, as under the player.

    Args:
        shown: All scenes.
        scales: What they share.
        options: The layers.
        theme: Colours.
        width: Of one picture, for what is drawn to scale.
    """
    drawn = [slug for slug in options.layers if any(LAYERS[slug].shown_by(m.scene) for m in shown)]
    found = []
    points = any(m.scene.space in POINTS for m in shown)
    if "particles" in drawn and points and options.colour == "speed":
        colours = np.concatenate([np.round(theme.speeds * 255), np.full((64, 1), 255)], 1).astype(np.uint8)
        numbers = tuple(look.tidy(v) for v in (0.0, scales.speed / 2, scales.speed))
        found.append(Key("Speed", "per unit t", colours, numbers))
    if "field" in drawn:
        value, length = key_arrow(scales.arrow * width / (scales.range[1] - scales.range[0]))
        unit = f"= {look.tidy(value)} per unit t (longest {look.tidy(scales.longest)})"
        faint = FAINT if any(m.field is not None and m.density is not None for m in shown) else ""
        found.append(Key(LAYERS["field"].label, unit + faint, sign=length))
    if "density" in drawn:
        # Colours follow the square root, so a quarter of the maximum sits in the middle.
        numbers = tuple(look.tidy(v) for v in (0.0, scales.density / 4, scales.density))
        found.append(Key(LAYERS["density"].label, "probability per unit area (square-root scale)", theme.scale, numbers))
    if "judged" in drawn:
        numbers = ("0 made", "½", "1 data")
        found.append(Key(LAYERS["judged"].label, "probability that x is data", theme.judged, numbers))
    return found


def rows(found: Sequence[Key], width: float) -> list[list[Key]]:
    """Return entries side by side while they fit."""
    out: list[list[Key]] = []
    for key in found:
        if out and sum(k.width + APART for k in out[-1]) + key.width <= width:
            out[-1].append(key)
        else:
            out.append([key])
    return out

"""What lengths and colours stand for, and where t is: the row under the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from flowviz.export import look, words
from flowviz.export.motion import Motion, Scales
from flowviz.export.options import Options

SIZE, NUMBERS = 12.6, 11.0
BAR, BAR_HEIGHT, SIGN = 150.0, 9.0, 28.0
SPACE, APART, ROW = 8.0, 30.0, 32.0


@dataclass(frozen=True, eq=False)
class Key:
    """One entry: a bold name, a bar with numbers or an arrow, and a unit."""

    name: str
    unit: str
    colours: np.ndarray | None = None
    numbers: tuple[str, ...] = ()

    @property
    def sign(self) -> float:
        """Width of the bar or the arrow."""
        return SIGN if self.colours is None else BAR

    @property
    def width(self) -> float:
        """Width of the whole entry."""
        return words.width(self.name, SIZE, bold=True) + words.width(self.unit, SIZE) + self.sign + 2 * SPACE


def keys(shown: Sequence[Motion], scales: Scales, options: Options, theme: look.Theme) -> list[Key]:
    """The entries that the chosen layers need, as under the player."""
    found = []
    if "particles" in options.layers and options.colour == "speed":
        colours = np.concatenate([np.round(theme.speeds * 255), np.full((64, 1), 255)], 1).astype(np.uint8)
        numbers = tuple(look.tidy(v) for v in (0.0, scales.speed / 2, scales.speed))
        found.append(Key("Speed", "per unit t", colours, numbers))
    if "field" in options.layers and any(m.field is not None for m in shown):
        found.append(Key("Velocity", f"longest arrow = {look.tidy(scales.longest)} per unit t"))
    if "density" in options.layers and any(m.density is not None for m in shown):
        # Colours follow the square root, so a quarter of the maximum sits in the middle.
        numbers = tuple(look.tidy(v) for v in (0.0, scales.density / 4, scales.density))
        found.append(Key("Density", "probability per unit area (square-root scale)", theme.scale, numbers))
    return found


def rows(found: Sequence[Key], width: float) -> list[list[Key]]:
    """Entries side by side while they fit."""
    out: list[list[Key]] = []
    for key in found:
        if out and sum(k.width + APART for k in out[-1]) + key.width <= width:
            out[-1].append(key)
        else:
            out.append([key])
    return out

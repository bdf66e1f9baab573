"""Colours and sizes of a picture, the same as on screen: a test holds them against `flowviz/ui/frontend/*.js`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

RGB = tuple[int, int, int]

PALETTE = {
    "light": ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#c8b400", "#3a3a3a"),
    "dark": ("#3d9fe0", "#e69f00", "#12b886", "#d48fb6", "#7cc8f5", "#f0732a", "#f0e442", "#d9d9d9"),
}
"""Okabe and Ito's eight; yellow darkened on white and blue lightened on black, where they would vanish."""
VIRIDIS = ("#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725")
PLASMA = ("#0d0887", "#46039f", "#7201a8", "#9c179e", "#bd3786", "#d8576b", "#ed7953", "#fb9f3a", "#fdca26", "#f0f921")
SOURCE = {"light": "#0072b2", "dark": "#56b4e9"}
TARGET = {"light": "#e07b00", "dark": "#f5a742"}
BACKGROUND = {"light": "#ffffff", "dark": "#0e1117"}
TEXT = {"light": "#31333f", "dark": "#fafafa"}
MUTED = {"light": "#62656f", "dark": "#a3a8b4"}
FAINT = {"light": (49, 51, 63), "dark": (250, 250, 250)}
"""Grid and frame: this colour at these opacities."""
GRID_OPACITY, LINE_OPACITY = 0.10, 0.28
ARROW = {"light": (70, 74, 84, 0.62), "dark": (214, 218, 226, 0.62)}

TRAIL = 0.25
"""How far back in t a trail reaches."""
ARROW_WIDTH = 1.15
ARROW_LEVELS, CROWDED = 8, 0.004
"""Opacities of arrows, and the share of all particles in an arrow's cell from which on it is drawn in full."""
DUST = 2.2
"""Side of a ghost's square."""


def rgb(text: str) -> RGB:
    """Return a colour such as "#0072b2" as three numbers from 0 to 255."""
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def along(anchors: tuple[str, ...], place: float) -> np.ndarray:
    """Return the colour at `place`, 0 to 1, of a scale given by its anchors; shape (3,), whole numbers."""
    at = place * (len(anchors) - 1)
    low = min(len(anchors) - 2, math.floor(at))
    a, b = np.array(rgb(anchors[low])), np.array(rgb(anchors[low + 1]))
    return np.floor(a + (at - low) * (b - a) + 0.5).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Theme:
    """All colours of one picture.

    Attributes:
        dark: Whether the ground is dark.
        ground: The background.
        text: Titles and words.
        muted: Ticks and units.
        source: What belongs to t = 0.
        target: What belongs to t = 1.
        faint: Of grid and frame, before their opacities.
        arrow: Of velocities, with its opacity.
        palette: Colours of the labels, shape (8, 3), 0 to 1.
        scale: Colours of a density from nothing to its maximum, shape (256, 4), uint8.
        judged: Colours of a probability, from the source's at 0 over the ground at one half to the target's at 1, shape (256, 4), uint8.
        speeds: Colours of "by speed", shape (64, 3), 0 to 1.
    """

    dark: bool
    ground: str
    text: str
    muted: str
    source: str
    target: str
    faint: tuple[float, float, float]
    arrow: tuple[float, float, float, float]
    palette: np.ndarray
    scale: np.ndarray
    judged: np.ndarray
    speeds: np.ndarray


def theme(dark: bool) -> Theme:
    """Return the colours of a light or a dark picture."""
    mode = "dark" if dark else "light"
    r, g, b = (v / 255 for v in FAINT[mode])
    *arrow, opacity = ARROW[mode]
    return Theme(
        dark=dark,
        ground=BACKGROUND[mode],
        text=TEXT[mode],
        muted=MUTED[mode],
        source=SOURCE[mode],
        target=TARGET[mode],
        faint=(r, g, b),
        arrow=(arrow[0] / 255, arrow[1] / 255, arrow[2] / 255, opacity),
        palette=np.array([rgb(c) for c in PALETTE[mode]]) / 255,
        scale=scale_colours(dark),
        judged=judged_colours(mode),
        speeds=speed_colours(dark) / 255,
    )


def scale_colours(dark: bool) -> np.ndarray:
    """Return Viridis from nothing (the page shows through) to its maximum, always away from the background; (256, 4) uint8."""
    out = np.empty((256, 4), dtype=np.uint8)
    for i in range(256):
        out[i, :3] = along(VIRIDIS, 0.16 + 0.84 * i / 255 if dark else 1 - 0.92 * i / 255)
        out[i, 3] = math.floor(255 * min(0.82, 1.6 * i / 255) + 0.5)
    return out


def judged_colours(mode: str) -> np.ndarray:
    """Return source's colour at 0, nothing at one half, target's at 1, pale enough for dots to stay legible; (256, 4) uint8."""
    out = np.empty((256, 4), dtype=np.uint8)
    for i in range(256):
        out[i, :3] = rgb((SOURCE if i < 128 else TARGET)[mode])
        out[i, 3] = math.floor(255 * 0.6 * abs(2 * i / 255 - 1) + 0.5)
    return out


def speed_colours(dark: bool) -> np.ndarray:
    """Return Plasma, cut where it would vanish in the page; (64, 3), 0 to 255."""
    return np.array([along(PLASMA, 0.28 + 0.72 * i / 63 if dark else 0.82 * i / 63) for i in range(64)])


def marker_radius(n: int, width: float, height: float) -> float:
    """Return the radius of a particle: a thousand should neither vanish nor cover each other."""
    room = min(width, height) / 440
    return max(1.1, min(3.4, 2.5 * math.sqrt(room) * (800 / max(n, 60)) ** 0.22))


def trail_strength(n: int) -> float:
    """Return the opacity of a trail at its particle."""
    return min(0.5, 0.5 * (700 / max(n, 1)) ** 0.4)


def dust_opacity(m: int) -> float:
    """Return the opacity of a ghost of `m` points."""
    return min(0.5, max(0.16, 0.34 * math.sqrt(1500 / max(m, 1))))


def tidy(value: float) -> str:
    """Return a number with as many digits as help: 0.0432, 4.2, 130.

    >>> [tidy(v) for v in (0.0432, 4.21, 130.4, 0, 250000)]
    ['0.043', '4.2', '130', '0', '2.5e+5']
    """
    if not math.isfinite(value):
        return "not finite"
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size >= 5 or size < -4:
        digits, power = f"{value:.1e}".split("e")
        return f"{digits}e{int(power):+d}".replace("-", "−")
    return f"{value:.{max(0, 1 - size)}f}".replace("-", "−")


def ticks(low: float, high: float, pixels: float, least: float) -> tuple[float, list[float]]:
    """Round steps (1, 2 or 5 times a power of ten) as the player takes them: the step, and the ticks."""
    rough = (high - low) / min(9, max(4, pixels / least))
    base = 10.0 ** math.floor(math.log10(rough))
    step = base * next(m for m in (2, 5, 10) if rough / base <= m)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return step, [i * step for i in range(first, last + 1)]


def tick_text(value: float, step: float) -> str:
    """Return a tick's number, with as many decimals as its step needs."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return f"{0 if abs(value) < step / 1e6 else value:.{digits}f}".replace("-", "−")

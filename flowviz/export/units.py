"""Ticks and names of axes in the units of own data: placed where they are round in those. The twin of `units.js`."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import NamedTuple

from flowviz.export import look
from flowviz.frame import Frame

FAR, LONG = 100.0, 1e4
"""Spans from zero, and units of the labels, from which ticks are counted from a round number in sight: no label is then long."""
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class Axis(NamedTuple):
    """One axis.

    Attributes:
        ticks: Where they stand, in the coordinates of the plane.
        texts: Their numbers.
        name: The column's name, with what the numbers are counted from and in.
    """

    ticks: list[float]
    texts: list[str]
    name: str


def own_axis(low: float, high: float, frame: Frame, column: int, pixels: float, least: float) -> Axis:
    """Return the axis of one column.

    Args:
        low: The least coordinate of the plane that is shown.
        high: The greatest.
        frame: The units.
        column: Which of its columns.
        pixels: Length of the axis.
        least: Pixels from one tick to the next, at least.
    """
    name, offset, factor = frame.names[column], frame.offset[column], frame.factor[column]
    a, b = sorted((offset + factor * low, offset + factor * high))
    span = b - a
    size = math.floor(math.log10(span))
    power = size if size >= 4 or size < -1 else 0
    unit, whole = 10.0**power, 10.0 ** (size + 1)
    most = max(abs(a), abs(b))
    base = math.floor(a / whole) * whole if most > FAR * span or most > LONG * unit else 0.0
    step, values = look.ticks((a - base) / unit, (b - base) / unit, pixels, least)
    told = (f", from {_number(base)}" if base else "") + (f", × 10{str(power).translate(SUPERSCRIPT)}" if power else "")
    at = [(base + v * unit - offset) / factor for v in values]
    return Axis(at, [look.tick_text(v, step) for v in values], name + told)


def _number(value: float) -> str:
    """Return a round number in full up to a thousand million, with thousands parted; beyond in powers of ten."""
    if not 1e-3 <= abs(value) < 1e9:
        digits, power = f"{Decimal(repr(value)).normalize():E}".split("E")  # as many digits as tell it from its neighbours
        return f"{digits} × 10{str(int(power)).translate(SUPERSCRIPT)}".replace("-", "−")
    whole, _, part = f"{abs(float(f'{value:.12g}')):.12f}".rstrip("0").rstrip(".").partition(".")
    return ("−" if value < 0 else "") + f"{int(whole):,}" + (f".{part}" if part else "")

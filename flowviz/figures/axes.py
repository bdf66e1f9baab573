"""What all figures share: digits, axes, logarithmic ticks, and limits as thin dashed lines with their names."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np

from flowviz.figures.value import Figure


def digits(values: Iterable[float]) -> list[float | None]:
    """Return four significant digits: all that a screen shows, and less to send.

    None where a number is not finite, which is drawn as a gap.
    """
    return [float(f"{float(v):.4g}") if np.isfinite(v) else None for v in values]


def axis(title: str, size: int | None = None, **more: Any) -> Figure:
    """Return an axis with its name; `size` is that of its letters, where the figure is projected."""
    letters: Figure = {} if size is None else {"tickfont": {"size": size}}
    name: Figure = {"text": title} if size is None else {"text": title, "font": {"size": size}}
    return {"title": name, **letters, **more}


def log_axis(low: float, high: float, *, below: float = 1.5, above: float = 1.2, sparse: float = np.inf) -> Figure:
    """Return a logarithmic axis with ticks at 1, 2 and 5 of each decade.

    Args:
        low: The least value, positive.
        high: The greatest.
        below: Room below the least, as a factor.
        above: Room above the greatest, as a factor.
        sparse: From this ratio of the two on, ticks stand at powers of ten only.
    """
    leading = (1, 2, 5) if high < sparse * low else (1,)
    ticks = [digit * 10.0**power for power in range(-20, 13) for digit in leading if low / 2 <= digit * 10.0**power <= high * 2]
    ends = [float(np.log10(low / below)), float(np.log10(high * above))]
    return {"type": "log", "range": ends, "tickvals": ticks, "ticktext": [written(tick) for tick in ticks]}


def written(tick: float) -> str:
    """Return a tick as people write it: 1,000; 0.5; 5·10⁻⁶."""
    if tick >= 1e-3:
        return f"{tick:,g}"
    power = int(np.floor(np.log10(tick) + 1e-9))
    leading = round(tick / 10.0**power)
    return f"{'' if leading == 1 else f'{leading}·'}10<sup>−{-power}</sup>"


def line_at(axis: Literal["x", "y"], place: float, *, colour: str = "fv:text", width: float = 1.2, dash: str = "dash") -> Figure:
    """Return a straight line right across a figure, at one place of one axis."""
    other = "y" if axis == "x" else "x"
    ends = {f"{axis}0": place, f"{axis}1": place, f"{other}0": 0, f"{other}1": 1}
    return {"type": "line", f"{other}ref": "paper", **ends, "line": {"color": colour, "width": width, "dash": dash}}


def limit(
    text: str,
    value: float,
    *,
    log: bool = False,
    side: Literal["left", "right"] = "right",
    above: bool = False,
    size: int = 12,
    colour: str = "fv:text",
    width: float = 1.2,
) -> tuple[Figure, Figure]:
    """Return a floor or a limit: a level line, thin and dashed, and its name at one of its ends.

    Args:
        text: The name, with the number.
        value: Where it lies.
        log: Whether the vertical axis is logarithmic: a name's place on it is an exponent, a line's is not.
        side: At which end the name stands.
        above: Whether it stands above the line.
        size: Of its letters.
        colour: Of the line.
        width: Of the line, in pixels.

    Returns:
        A shape and an annotation of a layout.
    """
    place = {"xref": "paper", "x": 0.995 if side == "right" else 0.01, "xanchor": side, "yanchor": "bottom" if above else "top"}
    height = float(np.log10(value)) if log else value
    font = {"color": "fv:text", "size": size}
    name = {**place, "y": height, "text": text, "showarrow": False, "bgcolor": "fv:background", "font": font}
    return line_at("y", value, colour=colour, width=width), name


def with_limits(layout: Figure, limits: Sequence[tuple[Figure, Figure]]) -> Figure:
    """Return a layout with some limits more."""
    return {
        **layout,
        "shapes": [*layout.get("shapes", []), *(shape for shape, _ in limits)],
        "annotations": [*layout.get("annotations", []), *(name for _, name in limits)],
    }

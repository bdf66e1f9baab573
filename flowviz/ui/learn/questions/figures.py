"""Figures that answer questions, as Plotly's plain dicts in the language of the pictures: source blue, data orange, ways grey."""

from collections.abc import Sequence

import numpy as np

from flowviz.figures import Figure, axis, digits, limit, log_axis, with_limits
from flowviz.lessons.answers import data

SIZE = 15
"""Letters of axes and labels: they are projected."""
SOURCE, DATA, WAY, TEXT = "fv:source", "fv:target", "fv:muted", "fv:text"
SAMPLE = "fv:7"
"""What a flow has made: neither source nor data, so neither blue nor orange."""
HALF = 7.5
"""Half a side of the usual square."""


def dots(x: np.ndarray, colour: str, *, size: float = 4, opacity: float = 0.75, symbol: str = "circle") -> Figure:
    """Return points, shape (n, 2)."""
    marker = {"color": colour, "size": size, "opacity": opacity, "symbol": symbol}
    return {
        "x": digits(x[:, 0]),
        "y": digits(x[:, 1]),
        "mode": "markers",
        "hoverinfo": "skip",
        "type": "scatter",
        "marker": marker,
    }


def ghost(target: str = "8gaussians") -> Figure:
    """Return the data, faint, behind what is carried there."""
    return dots(data(600, target, seed=30).numpy(), DATA, size=5, opacity=0.16)


def strokes(x: np.ndarray, *, width: float = 1.3, opacity: float = 0.75, dash: str = "solid", colour: str = WAY) -> Figure:
    """Return ways, shape (k, n, 2), as one trace with gaps."""
    gap = np.full((1, *x.shape[1:]), np.nan)
    flat = np.concatenate([x, gap]).transpose(1, 0, 2).reshape(-1, 2)
    line = {"color": colour, "width": width, "dash": dash}
    return {
        "x": digits(flat[:, 0]),
        "y": digits(flat[:, 1]),
        "mode": "lines",
        "hoverinfo": "skip",
        "type": "scatter",
        "line": line,
        "opacity": opacity,
    }


def journey(x: np.ndarray, end: str) -> list[Figure]:
    """Return ways, shape (k, n, 2), with their beginnings in the source's colour.

    Args:
        x: The ways.
        end: Colour of their ends: `DATA` for pairs, whose ends are data, `SAMPLE` for what a flow has made.
    """
    return [strokes(x), dots(x[0], SOURCE, size=5), dots(x[-1], end, size=6, opacity=0.9, symbol="diamond")]


def square(traces: Sequence[Figure], *, half: float = HALF, notes: Sequence[Figure] = ()) -> Figure:
    """Return a picture of the plane with equal axes."""
    side = {
        "range": [-half, half],
        "tickvals": [-5, 0, 5] if half > 5 else [-3, 0, 3],
        "tickfont": {"size": SIZE},
        "constrain": "domain",
    }
    layout = {
        "xaxis": side,
        "yaxis": {**side, "scaleanchor": "x"},
        "margin": {"l": 34, "r": 6, "t": 6, "b": 30},
        "showlegend": False,
        "font": {"size": SIZE},
        "annotations": list(notes),
    }
    return {"data": list(traces), "layout": layout}


def note(text: str, x: float, y: float, colour: str = TEXT) -> Figure:
    """Return a label at a place of the plane."""
    return {
        "x": x,
        "y": y,
        "text": text,
        "showarrow": False,
        "font": {"color": colour, "size": SIZE},
        "bgcolor": "fv:background",
        "opacity": 0.9,
    }


def curve(
    name: str,
    x: np.ndarray,
    y: np.ndarray,
    colour: str,
    *,
    dash: str = "solid",
    symbol: str = "",
    at: int = -1,
    where: str = "top right",
    unit: str = "",
) -> Figure:
    """Return a curve with its name written at one of its points."""
    text = [""] * len(x)
    if name:
        text[at] = f"<b>{name}</b>"
    return {
        "x": digits(x),
        "y": digits(y),
        "name": name,
        "type": "scatter",
        "mode": "lines+markers+text",
        "line": {"color": colour, "width": 2.5, "dash": dash},
        # A marker that is not seen keeps the name off its line.
        "marker": {"size": 9, "symbol": symbol or "circle", "color": colour, "opacity": 1 if symbol else 0},
        "text": text,
        "textposition": where,
        "textfont": {"color": colour, "size": SIZE},
        "cliponaxis": False,
        "hovertemplate": f"{name} %{{x:.4g}}: %{{y:.3g}}{unit}<extra></extra>",
    }


def chart(
    traces: Sequence[Figure],
    x: str,
    y: str,
    *,
    floor: float | None = None,
    floor_name: str = "floor",
    log_x: Sequence[float] = (),
    log_y: bool = False,
    right: int = 16,
    top: float | None = None,
    legend: bool = False,
) -> Figure:
    """Return curves over a quantity.

    Args:
        traces: The curves.
        x: Name of the horizontal axis, with its unit.
        y: The same for the vertical one.
        floor: A limit, drawn thin and dashed with its name and number.
        floor_name: That name.
        log_x: Ticks of a logarithmic axis; empty for a linear one.
        log_y: Whether the vertical axis is logarithmic.
        right: Room for names at the right end, in pixels.
        legend: Whether names stand above, where curves leave no room for them.
        top: Where a linear vertical axis from 0 ends, if it is not to be found by itself.
    """
    across: Figure = {"type": "log", "tickvals": list(log_x), "ticktext": [f"{v:g}" for v in log_x]} if log_x else {}
    scale = _scale(traces, floor) if log_y else {"rangemode": "tozero"} if top is None else {"range": [0, top]}
    layout: Figure = {
        "xaxis": axis(x, SIZE, **across),
        "yaxis": axis(y, SIZE, **scale),
        "margin": {"l": 64, "r": right, "t": 22, "b": 48},
        "showlegend": legend,
        "font": {"size": SIZE},
    }
    limits = (
        [limit(f"{floor_name} {floor:.2f}", floor, log=log_y, side="left", size=SIZE, width=1.4)] if floor is not None else []
    )
    return {"data": list(traces), "layout": with_limits(layout, limits)}


def _scale(traces: Sequence[Figure], floor: float | None) -> Figure:
    values = [v for trace in traces for v in trace["y"] if v] + ([floor] if floor else [])
    return log_axis(min(values), max(values), below=1.7, above=1.5, sparse=30)


def bars(
    names: Sequence[str], values: Sequence[float], x: str, colours: Sequence[str], *, digits: int = 2, log: bool = False
) -> Figure:
    """Return level bars with their numbers, the first on top."""
    trace = {
        "type": "bar",
        "orientation": "h",
        "y": list(names),
        "x": list(values),
        "marker": {"color": list(colours)},
        "text": [f"{v:.{digits}f}" for v in values],
        "textposition": "outside",
        "textfont": {"size": SIZE, "color": TEXT},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    across = axis(x, SIZE)
    if log:
        low, high = float(np.log10(min(values))), float(np.log10(max(values)))
        ticks = [10.0**p for p in range(int(np.floor(low)), int(np.ceil(high)) + 1)]
        across |= {"type": "log", "range": [np.floor(low), high + 0.5], "tickvals": ticks, "ticktext": [f"{v:g}" for v in ticks]}
    else:
        across |= {"range": [0, 1.2 * max(values)]}
    layout = {
        "xaxis": across,
        "yaxis": {"autorange": "reversed", "tickfont": {"size": SIZE, "color": TEXT}},
        "margin": {"l": 20, "r": 20, "t": 8, "b": 48},
        "showlegend": False,
        "font": {"size": SIZE},
        "bargap": 0.35,
    }
    return {"data": [trace], "layout": layout}

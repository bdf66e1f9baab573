"""The error of solvers against their evaluations of the field, both axes logarithmic."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from flowviz.figures.axes import axis, digits, limit, log_axis, with_limits
from flowviz.figures.value import Figure

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon", "pentagon")
COLOURS = (*(f"fv:{i}" for i in range(8)), "fv:text")
MARGINS: Figure = {
    "margin": {"l": 66, "r": 12, "t": 74, "b": 42},
    "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
}
COUNTS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


class SolverCurve(NamedTuple):
    """One solver's curve.

    Attributes:
        name: What to call it.
        nfe: Evaluations of the field, ascending.
        values: Its error or W2 at each; None where it gave up.
        order: The slope to expect; None for one that chooses its steps.
    """

    name: str
    nfe: Sequence[int]
    values: Sequence[float | None]
    order: int | None = None


def error_figure(curves: Sequence[SolverCurve]) -> Figure:
    """Return the error at the end, with thin lines of the slopes that are to be expected.

    Args:
        curves: Root mean square errors, in units of x.
    """
    guides = [_guide(order, curve) for order, curve in _first_of_each_order(curves).items()]
    # Their words stand at their lower ends, below the last point.
    layout = _layout(curves, "error at t = 1, RMS (units of x)", "errors", [y for guide in guides if (y := guide["y"][-1])])
    return {"data": [*guides, *_traces(curves, "RMS error")], "layout": layout}


def distance_figure(curves: Sequence[SolverCurve], floor: float, flow: float | None) -> Figure:
    """Return W2 to the data, with the floor that a perfect flow would reach at this n, and what this flow itself reaches.

    Args:
        curves: W2 to the target's sample, in units of x.
        floor: Between two samples of the target; 0, which a logarithmic axis cannot show, is left out.
        flow: Of the flow's own end points; None while it is not known.
    """
    layout = _layout(curves, "W2 to the data (units of x)", "distances", [value for value in (floor, flow) if value])
    limits = [limit(f"floor at this n {floor:.3g}", floor, log=True)] if floor else []
    limits += [limit(f"this flow {flow:.3g}", flow, log=True, side="left", above=True)] if flow else []
    return {"data": _traces(curves, "W2"), "layout": with_limits(layout, limits)}


def _traces(curves: Sequence[SolverCurve], what: str) -> list[Figure]:
    return [
        {
            "x": list(curve.nfe),
            "y": digits(np.nan if value is None else value for value in curve.values),
            "name": curve.name,
            "mode": "lines+markers",
            "type": "scatter",
            "line": {"color": COLOURS[i % len(COLOURS)], "width": 2, "dash": "solid" if curve.order else "dash"},
            "marker": {"size": 7, "symbol": SYMBOLS[i % len(SYMBOLS)]},
            "hovertemplate": f"%{{x}} evaluations: {what} = %{{y:.3g}}<extra>{curve.name}</extra>",
        }
        for i, curve in enumerate(curves)
        if len(curve.nfe)
    ]


def _layout(curves: Sequence[SolverCurve], title: str, revision: str, shown: Sequence[float] = ()) -> Figure:
    """Return axes that hold all values, and some lines that are shown besides."""
    values = [value for curve in curves for value in curve.values if value] + list(shown)
    counts = [nfe for curve in curves for nfe in curve.nfe]
    most = max(counts, default=100)
    scale = log_axis(min(values), max(values), sparse=100) if values else {"type": "log", "range": [-3, 1]}
    ticks = [count for count in COUNTS if count <= 2 * most]
    ends = [-0.06, float(np.log10(max(most, 128) * 2.2))]
    return {
        "xaxis": axis("evaluations of the field", type="log", range=ends, tickvals=ticks, ticktext=[f"{n:,}" for n in ticks]),
        "yaxis": axis(title, **scale),
        **MARGINS,
        "uirevision": revision,
    }


def _first_of_each_order(curves: Sequence[SolverCurve]) -> Mapping[int, SolverCurve]:
    found: dict[int, SolverCurve] = {}
    for curve in curves:
        if curve.order and any(curve.values):
            found.setdefault(curve.order, curve)
    return found


def _guide(order: int, curve: SolverCurve) -> Figure:
    """Return a straight line of one slope, through the last point of a curve that still falls with it."""
    kept = [(nfe, value) for nfe, value in zip(curve.nfe, curve.values, strict=True) if value]
    nfe, value = kept[-1]
    x = [nfe / 8, nfe * 1.3]
    return {
        "x": x,
        "y": digits(value * (nfe / place) ** order for place in x),
        "mode": "lines+text",
        "type": "scatter",
        "line": {"color": "fv:muted", "width": 1, "dash": "dot"},
        "text": ["", f"slope {order}"],
        "textposition": "middle right",
        "textfont": {"color": "fv:muted", "size": 11},
        "showlegend": False,
        "hoverinfo": "skip",
    }

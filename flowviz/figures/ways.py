"""What one particle meets on its way: the divergence of the field, and the log density that comes of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from flowviz.figures.axes import axis, digits
from flowviz.figures.value import Figure

DASHES = ("2px,3px", "8px,3px,2px,3px", "9px,3px")
COLOURS = ("fv:5", "fv:1", "fv:2")
Values = Iterable[float]


def divergence_figure(t: Values, exact: Values, estimates: Mapping[int, Values]) -> Figure:
    """Return div v along a way, by the exact trace and by Hutchinson's estimates.

    Args:
        t: Times, shape (k,).
        exact: By the exact trace, per unit of t, shape (k,).
        estimates: For each number of probes the same by estimate.
    """
    looks = zip(estimates.items(), DASHES, COLOURS, strict=False)
    traces = [_line(t, values, _probes(m), colour, dash, 1.6) for (m, values), dash, colour in looks]
    return {
        "data": [*traces, _line(t, exact, "exact trace", "fv:0", "solid", 2.6)],
        "layout": _layout("div v(x<sub>t</sub>, t), per unit of t", "divergence"),
    }


def running_figure(t: Values, running: Values, exact: Values, name: str) -> Figure:
    """Return log p_t(x_t) along a way, as the flow carries it and as the exact flow has it.

    Args:
        t: Times, shape (k,).
        running: log p0(x0) − ∫ div v dt, in nats, shape (k,).
        exact: Of the exact flow at the same places, shape (k,).
        name: What to call that.
    """
    traces = [_line(t, running, "log p₀ − ∫ div v dt", "fv:0", "solid", 2.6), _line(t, exact, name, "fv:text", "dash", 1.6)]
    return {"data": traces, "layout": _layout("log p<sub>t</sub>(x<sub>t</sub>) (nats)", "running")}


def _probes(m: int) -> str:
    return f"{m} probe{'s' if m > 1 else ''}"


def _line(t: Values, values: Values, name: str, colour: str, dash: str, width: float) -> dict[str, Any]:
    return {
        "x": digits(t),
        "y": digits(values),
        "name": name,
        "mode": "lines",
        "type": "scatter",
        "line": {"color": colour, "width": width, "dash": dash},
        "hovertemplate": "t = %{x:.2f}: %{y:.3f}<extra>%{fullData.name}</extra>",
    }


def _layout(title: str, revision: str) -> Figure:
    return {
        "xaxis": axis("t", range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], ticktext=["0", "¼", "½", "¾", "1"]),
        "yaxis": axis(title, nticks=7),
        "margin": {"l": 60, "r": 14, "t": 44, "b": 40},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "uirevision": revision,
    }

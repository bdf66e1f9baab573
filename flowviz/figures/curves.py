"""Curves: the loss over steps, quality against evaluations, with their floors as dashed lines."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from flowviz.figures.axes import axis, digits, limit, line_at, log_axis, with_limits
from flowviz.figures.value import Figure

COMMON: Figure = {
    "margin": {"l": 60, "r": 12, "t": 4, "b": 38},
    "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top"},
}
"""Margins and legend of all curves."""
ABOVE: Figure = {
    "margin": {"l": 60, "r": 12, "t": 62, "b": 38},
    "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
}
"""The same where several curves need their names above the picture."""
ROW: Figure = {
    "margin": {"l": 60, "r": 12, "t": 24, "b": 38},
    "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.0, "yanchor": "bottom"},
}
"""The same where their names are so short that one row holds them at any width."""
SPARSE = 300.0
"""Ratio of greatest to least loss from which on only powers of ten are written: more would overlap in so low a figure."""
POINTS = 400
"""Points of a loss curve that are sent; a screen shows no more."""


def smoothed(losses: np.ndarray) -> np.ndarray:
    """Average of each loss with those before it: the last 50, or a fiftieth of all; shape as given."""
    window = max(50, len(losses) // 50)
    total = np.concatenate([[0.0], np.cumsum(losses, dtype=np.float64)])
    end = np.arange(1, len(losses) + 1)
    start = np.maximum(end - window, 0)
    return (total[end] - total[start]) / (end - start)


def recent(losses: np.ndarray) -> tuple[float, float]:
    """Return the mean of the last losses (as many as `smoothed` takes) and its standard error: single batches scatter."""
    last = losses[-max(50, len(losses) // 50) :].astype(np.float64)
    return float(last.mean()), float(last.std() / np.sqrt(len(last)))


def loss_figure(
    losses: np.ndarray,
    total: int,
    floor: float | None,
    floor_name: str = "irreducible loss",
    at: int | None = None,
    *,
    loss: str = "E‖v − u‖²",
    parts: Sequence[tuple[str, np.ndarray]] = (),
) -> Figure:
    """Return the loss while it falls: raw faint, smoothed strong, the floor as a named dashed line.

    Args:
        losses: Loss of each step, shape (step,).
        total: Steps that there will be.
        floor: Least loss that any network can reach, where it is known.
        floor_name: What to write on it.
        at: A step to mark, where the picture shows an earlier field than the last.
        loss: What the loss is, as on the axis.
        parts: What is shown beside it, smoothed: names and values of each step, shape (step,).
    """
    smooth = smoothed(losses)
    shown = np.unique(np.linspace(0, len(losses) - 1, POINTS).astype(int)) if len(losses) else np.zeros(0, int)
    kept = losses[shown]
    beside = [(name, smoothed(values)[shown]) for name, values in parts if len(values)]
    scale, log = _loss_axis(np.concatenate([kept, *(values for _, values in beside)]), floor)
    common = {"x": (shown + 1).tolist(), "mode": "lines", "type": "scatter"}
    traces = [
        {**common, "y": digits(kept), "name": "each step", "line": {"color": "fv:muted", "width": 1}, "opacity": 0.35}
        | ({"showlegend": False} if beside else {}),
        {**common, "y": digits(smooth[shown]), "name": loss if beside else "smoothed", "line": {"color": "fv:0", "width": 2.5}},
        *(
            {**common, "y": digits(values), "name": name, "line": {"color": f"fv:{i}", "width": 2}}
            for i, (name, values) in enumerate(beside, 1)
        ),
    ]
    layout: Figure = {
        "xaxis": axis("training step", range=[0, total], tickformat=",d"),
        "yaxis": axis("loss" if beside else f"loss  {loss}", **scale),
        **(ABOVE if beside else COMMON),
        "uirevision": "loss",
        "shapes": [] if at is None else [line_at("x", at, width=1.5, dash="dot")],
    }
    floors = [limit(f"{floor_name} {floor:.3g}", floor, log=log)] if floor is not None and len(losses) else []
    return {"data": traces, "layout": with_limits(layout, floors)}


def _loss_axis(losses: np.ndarray, floor: float | None) -> tuple[Figure, bool]:
    """Return the y axis: logarithmic where the loss spans more than a decade; room for the floor and its name."""
    if not len(losses):  # an axis without a curve has no scale yet
        return {"type": "linear", "range": [0, 1], "showticklabels": False}, False
    least = float(min(losses.min(initial=np.inf), floor or np.inf))
    most = float(losses.max(initial=0.0))
    if not 0 < least < most:
        return {"type": "linear", "rangemode": "tozero"}, False
    if most > 2.5 * least:
        # To the next tenth of a decade: an axis that breathed with every batch would make each redraw a new figure.
        return log_axis(
            10 ** (np.floor(10 * np.log10(least)) / 10), 10 ** (np.ceil(10 * np.log10(most)) / 10), sparse=SPARSE
        ), True
    room = 0.15 * (most - least)
    return {"type": "linear", "range": [max(0.0, least - 1.5 * room), most + room], "nticks": 6}, False


class Curve(NamedTuple):
    """The loss of one of several experiments.

    Attributes:
        name: What to call it in full.
        losses: Loss of each step, shape (step,).
        total: Steps that there will be.
        floor: Least loss that any network can reach, where it is known.
        colour: Of the curve and its floor.
        letter: What to call it in the legend and on its floor; empty for its name.
    """

    name: str
    losses: np.ndarray
    total: int
    floor: float | None
    colour: str
    letter: str


def losses_figure(curves: Sequence[Curve], loss: str = "E‖v − u‖²") -> Figure:
    """Return the smoothed losses of several experiments, each with its own floor as a dashed line of its colour.

    Args:
        curves: The losses.
        loss: What the loss is, as on the axis; empty where curves differ in that.
    """
    traces, kept = [], []
    for curve in curves:
        shown = (
            np.unique(np.linspace(0, len(curve.losses) - 1, POINTS // 2).astype(int)) if len(curve.losses) else np.zeros(0, int)
        )
        smooth = smoothed(curve.losses)[shown]
        kept.append(smooth)
        line = {"color": curve.colour, "width": 2.5}
        x = (shown + 1).tolist()
        hover = {"hovertemplate": f"step %{{x:,d}}: %{{y:.3g}}<extra>{curve.name}</extra>"}
        name = curve.letter or curve.name
        traces.append({"x": x, "y": digits(smooth), "name": name, "mode": "lines", "type": "scatter", "line": line, **hover})
    least = min((curve.floor for curve in curves if curve.floor), default=None)
    scale, log = _loss_axis(np.concatenate([np.zeros(0), *kept]), least)
    floors = []
    for floor in dict.fromkeys(curve.floor for curve in curves if curve.floor):
        whose = [curve for curve in curves if curve.floor == floor]
        text = f"least possible, {', '.join(curve.letter for curve in whose)}: {floor:.3g}"
        floors.append(limit(text, floor, log=log, colour=whose[0].colour, width=1.4))
    layout: Figure = {
        "xaxis": axis("training step", range=[0, max((c.total for c in curves), default=1)], tickformat=",d"),
        "yaxis": axis(f"loss  {loss}".rstrip(), **scale),
        **ROW,
        "uirevision": "losses",
    }
    return {"data": traces, "layout": with_limits(layout, floors)}


def quality_figure(curves: Sequence[tuple[str, Sequence[tuple[int, float | None]], str]], floors: Sequence[float]) -> Figure:
    """Return W2 against evaluations of the field, logarithmic axes, floors as dashed lines.

    Args:
        curves: For each its name, its points (evaluations, W2; None where there is none) and its colour.
        floors: W2 of a perfect flow, for each target.
    """
    traces = [
        {
            "x": [nfe for nfe, w2 in points if w2 is not None],
            "y": digits(w2 for _, w2 in points if w2 is not None),
            "name": name,
            "mode": "lines+markers",
            "type": "scatter",
            "line": {"color": colour, "width": 2.5},
            "marker": {"size": 8, "symbol": ("circle", "square", "diamond", "triangle-up")[i % 4]},
            "hovertemplate": "%{x} evaluations: W2 = %{y:.3f}<extra>%{fullData.name}</extra>",
        }
        for i, (name, points, colour) in enumerate(curves)
    ]
    values = [y for trace in traces for y in trace["y"]]
    scale, log = _loss_axis(np.array(values, dtype=np.float64), min(floors, default=None))
    counts = sorted({x for trace in traces for x in trace["x"]})
    layout: Figure = {
        "xaxis": axis("evaluations of the field", type="log", tickvals=counts, ticktext=[str(c) for c in counts]),
        "yaxis": axis("W2 (units of x)", **scale),
        **COMMON,
        "uirevision": "quality",
    }
    return {"data": traces, "layout": with_limits(layout, [limit(f"floor {floor:.3g}", floor, log=log) for floor in floors])}

"""Figures that stand still, as Plotly's own plain dicts. A colour may be a token such as "fv:source": the page's theme decides.

They know no widget and import nothing of Plotly: whoever draws them does.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from flowviz.couplings import Pairs
from flowviz.exact import made_by_exact_flow
from flowviz.experiment import Experiment
from flowviz.paths import Path

Figure = dict[str, Any]

POINTS = 400
"""Points of a loss curve that are sent; a screen shows no more."""
PAIRS = 48


def smoothed(losses: np.ndarray) -> np.ndarray:
    """Average of each loss with those before it: the last 50, or a fiftieth of all; shape as given."""
    window = max(50, len(losses) // 50)
    total = np.concatenate([[0.0], np.cumsum(losses, dtype=np.float64)])
    end = np.arange(1, len(losses) + 1)
    start = np.maximum(end - window, 0)
    return (total[end] - total[start]) / (end - start)


def recent(losses: np.ndarray) -> tuple[float, float]:
    """The mean of the last losses (as many as `smoothed` takes) and its standard error: single batches scatter."""
    last = losses[-max(50, len(losses) // 50) :].astype(np.float64)
    return float(last.mean()), float(last.std() / np.sqrt(len(last)))


def loss_figure(
    losses: np.ndarray, total: int, floor: float | None, floor_name: str = "irreducible loss", at: int | None = None
) -> Figure:
    """The loss while it falls: raw faint, smoothed strong, the floor as a named dashed line.

    Args:
        losses: Loss of each step, shape (step,).
        total: Steps that there will be.
        floor: Least loss that any network can reach, where it is known.
        floor_name: What to write on it.
        at: A step to mark, where the picture shows an earlier field than the last.
    """
    smooth = smoothed(losses)
    shown = np.unique(np.linspace(0, len(losses) - 1, POINTS).astype(int)) if len(losses) else np.zeros(0, int)
    kept = losses[shown]
    axis, log = _loss_axis(kept, floor)
    common = {"x": (shown + 1).tolist(), "mode": "lines", "type": "scatter"}
    traces = [
        {**common, "y": _digits(kept), "name": "each step", "line": {"color": "fv:muted", "width": 1}, "opacity": 0.35},
        {**common, "y": _digits(smooth[shown]), "name": "smoothed", "line": {"color": "fv:0", "width": 2.5}},
    ]
    layout: Figure = {
        "xaxis": {"title": {"text": "training step"}, "range": [0, total], "tickformat": ",d"},
        "yaxis": {"title": {"text": "loss  E‖v − u‖²"}, **axis},
        "margin": {"l": 60, "r": 12, "t": 4, "b": 38},
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top"},
        "uirevision": "loss",
    }
    layout["shapes"] = [] if at is None else [_line("x", at, {"color": "fv:text", "width": 1.5, "dash": "dot"})]
    if floor is not None:
        layout["shapes"].append(_line("y", floor, {"color": "fv:text", "width": 1.2, "dash": "dash"}))
        layout["annotations"] = [_floor_name(f"{floor_name} {floor:.3g}", float(np.log10(floor)) if log else floor)]
    return {"data": traces, "layout": layout}


def _line(axis: str, place: float, line: Figure) -> Figure:
    """A straight line right across a figure, at one place of one axis."""
    other = "y" if axis == "x" else "x"
    ends = {f"{axis}0": place, f"{axis}1": place, f"{other}0": 0, f"{other}1": 1}
    return {"type": "line", f"{other}ref": "paper", **ends, "line": line}


def _floor_name(text: str, y: float) -> Figure:
    """A name at the right end of a level line, below it: a loss lives above its floor."""
    where = {"xref": "paper", "x": 0.995, "xanchor": "right", "y": y, "yanchor": "top"}
    return {**where, "text": text, "showarrow": False, "bgcolor": "fv:background", "font": {"color": "fv:text", "size": 12}}


def _loss_axis(losses: np.ndarray, floor: float | None) -> tuple[Figure, bool]:
    """The y axis: logarithmic where the loss spans more than a decade; room for the floor and its name."""
    least = float(min(losses.min(initial=np.inf), floor or np.inf))
    most = float(losses.max(initial=0.0))
    if not 0 < least < most:
        return {"type": "linear", "rangemode": "tozero"}, False
    if most > 2.5 * least:
        ticks = [digit * 10.0**power for power in range(-6, 13) for digit in (1, 2, 5)]
        ticks = [tick for tick in ticks if least / 2 <= tick <= most * 2]
        names = [f"{tick:,g}" for tick in ticks]
        return {
            "type": "log",
            "range": [float(np.log10(least / 1.5)), float(np.log10(most * 1.2))],
            "tickvals": ticks,
            "ticktext": names,
        }, True
    room = 0.15 * (most - least)
    return {"type": "linear", "range": [max(0.0, least - 1.5 * room), most + room], "nticks": 6}, False


def _digits(values: np.ndarray) -> list[float]:
    return [float(f"{v:.4g}") for v in values]


class Curve(NamedTuple):
    """The loss of one of several experiments.

    Attributes:
        name: What to call it.
        losses: Loss of each step, shape (step,).
        total: Steps that there will be.
        floor: Least loss that any network can reach, where it is known.
        colour: Of the curve and its floor.
    """

    name: str
    losses: np.ndarray
    total: int
    floor: float | None
    colour: str


def losses_figure(curves: Sequence[Curve]) -> Figure:
    """The smoothed losses of several experiments, each with its own floor as a dashed line of its colour."""
    traces, shapes, notes, kept = [], [], [], []
    for curve in curves:
        shown = (
            np.unique(np.linspace(0, len(curve.losses) - 1, POINTS // 2).astype(int)) if len(curve.losses) else np.zeros(0, int)
        )
        smooth = smoothed(curve.losses)[shown]
        kept.append(smooth)
        line = {"color": curve.colour, "width": 2.5}
        x = (shown + 1).tolist()
        traces.append({"x": x, "y": _digits(smooth), "name": curve.name, "mode": "lines", "type": "scatter", "line": line})
    least = min((curve.floor for curve in curves if curve.floor), default=None)
    axis, log = _loss_axis(np.concatenate([np.zeros(0), *kept]), least)
    for floor in dict.fromkeys(curve.floor for curve in curves if curve.floor):
        whose = [curve for curve in curves if curve.floor == floor]
        shapes.append(_line("y", floor, {"color": whose[0].colour, "width": 1.4, "dash": "dash"}))
        text = f"least possible, {', '.join(curve.name.split(' ')[0] for curve in whose)}: {floor:.3g}"
        notes.append(_floor_name(text, float(np.log10(floor)) if log else floor))
    layout: Figure = {
        "xaxis": {
            "title": {"text": "training step"},
            "range": [0, max((c.total for c in curves), default=1)],
            "tickformat": ",d",
        },
        "yaxis": {"title": {"text": "loss  E‖v − u‖²"}, **axis},
        "margin": {"l": 60, "r": 12, "t": 4, "b": 38},
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top"},
        "uirevision": "losses",
        "shapes": shapes,
        "annotations": notes,
    }
    return {"data": traces, "layout": layout}


def quality_figure(curves: Sequence[tuple[str, Sequence[tuple[int, float | None]], str]], floors: Sequence[float]) -> Figure:
    """W2 against evaluations of the field, logarithmic axes, floors as dashed lines.

    Args:
        curves: For each its name, its points (evaluations, W2; None where there is none) and its colour.
        floors: W2 of a perfect flow, for each target.
    """
    traces = [
        {
            "x": [nfe for nfe, w2 in points if w2 is not None],
            "y": [float(f"{w2:.4g}") for _, w2 in points if w2 is not None],
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
    axis, log = _loss_axis(np.array(values, dtype=np.float64), min(floors, default=None))
    counts = sorted({x for trace in traces for x in trace["x"]})
    layout: Figure = {
        "xaxis": {
            "title": {"text": "evaluations of the field"},
            "type": "log",
            "tickvals": counts,
            "ticktext": [str(c) for c in counts],
        },
        "yaxis": {"title": {"text": "W2 (units of x)"}, **axis},
        "margin": {"l": 60, "r": 12, "t": 4, "b": 38},
        "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top"},
        "uirevision": "quality",
        "shapes": [_line("y", floor, {"color": "fv:text", "width": 1.2, "dash": "dash"}) for floor in floors],
        "annotations": [_floor_name(f"floor {floor:.3g}", float(np.log10(floor)) if log else floor) for floor in floors],
    }
    return {"data": traces, "layout": layout}


def path_figure(path: Path) -> Figure:
    """The coefficients α, σ and γ of a path over t, labelled on the curves."""
    t = torch.linspace(0, 1, 81, dtype=torch.float64)
    curves = [("α", path.alpha(t), "fv:target", 0.72), ("σ", path.sigma(t), "fv:source", 0.22)]
    if path.noisy:
        curves.append(("γ", path.gamma(t), "fv:2", 0.5))
    traces, notes = [], []
    for name, values, colour, where in curves:
        line = {"color": colour, "width": 2.5, "dash": "dot" if name == "γ" else "solid"}
        traces.append(
            {
                "x": _digits(t.numpy()),
                "y": _digits(values.numpy()),
                "name": name,
                "mode": "lines",
                "line": line,
                "hovertemplate": f"{name}(%{{x:.2f}}) = %{{y:.3f}}<extra></extra>",
            }
        )
        y = float(values[round(80 * where)])
        font = {"color": colour, "size": 15}
        notes.append({"x": where, "y": y, "text": f"<b>{name}</b>", "showarrow": False, "yshift": 11, "font": font})
    top = max(1.0, *(float(values.max()) for _, values, _, _ in curves))
    layout = {
        "xaxis": {"title": {"text": "t"}, "range": [0, 1], "tickvals": [0, 0.5, 1], "fixedrange": True},
        "yaxis": {"range": [-0.05 * top, 1.35 * top], "nticks": 4, "fixedrange": True},
        "margin": {"l": 28, "r": 8, "t": 6, "b": 34},
        "showlegend": False,
        "annotations": notes,
    }
    return {"data": traces, "layout": layout}


def pairs_figure(experiment: Experiment, bounds: tuple[float, float, float, float]) -> Figure:
    """One small batch of 48 pairs, as lines from x0 to the x1 that the coupling gave it."""
    rng = torch.Generator().manual_seed(experiment.seed + 1)
    x0 = experiment.source_distribution.sample(PAIRS, rng)
    x1 = experiment.target_distribution.sample(PAIRS, rng)
    if isinstance(experiment.coupling, Pairs):  # no flow is trained yet: the exact one stands in
        x1 = made_by_exact_flow(
            experiment.source_distribution, experiment.target_distribution, experiment.path, experiment.coupling, x0
        )
    x1 = x1[experiment.coupling.partners(x0, x1, rng)]
    gap = torch.full((PAIRS,), float("nan"))
    lines = torch.stack([torch.stack([a, b, gap], 1).ravel() for a, b in zip(x0.T, x1.T, strict=True)])
    plain = {"mode": "markers", "hoverinfo": "skip", "type": "scatter"}
    traces = [
        {
            "x": [None if np.isnan(v) else round(v, 2) for v in lines[0].tolist()],
            "y": [None if np.isnan(v) else round(v, 2) for v in lines[1].tolist()],
            "mode": "lines",
            "line": {"color": "fv:muted", "width": 1},
            "opacity": 0.6,
            "hoverinfo": "skip",
        },
        {**plain, "x": _digits(x0[:, 0].numpy()), "y": _digits(x0[:, 1].numpy()), "marker": {"color": "fv:source", "size": 4}},
        {**plain, "x": _digits(x1[:, 0].numpy()), "y": _digits(x1[:, 1].numpy()), "marker": {"color": "fv:target", "size": 5}},
    ]
    bare = {"visible": False, "fixedrange": True}
    layout = {
        "xaxis": {**bare, "range": list(bounds[:2])},
        "yaxis": {**bare, "range": list(bounds[2:]), "scaleanchor": "x"},
        "margin": {"l": 2, "r": 2, "t": 2, "b": 2},
        "showlegend": False,
    }
    return {"data": traces, "layout": layout}

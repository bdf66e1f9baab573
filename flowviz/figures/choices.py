"""What a choice means before anything is learned: a path's coefficients, a coupling's pairs."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowviz.exact import coupled
from flowviz.experiment import Experiment
from flowviz.figures.axes import digits, log_axis
from flowviz.figures.value import Figure
from flowviz.methods import noise_weight
from flowviz.paths import Path
from flowviz.scene.camera import project
from flowviz.spaces import PLANE

PAIRS = 48


def path_figure(path: Path) -> Figure:
    """Return the coefficients α, σ and γ of a path over t, labelled on the curves."""
    t = torch.linspace(0, 1, 81, dtype=torch.float64)
    curves = [("α", path.alpha(t), "fv:target", 0.72), ("σ", path.sigma(t), "fv:source", 0.22)]
    if path.noisy:
        curves.append(("γ", path.gamma(t), "fv:2", 0.5))
    traces, notes = [], []
    for name, values, colour, where in curves:
        line = {"color": colour, "width": 2.5, "dash": "dot" if name == "γ" else "solid"}
        traces.append(
            {
                "x": digits(t.numpy()),
                "y": digits(values.numpy()),
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


def weight_figure(path: Path) -> Figure:
    """Return w(t) over t: how much a squared error of the predicted noise is worth as one of the velocity."""
    t = torch.linspace(*path.interval, 81, dtype=torch.float64)
    weight = noise_weight(path, t)
    curve = {
        "x": digits(t.numpy()),
        "y": digits(weight.numpy()),
        "name": "w",
        "mode": "lines",
        "line": {"color": "fv:text", "width": 2},
        "hovertemplate": "w(%{x:.2f}) = %{y:.3g}<extra></extra>",
    }
    name = {"x": 0.5, "y": float(weight[40].log10()), "text": "<b>w(t)</b>", "showarrow": False, "yshift": 14}
    layout = {
        "xaxis": {"title": {"text": "t"}, "range": [0, 1], "tickvals": [0, 0.5, 1], "fixedrange": True},
        "yaxis": {**log_axis(float(weight.min()), float(weight.max()), sparse=20), "fixedrange": True},
        "margin": {"l": 44, "r": 8, "t": 6, "b": 34},
        "showlegend": False,
        "annotations": [{**name, "font": {"color": "fv:text", "size": 15}}],
    }
    return {"data": [curve], "layout": layout}


@lru_cache(maxsize=64)
def shown_pairs(experiment: Experiment) -> tuple[Tensor, Tensor]:
    """Return one small batch as the coupling pairs it: x0 and the x1 of each, shape (48, d) each."""
    rng = torch.Generator().manual_seed(experiment.seed + 1)
    source, target = experiment.source_distribution, experiment.target_distribution
    x0, x1 = source.sample(PAIRS, rng), target.sample(PAIRS, rng)
    return x0, coupled(source, target, experiment.path, experiment.coupling, x0, x1, rng)


def crossing_share(x0: Tensor, x1: Tensor) -> float:
    """Return the share of all pairs of segments x0[i] x1[i] that cross in the plane; points of shape (n, 2), n at least 2."""
    a, b = x0.double(), x1.double()

    def side(p: Tensor, q: Tensor, r: Tensor) -> Tensor:
        """Return on which side of the line through p and q each r lies, shape (n, n)."""
        return (
            (q - p)[:, None, 0] * (r[None] - p[:, None])[..., 1] - (q - p)[:, None, 1] * (r[None] - p[:, None])[..., 0]
        ).sign()

    parted = side(a, b, a) * side(a, b, b) < 0
    return float((parted & parted.T).triu(1).sum()) / (len(a) * (len(a) - 1) / 2)


def crossings(experiment: Experiment) -> tuple[float, float] | None:
    """Return the share of the shown pairs' lines that cross, and the share if the same points were paired by chance.

    Returns:
        Both shares; None outside the plane, where lines miss each other almost surely.
    """
    if experiment.space != PLANE:
        return None
    return _crossings(experiment)


@lru_cache(maxsize=64)
def _crossings(experiment: Experiment) -> tuple[float, float]:
    x0, x1 = shown_pairs(experiment)
    rng = torch.Generator().manual_seed(5)
    by_chance = [crossing_share(x0, x1[torch.randperm(len(x1), generator=rng)]) for _ in range(8)]
    return crossing_share(x0, x1), sum(by_chance) / len(by_chance)


def pairs_figure(experiment: Experiment, bounds: tuple[float, ...]) -> Figure:
    """Return one small batch of 48 pairs, as lines from x0 to the x1 that the coupling gave it.

    In space as the camera sees them.
    """
    x0, x1 = shown_pairs(experiment)
    if x0.shape[1] == 3:
        x0, x1 = (torch.from_numpy(project(x.numpy(), bounds)) for x in (x0, x1))
        bounds = (-1.0, 1.0, -1.0, 1.0)
    gap = torch.full((PAIRS,), float("nan"), dtype=x0.dtype)
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
        {**plain, "x": digits(x0[:, 0].numpy()), "y": digits(x0[:, 1].numpy()), "marker": {"color": "fv:source", "size": 4}},
        {**plain, "x": digits(x1[:, 0].numpy()), "y": digits(x1[:, 1].numpy()), "marker": {"color": "fv:target", "size": 5}},
    ]
    bare = {"visible": False, "fixedrange": True}
    layout = {
        "xaxis": {**bare, "range": list(bounds[:2])},
        "yaxis": {**bare, "range": list(bounds[2:]), "scaleanchor": "x"},
        "margin": {"l": 2, "r": 2, "t": 2, "b": 2},
        "showlegend": False,
    }
    return {"data": traces, "layout": layout}

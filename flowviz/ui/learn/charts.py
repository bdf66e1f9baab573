"""Figures of the lecture that stand still, as Plotly's plain dicts: the parts of the loss, the two gradients, their cosine."""

from collections.abc import Sequence

import numpy as np

from flowviz.figures import Figure, axis, digits, limit, with_limits
from flowviz.lessons import Gradients, LossParts
from flowviz.ui.learn.symbols import GREEN, PINK

LEARN, NOISE = GREEN, "fv:muted"
"""What can be learned, and what cannot."""
SHOWN = 24
"""Weights whose gradients are drawn."""


def _legend(size: int) -> Figure:
    return {"orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom", "font": {"size": size}}


def parts_figure(parts: LossParts, floor_name: str, top: float, size: int) -> Figure:
    """Return both parts of a loss over t, stacked, with the mean of the floor as a named line.

    Args:
        parts: The parts.
        floor_name: What to write on the line of the floor's mean.
        top: Where the axis ends; the same for every candidate, so that areas can be compared.
        size: Font size.
    """
    floor, learn = parts.floor.numpy(), parts.learnable.numpy()
    area = {"mode": "lines", "type": "scatter", "x": digits(parts.t.numpy())}
    cannot = {
        **area,
        "y": digits(floor),
        "name": "cannot be learned",
        "line": {"width": 2.5, "color": NOISE},
        "fill": "tozeroy",
        "fillcolor": "rgba(128,128,128,.22)",
        "fillpattern": {"shape": "/", "fgcolor": NOISE, "fgopacity": 0.5, "size": 9, "solidity": 0.18},
        "hovertemplate": "t = %{x:.2f}: floor %{y:.3g}<extra></extra>",
    }
    can = {
        **area,
        "y": digits(floor + learn),
        "customdata": digits(learn),
        "name": "can be learned",
        "line": {"width": 2.5, "color": LEARN},
        "fill": "tonexty",
        "fillcolor": "rgba(0,158,115,.30)",
        "hovertemplate": "t = %{x:.2f}: to be learned %{customdata:.3g}, loss %{y:.3g}<extra></extra>",
    }
    return {"data": [cannot, can], "layout": _parts_layout(parts, floor_name, top, size)}


def _parts_layout(parts: LossParts, floor_name: str, top: float, size: int) -> Figure:
    layout = {
        "font": {"size": size},
        "xaxis": axis("t", size, range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1]),
        "yaxis": axis("squared units of x per unit t", size, range=[0, top], nticks=7),
        "margin": {"l": 66, "r": 14, "t": 34, "b": 46},
        "legend": {**_legend(size), "traceorder": "reversed"},
        "uirevision": "parts",
    }
    return with_limits(layout, [limit(floor_name, parts.floor_total.mean, above=True, size=size, width=1.4)])


def top_of(parts: Sequence[LossParts]) -> float:
    """Return where the axis of several losses ends: most of what they reach; a spike at an end of t may be cut."""
    reach = [float(np.quantile((one.floor + one.learnable).numpy(), 0.93)) for one in parts]
    ends = [float((one.floor + one.learnable).max()) for one in parts]
    return 1.08 * max(min(end, 2 * usual) for end, usual in zip(ends, reach, strict=True))


def bars_figure(found: Gradients, place: int, size: int) -> Figure:
    """Return both gradients of the weights with the largest ones, side by side, at one batch size.

    Args:
        found: Gradients for all batch sizes; the largest batch decides which weights are shown, and every batch the axis.
        place: Which batch size.
        size: Font size.
    """
    chosen = np.sort(np.argsort(-found.marginal[-1].abs().numpy(), kind="stable")[:SHOWN])
    names = [f"{name}, {i + 1} of {count}" for name, count in found.groups for i in range(count)]
    both = {"conditional": found.conditional[:, chosen].numpy(), "marginal": found.marginal[:, chosen].numpy()}
    most = 1.1 * max(float(np.abs(values).max()) for values in both.values())
    common = {"type": "bar", "x": list(range(1, len(chosen) + 1)), "text": [names[i] for i in chosen], "textposition": "none"}
    hover = "%{text}: %{y:.3g}<extra>%{fullData.name}</extra>"
    pair = {"name": "∇L<sub>CFM</sub>, against each u", "marker": {"color": NOISE}}
    mean = {
        "name": "∇L<sub>FM</sub>, against their mean u<sub>t</sub>",
        "marker": {
            "color": PINK,
            "pattern": {"shape": "/", "fillmode": "overlay", "fgcolor": "fv:background", "size": 6, "solidity": 0.2},
        },
    }
    data = [
        {**common, **look, "y": digits(both[key][place]), "hovertemplate": hover}
        for look, key in ((pair, "conditional"), (mean, "marginal"))
    ]
    layout = {
        "font": {"size": size},
        "barmode": "group",
        "bargap": 0.25,
        "xaxis": axis(f"the {len(chosen)} weights with the largest gradient", size, showticklabels=False),
        "yaxis": axis("gradient", size, range=[-most, most], nticks=5, zeroline=True),
        "margin": {"l": 66, "r": 14, "t": 34, "b": 34},
        "legend": _legend(size),
        "uirevision": "bars",
    }
    return {"data": data, "layout": layout}


def cosine_figure(found: Sequence[Gradients], place: int, size: int) -> Figure:
    """Return the cosine between both gradients over the batch size, of several networks, with their median and the limit 1.

    Args:
        found: Gradients of several networks, for the same batch sizes; the first one's bars are shown.
        place: The batch size that is marked.
        size: Font size.
    """
    sizes, cosines = list(found[0].sizes), np.stack([one.cosine.numpy() for one in found])
    line = {"mode": "lines", "type": "scatter", "x": sizes, "hoverinfo": "skip", "showlegend": False}
    thin = [{**line, "y": digits(values), "line": {"color": "fv:muted", "width": 1}, "opacity": 0.6} for values in cosines]
    median = {
        **line,
        "mode": "lines+markers",
        "y": digits(np.median(cosines, 0)),
        "line": {"color": "fv:text", "width": 3},
        "marker": {"size": 7},
        "hoverinfo": "all",
        "hovertemplate": "batch %{x:,}: median cosine %{y:.4f}<extra></extra>",
    }
    here = {**line, "mode": "markers", "x": [sizes[place]], "y": digits([cosines[0, place]])}
    here["marker"] = {"color": PINK, "size": 14, "line": {"color": "fv:text", "width": 2}}
    layout = _cosine_layout(sizes[-1], float(cosines.min()), size)
    return {"data": [*thin, median, here], "layout": layout}


def _cosine_layout(largest: int, least: float, size: int) -> Figure:
    # Down to the next tenth below the lowest: where even 16 pairs nearly agree, an axis from 0 would show a level line.
    low = max(-1.0, float(np.floor(10 * least - 0.2)) / 10)
    room = 0.08 * (1 - low)
    ticks, names = [16, 64, 256, 1024, 4096, 16384, 65536], ["16", "64", "256", "1k", "4k", "16k", "65k"]
    across = [1.1, float(np.log10(largest)) + 0.1]
    layout = {
        "font": {"size": size},
        "xaxis": axis("batch size B", size, type="log", tickvals=ticks, ticktext=names, range=across),
        "yaxis": axis("cosine", size, range=[low - room / 2, 1 + 2 * room], nticks=5),
        "margin": {"l": 66, "r": 14, "t": 8, "b": 46},
        "uirevision": "cosine",
    }
    return with_limits(layout, [limit("1: the same direction", 1, above=True, size=size, width=1.4)])

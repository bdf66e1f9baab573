"""Maps: a number for every place of the plane, as colours with their scale."""

import math

import numpy as np

from flowviz.figures.axes import axis
from flowviz.figures.value import Figure

DEEP = 9.0
"""Nats below the highest place at which a map of log densities ends."""
WIDE = 3.0
"""Nats at which a map of differences ends, up and down."""


def log_density_figure(log_p: np.ndarray, bounds: tuple[float, ...], top: float) -> Figure:
    """Return log p as a map, from `top` down to `DEEP` nats below it.

    Args:
        log_p: Shape (side, side), y ascending, nats per unit area.
        bounds: xmin, xmax, ymin, ymax.
        top: The upper end of the scale, shared by maps that are compared.
    """
    return _map(np.maximum(log_p, top - DEEP), bounds, "log p", "Cividis", (top - DEEP, top))


def difference_figure(log_q: np.ndarray, log_p: np.ndarray, bounds: tuple[float, ...], top: float) -> Figure:
    """Return log q − log p where p is within the other map's scale; nothing elsewhere, where hardly a point ever lies."""
    seen = np.where(log_p > top - DEEP, np.clip(log_q - log_p, -WIDE, WIDE), np.nan)
    return _map(seen, bounds, "difference", "RdBu", (-WIDE, WIDE))


def density_map(density: np.ndarray, bounds: tuple[float, ...], top: float) -> Figure:
    """Return a density as a map, from 0 to `top`, its colours by the square root: thin parts are seen beside dense ones.

    Args:
        density: Shape (side, side), y ascending, probability per unit of area.
        bounds: xmin, xmax, ymin, ymax.
        top: The upper end of the scale, shared by maps that are compared.
    """
    figure = _map(np.sqrt(density), bounds, "density", "Cividis", (0.0, math.sqrt(top)), unit="per unit of area", title="p")
    trace = figure["data"][0]
    trace["customdata"] = [[float(f"{p:.3g}") for p in row] for row in density]
    trace["hovertemplate"] = trace["hovertemplate"].replace("%{z", "%{customdata")
    ticks = [top * share for share in (0, 1 / 16, 1 / 4, 9 / 16, 1)]
    trace["colorbar"] |= {"tickvals": [math.sqrt(p) for p in ticks], "ticktext": [f"{p:.2g}" for p in ticks]}
    return figure


def _map(
    values: np.ndarray,
    bounds: tuple[float, ...],
    what: str,
    scale: str,
    ends: tuple[float, float],
    *,
    unit: str = "nats",
    title: str = "nats",
) -> Figure:
    side = len(values)
    x0, x1, y0, y1 = bounds
    rows = [[None if not np.isfinite(v) else float(f"{v:.3g}") for v in row] for row in values]
    trace: Figure = {
        "type": "heatmap",
        "z": rows,
        "x0": x0 + (x1 - x0) / side / 2,
        "dx": (x1 - x0) / side,
        "y0": y0 + (y1 - y0) / side / 2,
        "dy": (y1 - y0) / side,
        "colorscale": scale,
        "zmin": ends[0],
        "zmax": ends[1],
        "zsmooth": "best",
        "hovertemplate": f"x = %{{x:.2f}}, y = %{{y:.2f}}: {what} = %{{z:.3g}} {unit}<extra></extra>",
        "colorbar": {"title": {"text": title}, "thickness": 10, "len": 1, "outlinewidth": 0},
    }
    layout: Figure = {
        "xaxis": axis("first coordinate", range=[x0, x1], constrain="domain"),
        "yaxis": axis("second coordinate", range=[y0, y1], scaleanchor="x", constrain="domain"),
        "margin": {"l": 48, "r": 8, "t": 6, "b": 40},
        "uirevision": what,
    }
    return {"data": [trace], "layout": layout}

"""How far a flow copies its training points, over the steps of training."""

import math
from collections.abc import Sequence

from flowviz.figures.axes import axis, limit, with_limits
from flowviz.figures.value import Figure

TOP = 0.9
"""The share above which a name stands below its line."""


def copied_figure(steps: Sequence[int], shares: Sequence[float], exact: float, fresh: float) -> Figure:
    """Return the share of samples that lie near a training point, between fresh draws and the exact flow.

    Args:
        steps: Training steps, ascending; step 0, which a logarithmic axis cannot show, is left out.
        shares: The share after each, from 0 to 1.
        exact: That of the exact flow; a line where it is a number.
        fresh: That of fresh draws of the same law.
    """
    points = [(step, share) for step, share in zip(steps, shares, strict=True) if step > 0]
    last = max((step for step, _ in points), default=1)
    ticks = [10**power for power in range(7) if 10**power <= last] + [last] * (last not in (1, 10, 100, 1000, 10_000))
    # A tick too near to the last step would lie under its number.
    ticks = [tick for tick in ticks if tick == last or tick < 0.45 * last]
    trace: Figure = {
        "x": [step for step, _ in points],
        "y": [round(100 * share, 2) if math.isfinite(share) else None for _, share in points],
        "name": "learned flow",
        "mode": "lines+markers",
        "type": "scatter",
        "line": {"color": "fv:0", "width": 2.5},
        "marker": {"size": 7},
        "hovertemplate": "after %{x:,} steps: %{y:.1f} %<extra></extra>",
    }
    layout: Figure = {
        "xaxis": axis(
            "training step",
            type="log",
            range=[-0.06, math.log10(max(last, 10)) + 0.06],
            tickvals=ticks,
            ticktext=[f"{tick:,}" for tick in ticks],
        ),
        "yaxis": axis("samples near a training point (%)", range=[-3, 108], tickvals=[0, 25, 50, 75, 100]),
        "margin": {"l": 56, "r": 14, "t": 10, "b": 40},
        "showlegend": False,
        "uirevision": "copied",
    }
    # Names stand on the far sides of two lines, which may lie near each other; above the top one there is no room.
    lower = math.isfinite(exact) and fresh <= exact
    limits = [limit(f"fresh points {100 * fresh:.0f} %", 100 * fresh, side="left", above=not lower)]
    if math.isfinite(exact):
        limits.append(limit(f"exact flow {100 * exact:.0f} %", 100 * exact, side="left", above=lower and exact < TOP))
    return {"data": [trace], "layout": with_limits(layout, limits)}

"""Figures that stand still, as Plotly's own plain dicts. A colour may be a token such as "fv:source": the page's theme decides.

They know no widget and import nothing of Plotly: whoever draws them does.
"""

from flowviz.figures.axes import axis, digits, limit, line_at, log_axis, with_limits
from flowviz.figures.choices import PAIRS, crossing_share, crossings, pairs_figure, path_figure, shown_pairs, weight_figure
from flowviz.figures.curves import Curve, loss_figure, losses_figure, quality_figure, recent, smoothed
from flowviz.figures.value import Figure

__all__ = [
    "PAIRS",
    "Curve",
    "Figure",
    "axis",
    "crossing_share",
    "crossings",
    "digits",
    "limit",
    "line_at",
    "log_axis",
    "loss_figure",
    "losses_figure",
    "pairs_figure",
    "path_figure",
    "quality_figure",
    "recent",
    "shown_pairs",
    "smoothed",
    "weight_figure",
    "with_limits",
]

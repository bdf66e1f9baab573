"""The power spectrum of made series, and that of the data."""

from torch import Tensor

from flowviz.figures.axes import axis, digits, log_axis
from flowviz.figures.value import Figure

SURE = 2.0
"""Standard errors on each side of the data's spectrum that are shaded: as many fresh series stay within, nineteen times in twenty."""


def spectrum_figure(made: Tensor, real: Tensor, error: Tensor, name: str) -> Figure:
    """Return the mean power against frequency.

    Args:
        made: Of the made series, at 0, 1, … periods, shape (k,).
        real: Of the data, shape (k,).
        error: Standard error of the mean of as many fresh series, shape (k,).
        name: What made the series, such as "learned flow".
    """
    band, x = SURE * error, list(range(len(real)))
    least = 0.3 * float(real.min())
    low, high = (real - band).clamp(min=least), real + band
    common: Figure = {"x": x, "type": "scatter", "hovertemplate": "%{x} periods: %{y:.2g}<extra>%{fullData.name}</extra>"}
    edge: Figure = {**common, "mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    traces: list[Figure] = [
        {**edge, "y": digits(low.numpy())},
        {**edge, "y": digits(high.numpy()), "fill": "tonexty", "fillcolor": "rgba(128,128,128,.35)"},
        {
            **common,
            "y": digits(real.numpy()),
            "name": "data",
            "mode": "lines",
            "line": {"color": "fv:target", "width": 2, "dash": "dash"},
        },
        {**common, "y": digits(made.numpy()), "name": name, "mode": "lines", "line": {"color": "fv:0", "width": 2.5}},
    ]
    most = float(max(made.max(), high.max()))
    layout: Figure = {
        "xaxis": axis("periods in the window", range=[0, len(x) - 1]),
        "yaxis": axis("mean power (x²)", **log_axis(min(least, float(made.min())), most, sparse=3)),
        "margin": {"l": 64, "r": 14, "t": 40, "b": 40},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "uirevision": "spectrum",
    }
    return {"data": traces, "layout": layout}

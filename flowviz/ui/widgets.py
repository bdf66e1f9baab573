"""The widget of one field: a switch, a list, a slider, whichever it asks for; and what people read for its values."""

import math
from collections.abc import Callable
from typing import Any

import streamlit as st

from flowviz.couplings import COUPLINGS
from flowviz.distributions import DISTRIBUTIONS
from flowviz.experiment import Leaf, format_value
from flowviz.methods import METHODS
from flowviz.paths import PATHS
from flowviz.solvers import SOLVERS

# Numbers that people choose by their order of magnitude: a few good ones, and whatever the address says.
STOPS: dict[str, tuple[float, ...]] = {
    "width": (16, 32, 64, 128, 256),
    "steps": (500, 1000, 2000, 4000, 8000, 16_000, 32_000),
    "batch": (16, 64, 256, 512, 1024, 4096),
    "lr": (1e-4, 5e-4, 1e-3, 2e-3, 4e-3, 8e-3, 2e-2, 1e-1, 1.0, 10.0),
    "clip": (0, 0.1, 0.5, 1, 5, 10),
    "sinkhorn_epsilon": (0.05, 0.2, 0.5, 1, 2, 5, 10, 30, 100),
    "particles": (50, 100, 200, 500, 1000, 2000, 5000),
    "solver_steps": (1, 2, 3, 4, 6, 8, 10, 20, 30, 60, 100, 200),
}
LABELS: dict[str, dict[str, str]] = {
    "method": {slug: method.label for slug, method in METHODS.items()},
    "path": {slug: path.label + (" · Gaussian source" if path.gaussian_source else "") for slug, path in PATHS.items()},
    "coupling": {slug: coupling.short for slug, coupling in COUPLINGS.items()},
    "source": {slug: kind.label for slug, kind in DISTRIBUTIONS.items()},
    "target": {slug: kind.label for slug, kind in DISTRIBUTIONS.items()},
    "solver": {slug: solver.label for slug, solver in SOLVERS.items()},
    "grid": {"even": "Even", "cosine": "Cosine", "early": "Early", "late": "Late"},
    "noise_shape": {"constant": "Constant", "fading": "Fading"},
    "classes": {"off": "Not learned", "within": "Learned, paired within a class", "across": "Learned, paired across classes"},
    "activation": {"silu": "SiLU", "relu": "ReLU", "tanh": "tanh", "gelu": "GELU", "selu": "SELU"},
    "time_features": {"fourier": "Fourier", "embedding": "Embedding", "plain": "t alone"},
    "schedule": {"cosine": "Cosine", "warmup": "Warm-up", "constant": "Constant"},
    "time_sampling": {"uniform": "Uniform", "logit-normal": "Logit-normal"},
    "device": {"auto": "Auto", "cpu": "CPU", "cuda": "CUDA", "mps": "MPS"},
    "section": {
        "solvers": "Solvers",
        "noise": "Noise",
        "backward": "Backward",
        "likelihood": "Likelihood",
        "classes": "Classes",
        "copies": "Memorising",
        "spectrum": "Spectrum",
    },
    "show": {"side": "Side by side", "over": "Overlaid", "learned": "Learned", "exact": "Exact"},
    "si_linear_kind": {"sqrt": "a√(2t(1−t))", "sin2": "a sin²(πt)", "quadratic": "a t(1−t)"},
}


TABS = ("show", "section")
"""Choices of what is seen on a page: side by side, however many they are."""


def widget(
    name: str,
    leaf: Leaf,
    text: str,
    *,
    key: str,
    on_change: Callable[..., None],
    label: str | None = None,
    options: list[str] | None = None,
    hide_label: bool = False,
) -> None:
    """Show the widget that a field asks for, showing a text's value; `on_change` is called with the field's name.

    Args:
        name: The field's name in the flat form.
        leaf: The field.
        text: Its value as it stands in a link.
        key: The widget's own key.
        on_change: What happens when the visitor has changed it.
        label: What stands above it; by default the field's own title.
        options: Slugs to choose from, where not all are offered.
        hide_label: Whether the label is for screen readers only.
    """
    value = leaf.parse(text)
    st.session_state[key] = value
    common: dict[str, Any] = {
        "label": label or leaf.info.title or name,
        "key": key,
        "help": leaf.info.description,
        "on_change": on_change,
        "args": (name,),
        "label_visibility": "collapsed" if hide_label else "visible",
    }
    if leaf.kind is bool:
        st.toggle(**common)
    elif leaf.choices is not None:
        _list(name, options or list(leaf.choices), common)
    else:
        _number(name, leaf, value, common)


def _list(name: str, options: list[str], common: dict[str, Any]) -> None:
    common["format_func"] = lambda slug: label_of(name, slug)
    if name in TABS or (len(options) <= 4 and name not in ("path", "solver", "si_linear_kind")):
        width = "content" if name in TABS else "stretch"
        st.segmented_control(options=options, required=True, width=width, **common)
    else:
        st.selectbox(options=options, **common)


def label_of(name: str, text: str) -> str:
    """Return what people read for the value of a field."""
    return LABELS.get(name, {}).get(text, text)


def _number(name: str, leaf: Leaf, value: float, common: dict[str, Any]) -> None:
    low, high = leaf.bounds
    if name in STOPS:
        st.select_slider(options=sorted({*(leaf.kind(stop) for stop in STOPS[name]), value}), format_func=_short, **common)
    elif leaf.kind is int and (low is None or high is None or high - low > 100):
        st.number_input(min_value=int(low or 0), max_value=int(high or 2**31 - 1), step=1, **common)
    elif leaf.kind is int:
        st.slider(min_value=int(low or 0), max_value=int(high or 1), **common)
    else:
        assert low is not None
        assert high is not None
        power = math.floor(math.log10((high - low) / 20))
        step, digits = 10**power, max(2, -power)  # by itself a slider shows two, and 0.008 would read 0.01
        first = low if leaf.clamp(format_value(low)) == low else step  # an open end is not on offer
        st.slider(min_value=float(min(value, first)), max_value=float(high), step=float(step), format=f"%.{digits}f", **common)


def _short(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"

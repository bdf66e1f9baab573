"""Experiment <-> widgets, generated from its fields."""

import math
from typing import Any

import streamlit as st
import torch
from pydantic import ValidationError

from flowviz import figures
from flowviz.couplings import COUPLINGS
from flowviz.distributions import DISTRIBUTIONS, Distribution
from flowviz.experiment import ARTICLE, LEAVES, Experiment, Leaf, format_value
from flowviz.experiment.refusals import sentence
from flowviz.paths import PATHS
from flowviz.scene.build import bounds_of
from flowviz.solvers import METHODS
from flowviz.ui import own, state
from flowviz.ui.player import livefig
from flowviz.ui.thumbs import thumb_path

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
    "path": {slug: path.label + (" · Gaussian source" if path.gaussian_source else "") for slug, path in PATHS.items()},
    "coupling": {slug: coupling.short for slug, coupling in COUPLINGS.items()},
    "source": {slug: kind.label for slug, kind in DISTRIBUTIONS.items()},
    "target": {slug: kind.label for slug, kind in DISTRIBUTIONS.items()},
    "solver": METHODS,
    "activation": {"silu": "SiLU", "relu": "ReLU", "tanh": "tanh", "gelu": "GELU", "selu": "SELU"},
    "time_features": {"fourier": "Fourier", "embedding": "Embedding", "plain": "t alone"},
    "schedule": {"cosine": "Cosine", "warmup": "Warm-up", "constant": "Constant"},
    "time_sampling": {"uniform": "Uniform", "logit-normal": "Logit-normal"},
    "device": {"auto": "Auto", "cpu": "CPU", "cuda": "CUDA", "mps": "MPS"},
    "show": {"side": "Side by side", "over": "Overlaid", "learned": "Learned", "exact": "Exact"},
    "si_linear_kind": {"sqrt": "a√(2t(1−t))", "sin2": "a sin²(πt)", "quadratic": "a t(1−t)"},
}


def _changed(name: str) -> None:
    value = st.session_state[f"fv.{name}"]
    if value is not None:
        state.put(**{name: format_value(value)})


def control(name: str, *, label: str | None = None, options: list[str] | None = None, hide_label: bool = False) -> None:
    """The widget of one choice: a switch, a list, a slider, whichever its field asks for.

    Args:
        name: Its name in the address.
        label: What stands above it; by default the field's own title.
        options: Slugs to choose from, where not all are offered.
        hide_label: Whether the label is for screen readers only.
    """
    leaf = state.FIELDS[name]
    key = f"fv.{name}"
    value = leaf.parse(st.session_state[state.FLAT].get(name, format_value(leaf.default)))
    st.session_state[key] = value
    common: dict[str, Any] = {
        "label": label or leaf.info.title or name,
        "key": key,
        "help": leaf.info.description,
        "on_change": _changed,
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
    common["format_func"] = lambda slug: LABELS.get(name, {}).get(slug, slug)
    if len(options) <= 4 and name not in ("path", "solver", "si_linear_kind"):
        width = "content" if name == "show" else "stretch"
        st.segmented_control(options=options, required=True, width=width, **common)
    else:
        st.selectbox(options=options, **common)


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
        step = 10 ** math.floor(math.log10((high - low) / 20))
        first = low if leaf.clamp(format_value(low)) == low else step  # an open end is not on offer
        st.slider(min_value=float(min(value, first)), max_value=float(high), step=float(step), **common)


def _short(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def distribution_picker(name: str, title: str, experiment: Experiment) -> None:
    """A button with the chosen distribution's picture; behind it all fifteen, and the visitor's own."""
    kind = experiment.source_distribution if name == "source" else experiment.target_distribution
    mine = own.kept(experiment)
    only = name == "source" and experiment.path.gaussian_source
    options = ["gaussian"] if only else [*DISTRIBUTIONS, *mine]
    with st.popover(
        f"![]({thumb_path(kind.slug)}) **{title}**  {kind.label}", width="stretch", key=f"fv_pick_{name}_{own.opened()}"
    ):
        if only:
            st.caption(
                f"The path “{experiment.path.label}” is defined for a Gaussian source only, so there is no other to choose."
            )
        key = _picker_key(name, state.FIELDS[name].read(experiment))
        st.pills(
            title,
            options,
            format_func=lambda s: _pictured(mine.get(s) or DISTRIBUTIONS[s]),
            required=True,
            key=key,
            on_change=_picked,
            args=(name, key),
            label_visibility="collapsed",
        )
        if not only:
            own.offer(name)
        st.caption(
            f"One colour for each {kind.group}. Particles wear these colours all the way."
            if name == "source"
            else f"One colour for each {kind.group} of the data. In the picture particles keep the colour of their source."
        )


def _picker_key(name: str, value: str) -> str:
    """The picker's key, with the chosen value in it; another key for each value that did not come from the picker itself.

    A closed popover shows nothing, so it would keep what was picked in it before, and hand that in as a new choice.
    """
    memory = st.session_state
    before, version = memory.get(f"fv.{name}.picked", (value, 0))
    memory[f"fv.{name}.picked"] = (value, version + (before != value))
    version = memory[f"fv.{name}.picked"][1]
    key = f"fv.{name}.{version}" if version else f"fv.{name}"
    memory[key] = value
    return key


def _picked(name: str, key: str) -> None:
    value = st.session_state[key]
    st.session_state[f"fv.{name}.picked"] = (value, st.session_state[f"fv.{name}.picked"][1])
    state.put(**{name: value})


def _pictured(kind: Distribution | type[Distribution]) -> str:
    return f"![]({thumb_path(kind.slug)}) {kind.label}"


def path_controls(experiment: Experiment) -> None:
    """The path with its formula, its coefficients over t and its own options."""
    control("path", label="Path: how x₀ becomes x₁")
    path = experiment.path
    st.latex(path.formula)
    livefig(figures.path_figure(path), key="fv-path", height=130)
    st.caption(path.remark + _ends(experiment))
    _options("path", path.slug)


def _ends(experiment: Experiment) -> str:
    low, high = experiment.path.interval
    return "" if (low, high) == (0.0, 1.0) else f" Its loss is infinite on [0, 1], so it is trained on [{low:g}, {high:g}]."


def coupling_controls(experiment: Experiment) -> None:
    """The coupling, with the pairs that it makes of one small batch."""
    control("coupling", label="Coupling: which x₀ with which x₁")
    livefig(figures.pairs_figure(experiment, bounds_of(experiment)), key="fv-pairs", height=170)
    st.caption(
        f"{figures.PAIRS} pairs. {experiment.coupling.remark} A path is not a coupling: “OT” names both a path and a pairing."
    )
    _options("coupling", experiment.coupling.slug)


def _options(family: str, slug: str) -> None:
    for name, leaf in LEAVES.items():
        if leaf.group == family and leaf.slug == slug:
            control(name)


def devices() -> list[str]:
    """The devices that this machine has."""
    has = {"auto": True, "cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return [name for name, there in has.items() if there]


def network_controls() -> None:
    """Network, optimiser, stabilisers, seed and device."""
    left, right = st.columns(2)
    left.button(
        "Article’s own",
        on_click=lambda: state.put(**ARTICLE),
        help="The network and loop of a much-read tutorial: 3 × 128, time through a layer of 64, Adam at 5e-4, no averaging.",
        width="stretch",
    )
    plain = {name: format_value(LEAVES[name].default) for name in ARTICLE}
    right.button(
        "Fast default", on_click=lambda: state.put(**plain), help="3 × 64, Fourier time, averaged weights.", width="stretch"
    )
    for name in ("steps", "lr", "batch", "width", "depth", "time_features", "activation", "schedule", "time_sampling"):
        control(name)
    for name in ("average", "weight_norm", "clip", "seed"):
        control(name)
    here = devices()
    chosen = st.session_state[state.FLAT].get("device", "auto")
    control("device", options=here + ([chosen] if chosen not in here else []))
    if chosen not in here:
        st.warning(f"This machine has no {chosen!r}; it has {', '.join(here)}. Choose one of those to train.")


def sidebar(choice: state.Choice) -> None:
    """All controls: few in sight, the rest one click away."""
    experiment = choice.experiment
    distribution_picker("source", ":blue[Source x₀]", experiment)
    distribution_picker("target", ":orange[Target x₁]", experiment)
    path_controls(experiment)
    coupling_controls(experiment)
    with st.expander("Network and training", key="fv_network"):
        network_controls()
    with st.expander("Particles and solver", key="fv_view"):
        for name in ("particles", "solver", "solver_steps"):
            if not (name == "solver_steps" and choice.view.solver == "dopri5"):
                control(name)
    with st.expander("Open a saved experiment", key="fv_open"):
        st.file_uploader("A JSON file from “Take it home”", type=["json"], key="fv.open", on_change=_opened)
    st.button("Start over", on_click=state.reset, icon=":material/restart_alt:", type="tertiary")


def _opened() -> None:
    state.touch()
    file = st.session_state["fv.open"]
    if file is None:
        return
    try:
        state.load(Experiment.model_validate_json(file.getvalue()))
    except ValidationError as error:
        st.session_state[state.TROUBLE] = f"{file.name} is no saved experiment: {sentence(error)} The choices stay as they were."

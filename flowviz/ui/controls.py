"""Experiment <-> widgets, generated from its fields."""

from functools import lru_cache

import streamlit as st
import torch
from pydantic import ValidationError

from flowviz import figures
from flowviz.couplings import COUPLINGS
from flowviz.distributions import label_shares
from flowviz.experiment import ARTICLE, LEAVES, Experiment, default_of, format_value, no_score
from flowviz.experiment.refusals import sentence
from flowviz.known import exact_part, known
from flowviz.paths import PATHS, Path
from flowviz.scene.asked import ALL
from flowviz.solvers import ADAPTIVE, NOISY, SOLVERS, STIRRED
from flowviz.ui import own_data, state
from flowviz.ui.page_state import CHANGED, TROUBLE
from flowviz.ui.picker import face, picker
from flowviz.ui.player import figure_text, livefig
from flowviz.ui.widgets import widget


def changed() -> str:
    """Return the choice whose change started this run of the page; empty where something else did. To be asked for once a run."""
    return st.session_state.pop(CHANGED, "")


def slides(name: str) -> bool:
    """Return whether a choice is a number, which a visitor may go on moving; not so where nothing was chosen."""
    return name in state.FIELDS and state.FIELDS[name].kind in (int, float)


def _changed(name: str) -> None:
    value = st.session_state[f"fv.{name}"]
    st.session_state[CHANGED] = name
    if value is not None:
        state.put(**{name: format_value(value)})


def control(name: str, *, label: str | None = None, options: list[str] | None = None, hide_label: bool = False) -> None:
    """Show the widget of one choice: a switch, a list, a slider, whichever its field asks for.

    Args:
        name: Its name in the address.
        label: What stands above it; by default the field's own title.
        options: Slugs to choose from, where not all are offered.
        hide_label: Whether the label is for screen readers only.
    """
    leaf = state.FIELDS[name]
    text = state.STATE.now.flat.get(name, format_value(leaf.default))
    widget(name, leaf, text, key=f"fv.{name}", on_change=_changed, label=label, options=options, hide_label=hide_label)


def distribution_picker(name: str, title: str, experiment: Experiment) -> None:
    """Show a button with the chosen distribution's picture; behind it all that fit, and the visitor's own."""
    kind = experiment.source_distribution if name == "source" else experiment.target_distribution
    mine = own_data.kept(experiment)
    only = name == "source" and experiment.gaussian_only
    options = ["gaussian"] if only else own_data.offered(name, mine, experiment)
    with st.popover(face(title, kind), width="stretch", key=f"fv_pick_{name}_{own_data.opened()}"):
        if only:
            st.caption(f"{_whose_source(experiment)} is defined for a Gaussian source only, so there is no other to choose.")
        picker(name, title, state.FIELDS[name].read(experiment), options, put=state.put, mine=mine)
        if not only:
            own_data.offer(name)
        st.caption(
            f"One colour for each {kind.group}. Particles wear these colours all the way."
            if name == "source"
            else f"One colour for each {kind.group} of the data. In the picture particles keep the colour of their source."
        )


def _whose_source(experiment: Experiment) -> str:
    return f"The path “{experiment.path.label}”" if experiment.path.gaussian_source else f"The method “{experiment.method.label}”"


def path_controls(experiment: Experiment) -> None:
    """Show the path with its formula, its coefficients over t and its own options."""
    path, method = experiment.path, experiment.method
    if method.pathless:
        st.caption(f"{method.label}: no path and no coupling has a part in it.")
        return
    offered = list(method.legal.get("path", PATHS))
    if len(offered) > 1:
        control("path", label="Path: how x₀ becomes x₁", options=offered)
    else:
        st.caption(f"Path: **{path.label}**, the one that {method.label.lower()} takes.")
    st.latex(path.formula)
    livefig(_path_picture(path), key="fv-path", height=130)
    st.caption(path.caption + _bridge(experiment) + _ends(experiment))
    if method.weighting:
        livefig(_weight_picture(path), key="fv-weight", height=110)
        st.caption("w(t): a squared error of the noise counts w(t) times as one of the velocity.")
    _options("path", path.slug)


def _bridge(experiment: Experiment) -> str:
    """Return the ε with which a path is a Schrödinger bridge, and how far the coupling's own is from it."""
    path, coupling = experiment.path, experiment.coupling
    if path.bridge_epsilon is None:
        return ""
    least = LEAVES["sinkhorn_epsilon"].bounds[0] or 0.0
    words = f" With Sinkhorn at ε = 2s² = {path.bridge_epsilon:.3g} it approaches a Schrödinger bridge"
    if path.bridge_epsilon < least:
        return f"{words}; the least ε here is {least:g}, so exact OT, its limit for small ε, comes nearest."
    chosen = getattr(coupling, "epsilon", None)
    return f"{words}." if chosen is None else f"{words}; chosen is ε = {chosen:.3g}."


def _ends(experiment: Experiment) -> str:
    low, high = experiment.path.interval
    return "" if (low, high) == (0.0, 1.0) else f" {experiment.method.trained_on.format(low=low, high=high)}"


def method_controls(experiment: Experiment) -> None:
    """Show what the network learns."""
    control("method", label="Method: what is learned")
    st.caption(experiment.method.remark)
    _options("method", experiment.method.slug)


def coupling_controls(experiment: Experiment) -> None:
    """Show the coupling, with the pairs that it makes of one small batch; nothing where the method takes one only."""
    offered = list(experiment.method.legal.get("coupling", COUPLINGS))
    if len(offered) == 1:
        return
    control("coupling", label="Coupling: which x₀ with which x₁", options=offered)
    if experiment.space.sheet:
        st.caption(
            f"{experiment.coupling.caption(*figures.shown_pairs(exact_part(experiment)))} Pairs of {'series' if experiment.space.series else 'pictures'} are not drawn here."
        )
        _options("coupling", experiment.coupling.slug)
        return
    picture, words = _pairs(exact_part(experiment))
    livefig(picture, key="fv-pairs", height=170)
    st.caption(words)
    _options("coupling", experiment.coupling.slug)


@lru_cache(maxsize=64)
def _path_picture(path: Path) -> str:
    """Return the figure of a path, made once for all visitors."""
    return figure_text(figures.path_figure(path))


@lru_cache(maxsize=64)
def _weight_picture(path: Path) -> str:
    """Return the figure of a path's weight of the noise, made once for all visitors."""
    return figure_text(figures.weight_figure(path))


@lru_cache(maxsize=64)
def _pairs(experiment: Experiment) -> tuple[str, str]:
    """Return the pairs of one small batch as a figure, and what is said of them; made once for all visitors."""
    words = (
        f"{figures.PAIRS} pairs{_crossings(experiment)}. {experiment.coupling.caption(*figures.shown_pairs(experiment))} "
        "A path is not a coupling: “OT” names both a path and a pairing."
    )
    return figure_text(figures.pairs_figure(experiment, known(experiment).bounds)), words


def _crossings(experiment: Experiment) -> str:
    counted = figures.crossings(experiment)
    return "" if counted is None else f", {counted[0]:.0%} of whose lines cross one another ({counted[1]:.0%} by chance)"


def _options(family: str, slug: str) -> None:
    for name, leaf in LEAVES.items():
        if leaf.group == family and leaf.slug == slug:
            control(name)


def devices() -> list[str]:
    """Return the devices that this machine has."""
    has = {"auto": True, "cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return [name for name, there in has.items() if there]


TRAINED_BY = (
    *("steps", "lr", "batch", "width", "depth", "time_features", "activation"),
    *("schedule", "time_sampling", "average", "weight_norm", "clip"),
)


def network_controls(experiment: Experiment) -> None:
    """Show network, optimiser, stabilisers, seed and device."""
    left, right = st.columns(2)
    unused = experiment.method.unused
    left.button(
        "Article’s own",
        on_click=lambda: state.put(**{n: text for n, text in ARTICLE.items() if n not in unused}),
        help="The network and loop of a much-read tutorial: 3 × 128, time through a layer of 64, Adam at 5e-4, no averaging.",
        width="stretch",
    )
    slugs = experiment.method.slug, experiment.target_distribution.slug, experiment.coupling.slug
    plain = {name: format_value(default_of(name, *slugs)) for name in ARTICLE}
    right.button(
        "Fast default",
        on_click=lambda: state.put(**plain),
        help=f"{plain['depth']} × {plain['width']}, Fourier time, averaged weights.",
        width="stretch",
    )
    classes = ("classes", *["drop"] * bool(experiment.class_count)) if experiment.method.labels else ()
    for name in (*TRAINED_BY, *classes, "seed"):
        if name not in unused:
            control(name)
    here = devices()
    chosen = state.STATE.now.flat.get("device", "auto")
    control("device", options=here + ([chosen] if chosen not in here else []))
    if chosen not in here:
        st.warning(f"This machine has no {chosen!r}; it has {', '.join(here)}. Choose one of those to train.")


def sidebar(choice: state.Choice) -> None:
    """Show all controls: few in sight, the rest one click away."""
    experiment = choice.experiment
    distribution_picker("source", ":blue[Source x₀]", experiment)
    distribution_picker("target", ":orange[Target x₁]", experiment)
    method_controls(experiment)
    path_controls(experiment)
    coupling_controls(experiment)
    # What is folded is made when it is opened: it was half of the work of a page that opens.
    with st.expander("Network and training", key="fv_network", on_change="rerun") as part:
        if part.open:
            network_controls(experiment)
    with st.expander("Particles and solver", key="fv_view", on_change="rerun") as part:
        if part.open:
            _view_controls(choice)
            noise_controls(choice)
            class_controls(choice)
    with st.expander("Open a saved experiment", key="fv_open", on_change="rerun") as part:
        if part.open:
            st.file_uploader("A JSON file from “Take it home”", type=["json"], key="fv.open", on_change=_opened)
    st.button("Start over", on_click=state.reset, icon=":material/restart_alt:", type="tertiary")


def sampling(choice: state.Choice) -> None:
    """Show the controls of the page Sampling: how the particles are carried first, then which flow it is."""
    distribution_picker("source", ":blue[Source x₀]", choice.experiment)
    distribution_picker("target", ":orange[Target x₁]", choice.experiment)
    _view_controls(choice)
    with st.expander("The flow", key="fv_flow", on_change="rerun") as part:
        if part.open:
            method_controls(choice.experiment)
            path_controls(choice.experiment)
            coupling_controls(choice.experiment)
    st.button("Start over", on_click=state.reset, icon=":material/restart_alt:", type="tertiary")


def _view_controls(choice: state.Choice) -> None:
    solvers = [slug for slug in choice.experiment.method.solvers if slug in NOISY or not choice.view.noise]
    for name in ("particles", "solver", "solver_steps", "grid"):
        if name == "particles" and choice.experiment.space.sheet:
            continue  # a sheet has its own number
        if not (name in ("solver_steps", "grid") and (choice.view.solver in ADAPTIVE or SOLVERS[choice.view.solver].jumps)):
            control(name, options=solvers if name == "solver" else None)
        if name == "solver" and choice.view.solver in STIRRED:
            control("eta")


def noise_controls(choice: state.Choice) -> None:
    """Show how much noise the particles meet on their way; nothing where the score is not known."""
    if no_score(choice.experiment):
        return
    control("noise")
    if choice.view.noise:
        control("noise_shape")


def class_controls(choice: state.Choice) -> None:
    """Show which class is asked for, and how strongly; nothing where the flow has learned none."""
    if not choice.experiment.class_count:
        return
    target, leaf = choice.experiment.target_distribution, state.FIELDS["of_class"]
    there = [y for y, share in enumerate(label_shares(target)) if share > 0]
    st.session_state["fv.of_class"] = choice.view.of_class
    st.selectbox(
        leaf.info.title or "Class",
        [ALL, *there],
        key="fv.of_class",
        format_func=lambda y: "All, as often as the data have them" if y == ALL else f"{target.group} {y}",
        help=leaf.info.description,
        on_change=_changed,
        args=("of_class",),
    )
    control("guidance")


def _opened() -> None:
    file = st.session_state["fv.open"]
    if file is None:
        return
    try:
        state.load(Experiment.model_validate_json(file.getvalue()))
    except ValidationError as error:
        why = sentence(error, Experiment)
        st.session_state[TROUBLE] = f"{file.name} is no saved experiment: {why} The choices stay as they were."

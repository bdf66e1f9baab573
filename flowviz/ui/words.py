"""What the page says: its headline, "what am I looking at?", the code."""

from collections.abc import Sequence

import streamlit as st

from flowviz import figures
from flowviz.couplings import COUPLINGS
from flowviz.experiment import Experiment
from flowviz.ui import dialogs
from flowviz.ui.learn.symbols import coloured
from flowviz.ui.state import Choice

CODE = "code"
CROWDED = 0.05
"""Share of crossing lines above which pairs and flow are said to differ."""


def headline(choice: Choice) -> None:
    """Show the experiment in one line."""
    experiment = choice.experiment
    source, target = experiment.source_distribution.label, experiment.target_distribution.label
    method, coupling = experiment.method, COUPLINGS[experiment.coupling.slug].label
    how = f"{experiment.path.label} path, {coupling} coupling" if method.takes("coupling", "ot") else f"{method.label} method"
    if experiment.class_count:
        how += f", {experiment.class_count} classes"
    st.markdown(f"#### :blue[{source}] → :orange[{target}]  :gray[:small[{how}]]")


def notices(notes: Sequence[str]) -> None:
    """Show what had to be changed in a link or a choice, in one box."""
    notes = [note[0].upper() + note[1:] for note in notes]
    if notes:
        st.info(notes[0] if len(notes) == 1 else "\n".join(f"* {note}" for note in notes), icon=":material/info:")


def understand(choice: Choice) -> None:
    """Show at most 150 words, and the two formulas that matter."""
    path, method = choice.experiment.path, choice.experiment.method
    with st.expander("What am I looking at?", icon=":material/school:"):
        st.markdown(_seen(choice.experiment))
        if not method.pathless:
            st.latex(coloured(path.formula))
        st.markdown(method.asked)
        st.latex(coloured(method.loss_of(path)))
        if method.weighting:
            st.markdown("It is flow matching’s loss, divided by w(t):")
            st.latex(coloured(method.weighting))
        if choice.experiment.class_count:
            st.markdown(
                f"The network is also told the class y of x₁, one of {choice.experiment.class_count}, and for "
                f"{choice.experiment.training.drop:.0%} of the pairs it is not."
            )
        crossing = _crossings(choice.experiment) if method.on_path else ""
        held = f"; the learned {method.noun} is held against it" if method.on_path else ""
        st.markdown(f"{method.answered} {crossing} What is called exact (or its stand-in) is computed without training{held}.")


def _seen(experiment: Experiment) -> str:
    """Return what a dot is, and how it comes from one end to the other."""
    method, arrows = experiment.method, ", the arrows" if experiment.space.grids else ""
    dot = "Each dot starts as a :blue[source point x₀] at t = 0"
    if experiment.space.series:
        dot = (
            f"Each line is one series of {experiment.space.dim} samples, one point of {experiment.space.dim} coordinates, and starts as "
            ":blue[noise x₀] at t = 0"
        )
    if experiment.space.picture:
        rows, columns = experiment.space.picture
        dot = (
            f"Each picture of {rows} × {columns} pixels is one point of {experiment.space.dim} coordinates, one for each pixel, and starts "
            "as :blue[noise x₀] at t = 0"
        )
    if method.jumps:
        way = f"{dot}, and at t = 1 stands the sample that was made of it, to be like the :orange[data x₁]. Nothing lies between."
    else:
        way = f"{dot} and is carried to the :orange[data x₁] at t = 1 by a velocity field v(x, t){arrows}."
    return way if method.pathless else f"{way} During training a **path** joins each x₀ to an x₁:"


def _crossings(experiment: Experiment) -> str:
    """Return what crossing pairs do to the flow: counted on the pairs that are shown.

    In space lines miss each other almost surely.
    """
    counted = figures.crossings(experiment)
    if counted is None:
        return "Pairs pass near each other, so no particle travels its own pair’s path, and curves bend even where each pair’s is straight."
    share = counted[0]
    if share > CROWDED or experiment.coupling.closed_form:
        return (
            f"Here {share:.0%} of the lines between pairs cross, so no particle travels its own pair’s path: the loss stays above "
            "zero, and curves bend even where each pair’s path is straight."
        )
    return (
        f"This coupling makes pairs whose lines hardly cross ({share:.0%} of them do), so there is less to average, and flow and "
        "pairs nearly agree."
    )


@st.dialog("The code for exactly these choices", width="large", on_dismiss=dialogs.close)
def _code_dialog(choice: Choice) -> None:
    from flowviz.script import script, script_name, with_package

    try:
        text = script(choice.experiment)
    except ValueError as refusal:
        st.info(str(refusal)[:1].upper() + str(refusal)[1:], icon=":material/info:")
        return
    st.caption(
        "Complete: it needs only torch (and scipy for optimal transport, torchdiffeq for the adjoint, scikit-learn for the digits). It prints the same losses as "
        "the training here."
    )
    st.download_button(
        "Download", text, file_name=script_name(choice.experiment), mime="text/x-python", icon=":material/download:"
    )
    st.code(text, language="python", height=460)
    st.caption("Or with the package itself, which has an estimator for tables of your own (`flowviz.FlowMatching`):")
    st.code(with_package(choice.experiment), language="python")


def code(choice: Choice) -> None:
    """Show a button that shows the script."""
    st.button("Show the code", icon=":material/code:", on_click=dialogs.show, args=(CODE,))
    if dialogs.shown(CODE):
        _code_dialog(choice)

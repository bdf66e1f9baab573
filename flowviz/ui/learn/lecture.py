"""The page of the lecture: its bar, the pair, the step with picture, words, formula, something to try, a question."""

from urllib.parse import urlencode

import streamlit as st
from streamlit.components.v2 import component

from flowviz.distributions import distributions_in
from flowviz.experiment import Experiment, format_value
from flowviz.spaces import PLANE
from flowviz.ui import own_data
from flowviz.ui.learn import session
from flowviz.ui.learn.present import PRESENT, STYLE
from flowviz.ui.learn.session import PAIR, Lecture
from flowviz.ui.learn.steps import STEPS
from flowviz.ui.learn.symbols import coloured
from flowviz.ui.picker import face, picker
from flowviz.ui.player import import_lines
from flowviz.ui.widgets import widget

BAR = "fv-lecture"
_BAR = component(
    "flowviz.lecture",
    html='<div class="fv-lecture-boot" style="min-height: 44px"></div>',
    js=import_lines("lecture.js", "mount"),
    isolate_styles=False,
)


def bar(lecture: Lecture) -> None:
    """Show number and title of the step, a mark for each step, back and next, present mode; and the keys for all that."""
    st.html(f"<style>{STYLE}{PRESENT if lecture.present else ''}</style>")
    steps = [[step.slug, step.title] for step in STEPS]
    data = {"steps": steps, "at": lecture.step, "present": lecture.present}
    _BAR(key=BAR, data=data, on_go_change=_go, on_present_change=_present)


def _go() -> None:
    session.go(step=getattr(st.session_state[BAR], "go", None))


def _present() -> None:
    wish = getattr(st.session_state[BAR], "present", None)
    session.go(present=None if wish is None else wish == "on")


def pair(lecture: Lecture) -> None:
    """Show source, target and path of the whole lecture."""
    if lecture.present:
        return
    with st.container(horizontal=True, key="fv_l_pair", vertical_alignment="center", gap="small"):
        _picker("source", ":blue[Source x₀]", lecture.experiment)
        _picker("target", ":orange[Data x₁]", lecture.experiment)
        _path(lecture.experiment)
        link = urlencode(lecture.experiment.to_flat())
        st.link_button("Try it in the Playground", f"./?{link}", icon=":material/air:", type="tertiary")


def _picker(name: str, title: str, experiment: Experiment) -> None:
    kind = experiment.source_distribution if name == "source" else experiment.target_distribution
    mine = own_data.kept(experiment)
    bound = name == "source" and experiment.path.gaussian_source
    with st.popover(face(title, kind), key=f"fv_pick_{name}_l{own_data.opened()}"):
        if bound:
            st.caption(f"The path “{experiment.path.label}” is defined for a Gaussian source only.")
        options = ["gaussian"] if bound else [*distributions_in(PLANE), *mine]
        picker(name, title, session.option(name, experiment), options, put=session.put, mine=mine, prefix="fv.l")
        if not bound:
            own_data.offer(name)


def _path(experiment: Experiment) -> None:
    path = experiment.path
    with st.popover(f"**Path**  {path.label}", key="fv_l_path"):
        for name, leaf in PAIR.items():
            if name == "path" or leaf.slug == path.slug:
                widget(name, leaf, session.option(name, experiment), key=f"fv.l.{name}", on_change=_changed)
        st.latex(coloured(path.formula))
        st.caption(path.caption)


def _changed(name: str) -> None:
    if (value := st.session_state[f"fv.l.{name}"]) is not None:
        session.put(**{name: format_value(value)})


def step(lecture: Lecture) -> None:
    """Show the picture on the left; words, formula, something to try and a question on the right."""
    chosen, experiment = next(step for step in STEPS if step.slug == lecture.step), lecture.experiment
    left, right = st.columns([66, 34] if lecture.present else [63, 37], gap="medium")
    with left, st.container(key="fv_l_picture"):
        chosen.picture(experiment)
    with right, st.container(key="fv_l_words"):
        st.markdown(chosen.words(experiment))
        if formula := chosen.formula(experiment):
            st.latex(coloured(formula))
        with st.container(key="fv_l_try"):
            st.markdown(f"**Try this.** {chosen.try_this(experiment)}")
        st.markdown(f"**Question.** {chosen.question}")
        with st.container(key="fv_l_answer"), st.expander("Answer", key=f"fv.l.answer.{chosen.slug}"):
            st.markdown(chosen.answer(experiment))

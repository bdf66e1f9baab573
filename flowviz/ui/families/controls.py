"""The controls of the page Families."""

import streamlit as st

from flowviz.distributions import DISTRIBUTIONS
from flowviz.experiment import LEAVES, format_value
from flowviz.ui.compare import quiz
from flowviz.ui.families import session, value
from flowviz.ui.families.contestants import CONTESTANTS, LEAST, MOST, PRESETS
from flowviz.ui.families.value import BUDGET, Families
from flowviz.ui.picker import face, pictured
from flowviz.ui.widgets import widget

ASK, METHODS, TARGET = "fv.f.ask", "fv.f.methods", "fv.f.target"


def sidebar(families: Families) -> None:
    """Show the question, who stands there, and what each may spend."""
    st.session_state[ASK] = families.ask or None
    st.selectbox(
        "Question", list(PRESETS), key=ASK, index=None, placeholder="Your own", on_change=_asked,
        format_func=lambda slug: PRESETS[slug].label,
    )  # fmt: skip
    st.session_state[METHODS] = list(families.methods)
    st.pills(
        f"Families, {LEAST} to {MOST}",
        list(CONTESTANTS),
        selection_mode="multi",
        key=METHODS,
        format_func=lambda slug: CONTESTANTS[slug].name,
        on_change=_methods,
    )
    _target(families)
    texts = families.texts()
    hidden = "seconds" if families.budget.budget == "steps" else "steps"
    for name in (name for name in BUDGET if name != hidden):
        widget(name, BUDGET[name], texts[name], key=f"fv.f.{name}", on_change=_put)
    widget("seed", LEAVES["seed"], texts["seed"], key="fv.f.seed", on_change=_put)
    st.button("Start over", on_click=_over, icon=":material/restart_alt:", type="tertiary")


def _target(families: Families) -> None:
    """Show a button with the target's picture; behind it all that there are."""
    kind = families.comparison.members[0].experiment.target_distribution
    with st.popover(face(":orange[Target x₁]", kind), width="stretch", key="fv_pick_target_f"):
        st.session_state[TARGET] = families.target
        st.pills(
            "Target",
            value.targets(),
            format_func=lambda slug: pictured(DISTRIBUTIONS[slug]),
            required=True,
            key=TARGET,
            on_change=lambda: session.put(target=st.session_state[TARGET]),
            label_visibility="collapsed",
        )


def _asked() -> None:
    quiz.end()
    if st.session_state[ASK]:
        session.ask(st.session_state[ASK])


def _methods() -> None:
    quiz.end()
    chosen = st.session_state[METHODS]
    if LEAST <= len(chosen) <= MOST:  # else the pills go back to what stands there
        session.put(methods=",".join(slug for slug in CONTESTANTS if slug in chosen))


def _put(name: str) -> None:
    if (chosen := st.session_state[f"fv.f.{name}"]) is not None:
        session.put(**{name: format_value(chosen)})


def _over() -> None:
    quiz.end()
    session.STATE.put(value.read({}))

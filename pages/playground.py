"""Playground: choose, watch the exact flow, train live, watch the learned one."""

import streamlit as st

from flowviz.ui import controls, live, own_data, state, takehome
from flowviz.ui.later import bring
from flowviz.ui.watching import absent, current_run
from flowviz.ui.words import code, headline, notices, understand

choice = state.STATE.current()
run = current_run(choice.experiment)
with st.sidebar:
    controls.sidebar(choice)

headline(choice)
notices([*choice.notes, *absent([choice.experiment])])
own_data.offer_again(choice.notes)
live.buttons(choice, run)
later = live.watch(choice, run)
understand(choice)
with st.container(horizontal=True):
    takehome.button(takehome.of_one(choice, run))
    code(choice)
own_data.dialog([choice.experiment])
bring([later], chosen=bool(controls.changed()))

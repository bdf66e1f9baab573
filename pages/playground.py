"""Playground: choose, watch the exact flow, train live, watch the learned one."""

import streamlit as st

from flowviz.ui import controls, live, state
from flowviz.ui.words import code, headline, understand

choice = state.current()
run = live.current_run(choice.experiment)
with st.sidebar:
    controls.sidebar(choice)

headline(choice)
for note in st.session_state.get(state.NOTES, []):
    st.info(note[0].upper() + note[1:], icon=":material/info:")
live.buttons(choice, run)
live.stage(choice, run)
live.status(choice, run)
understand(choice)
code(choice)

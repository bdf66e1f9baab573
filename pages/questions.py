"""Questions: what people really ask, each with a picture that answers."""

import streamlit as st

from flowviz.ui.learn.questions import page

st.markdown("### Questions people really ask")
here = page.asked()
query = st.text_input(
    "Find a question",
    key=page.FIND,
    type="search",
    live="200ms",
    icon=":material/search:",
    placeholder="OT, loss, noise, straight, diffusion …",
)
page.show(query or "", here)

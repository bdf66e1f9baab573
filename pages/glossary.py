"""Glossary: every symbol and term, and what the classes say about themselves."""

import streamlit as st

from flowviz.ui.learn.glossary import page

st.markdown("### Glossary")
here = page.asked()
query = st.text_input(
    "Find a symbol or a term",
    key=page.FIND,
    type="search",
    live="200ms",
    icon=":material/search:",
    placeholder="alpha, α, reflow, runge kutta, 2210.02747 …",
)
page.show(query or "", here)

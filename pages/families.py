"""Families: GAN, VAE, diffusion, likelihood and flow on the same points, with the same budget, and the article's table measured."""

import streamlit as st

from flowviz.ui import takehome
from flowviz.ui.compare import live, quiz, rows
from flowviz.ui.families import controls, page, session
from flowviz.ui.words import notices

families = session.STATE.current()
comparison = families.comparison
found = rows.current(comparison, [one for each in families.experiments.values() for one in each])
with st.sidebar:
    controls.sidebar(families)

page.headline(families, brief=any(row.going for row in found))
notices(families.notes)
with st.container(horizontal=True, vertical_alignment="center"):
    live.buttons(comparison, found)
    if not quiz.running():
        page.repeats(families)
        if any(row.learned for row in found):
            quiz.button(found)
page.quiz_or_outcome(found)
live.watch(comparison, found)
if not quiz.running():
    page.table(families)
    takehome.button(page.subject(families, found))

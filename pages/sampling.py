"""Sampling: one flow, exact or learned, and every way of drawing from it."""

import streamlit as st

from flowviz.ui import controls, live, own_data, state, takehome
from flowviz.ui.sampling import sections
from flowviz.ui.watching import absent, current_run
from flowviz.ui.words import headline, notices

choice = state.STATE.current()
run = current_run(choice.experiment)
with st.sidebar:
    controls.sampling(choice)

headline(choice)
notices([*choice.notes, *absent([choice.experiment])])
own_data.offer_again(choice.notes)
live.buttons(choice, run)
above, below = st.container(), st.container()
later = []
for part in ("section", "page") if sections.first(choice) else ("page", "section"):
    with above if part == "page" else below:
        later += [live.watch(choice, run, kits=True)] if part == "page" else sections.chosen(choice, run)
takehome.button(takehome.of_one(choice, run, sections.panels))
own_data.dialog([choice.experiment])
for bring in later:  # all pictures are there
    bring()

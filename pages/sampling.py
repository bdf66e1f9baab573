"""Sampling: one flow, exact or learned, and every way of drawing from it."""

import streamlit as st

from flowviz.ui import controls, live, own_data, state, takehome
from flowviz.ui.later import DRAWN, bring, rest
from flowviz.ui.sampling import sections
from flowviz.ui.watching import absent, current_run
from flowviz.ui.words import headline, notices

choice = state.STATE.current()
run = current_run(choice.experiment)
places = {"side": st.sidebar, "words": st.container(key="fv_words"), "page": st.container(), "section": st.container()}
later, changed = [], controls.changed()
order = sections.order(choice.section, changed)
for part in order:
    if part == order[1] and controls.slides(changed):
        rest(DRAWN)
    with places[part]:
        if part == "side":
            controls.sampling(choice)
        elif part == "words":
            headline(choice)
            notices([*choice.notes, *absent([choice.experiment])])
            own_data.offer_again(choice.notes)
            live.buttons(choice, run)
        elif part == "page":
            later.append(live.watch(choice, run, kits=True))
        else:
            later += sections.chosen(choice, run)
takehome.button(takehome.of_one(choice, run, sections.panels, also=sections.shows(choice)))
own_data.dialog([choice.experiment])
bring(later, chosen=bool(changed))

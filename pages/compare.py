"""Compare: two to four experiments, one clock, the same particles, one table of measures."""

import streamlit as st

from flowviz.ui import own_data, takehome
from flowviz.ui.compare import controls, live, quiz, results, rows, session
from flowviz.ui.compare.page import headline, subject, trouble
from flowviz.ui.watching import absent
from flowviz.ui.words import notices

comparison = session.STATE.current()
found = rows.current(comparison)
with st.sidebar:
    controls.sidebar(comparison)

headline(comparison, brief=any(row.going for row in found))
notices([*comparison.notes, *absent(row.member.experiment for row in found if row.member.trains)])
trouble()
own_data.offer_again(comparison.notes)
with st.container(horizontal=True, vertical_alignment="center"):
    live.buttons(comparison, found)
    if not quiz.running():
        controls.copy(comparison, found)
        quiz.button(found)
if quiz.running():
    quiz.ask([row.member.experiment.coupling.slug for row in found], [row.name for row in found])
else:
    quiz.outcome()
    controls.cards(comparison, found)
live.watch(comparison, found)
if not quiz.running():
    results.results(comparison, found)
    takehome.button(subject(comparison, found))
own_data.dialog([member.experiment for member in comparison.members], session.put_all)

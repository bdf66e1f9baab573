"""What the Compare page says about itself, and what can be taken home from it."""

from urllib.parse import urlencode

import streamlit as st

from flowviz.ui.compare import quiz, rows
from flowviz.ui.compare.rows import Row
from flowviz.ui.compare.value import Comparison
from flowviz.ui.compare.words import what_differs
from flowviz.ui.page_state import TROUBLE
from flowviz.ui.takehome import Exportable


def headline(comparison: Comparison, *, brief: bool) -> None:
    """Show the question, what to watch, and what differs.

    Args:
        comparison: What is compared.
        brief: One line, the rest behind a question mark: while training, panels and losses need the room.
    """
    preset = comparison.preset
    with st.container():
        more = [] if quiz.running() else [what_differs(comparison), *([preset.watch] if preset else [])]
        question = preset.question if preset else "Change one thing: what does it do?"
        st.markdown(f"#### {question}", help="\n\n".join(more) or None if brief else None)
        if more and not brief:
            st.markdown(more[0])
        if len(more) > 1 and not brief:
            st.caption(more[1])


def trouble() -> None:
    """Show why a button could not do what it says."""
    if words := st.session_state.get(TROUBLE):
        st.error(words)


def subject(comparison: Comparison, found: list[Row]) -> Exportable:
    """Return all panels as one picture, to be taken home."""
    first = comparison.members[0].experiment
    name = f"compare-{comparison.ask or 'own'}-{first.source_distribution.slug}-{first.target_distribution.slug}"
    link = urlencode(comparison.address())
    return Exportable(lambda: rows.panels(found, comparison), name, link, first, several=True)

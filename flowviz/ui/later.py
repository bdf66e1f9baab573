"""What follows a page's pictures, numbers and maps and densities: begun only once the visitor rests."""

import time
from collections.abc import Callable, Iterable

import streamlit as st

from flowviz.ui.line import LINE

Later = Callable[[], None]
"""Brings what pictures did not wait for. Every call of Streamlit's in it ends the run if the visitor has chosen anew."""
LOOK = 0.05
"""Seconds between two looks for another choice."""
REST = 6 * LOOK
"""Seconds without another choice after which it is begun.

While a slider moves, nobody reads the numbers of the values in between; and the browser draws the pictures now.
"""
RESTING = "fv.resting"
"""A key of the session that nothing is kept under."""
DRAWN = 4 * LOOK
"""Seconds in which a browser has drawn the picture that it was sent, if nothing else comes meanwhile.

Streamlit's frontend takes all that a run sends in one go: whoever moves a slider would wait for the whole page.
"""


def rest(seconds: float) -> None:
    """Wait, with the turn given to others; the run ends if the visitor chooses anew meanwhile."""
    for _ in range(round(seconds / LOOK)):
        with LINE.aside():  # others may compute
            time.sleep(LOOK)
        # Any look at the session is a place where Streamlit turns to a newer request, and sends the browser nothing.
        st.session_state.get(RESTING)


def bring(later: Iterable[Later | None], *, chosen: bool) -> None:
    """Call one after another.

    Args:
        later: What parts of the page have returned; None of those that had nothing to add.
        chosen: Whether the visitor has just chosen something, and may go on choosing.
    """
    wanted = [one for one in later if one is not None]
    if chosen and wanted:
        rest(REST)
    for one in wanted:
        one()

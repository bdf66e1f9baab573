"""What follows a page's pictures, numbers and maps and densities: begun only once the visitor rests."""

import time
from collections.abc import Callable, Iterable

import streamlit as st

from flowviz.ui.line import LINE

Later = Callable[[], None]
"""Brings what pictures did not wait for. Every call of Streamlit's in it ends the run if the visitor has chosen anew."""
REST, LOOKS = 0.3, 6
"""Seconds without another choice after which it is begun, and how often one is looked for meanwhile.

While a slider moves, nobody reads the numbers of the values in between; and the browser draws the pictures now.
"""


def bring(later: Iterable[Later | None], *, chosen: bool) -> None:
    """Call one after another.

    Args:
        later: What parts of the page have returned; None of those that had nothing to add.
        chosen: Whether the visitor has just chosen something, and may go on choosing.
    """
    place, wanted = st.empty(), [one for one in later if one is not None]
    for _ in range(LOOKS if chosen and wanted else 0):
        with LINE.aside():  # others may compute
            time.sleep(REST / LOOKS)
        place.empty()
    for one in wanted:
        one()

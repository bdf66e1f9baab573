"""What a visitor has chosen on a page: one value, kept while they are here, and in the address always.

The address is written and read here and not by Streamlit's `bind`: bound widgets put their labels into the address, so a
slug could not be told from its translation, and a value that is not legal would vanish before it could be named.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import streamlit as st

from flowviz.experiment import Note
from flowviz.ui import address as browser

TURNED = "fv.turned"
"""Whether this run shows another page than the one before."""
TROUBLE = "fv.trouble"
"""Why the last button could not do what it says; gone with the next choice."""
CHANGED = "fv.changed"
"""The choice that was changed last, until a page asks for it or is left."""
LONGEST_ADDRESS = 20_000
"""Characters of a text in an address that are read; an experiment needs a few hundred."""


class Chosen(Protocol):
    """What a page's state holds."""

    @property
    def notes(self) -> Sequence[Note]:
        """What had to be changed to make it legal, a sentence each."""
        ...

    def address(self) -> dict[str, str]:
        """Return what differs from the defaults, by its name in the address."""
        ...


T = TypeVar("T", bound=Chosen)


@dataclass(frozen=True)
class PageState(Generic[T]):
    """What is chosen on one page.

    The address counts when a visitor comes by it: at first, by a link from another page, and by Back or Forward. In between
    the widgets count, and the address only follows.

    Attributes:
        key: Where the session keeps it.
        read: The legal value nearest to an address.
    """

    key: str
    read: Callable[[Mapping[str, str]], T]

    @property
    def now(self) -> T:
        """What is chosen, on its page and in a callback."""
        return st.session_state[self.key]

    def current(self) -> T:
        """Return what this run of the page shows, by the address or by the widgets; then written to the address."""
        texts = {name: text[:LONGEST_ADDRESS] for name, text in st.query_params.to_dict().items()}
        back, turned = browser.by_history(), st.session_state.pop(TURNED, False)
        first = self.key not in st.session_state
        if first or back or (turned and texts):
            st.session_state[self.key] = self.read(texts)
        # Who has only come finds the address as it is written; who has chosen can go back to the one before.
        browser.write(self.now.address(), over=first or back or turned)
        return self.now

    def put(self, value: T) -> None:
        """Take another value, as a widget's callback does."""
        st.session_state[self.key] = value
        st.session_state[TROUBLE] = ""


def turn_to_page() -> None:
    """Say that this run shows another page than the last: what was chosen there before counts, unless the address says more."""
    st.session_state[TURNED] = True
    st.session_state.pop(CHANGED, None)

"""Bringing one element of a page into view."""

import streamlit as st

from flowviz.ui.player import unseen

_ANCHOR = unseen("anchor")


def bring_into_view(container: str, *, key: str, name: str, visit: str = "") -> None:
    """Show scroll to a container, once for each visit, as the fragment of an address would; links to other visits stay here.

    Args:
        container: Its `key`; empty scrolls nowhere.
        key: A key of its own.
        name: The name in the address that says which place is meant.
        visit: Its value now.
    """

    def go() -> None:
        if asked := st.session_state[key].get("go"):
            st.query_params[name] = str(asked)

    _ANCHOR(key=key, data={"at": container, "visit": visit, "name": name}, on_go_change=go)

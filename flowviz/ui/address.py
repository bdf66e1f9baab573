"""The page's address: read from the browser, written as a new entry of its history or over the one that is there."""

import uuid
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from flowviz.ui.player import unseen

PAGE = "fv.page"
"""Where the server's script keeps which page is shown."""
_ADDRESS = unseen("address")


def by_history() -> bool:
    """Return whether Back or Forward started this run, so that the address says what is to be shown."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def write(address: dict[str, str], *, over: bool) -> None:
    """Write the page's address, if it is not there yet.

    Args:
        address: Names and texts.
        over: Write it over the one that is there, since the visitor has only come; else as a new entry of the history, since
            they have chosen something.
    """
    there = st.query_params.to_dict() == address
    if not over and not there:
        st.query_params.from_dict(address)
    # After Back the browser may have got another query from the page that was left, which the server does not know.
    known = there and not by_history()
    data = {} if known or not over else {"visit": uuid.uuid4().hex, "page": st.session_state.get(PAGE, ""), **_over(address)}
    _ADDRESS(key="fv.address.over", data=data)  # in every run, or what stands below would move


def _over(address: dict[str, str]) -> dict[str, str]:
    """Return the address for the browser; the server's own is set without the message that makes an entry of it."""
    context = get_script_run_ctx()
    if context is not None:
        with context.session_state.query_params() as params:
            params.clear_with_no_forward_msg(preserve_embed=True)
            for name, text in address.items():
                params.set_with_no_forward_msg(name, text)
        context.query_string = urlencode(address)
    return {"query": urlencode(address)}

"""Dialogs that stay open while the page under them runs again: a training that ends must not close what somebody reads."""

import streamlit as st

OPEN = "fv.dialog"
"""The name of the dialog that is open."""


def show(name: str) -> None:
    """Open a dialog, as a button's callback does."""
    st.session_state[OPEN] = name


def shown(name: str) -> bool:
    """Return whether this dialog is open."""
    return st.session_state.get(OPEN) == name


def close() -> None:
    """Close whichever is open, as its own cross does, or leaving the page."""
    st.session_state.pop(OPEN, None)

"""What a section says while a training goes on, and how it shows what is still in the making."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from flowviz.engine import Run
from flowviz.ui.background import BackgroundTask
from flowviz.ui.watching import GOING

COMPUTING = ":gray[Computing …]"
POLL = 0.5
"""Seconds between two looks at what is being made."""


def rests(run: Run | None, what: str) -> bool:
    """Return whether no training goes on; while one does, a line says that this, such as "Measured", comes later."""
    if run is None or run.status not in GOING:
        return True
    st.caption(f"{what} as soon as the training rests.")
    return False


def renewed(task: BackgroundTask, trouble: str, show: Callable[..., None], *args: Any) -> None:
    """Show what a task has made so far, again and again until it has ended.

    Args:
        task: The task.
        trouble: What is said where it failed, before the reason.
        show: Shows it.
        args: What `show` is given.
    """
    ended = task.ended

    @wraps(show)
    def look() -> None:
        if task.ended and not ended:
            st.rerun()  # once: no more refreshing
        if task.error:
            st.error(f"{trouble}: {task.error}")
        else:
            show(*args)

    st.fragment(look, run_every=None if ended else POLL)()

"""Parts of a long page whose formulas and figures are made when they come near to what is seen."""

from collections.abc import Callable, Sequence
from html import escape
from typing import TypeVar

import streamlit as st

from flowviz.ui.player import unseen

T = TypeVar("T")
STYLE = """
.fv-later { display: flex; align-items: center; justify-content: center; }
.fv-later::after { content: "…"; opacity: .5; }
"""
_NEAR = unseen("near")


def in_parts(
    items: Sequence[T], size: int, key: Callable[[T], str], draw: Callable[[T, bool], None], at_once: Sequence[T]
) -> None:
    """Draw items one below the other: their words at once, what is expensive when the part that they are in comes near.

    The whole page is run again for a part that comes near, and what is unchanged stands still. A fragment would be less work,
    but the answer to one that is asked for as its page is left, or is not all there yet, breaks the page (Streamlit 1.67:
    "Bad delta path", then a white window).

    Args:
        items: What to draw.
        size: How many make a part.
        key: Names an item, as the key of a container can.
        draw: Draws an item; whether wholly, or with `later` in place of what is expensive.
        at_once: Items whose parts are whole from the start.
    """
    for place in range(0, len(items), size):
        part = items[place : place + size]
        _part([key(item) for item in part], part, draw, any(item in part for item in at_once))


def _part(keys: list[str], items: Sequence[T], draw: Callable[[T, bool], None], whole: bool) -> None:
    name, holds = f"fv_near_{keys[0]}", " ".join(keys)
    with st.container(key=name):
        if not whole:
            data = {"part": name, "holds": holds}
            whole = _NEAR(key=f"fv.near.{keys[0]}", data=data, default={"near": ""}, on_near_change=_nothing).near == holds
        for item in items:
            draw(item, whole)


def _nothing() -> None:
    """Stand in for the callback that a component's state asks for."""


def later(height: int, words: str) -> None:
    """Keep the place of a formula or a figure that is not made yet; a screen reader hears the words.

    Args:
        height: Its height in pixels.
        words: What it will show.
    """
    st.html(f'<div class="fv-later" role="img" aria-label="{escape(words)}" style="height: {height}px"></div>')

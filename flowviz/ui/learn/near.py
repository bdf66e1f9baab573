"""Parts of a long page whose formulas and figures are made when they come near to what is seen."""

from collections.abc import Callable, Sequence
from html import escape
from typing import TypeVar

import streamlit as st
from streamlit.components.v2 import component

from flowviz.ui.player import import_lines

T = TypeVar("T")
STYLE = """
.fv-later { display: flex; align-items: center; justify-content: center; }
.fv-later::after { content: "…"; opacity: .5; }
"""
_CSS = """
[data-testid="stElementContainer"]:has(> * .fv-near) {
  display: none;
}
"""
_NEAR = component(
    "flowviz.near",
    html='<div class="fv-near" hidden></div>',
    css=_CSS,
    js=import_lines("near.js", "mount"),
    isolate_styles=False,
)


def in_parts(
    items: Sequence[T], size: int, key: Callable[[T], str], draw: Callable[[T, bool], None], at_once: Sequence[T]
) -> None:
    """Draw items one below the other: their words at once, what is expensive when the part that they are in comes near.

    Each part is a fragment of the page, so that the rest stands still when it is made whole.

    Args:
        items: What to draw.
        size: How many make a part.
        key: Names an item, as the key of a container can.
        draw: Draws an item; whether wholly, or with `later` in place of what is expensive.
        at_once: Items whose parts are whole from the start.
    """
    for place in range(0, len(items), size):
        part = items[place : place + size]
        st.fragment(_part)([key(item) for item in part], part, draw, any(item in part for item in at_once))


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

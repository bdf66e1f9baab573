"""The little CSS that all pages share: less empty space, pictures in buttons, a picture with something beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

STYLE = """
[data-testid="stMainBlockContainer"] { padding: 3.4rem 2rem 3rem; max-width: 1500px; }
@media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding: 3rem .9rem 2rem; } }
[data-testid="stSidebarHeader"] { height: 2.2rem; min-height: 0; padding-top: .4rem; margin-bottom: 0; }
[data-testid="stSidebarUserContent"] { padding-top: .4rem; }
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] { gap: .55rem; }
[data-testid="stSidebarUserContent"] .katex-display { font-size: .8rem; margin: .2rem 0; }
[data-testid="stSidebarUserContent"] [data-testid="stButtonGroup"] button { padding: .2rem .5rem; }
[data-testid="stStatusWidget"] { display: none; }
.katex-display > .katex { padding: 0 .2em; } /* Letters lean out of their box: without this a formula that fits would scroll. */

/* Text stands out from its ground by at least 4.5 : 1. */
[data-testid="stCaptionContainer"] { opacity: .8; }
/* The main button's ground is dark in light themes and light in dark ones: its text is white or black against the page's own. */
[data-testid="stBaseButton-primary"]:enabled { color: oklch(from currentColor calc((.6 - l) * 100) 0 0); }

/* A table that is wider than a phone is moved sideways by itself, and not the page with it. */
.st-key-fv_families_table [data-testid="stMarkdownContainer"] { overflow-x: auto; }

/* A thumbnail in a label is as high as a letter unless told otherwise. */
[class*="st-key-fv_pick_"] img, [class*="st-key-fv-source"] img, [class*="st-key-fv-target"] img,
[data-testid="stPopoverBody"] img { width: 44px !important; height: 44px !important; max-height: 44px !important; }
[data-testid="stPopoverBody"] [data-testid="stButtonGroup"] button { height: auto; width: 100%; justify-content: flex-start; padding: .15rem .5rem; border-radius: .6rem; }
[data-testid="stPopoverBody"] { max-width: 400px; }
[data-testid="stPopoverBody"] [data-testid="stButtonGroup"] > div { display: grid; grid-template-columns: 1fr 1fr; width: 100%; }
/* The picture and the sliders have their place before they have come, so that no button moves away under a press. */
.st-key-fv_own_seen { min-height: 220px; }
[class*="st-key-fv-own-made-most"], [class*="st-key-fv-own-made-blur"] { min-height: 68px; }
[class*="st-key-fv_pick_"] button { height: auto; }
[class*="st-key-fv_pick_"] button p { display: flex; align-items: center; gap: .3rem; }

[class*="st-key-fv_q_"] [data-testid="stButton"] p { font-size: 1.1rem; text-align: left; }

/* What stands beside a picture takes no room while there is nothing, and stands below where there is no room beside it. */
[class*="st-key-fv_watch"] [data-testid="stColumn"]:not(:has([data-testid="stElementContainer"])) { display: none; }
@media (max-width: 1180px) {
  [class*="st-key-fv_watch"] > div > [data-testid="stHorizontalBlock"], [class*="st-key-fv_watch"] > [data-testid="stHorizontalBlock"] { flex-direction: column; }
  [class*="st-key-fv_watch"] [data-testid="stColumn"] { width: 100%; flex: 1 1 100%; }
}

/* Streamlit keeps what another button replaces for up to a second: Stop, beside it, would move away under a press. */
.st-key-fv_turn > :not(:first-child) { display: none; }

/* A running refresh must not grey out what is being watched. */
[data-stale="true"]:not(:has(button)) { opacity: 1 !important; transition: none !important; }
/* What is made anew after the picture stays as it is until then. */
[data-testid="stSidebar"] [data-stale="true"], .st-key-fv_words [data-stale="true"] { opacity: 1 !important; transition: none !important; }
.stProgress p { font-variant-numeric: tabular-nums; }
"""


def beside_each_other(key: str) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return a place for a picture and one beside it, which is not there while it is empty.

    Both always stand in the page, so that the picture need not be made anew when there is something to say.

    Args:
        key: Begins with "fv_watch".
    """
    with st.container(key=key):
        left, right = st.columns([3, 1])
    return left, right


def one_button() -> DeltaGenerator:
    """Return a place for one button that others replace: as wide for each, and of two the new one is shown."""
    return st.container(key="fv_turn", width=170)

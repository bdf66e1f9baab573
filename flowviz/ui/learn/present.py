"""Presented or not: the lecture's CSS, and how high a picture may be."""

import streamlit as st

NOW = "fv.l.now"
"""Where the visitor's lecture is kept."""


def presenting() -> bool:
    """Return whether the lecture is shown for a projector now."""
    return getattr(st.session_state.get(NOW), "present", False)


def height(usual: int, presented: int) -> int:
    """Return the height of a picture that cannot measure the screen itself: as it usually is, or when presented."""
    return presented if presenting() else usual


STYLE = """
.st-key-fv_l_pair button { min-height: 2.4rem; padding: .1rem .7rem; }
.st-key-fv_l_pair [class*="st-key-fv_pick_"] img { width: 30px !important; height: 30px !important; }
.st-key-fv_l_words .katex-display { margin: .3rem 0; overflow-x: auto; overflow-y: hidden; }
.st-key-fv_l_words { gap: .7rem; }
.st-key-fv_l_words p { font-size: 1.06rem; line-height: 1.5; }
.st-key-fv_l_try { margin-top: .35rem; border-left: 4px solid var(--st-primary-color, #0072b2); padding-left: .8rem; }
[data-testid="stMainBlockContainer"]:has(.st-key-fv_l_words) { padding-top: 4.2rem; }
[data-testid="stMainBlockContainer"]:has(.st-key-fv_l_words) > [data-testid="stVerticalBlock"] { gap: .7rem; }
@media (max-width: 640px) {
  [data-testid="stLayoutWrapper"]:has(> .st-key-fv_l_pair) { order: 9; }
  .st-key-fv_l_table { overflow-x: auto; }
  .st-key-fv_l_table table { font-size: .8rem; min-width: 560px; }
}
"""

PRESENT = """
[data-testid="stHeader"], [data-testid="stSidebar"], [data-testid="stToolbar"], [data-testid="stExpandSidebarButton"] { display: none !important; }
[data-testid="stMainBlockContainer"]:has(.st-key-fv_l_words) { padding: 1.2rem 2.4rem .6rem; max-width: none; }
.st-key-fv_l_words p, .st-key-fv_l_words li { font-size: 26px; line-height: 1.42; }
.st-key-fv_l_picture :is(td, th, p) { font-size: 22px; }
.st-key-fv_l_picture [data-testid="stCaptionContainer"] p { font-size: 20px; }
.st-key-fv_l_words .katex-display { font-size: 31px; margin: .5rem 0; }
.st-key-fv_l_words summary p { font-size: 24px; }
/* What was changed in a link stands below the words: above the picture it would push the picture off the screen. */
[data-testid="stElementContainer"]:has(> [data-testid="stAlert"]) { position: fixed; right: 2.4rem; bottom: 1.2rem; width: 32%; z-index: 9; }
[data-testid="stAlert"] p { font-size: 18px; }
/* The answer takes the place of what to try, so that a step with its answer open still fits. */
.st-key-fv_l_words:has(.st-key-fv_l_answer details[open]) .st-key-fv_l_try { display: none; }
"""

"""What steps with choices above their picture share: large type for a projector."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from flowviz.ui.learn.present import height, presenting

PRESENTED = """
.st-key-fv_l_choices :is(label, button, [data-testid="stSliderThumbValue"]) p { font-size: 22px; }
.st-key-fv_l_choices [data-testid="stSliderThumbValue"] { font-size: 22px; }
.st-key-fv_l_choices [data-testid="stSlider"] > label { margin-bottom: 1.1rem; }
.st-key-fv_l_choices h3 { font-size: 28px; padding: .2rem 0 0; }
.st-key-fv_l_choices [data-testid="stCaptionContainer"] p { font-size: 20px; }
"""
USUAL = """
.st-key-fv_l_choices { gap: .5rem; }
.st-key-fv_l_choices h3 { font-size: 1.25rem; padding: 0; }
"""


def choices() -> DeltaGenerator:
    """Return the container of a picture with choices."""
    st.html(f"<style>{USUAL}{PRESENTED if presenting() else ''}</style>")
    return st.container(key="fv_l_choices")


def font() -> int:
    """Return the size of a figure's type in pixels."""
    return height(15, 22)

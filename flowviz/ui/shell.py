"""The script that the server runs for every visitor: the list of pages, and what all pages share."""

from pathlib import Path

import streamlit as st

from flowviz.place import APP_FOLDER
from flowviz.ui import address, dialogs, page_state
from flowviz.ui.feed.page import RENEWED
from flowviz.ui.line import LINE
from flowviz.ui.style import STYLE

PAGES = APP_FOLDER / "pages"
ICON = Path(__file__).parent / "favicon.png"  # an icon by name would be fetched from the network


def show() -> None:
    """Show the page that the address names, with what all pages share."""
    st.set_page_config(page_title="flowviz", page_icon=ICON, layout="wide", initial_sidebar_state=340)
    st.html(f"<style>{STYLE}</style>")
    page = st.navigation(
        [
            st.Page(
                PAGES / "playground.py",
                title="Playground",
                icon=":material/air:",
                default=True,
                help="Choose source, target, path and coupling; watch the exact flow; train; watch the learned one.",
            ),
            st.Page(
                PAGES / "compare.py",
                title="Compare",
                icon=":material/compare:",
                help="Two to four experiments side by side: the same particles, one clock, one table of measures.",
            ),
            st.Page(
                PAGES / "sampling.py",
                title="Sampling",
                icon=":material/scatter_plot:",
                help="How few steps, which solver: one flow, and every way of drawing from it.",
            ),
            st.Page(
                PAGES / "families.py",
                title="Families",
                icon=":material/groups:",
                help="GAN, VAE, diffusion, likelihood, flow: the same points, the same budget, one table measured on the spot.",
            ),
            st.Page(
                PAGES / "learn.py",
                title="Lecture",
                icon=":material/school:",
                help="Why it works, in ten steps: pictures that answer back.",
            ),
            st.Page(
                PAGES / "questions.py",
                title="Questions",
                icon=":material/help:",
                help="What people really ask, each answered by a picture that is computed on the spot.",
            ),
            st.Page(
                PAGES / "glossary.py",
                title="Glossary",
                icon=":material/menu_book:",
                help="Every symbol and term: one sentence, one formula, the paper; all paths.",
            ),
        ],
        position="top",
    )
    if (before := st.session_state.get(address.PAGE)) != page.url_path:
        dialogs.close()
        if before is not None:
            page_state.turn_to_page()
    st.session_state[address.PAGE] = page.url_path
    page.run()


# First come first served; whoever has only opened a page, or was called by the feed, lets those go before who have pressed.
with LINE.turn(pressed=address.PAGE in st.session_state and not st.session_state.pop(RENEWED, False)):
    show()

"""Links from a text to the other pages, and what an address may hold."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from flowviz.experiment.refusals import shown

PAGES = Path(__file__).parents[3] / "pages"


def playground(flat: Mapping[str, str]) -> str:
    """Return the address of the Playground with some choices, relative to the page that shows it."""
    return f"./?{urlencode(flat)}" if flat else "./"


FOLLOWED = {
    "playground": "Open it in the Playground",
    "compare": "Compare them yourself",
    "families": "Train them side by side in Families",
}
"""What a link to a page says."""


def follow(page: str, address: Mapping[str, str]) -> None:
    """Show a link to one of the pages in `FOLLOWED` with exactly these choices, in the same window."""
    st.page_link(PAGES / f"{page}.py", label=FOLLOWED[page], icon=":material/arrow_forward:", query_params=dict(address))


def strangers(legal: Iterable[str]) -> str:
    """Return a sentence about names in the address that the page does not know; empty where there are none."""
    strange = [name for name in st.query_params.to_dict() if name not in (legal := tuple(legal))]
    if not strange:
        return ""
    named = ", ".join(shown(name) for name in strange[:3]) + (f" and {len(strange) - 3:,} more" if len(strange) > 3 else "")
    return f"Left out of the address: {named}. This page reads {' and '.join(f'`{name}`' for name in legal)}."

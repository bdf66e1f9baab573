"""Links from a text to the other pages, and what an address may hold."""

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

import streamlit as st

from flowviz.experiment.refusals import shown
from flowviz.ui.compare.value import Comparison


def playground(flat: Mapping[str, str]) -> str:
    """The address of the Playground with some choices, relative to the page that shows it."""
    return f"./?{urlencode(flat)}" if flat else "./"


def compare(comparison: Comparison) -> str:
    """The address of a comparison."""
    return f"./compare?{urlencode(comparison.address())}"


def strangers(legal: Iterable[str]) -> str:
    """A sentence about names in the address that the page does not know; empty where there are none."""
    strange = [name for name in st.query_params.to_dict() if name not in (legal := tuple(legal))]
    if not strange:
        return ""
    named = ", ".join(shown(name) for name in strange[:3]) + (f" and {len(strange) - 3:,} more" if len(strange) > 3 else "")
    return f"Left out of the address: {named}. This page reads {' and '.join(f'`{name}`' for name in legal)}."

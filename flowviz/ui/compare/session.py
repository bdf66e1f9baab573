"""The visitor's comparison: kept while they are here, and in the address always."""

import streamlit as st

from flowviz.experiment import FAMILIES, Note, format_value
from flowviz.ui import state
from flowviz.ui.compare import value
from flowviz.ui.compare.value import FIELDS, Comparison

NOW, ADDRESS, NOTES = "fv.c.now", "fv.c.address", "fv.c.notes"


def current() -> Comparison:
    """From the address when they came by it, else what the widgets made of it; then written to the address."""
    memory = st.session_state
    address = st.query_params.to_dict()
    by_address = state.arrived(ADDRESS, address)
    if by_address or NOW not in memory:
        found = value.read(address)
        memory[NOW], memory[NOTES] = found, list(found.notes)
    state.publish(ADDRESS, memory[NOW].address())
    return memory[NOW]


def put(comparison: Comparison) -> None:
    """Take another comparison, as a widget's callback does."""
    state.touch()
    st.session_state[NOW], st.session_state[NOTES] = comparison, list(comparison.notes)
    st.session_state[state.TROUBLE] = ""


def put_all(**texts: str) -> None:
    """Change some choices in all members."""
    put(value.changed(st.session_state[NOW], **texts))


def notes() -> list[Note]:
    """What had to be changed in the present choices, a sentence each."""
    return st.session_state.get(NOTES, [])


def ask(question: str) -> None:
    """Put a preset's panels side by side; what was common to the former ones and is not asked about stays."""
    before = st.session_state[NOW]
    asked = {name for member in value.PRESETS[question].members for name in member}
    families = {leaf.group for name, leaf in FIELDS.items() if name in asked and leaf.group in FAMILIES} | asked
    keep = {n: t for n, t in _common(before).items() if n in KEPT and n not in families}
    found = value.read({"ask": question, "particles": format_value(before.particles), **keep})
    put(found)


KEPT = ("source", "target", "steps", "batch", "lr", "seed")
"""What of a comparison goes over to the next question."""


def _common(comparison: Comparison) -> dict[str, str]:
    flats = [member.flat(changed_only=False) for member in comparison.members]
    return {name: text for name, text in flats[0].items() if all(flat.get(name) == text for flat in flats)}


def common(comparison: Comparison) -> dict[str, str]:
    """The choices that all members share, as texts."""
    return _common(comparison)

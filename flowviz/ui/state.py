"""What the visitor has chosen: one dict of texts, which is the address, the widgets' values and the experiment at once.

The address is written and read here and not by Streamlit's `bind`: bound widgets put their labels into the address, so a
slug could not be told from its translation, and a value that is not legal would vanish before it could be named.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import streamlit as st
from pydantic import Field

from flowviz.experiment import (
    LEAVES,
    Experiment,
    Leaf,
    Model,
    Note,
    fitting_solver,
    format_value,
    model_leaves,
    nearest,
    nearest_texts,
    settled,
)
from flowviz.scene.build import View
from flowviz.ui import address as browser

FLAT, ADDRESS, NOTES, TOUCHED, CHOSEN = "fv.flat", "fv.address", "fv.notes", "fv.touched", "fv.chosen"
RENEWED = "fv.renewed"
"""Whether the feed, and no press, started this run."""
TROUBLE = "fv.trouble"
"""Why the last button could not do what it says; gone with the next choice."""
LONGEST_ADDRESS = 20_000
"""Characters of an address that are read; an experiment needs a few hundred."""


class Arrangement(Model, frozen=True):
    """How exact and learned flow stand on the page."""

    show: Literal["side", "over", "learned", "exact"] = Field(
        default="side", title="Show", description="Both flows side by side, one over the other, or only one of them."
    )


LOOKS: dict[str, Leaf] = {**model_leaves(View), **model_leaves(Arrangement)}
FIELDS: dict[str, Leaf] = {**LEAVES, **LOOKS}
"""Every choice that the address can hold, by its name there."""


@dataclass(frozen=True)
class Choice:
    """What is on the page now.

    Attributes:
        experiment: What is learned.
        view: How it is looked at.
        show: "side", "over", "learned" or "exact".
        notes: What had to be changed to make it legal, a sentence each.
    """

    experiment: Experiment
    view: View
    show: str
    notes: list[Note] = field(default_factory=list)

    def address(self) -> dict[str, str]:
        """What differs from the defaults, by name."""
        looks = {**self.view.model_dump(), "show": self.show}
        changed = {name: format_value(v) for name, v in looks.items() if v != LOOKS[name].default}
        return {**self.experiment.to_flat(), **changed}


def read(flat: dict[str, str]) -> Choice:
    """The legal choice nearest to some texts."""
    looks, notes = nearest_texts(LOOKS, flat)
    experiment, more = nearest({name: text for name, text in flat.items() if name not in LOOKS})
    values: dict[str, Any] = {name: LOOKS[name].parse(looks[name]) if name in looks else LOOKS[name].default for name in LOOKS}
    show = values.pop("show")
    values["solver"], unfit = fitting_solver(values["solver"], experiment.method.slug)
    return Choice(experiment, View(**values), show, notes + more + unfit)


def chosen() -> Choice:
    """The choice as the widgets have it, in a callback."""
    return read(st.session_state[FLAT])


def current() -> Choice:
    """The visitor's choice: from the address when they came by it, else from the widgets; then written to the address."""
    memory = st.session_state
    address = {name: text for name, text in st.query_params.to_dict().items() if len(text) <= LONGEST_ADDRESS}
    by_address = arrived(ADDRESS, address)
    choice = read(address if by_address or FLAT not in memory else memory[FLAT])
    if by_address or choice.notes:
        memory[NOTES] = choice.notes
    memory[FLAT] = {**choice.experiment.to_flat(changed_only=False), **looks_of(choice)}
    publish(ADDRESS, choice.address())
    return choice


def arrived(key: str, address: dict[str, str]) -> bool:
    """Whether the visitor came by this address, and not by a widget.

    A run that a widget started may still carry the address of before; only an address that came by itself counts. One to
    which the visitor went back always does, whatever else was under way.

    Args:
        key: Where a page keeps the address that it wrote last.
        address: The one of this run.
    """
    touched, back = st.session_state.pop(TOUCHED, ""), browser.by_history()
    st.session_state[CHOSEN] = touched == "widget" and not back
    return back or (not touched and address != st.session_state.get(key))


def publish(key: str, address: dict[str, str]) -> None:
    """Write a page's address, if it is not there yet, and remember it; after a choice as a new entry of the history."""
    st.session_state[key] = address
    browser.write(address, over=not st.session_state.get(CHOSEN, False))


def looks_of(choice: Choice) -> dict[str, str]:
    """View and arrangement as texts."""
    return {name: format_value(v) for name, v in {**choice.view.model_dump(), "show": choice.show}.items()}


def notes() -> list[Note]:
    """What had to be changed in the present choices, a sentence each."""
    return st.session_state.get(NOTES, [])


def touch() -> None:
    """Say that this run was started by a widget, so that the widgets count and not the address."""
    st.session_state[TOUCHED] = "widget"


def turn_to_page() -> None:
    """Say that this run shows another page than the last: without an address, what was chosen there before counts."""
    st.session_state[TOUCHED] = "" if st.query_params else "page"


def renewed() -> None:
    """Say that this run was started by the feed: nothing was chosen, and what the widgets hold counts."""
    touch()
    st.session_state[RENEWED] = True


def put(**texts: str) -> None:
    """Change some choices, as a widget's callback does, and what hangs on them (`settled`)."""
    touch()
    st.session_state[NOTES], st.session_state[TROUBLE] = [], ""
    st.session_state[FLAT] = settled(st.session_state[FLAT], **texts)


def load(experiment: Experiment) -> None:
    """Take another experiment; how it is looked at stays."""
    reset()
    st.session_state[FLAT] = {**st.session_state[FLAT], **experiment.to_flat(changed_only=False)}


def reset() -> None:
    """Back to the default experiment; how it is looked at stays."""
    touch()
    st.session_state[NOTES], st.session_state[TROUBLE] = [], ""
    st.session_state[FLAT] = {name: text for name, text in st.session_state[FLAT].items() if name in LOOKS}

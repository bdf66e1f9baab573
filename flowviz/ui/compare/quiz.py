"""Which one is it? Labels hidden, panels shuffled, a guess, and the labels come back."""

import random
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import streamlit as st

T = TypeVar("T")
ORDER, GUESS, OUTCOME = "fv.c.quiz", "fv.c.guess", "fv.c.outcome"


class Outcome(NamedTuple):
    """What came of a guess.

    Attributes:
        right: Whether it was right; panels of one name are as good as each other.
        guess: The panel that was pointed at, from 1.
        chosen: Its name.
        place: The panel that was asked for, from 1.
        wanted: Its name.
    """

    right: bool
    guess: int
    chosen: str
    place: int
    wanted: str


def shuffled() -> tuple[int, ...] | None:
    """Return the places of the panels, from 0, in the order in which they are shown while visitors guess.

    None while they do not.
    """
    found = st.session_state.get(ORDER)
    return None if found is None else tuple(found)


def order(rows: Sequence[T], shuffled: Sequence[int] | None) -> list[T]:
    """Return the rows as they are shown: shuffled while visitors guess."""
    return list(rows) if shuffled is None or len(shuffled) != len(rows) else [rows[i] for i in shuffled]


def running() -> bool:
    """Return whether visitors are guessing now."""
    return st.session_state.get(ORDER) is not None


def start(count: int) -> None:
    """Hide the labels and shuffle the panels."""
    places = list(range(count))
    random.SystemRandom().shuffle(places)
    st.session_state[ORDER], st.session_state[OUTCOME] = places, None
    st.session_state.pop(GUESS, None)


def end() -> None:
    """Bring the labels back."""
    st.session_state[ORDER], st.session_state[OUTCOME] = None, None


def _guessed(wanted: int, names: list[str]) -> None:
    """Compare the guess with the truth, then show all labels again."""
    guess = st.session_state.get(GUESS)
    if guess is None:
        return
    places = st.session_state[ORDER]
    chosen, right = places[guess - 1], places.index(wanted) + 1
    end()
    st.session_state[OUTCOME] = Outcome(
        chosen == wanted or names[chosen] == names[wanted], guess, names[chosen], right, names[wanted]
    )


def button(found: Sequence[Any]) -> None:
    """Show the button that begins it."""
    help_ = "The labels are hidden and the panels shuffled: can you tell which is which?"
    st.button("Which one is it?", icon=":material/quiz:", on_click=start, args=(len(found),), help=help_)


def any_one() -> int:
    """Return the place of a panel to ask for, another one for another order."""
    places = shuffled() or (0,)
    return (places[0] + 2 * places[-1]) % len(places)


def ask(couplings: Sequence[str], names: list[str], *, wanted: int | None = None) -> None:
    """Show the question, its choices and the way out; about optimal transport where there is one, else about the last panel.

    Args:
        couplings: Of the panels.
        names: What they are called.
        wanted: The place of the panel that is asked for, where it is another one.
    """
    ot = wanted is None and "ot" in couplings
    if wanted is None:
        wanted = couplings.index("ot") if ot else len(names) - 1
    hint = "Optimal transport pairs neighbours: look whose particles hardly bend." if ot else ""
    st.markdown(f"**Which one is {names[wanted]}?** {hint}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "Your guess",
            list(range(1, len(names) + 1)),
            key=GUESS,
            format_func=lambda n: f"Panel {n}",
            on_change=_guessed,
            args=(wanted, names),
            label_visibility="collapsed",
        )
        st.button("Show the labels", on_click=end, icon=":material/visibility:")


def outcome() -> None:
    """Show what came of the last guess."""
    found: Outcome | None = st.session_state.get(OUTCOME)
    if found is None:
        return
    if found.right:
        st.success(f"Right: panel {found.guess} was {found.wanted}.", icon=":material/school:")
    else:
        words = f"Not this time: panel {found.guess} was {found.chosen}; {found.wanted} was panel {found.place}."
        st.info(words, icon=":material/school:")

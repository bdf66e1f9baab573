"""The picker of a distribution: pills with pictures, whose key changes with every value that did not come from it."""

from collections.abc import Callable, Mapping

import streamlit as st

from flowviz.distributions import DISTRIBUTIONS, Distribution, Points
from flowviz.ui.thumbs import thumb_path


def _picture(kind: Distribution | type[Distribution]) -> str:
    # Own data are found by their name, which with units is longer than the slug.
    return f"![]({thumb_path(kind.name if isinstance(kind, Points) else kind.slug)})"


def pictured(kind: Distribution | type[Distribution]) -> str:
    """Return a distribution's picture and its label."""
    return f"{_picture(kind)} {kind.label}"


def face(title: str, kind: Distribution) -> str:
    """Return what stands on the button: the chosen distribution's picture, what it is for, its label."""
    return f"{_picture(kind)} **{title}**  {kind.label}"


def picker(
    name: str,
    title: str,
    value: str,
    options: list[str],
    *,
    put: Callable[..., None],
    mine: Mapping[str, Distribution] | None = None,
    prefix: str = "fv",
) -> None:
    """Show all distributions on offer, each with its picture.

    Args:
        name: "source" or "target".
        title: What screen readers call it.
        value: The chosen one.
        options: Slugs, and texts of own data.
        put: Takes the choice, as `put(source="moons")`.
        mine: The visitor's own data, by their text in a link.
        prefix: What the keys of this page's pickers begin with.
    """
    key = _key(name, value, prefix)
    st.pills(
        title,
        options,
        format_func=lambda s: pictured((mine or {}).get(s) or DISTRIBUTIONS[s]),
        required=True,
        key=key,
        on_change=_picked,
        args=(name, key, prefix, put),
        label_visibility="collapsed",
    )


def _key(name: str, value: str, prefix: str) -> str:
    """Return the picker's key, with the chosen value in it; another key for each value that did not come from the picker itself.

    A closed popover shows nothing, so it would keep what was picked in it before, and hand that in as a new choice.
    """
    memory, own = st.session_state, f"{prefix}.{name}.picked"
    before, version = memory.get(own, (value, 0))
    memory[own] = (value, version + (before != value))
    version = memory[own][1]
    key = f"{prefix}.{name}.{version}" if version else f"{prefix}.{name}"
    memory[key] = value
    return key


def _picked(name: str, key: str, prefix: str, put: Callable[..., None]) -> None:
    value, own = st.session_state[key], f"{prefix}.{name}.picked"
    st.session_state[own] = (value, st.session_state[own][1])
    put(**{name: value})

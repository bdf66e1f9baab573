"""The feed's place on a page: a component that takes no room, listens, and asks for the page anew when something has changed."""

from __future__ import annotations

import json

import streamlit as st

from flowviz.ui.feed.channel import Watched
from flowviz.ui.feed.socket import feed_path, shared_hub
from flowviz.ui.player import unseen

RENEWED = "fv.renewed"
"""Whether the feed, and no press, started this run."""
_FOLLOW = unseen("feed")


def follow(watched: Watched, signature: str, *, key: str, tag: str = "") -> None:
    """Listen to a channel for as long as this stands on the page.

    A message says in the header's options under "feed" what it renews: "panels" ([player's key, index] for each), "figures" and
    "lines" (by key), how new they are ("at"), and the "signature" of the page that it is for.

    Args:
        watched: What is watched.
        signature: What the page's buttons depend on, as it is made now: at a message with another one it asks for itself anew.
        key: A key of its own.
        tag: What player, figures and lines are about; messages reach those with the same tag.
    """
    told = {"address": feed_path(shared_hub().open(watched)), "signature": signature, "tag": tag}
    _FOLLOW(key=key, data=json.dumps(told).encode(), on_changed_change=_renewed)


def _renewed() -> None:
    st.session_state[RENEWED] = True

"""Watching several runs at once: their buttons, their progress, their losses, fresh pictures for the player."""

import streamlit as st

from flowviz.ui.compare import quiz, rows
from flowviz.ui.compare.losses import curves_of, figure_of, line_of, words_of
from flowviz.ui.compare.rows import Row
from flowviz.ui.compare.value import Comparison
from flowviz.ui.compare.watched import LOSS, PLAYER, WatchedComparison, progress_key, signature
from flowviz.ui.compare.words import letter
from flowviz.ui.feed import follow
from flowviz.ui.player import livefig, player
from flowviz.ui.progress import progress
from flowviz.ui.style import beside_each_other
from flowviz.ui.watching import act, progress_words, start

AROUND = {2: 410, 3: 568, 4: 588}
"""Height of what stands above and below the pictures while training, by the number of panels."""
HEIGHT = (220, 160)
"""Of the losses beside two panels, and under more of them."""


def buttons(comparison: Comparison, found: list[Row]) -> None:
    """Show what can be done with all runs at once."""
    waiting = [row.member.experiment for row in found if row.member.trains and not row.going and not _done(row)]
    going = list(dict.fromkeys(row.run.id for row in found if row.run is not None and row.going))
    if waiting:
        several = len(set(waiting))
        words = "Train all" if len(waiting) == sum(row.member.trains for row in found) else "Train the rest"
        help_ = f"{several} training{'s' if several != 1 else ''}, each of {waiting[0].total_steps:,} steps, side by side."
        st.button(words, type="primary", icon=":material/play_arrow:", on_click=start, args=tuple(waiting), help=help_)
    if going:
        st.button("Stop all", icon=":material/stop:", on_click=act, args=("stop_run", *going))


def _done(row: Row) -> bool:
    return row.run is not None and row.run.status == "done"


def watch(comparison: Comparison, found: list[Row]) -> None:
    """Show the row of panels with the losses in sight: beside two panels, under more of them."""
    tag = rows.tag(found, comparison)
    follow(WatchedComparison(comparison, quiz.shuffled()), signature(found), key="fv-c-follow", tag=tag)
    picture, beside = beside_each_other("fv_watch_two") if len(found) == 2 else (st.container(), st.container())
    with picture:
        height = {2: 460, 3: 400}.get(len(found), 340)
        around = AROUND.get(len(found), 0) if any(row.going for row in found) else 0
        player(rows.panels(found, comparison), key=PLAYER, tag=tag, height=height, around=around)
    with beside:
        status(found, tag)


def status(found: list[Row], tag: str) -> None:
    """Show progress and losses, which the feed renews; while visitors guess nothing that tells who is who."""
    if quiz.running() or all(row.run is None for row in found):
        return
    curves, at = curves_of(found), sum(row.run.step for row in found if row.run is not None)
    seen = bool(curves) or any(row.going for row in found)
    if seen:
        livefig(figure_of(found, curves), key=LOSS, height=HEIGHT[len(found) > 2], static=False, tag=tag, at=at)
    # Beside two panels there is room for one line under the other only.
    places = st.columns(len(found)) if len(found) > 2 else [st.container() for _ in found]
    for column, row in zip(places, found, strict=True):
        with column:
            _progress(row, tag, at)
    if seen:
        st.caption(words_of(found))


def _progress(row: Row, tag: str, at: int) -> None:
    """Show how far the run of one panel is."""
    if row.run is None:
        words = "nothing to train" if not row.member.trains else "not trained"
        st.markdown(f"{letter(row.place)} {words}")
    elif row.run.status == "failed":
        st.error(f"{letter(row.place, coloured=False)} stopped: {row.run.error} The others go on.")
    elif row.going:
        progress([line_of(row)], key=progress_key(row), tag=tag, at=at)
        key = f"fv.c.stop.{row.place}"
        st.button("Stop", key=key, icon=":material/stop:", on_click=act, args=("stop_run", row.run.id), type="tertiary")
    else:
        for note in line_of(row).notes:
            st.warning(note, icon=":material/warning:")
        st.markdown(f"{letter(row.place)} {progress_words(row.run)}")

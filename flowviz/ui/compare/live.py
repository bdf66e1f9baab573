"""Watching several runs at once: their buttons, their progress, their losses, fresh pictures for the player."""

import streamlit as st

from flowviz.figures import Curve, losses_figure
from flowviz.known import floor_of
from flowviz.ui import state
from flowviz.ui.compare import quiz, rows
from flowviz.ui.compare.rows import Row
from flowviz.ui.compare.value import Comparison
from flowviz.ui.compare.words import letter
from flowviz.ui.player import feed, livefig, player
from flowviz.ui.style import beside_each_other
from flowviz.ui.watching import act, progress_words, start

PLAYER = "fv-c-main"
REFRESH = 0.5
AROUND = {2: 410, 3: 548, 4: 568}
"""Height of what stands above and below the pictures while training, by the number of panels."""
LOSS = (220, 140)
"""Height of the losses beside two panels, and under more of them."""
SLOW = 1.0
"""Seconds between refreshes of more than two panels: each one is a picture to make."""
UNALIKE = "Losses of different methods, couplings, paths or noises cannot be compared: each has its own least value, dashed where it is known. "


def buttons(comparison: Comparison, found: list[Row]) -> None:
    """What can be done with all runs at once."""
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
    """The row of panels with the losses in sight: beside two panels, under more of them."""
    picture, beside = beside_each_other("fv_watch_two") if len(found) == 2 else (st.container(), st.container())
    with picture:
        stage(comparison, found)
    with beside:
        status(comparison, found)


def stage(comparison: Comparison, found: list[Row]) -> None:
    """The row of panels."""
    height = {2: 460, 3: 400}.get(len(found), 340)
    around = AROUND.get(len(found), 0) if any(row.going for row in found) else 0
    player(rows.panels(found, comparison), key=PLAYER, tag=rows.tag(found, comparison), height=height, around=around)


def status(comparison: Comparison, found: list[Row]) -> None:
    """Progress and losses; renewed while anything goes on."""
    if all(row.run is None for row in found):
        return
    going = [row.going for row in found]
    pause = REFRESH if len(found) <= 2 else SLOW
    st.fragment(_status, run_every=pause if any(going) else None)(comparison, going)


def _status(comparison: Comparison, going: list[bool]) -> None:
    found = rows.look(comparison)
    if [row.going for row in found] != going:
        state.touch()
        st.rerun()  # the whole page once: one has ended, so there are other buttons and a full picture
    if not quiz.running():
        words = _losses(found)
        _progress(found)
        if words:
            st.caption(words)
    if any(going):
        tag = rows.tag(found, comparison)
        for index, row in enumerate(quiz.order(found)):
            if row.going:
                feed(rows.panel(row, comparison), player_key=PLAYER, index=index, key=f"fv-c-feed-{index}", tag=tag)


def _progress(found: list[Row]) -> None:
    # Beside two panels there is room for one line under the other only.
    places = st.columns(len(found)) if len(found) > 2 else [st.container() for _ in found]
    for column, row in zip(places, found, strict=True):
        with column:
            if row.run is None:
                words = "nothing to train" if not row.member.trains else "not trained"
                st.markdown(f"{letter(row.place)} {words}")
                continue
            if row.run.status == "failed":
                st.error(f"{letter(row.place, coloured=False)} stopped: {row.run.error} The others go on.")
                continue
            st.markdown(f"{letter(row.place)} {progress_words(row.run)}")
            for note in row.run.snapshot.notes if row.run.snapshot is not None else ():
                st.warning(f"{letter(row.place, coloured=False)}: {note}", icon=":material/warning:")
            if row.going:
                st.progress(min(1.0, row.run.step / row.member.experiment.total_steps))
                key = f"fv.c.stop.{row.place}"
                st.button("Stop", key=key, icon=":material/stop:", on_click=act, args=("stop_run", row.run.id), type="tertiary")


def _losses(found: list[Row]) -> str:
    """Draw all curves; what is to be said about them."""
    curves, shown = [], set()
    for row in found:
        if row.run is None or row.run.snapshot is None or len(row.run.snapshot.losses) < 2 or row.run.id in shown:
            continue
        shown.add(row.run.id)
        one, losses = row.member.experiment, row.run.snapshot.losses
        curves.append(
            Curve(row.title, losses, one.total_steps, floor_of(one), f"fv:{row.place}", letter(row.place, coloured=False))
        )
    if not curves:
        return ""
    kinds = {row.member.experiment.method.loss for row in found if row.run is not None}
    loss = kinds.pop() if len(kinds) == 1 else ""
    livefig(losses_figure(curves, loss), key="fv-c-loss", height=LOSS[len(found) > 2], static=False)
    floors = {curve.floor for curve in curves}
    words = UNALIKE if len(floors) > 1 or None in floors else ""
    runs = [row.run.id for row in found if row.run is not None]
    if len(set(runs)) < len(runs):
        words += "Panels that share one training share one curve. "
    return f"{words}Smoothed; one colour for each panel."

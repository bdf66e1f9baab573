"""Watching a run: its buttons, its progress, its loss, and fresh pictures for the player."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from flowviz import figures
from flowviz.engine import Run
from flowviz.experiment import ROUND, Experiment
from flowviz.scene import Panel, awaits_density
from flowviz.ui import pictures, state
from flowviz.ui.controls import control
from flowviz.ui.feed import follow
from flowviz.ui.kits import with_kits
from flowviz.ui.later import Later
from flowviz.ui.page_state import TROUBLE
from flowviz.ui.player import densities, livefig, player
from flowviz.ui.progress import progress
from flowviz.ui.state import Choice
from flowviz.ui.style import beside_each_other, one_button
from flowviz.ui.watched import LOSS, PLAYER, PROGRESS, WatchedRun, line_of, loss_of, signature, tag_of
from flowviz.ui.watching import GOING, act, start

FEWER = 0.8
"""Share of the crossings by chance below which pairs are said to cross less."""
AROUND = 338
"""Height of what stands above and below the pictures."""


def _start() -> None:
    # Not what the page showed when the button was drawn: a choice made since then counts.
    start(state.STATE.now.experiment)


def _more() -> None:
    state.put(more=str(state.STATE.now.experiment.training.more + 1))
    _start()


def buttons(choice: Choice, run: Run | None) -> None:
    """Show what can be done with the run now."""
    with st.container(horizontal=True, vertical_alignment="center"):
        with one_button():
            _go_button(choice, run)
        if run is not None and run.status in (*GOING, "paused"):
            st.button("Stop training", icon=":material/stop:", on_click=act, args=("stop_run", run.id))
        if run is not None:
            apart = [show for show in state.FIELDS["show"].choices or () if show != "over"]
            control("show", hide_label=True, options=apart if choice.experiment.space.sheet else None)
    if trouble := st.session_state.get(TROUBLE):
        st.error(trouble)


def _go_button(choice: Choice, run: Run | None) -> None:
    """Show the one button of what comes next: train, pause, go on, or more steps."""
    experiment = choice.experiment
    if run is None or run.status in ("cancelled", "failed"):
        again = run is not None and run.status == "cancelled" and run.step > 0
        words = "Go on training" if again else "Train"
        from_ = "samples" if experiment.method.pathless else "pairs"
        help_ = f"{experiment.total_steps:,} steps, live. The {experiment.method.noun} is learned from {from_} alone."
        st.button(words, type="primary", icon=":material/play_arrow:", on_click=_start, help=help_, width="stretch")
    elif run.status == "done":
        room = experiment.training.more < 50
        st.button(f"{ROUND:,} more steps", icon=":material/add:", on_click=_more, disabled=not room, width="stretch")
    else:
        action, words, icon = (
            ("resume", "Go on training", "play_arrow") if run.status == "paused" else ("pause", "Pause training", "pause")
        )
        st.button(words, icon=f":material/{icon}:", on_click=act, args=(action, run.id), width="stretch")


def panels(choice: Choice, run: Run | None, find: Callable[..., pictures.LearnedPicture] = pictures.learned) -> list[Panel]:
    """Return what the player shows: the exact flow alone, or with the learned one, as `find` makes it."""
    exact = pictures.exact(choice.experiment, choice.view)
    if run is None or (run.finished and run.snapshot is None):
        return [Panel((exact,))]
    look, live = _look(run), run.status in GOING
    scene = find(choice.experiment, look, choice.view, live=live).scene
    codes = pictures.codes(choice.experiment, look, choice.view, choice.show, live=live)
    return pictures.arrange(choice.show, exact, scene, codes)


def watch(choice: Choice, run: Run | None, *, kits: bool = False) -> Later | None:
    """Return the player, and beside it, or under it on a phone, what a run says of itself: seen together without scrolling.

    With `kits`, the pointer can be carried along a field that rests. What is returned brings the densities that the pictures
    did not wait for, once all else is on the page.
    """
    watched = WatchedRun(choice.experiment, choice.view, choice.show)
    # Above the columns: with nothing beside the picture no room is kept there.
    follow(watched, signature(run), key="fv-follow", tag=_tag(choice))
    picture, beside = beside_each_other("fv_watch")
    with picture:
        later = stage(choice, run, kits=kits)
    with beside:
        status(choice, run)
    return later


def stage(choice: Choice, run: Run | None, *, kits: bool = False) -> Later | None:
    """Return the player; returns as `watch` does."""
    shown, alone = panels(choice, run, pictures.particles), run is None or (run.finished and run.snapshot is None)
    if kits and (run is None or run.status not in GOING):
        shown = with_kits(shown, choice.experiment, None if run is None or alone else _look(run), choice.view)
    if run is None or alone:
        player(shown, key=PLAYER, tag="exact", height=560, around=AROUND, pointing=False)
        return completed(shown, lambda find: shown, key=PLAYER)
    # While it goes on, fed pictures must outlive this one; once it rests, this one replaces them.
    tag = _tag(choice) + ("" if run.status in GOING else f"-{_look(run).step}")
    # Codes are to be seen among the noise that they should look like.
    layers = {"source": True} if choice.experiment.method.encodes and choice.show in pictures.CODED else None
    of = player(shown, key=PLAYER, tag=tag, height=430, around=AROUND, pointing=False, layers=layers)
    return completed(shown, lambda find: panels(choice, run, find), key=PLAYER, of=of)


def completed(
    shown: Sequence[Panel], find: Callable[[Callable[..., pictures.LearnedPicture]], Sequence[Panel]], *, key: str, of: str = ""
) -> Later | None:
    """Keep a place for the densities that a player's pictures did not wait for; what is returned fills it, where there are any.

    Args:
        shown: The panels.
        find: Makes them anew, with a learned flow as it is given.
        key: The player's key.
        of: What `player` returned.
    """
    place = st.empty()
    if not awaits_density(shown):
        return None

    def bring() -> None:
        # The next picture waits for one part, not for all.
        whole = find(partial(pictures.learned, before_each=place.empty))
        with place:
            densities(whole, key=key, of=of)

    return bring


def _tag(choice: Choice) -> str:
    return tag_of(choice.experiment.key, choice.show, choice.view)


def _look(run: Run) -> pictures.Look:
    """Return the weights to show: the newest, or those that the film slider asks for."""
    film = pictures.film(run) if run.finished else {}
    if not film:
        return pictures.latest(run)
    step = st.session_state.get(f"fv.film.{run.id}", max(film))
    step = step if step in film else max(film)
    return pictures.Look(step, film[step])


def status(choice: Choice, run: Run | None) -> None:
    """Show progress, numbers and loss of the run; the feed renews them while it goes on."""
    if run is None:
        return
    if run.status == "failed":
        st.error(f"Stopped: {run.error}")
    going, look, tag = run.status in GOING, _look(run), _tag(choice)
    if going or (run.snapshot is not None and len(run.snapshot.losses) > 1):
        at = look.step if look.step < run.step and not going else None
        livefig(loss_of(run, at), key=LOSS, height=220, static=False, tag=tag, at=run.step)
    line = line_of(run, look.step, pictures.particles(choice.experiment, look, choice.view, live=going).error)
    if going:
        progress([line], key=PROGRESS, tag=tag, at=run.step)
    else:
        for note in line.notes:
            st.warning(note, icon=":material/warning:")
        st.markdown(line.text)
    st.caption(_loss_words(choice.experiment))
    _film_slider(run)


def _film_slider(run: Run) -> None:
    steps = sorted(pictures.film(run)) if run.finished else []
    if len(steps) > 1:
        key = f"fv.film.{run.id}"
        if st.session_state.get(key) not in steps:  # none yet, or the run has gone on since
            st.session_state[key] = steps[-1]
        words = "Watch it learn again: the field after so many steps"
        st.select_slider(words, steps, key=key, format_func=lambda step: f"{step:,}")


def _loss_words(experiment: Experiment) -> str:
    if experiment.method.on_loss:
        return experiment.method.on_loss
    low, high = experiment.path.interval
    where = "" if (low, high) == (0.0, 1.0) else f" {experiment.method.trained_on.format(low=low, high=high)}"
    if experiment.coupling.closed_form:
        return (
            "The loss cannot fall to zero: where paths cross, one point has several right answers, and the best is their mean. "
            f"Single batches scatter about it.{where}"
        )
    uses = experiment.coupling.uses
    reuse = f" Each batch’s pairing serves {uses} steps, with fresh t." if uses > 1 else ""
    return f"{_less_to_average(experiment)} Losses of different couplings cannot be compared.{where}{reuse}"


def _less_to_average(experiment: Experiment) -> str:
    """Return what the pairing does to the loss, from how often the lines of the shown pairs cross."""
    counted = figures.crossings(experiment)
    if counted is None:
        return "The nearer the points of a pair, the less there is to average, and the lower the loss can fall."
    share, chance = counted
    if share > FEWER * chance:
        return (
            f"Lines of these pairs cross nearly as often as by chance ({share:.0%}; {chance:.0%}): there is as much to average."
        )
    return f"Lines of these pairs cross less ({share:.0%}; by chance {chance:.0%}), so there is less to average, and the loss can fall lower."

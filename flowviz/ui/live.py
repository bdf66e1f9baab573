"""Watching a run: its buttons, its progress, its loss, and fresh pictures for the player."""

import numpy as np
import streamlit as st

from flowviz import figures
from flowviz.engine import Run
from flowviz.experiment import ROUND, Experiment
from flowviz.figures import loss_figure, recent
from flowviz.known import floor_of, known
from flowviz.scene import Panel, Scene
from flowviz.scene.build import View
from flowviz.ui import pictures, state
from flowviz.ui.controls import control
from flowviz.ui.player import feed, livefig, player
from flowviz.ui.state import Choice
from flowviz.ui.style import beside_each_other
from flowviz.ui.watching import GOING, act, progress_words, seen, start

PLAYER = "fv-main"
FEWER = 0.8
"""Share of the crossings by chance below which pairs are said to cross less."""
REFRESH = 0.5
AROUND = 338
"""Height of what stands above and below the pictures."""
CROWD = 20
"""Watchers of one run above which all refresh half as often: overload collapses, it does not degrade."""


def _start() -> None:
    # Not what the page showed when the button was drawn: a choice made since then counts.
    start(state.chosen().experiment)


def _more() -> None:
    state.put(more=str(state.chosen().experiment.training.more + 1))
    _start()


def buttons(choice: Choice, run: Run | None) -> None:
    """What can be done with the run now."""
    experiment = choice.experiment
    with st.container(horizontal=True, vertical_alignment="center"):
        if run is None or run.status in ("cancelled", "failed"):
            again = run is not None and run.status == "cancelled" and run.step > 0
            words = "Go on training" if again else "Train"
            help_ = f"{experiment.total_steps:,} steps, live. The {experiment.method.noun} is learned from pairs alone."
            st.button(words, type="primary", icon=":material/play_arrow:", on_click=_start, help=help_)
        elif run.status == "done":
            room = experiment.training.more < 50
            st.button(f"{ROUND:,} more steps", icon=":material/add:", on_click=_more, disabled=not room)
        else:
            action, words, icon = (
                ("resume", "Go on training", "play_arrow") if run.status == "paused" else ("pause", "Pause training", "pause")
            )
            st.button(words, icon=f":material/{icon}:", on_click=act, args=(action, run.id))
            st.button("Stop training", icon=":material/stop:", on_click=act, args=("stop_run", run.id))
        if run is not None:
            control("show", hide_label=True)
    if trouble := st.session_state.get(state.TROUBLE):
        st.error(trouble)


def panels(choice: Choice, run: Run | None) -> list[Panel]:
    """What the player shows: the exact flow alone, or with the learned one."""
    exact = pictures.exact(choice.experiment, choice.view)
    if run is None or (run.finished and run.snapshot is None):
        return [Panel((exact,))]
    scene = pictures.learned(choice.experiment, _look(run), choice.view, live=run.status in GOING).scene
    return pictures.arrange(choice.show, exact, scene)


def watch(choice: Choice, run: Run | None) -> None:
    """The player, and beside it, or under it on a phone, what a run says of itself: seen together without scrolling."""
    picture, beside = beside_each_other("fv_watch")
    with picture:
        stage(choice, run)
    with beside:
        status(choice, run)


def stage(choice: Choice, run: Run | None) -> None:
    """The player."""
    shown = panels(choice, run)
    if run is None or (run.finished and run.snapshot is None):
        player(shown, key=PLAYER, tag="exact", height=560, around=AROUND)
        return
    # While it goes on, fed pictures must outlive this one; once it rests, this one replaces them.
    tag = _tag(choice, run) + ("" if run.status in GOING else f"-{_look(run).step}")
    player(shown, key=PLAYER, tag=tag, height=430, around=AROUND)


def _tag(choice: Choice, run: Run) -> str:
    return f"{run.id}-{choice.show}-{choice.view.particles}-{choice.view.solver}-{choice.view.solver_steps}"


def _look(run: Run) -> pictures.Look:
    """The weights to show: the newest, or those that the film slider asks for."""
    film = pictures.film(run) if run.finished else {}
    if not film:
        return pictures.latest(run)
    step = st.session_state.get(f"fv.film.{run.id}", max(film))
    step = step if step in film else max(film)
    return pictures.Look(step, film[step])


def status(choice: Choice, run: Run | None) -> None:
    """Progress, numbers and loss of the run; renewed twice a second while it goes on."""
    if run is None:
        return
    going = run.status in GOING
    pause = REFRESH if run.watchers <= CROWD else 2 * REFRESH
    st.fragment(_status, run_every=pause if going else None)(choice, going)
    _film_slider(run)


def _film_slider(run: Run) -> None:
    steps = sorted(pictures.film(run)) if run.finished else []
    if len(steps) > 1:
        key = f"fv.film.{run.id}"
        if st.session_state.get(key) not in steps:  # none yet, or the run has gone on since
            st.session_state[key] = steps[-1]
        words = "Watch it learn again: the field after so many steps"
        st.select_slider(words, steps, key=key, format_func=lambda step: f"{step:,}", on_change=state.touch)


def _status(choice: Choice, going: bool) -> None:
    experiment = choice.experiment
    run = seen(experiment)
    if run is None or (going and run.status not in GOING):
        state.touch()
        st.rerun()  # the whole page once: other buttons, the full picture, no refreshing any more
    if run.status == "failed":
        st.error(f"Stopped: {run.error}")
    for note in run.snapshot.notes if run.snapshot is not None else ():
        st.warning(note, icon=":material/warning:")
    look = _look(run)
    shown = pictures.learned(experiment, look, choice.view, live=going)
    exact = known(experiment).field
    figure = None
    if run.snapshot is not None and len(run.snapshot.losses) > 1:
        name = "irreducible loss" if exact.exact else "irreducible loss of the stand-in"
        at = look.step if look.step < run.step and not going else None
        loss = experiment.method.loss
        figure = loss_figure(run.snapshot.losses, experiment.total_steps, floor_of(experiment), name, at, loss=loss)
        livefig(figure, key="fv-loss", height=220, static=False)
    if going:
        st.progress(min(1.0, run.step / experiment.total_steps))
    st.markdown(f"{progress_words(run)} · {_numbers(run, look.step, shown.error)}")
    if figure is not None:
        st.caption(_loss_words(experiment))
    if going and choice.show in pictures.FED:
        panel = Panel((shown.scene, _thin_exact(choice)) if choice.show == "over" else (shown.scene,))
        feed(panel, player_key=PLAYER, index=pictures.FED[choice.show], key="fv-feed", tag=_tag(choice, run))


def _thin_exact(choice: Choice) -> Scene:
    """The exact flow with no more particles than a live refresh may carry beside the learned ones."""
    view = choice.view
    return pictures.exact(choice.experiment, View(particles=min(300, view.particles), solver="euler", solver_steps=30))


def _numbers(run: Run, step: int, error: float) -> str:
    exact, parts = known(run.experiment).field, []
    losses = run.snapshot.losses[:step] if run.snapshot is not None else np.zeros(0)
    when = f" at step {step:,}" if run.finished and step < run.step else ""
    if len(losses) > 1:
        mean, spread = recent(losses)
        floor = floor_of(run.experiment)
        least = f" (least possible {floor:.3g})" if floor else ""
        parts.append(f"loss{when} **{mean:.3g}** ± {spread:.1g}{least}")
    against = "exact" if exact.exact else "stand-in"
    parts.append(f"velocity error{when} **{error:.2f}** per unit t (RMS, against the {against} field)")
    if run.experiment.training.average and step:
        parts.append("averaged weights")
    return " · ".join(parts)


def _loss_words(experiment: Experiment) -> str:
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
    """What the pairing does to the loss, from how often the lines of the shown pairs cross."""
    counted = figures.crossings(experiment)
    if counted is None:
        return "The nearer the points of a pair, the less there is to average, and the lower the loss can fall."
    share, chance = counted
    if share > FEWER * chance:
        return (
            f"Lines of these pairs cross nearly as often as by chance ({share:.0%}; {chance:.0%}): there is as much to average."
        )
    return f"Lines of these pairs cross less ({share:.0%}; by chance {chance:.0%}), so there is less to average, and the loss can fall lower."

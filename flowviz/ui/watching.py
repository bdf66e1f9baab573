"""Who watches which run: started, joined, left; shared by all pages of one visitor."""

import uuid
from collections.abc import Iterable

import streamlit as st

from flowviz.engine import QueueFullError, Run, shared
from flowviz.experiment import Experiment
from flowviz.training import check_device
from flowviz.ui.page_state import TROUBLE

GOING = ("queued", "running")
SLOW = 1.0
"""Seconds between two pictures above which the page says so."""
WATCHED, STOPPED = "fv.watched", "fv.stopped"
"""The keys of the runs that this visitor watches, and those that they have just stopped."""


@st.cache_resource(scope="session", on_release=lambda visitor: shared().leave(visitor), show_spinner=False)
def visitor() -> str:
    """Return a name for this browser tab; when it closes, its runs have one watcher less."""
    return uuid.uuid4().hex


def current_run(experiment: Experiment) -> Run | None:
    """Return the run of this experiment, if there is one, watched from now on; what was watched before is left."""
    watch_only([experiment])
    return seen(experiment)


def watch_only(experiments: Iterable[Experiment]) -> None:
    """Leave all runs but those of these experiments."""
    keys = {experiment.key for experiment in experiments}
    for before in st.session_state.get(WATCHED, set()) - keys:
        shared().unwatch(before, visitor())
    st.session_state[WATCHED] = keys


def seen(experiment: Experiment) -> Run | None:
    """Return the run as it is now, watched while it goes on, unless this visitor has just stopped it."""
    run = shared().get(experiment.key)
    if run is None or run.finished or run.id in st.session_state.get(STOPPED, set()):
        return run
    return shared().watch(run.id, visitor())


def start(*experiments: Experiment) -> None:
    """Train these, equal ones once; why one could not be started is kept for the page to say."""
    st.session_state[TROUBLE] = ""
    for experiment in dict.fromkeys(experiments):
        try:
            check_device(experiment.device)
            st.session_state[STOPPED] = st.session_state.get(STOPPED, set()) - {experiment.key}
            shared().submit(experiment, watcher=visitor())
        except (QueueFullError, ValueError) as error:
            st.session_state[TROUBLE] = str(error)


def absent(experiments: Iterable[Experiment]) -> list[str]:
    """Return what would keep these from being trained here, a sentence each: a device that this machine does not have."""
    found: dict[str, None] = {}
    for experiment in experiments:
        try:
            check_device(experiment.device)
        except ValueError as error:
            found[str(error)] = None
    return list(found)


def act(action: str, *run_ids: str) -> None:
    """Do "pause", "resume" or "stop_run" with some runs."""
    stopped = st.session_state.get(STOPPED, set())
    st.session_state[STOPPED] = stopped | set(run_ids) if action == "stop_run" else stopped - set(run_ids)
    for run_id in run_ids:
        getattr(shared(), action)(run_id, visitor())


def time_left(seconds: float) -> str:
    """Return how long something will still take, in the unit that a person would say it in."""
    if seconds < 120:
        return f"{seconds:.0f} s left"
    return f"{seconds / 60:.0f} min left" if seconds < 7200 else f"{seconds / 3600:.0f} h left"


def progress_words(run: Run, pause: float = 0.0) -> str:
    """Return how far a run is, in one line; `pause` is the seconds between two pictures, said where they are many."""
    total = run.experiment.total_steps
    if run.status == "running" and run.snapshot is not None and run.snapshot.preparing:
        return f"First the flow that makes the pairs, {run.snapshot.preparing}"
    words = {
        "queued": "Starting a worker …" if run.starting else f"Waiting: number {run.place} in the queue",
        "running": f"Step **{run.step:,}** of {total:,}",
        "paused": f"Paused at step {run.step:,} of {total:,}",
        "done": f"Done: {run.step:,} steps",
        "cancelled": f"Stopped at step {run.step:,} of {total:,}; what was learned is kept",
        "failed": f"Stopped at step {run.step:,} of {total:,}",
    }[run.status]
    if run.status == "running" and run.steps_per_second:
        left = (total - run.step) / run.steps_per_second
        words += f" · {run.steps_per_second:,.0f} steps/s · {time_left(left)}"
    elif run.snapshot is not None and run.status == "done":
        words += f" in {run.snapshot.seconds:.1f} s"
    if not run.finished and run.watchers > 1:
        words += f" · {run.watchers:,} watching"
    if run.status == "running" and pause > SLOW:
        words += f" · busy here: a picture every {pause:.1f} s, nothing is lost"
    return words

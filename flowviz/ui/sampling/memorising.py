"""Memorising: whether samples lie nearer to the training points than fresh points would, and since when."""

import math

import streamlit as st
import torch

from flowviz.distributions import Points
from flowviz.distributions.shelf import link_text
from flowviz.engine import Run
from flowviz.experiment import Experiment
from flowviz.figures.memorising import copied_figure
from flowviz.measures import near_distance, training_points
from flowviz.measures.memorising import FRESH, SAMPLES
from flowviz.spaces import PLANE
from flowviz.ui import state
from flowviz.ui.later import Later
from flowviz.ui.player import livefig
from flowviz.ui.sampling.flow import Flow
from flowviz.ui.sampling.judging import judging
from flowviz.ui.sampling.measuring import COPIES, CopiesTask
from flowviz.ui.sampling.waiting import renewed, rests
from flowviz.ui.state import Choice

HEIGHT = 300
TAKEN = 60
"""Points that the button takes of a target: few enough to be learned by heart."""
SEED = 0
VISIBLE = 0.1
"""The exact flow's share above that of fresh points below which copying could not be seen."""
FEW = 10
"""Points with fewer places say little of how far apart fresh ones would be."""


def section(choice: Choice, run: Run | None) -> Later | None:
    """Return the heading, and the curve of a training on points, pictures of which are judged later.

    For other targets why there is none.
    """
    st.markdown("##### Memorising")
    experiment = choice.experiment
    points = training_points(experiment)
    if points is None:
        _afresh(experiment)
        return None
    if not rests(run, "Measured"):
        return None
    flow = Flow(experiment, run.snapshot if run is not None else None)
    task = COPIES.of(flow)
    assert task is not None
    judge = judging(flow, choice.view)
    renewed(task, "The copies could not be counted", _show, experiment, points, task)
    return judge


def _afresh(experiment: Experiment) -> None:
    """Show what there is to say of a target that is drawn anew at each step, and the button that makes it points."""
    target = experiment.target_distribution
    if not target.has_density:
        st.caption(f"{target.label} are the target themselves, and not draws of it: to copy them is all there is to learn.")
        return
    words = f"There is nothing to memorise: every batch is new, drawn from {target.label} itself."
    if target.space != PLANE:
        st.caption(f"{words} Own data, which could be memorised, lie in the plane.")
        return
    st.caption(f"{words} Take {TAKEN} points of it as your own data, and every batch repeats them.")
    st.button(
        f"Train on {TAKEN} points of it",
        icon=":material/content_cut:",
        help=f"{TAKEN} points of {target.label} without blur become the target; all else of the experiment stays.",
        on_click=_take,
        args=(experiment,),
    )


def some_points(experiment: Experiment) -> Points:
    """Return a few draws of an experiment's target, as own data without blur."""
    target = experiment.target_distribution
    x, labels = target.draw(TAKEN, torch.Generator().manual_seed(SEED))
    return Points.of(x.numpy(), labels.numpy(), std=0.0, title=f"{TAKEN} of {target.label}", group="class")


def _take(experiment: Experiment) -> None:
    state.put(target=link_text(some_points(experiment)))


def _show(experiment: Experiment, points: torch.Tensor, task: CopiesTask) -> None:
    if task.exact is None:
        st.caption("Measuring the distances to the training points …")
        return
    limit = near_distance(points)
    if not math.isfinite(limit):
        st.caption("All points of the target coincide, so nothing says how near to them is near.")
        return
    found = list(task.points)
    if len(found) > 1:
        steps, shares = [p.step for p in found], [p.share for p in found]
        with st.container(width=720):
            livefig(copied_figure(steps, shares, task.exact, FRESH), key="fv-s-copies", height=HEIGHT, save="flowviz-memorising")
    last, blur = found[-1] if found else None, getattr(experiment.target_distribution, "std", 0.0)
    learned = last.share if last is not None and task.ended else None
    st.markdown(reading(learned, task.exact, last.step if last is not None else 0, blur))
    st.caption(_meaning(points, limit, blur))


def _meaning(points: torch.Tensor, limit: float, blur: float) -> str:
    """Return how near is near, and how sure the shares are."""
    places = len(torch.unique(points, dim=0))
    words = (
        f"A sample is near if its nearest training point is less than {limit:.3g} away (units of x), the median distance of one of the "
        f"{len(points):,} training points to its nearest other one. Each of them, left out, is a fresh draw to the rest: so half of all fresh "
        f"draws would be near. {SAMPLES} samples; the standard error is at most {100 * 0.5 / math.sqrt(SAMPLES):.1f} percentage points. "
        "The share says how near the samples are to the points, and not whether they are everywhere where the law is."
    )
    if blur:
        words += f" The points are blurred by {blur:g}, and so are the exact flow’s copies of them."
    if places < FEW:
        words += f" There are only {places} places: their distances say little of where fresh points would lie."
    return words


def reading(learned: float | None, exact: float, step: int, blur: float = 0.0) -> str:
    """Return what the shares say, in a sentence or two.

    Args:
        learned: The learned flow's share; None where nothing is learned yet, or it is not known yet.
        exact: The exact flow's.
        step: Training steps.
        blur: Of the points.
    """
    again = "makes the training points again, blurred" if blur else "makes only the training points again"
    words = f"The exact flow {again}: **{_percent(exact)}** of its samples are near one, and of fresh points {_percent(FRESH)}."
    if exact < FRESH + VISIBLE:
        words += " With so much blur a copy is hardly nearer than a fresh point: copying could not be seen."
    if learned is None:
        return words if step else f"{words} Train, and the learned flow’s curve stands beside it."
    if not math.isfinite(learned):
        return f"{words} The learned flow’s samples cannot be measured."
    error = math.sqrt(FRESH * (1 - FRESH) / SAMPLES)
    mine = f" After {step:,} steps the learned flow’s are **{_percent(learned)}**"
    if learned > FRESH + 3 * error:
        return f"{words}{mine}: more than of fresh points, a sign that it has learned points by heart."
    if learned < FRESH - 3 * error:
        return f"{words}{mine}: fewer than of fresh points, so many samples lie where there are no data."
    return f"{words}{mine}: as many as of fresh points, so it shows no sign of copying."


def _percent(share: float) -> str:
    """Return a share as a whole number of per cent, which no line's end parts from its sign."""
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"

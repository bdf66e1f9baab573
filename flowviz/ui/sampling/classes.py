"""Classes and guidance: one class asked for, more or less strongly, beside the density that guidance is taken for."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import streamlit as st
import torch

from flowviz.engine import Run
from flowviz.exact import ExactField
from flowviz.experiment import Experiment
from flowviz.figures.maps import density_map
from flowviz.known import Bounds, known, widened
from flowviz.measures.guidance import ROOM, SIDE, ByClass, Tilted, class_distances, moments_of, tilted
from flowviz.scene import Panel, Scene
from flowviz.scene.asked import ALL, asked_field
from flowviz.scene.build import EXACT_WORK, View, starts
from flowviz.scene.grids import FIELD_SIDE, counted_density, field_on_grid
from flowviz.solvers import carry, finished
from flowviz.ui import state
from flowviz.ui.caching import SharedCache
from flowviz.ui.controls import class_controls
from flowviz.ui.kits import kit_of
from flowviz.ui.player import livefig, player
from flowviz.ui.sampling.flow import Flow, flow_of
from flowviz.ui.sampling.judging import judging
from flowviz.ui.sampling.waiting import rests
from flowviz.ui.state import Choice

MOST = 4_000
"""Particles whose ends are counted for the map of what guidance samples."""
HEIGHT = 330


class Sampled(NamedTuple):
    """Where guidance takes particles: a map of the density, mean and standard deviation by coordinate, and how many there were."""

    density: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    n: int


_tilted: SharedCache[Tilted] = SharedCache(64)
_sampled: SharedCache[Sampled] = SharedCache(64)
_differences: SharedCache[Scene] = SharedCache(32)
_by_class: SharedCache[ByClass] = SharedCache(64)


def section(choice: Choice, run: Run | None) -> None:
    """One class asked for, of the learned flow, or of the exact one where nothing is learned yet."""
    st.markdown("##### Classes and guidance")
    if not choice.experiment.class_count:
        _offer(choice.experiment)
        return
    st.latex(r"v_w(x, t, y) = v(x, t) + w\,\bigl(v(x, t, y) - v(x, t)\bigr)")
    with st.container(width=420):
        class_controls(choice)
    if not rests(run, "Shown"):
        return
    flow = flow_of(choice, run)
    _pictures(choice, flow)
    judging(flow, choice.view)
    if flow.snapshot is not None:
        st.markdown(by_class(_distances(flow, choice.view)))
    _against_tilted(choice, flow)


def _offer(experiment: Experiment) -> None:
    group = experiment.target_distribution.group
    if experiment.coupling.made:
        st.caption("Reflow’s pairs are made by a flow and have no class; choose another coupling to learn classes.")
        return
    st.caption(
        f"This flow does not know the classes of its data. Told them in training, a network learns v(x, t, y) for every {group} y, "
        "and for 15 % of the pairs v(x, t) without one; then a class can be asked for, more or less strongly."
    )
    st.button("Learn the classes", icon=":material/category:", on_click=state.put, kwargs={"classes": "within"})


def panels(choice: Choice, flow: Flow) -> list[Panel]:
    """The flow of the class, the guided one, and what the class adds to the velocity; nothing where no classes are learned."""
    view, experiment = choice.view, choice.experiment
    if not experiment.class_count:
        return []
    plain = view.model_copy(update={"guidance": 1.0, "noise": 0.0})
    asked = view.model_copy(update={"noise": 0.0})
    found = [Panel((flow.scene(plain),), "w = 1: the flow of the class", kit_of(experiment, flow.look, plain))]
    if view.guidance != 1:
        found.append(Panel((flow.scene(asked),), f"w = {view.guidance:g}"))
    if view.of_class != ALL and experiment.space.grids:
        found.append(Panel((_difference(flow, asked),), "What the class adds to the velocity"))
    return found


def _pictures(choice: Choice, flow: Flow) -> None:
    view, experiment = choice.view, choice.experiment
    tag = f"{choice.experiment.key}-{flow.step}-{choice.view}"
    player(panels(choice, flow), key="fv-s-classes", tag=tag, height=400, layers={"field": view.of_class != ALL})
    if view.of_class == ALL and experiment.space.picture:
        st.caption("Each row is asked for one class; choose one to see a whole sheet of it.")
    elif view.of_class == ALL:
        st.caption("Every particle is asked for a class of its own, as often as the data have it. Choose one to see its field.")


def _difference(flow: Flow, view: View) -> Scene:
    """The guided particles, with arrows v(x, t, y) − v(x, t) in the place of the field."""

    def find() -> Scene:
        scene, free = flow.scene(view), flow.field(torch.float32)
        told = asked_field(
            flow.experiment, free, view.model_copy(update={"guidance": 1.0}), torch.full((FIELD_SIDE**2,), view.of_class)
        )
        t = torch.from_numpy(scene.field_t)
        arrows = field_on_grid(told, scene.bounds, t) - field_on_grid(free, scene.bounds, t)
        note = "Arrows: v(x, t, y) − v(x, t), which guidance takes w times. They vanish where the field takes every particle to this class anyway."
        return replace(scene, field=arrows, density=None, density_t=None, title="", about="", note=note)

    return _differences.get((flow.key, view), find)


def _distances(flow: Flow, view: View) -> ByClass:
    how = view.solver, view.solver_steps
    return _by_class.get(
        (flow.key, *how, view.stirred),
        lambda: class_distances(flow.experiment, flow.field(torch.float32), *how, eta=view.stirred),
    )


def by_class(found: ByClass) -> str:
    """What W2 within classes says, in a sentence or two."""
    worst = max(range(len(found.w2)), key=lambda i: found.w2[i] - found.floor[i])
    return (
        f"Asked for one class at a time (w = 1) the flow’s samples lie W2 = **{found.mean.mean:.3f}** from that class’s data, the mean of "
        f"{len(found.w2)} classes; two samples of the data {found.mean_floor.mean:.3f}. Worst is class {found.classes[worst]}: "
        f"{found.w2[worst]:.3f}."
    )


def _against_tilted(choice: Choice, flow: Flow) -> None:
    view, experiment = choice.view, choice.experiment
    if not experiment.space.grids or view.of_class == ALL:
        return
    whole, part = known(experiment).field, known(experiment).class_fields[view.of_class]
    if part is None:
        st.caption("No part of the stand-in for the data belongs to this class, so its tilted density is not known.")
        return
    bounds = widened(known(experiment).bounds, ROOM)
    wanted = _tilted.get((_data(experiment), view.of_class, view.guidance), lambda: tilted(whole, part, view.guidance, bounds))
    found = _sampled.get((flow.key, _way(view)), lambda: _ends(flow, view, bounds))
    top = float(max(wanted.density.max(), found.density.max()))
    left, right = st.columns(2)
    mean, spread = wanted.moments
    with left:
        st.markdown(f"**Tilted: p(x)¹⁻ʷ p(x | y)ʷ** :small[{_moments(mean, spread)}]")
        livefig(density_map(wanted.density, bounds, top), key="fv-s-tilted", height=HEIGHT)
    with right:
        whose = "exact" if flow.snapshot is None else "learned"
        st.markdown(f"**What guidance samples, {whose} flow** :small[{_moments(found.mean, found.spread)}]")
        livefig(density_map(found.density, bounds, top), key="fv-s-guided", height=HEIGHT)
    st.markdown(reading(view.guidance, (mean, spread), (found.mean, found.spread)))
    st.caption(
        f"Left: from the exact densities at the end of the flow, normalised over {SIDE} × {SIDE} places. Right: where the chosen solver takes "
        f"{found.n:,} particles, smoothed. Mean (x, y) and standard deviation of x and of y, in units of x."
    )


def _data(experiment: Experiment) -> tuple:
    """What the exact densities depend on."""
    return known(experiment).experiment, "tilted"


def _way(view: View) -> tuple:
    return view.solver, view.solver_steps, view.grid, view.stirred, view.guidance, view.of_class


def _ends(flow: Flow, view: View, bounds: Bounds) -> Sampled:
    field = flow.field(torch.float32)
    parts = len(field.law.weights) if isinstance(field, ExactField) else 1
    n = max(200, min(MOST, EXACT_WORK // (2 * view.evaluations * parts)))
    x0, _ = starts(flow.experiment, n)
    asked = asked_field(flow.experiment, field, view, torch.full((n,), view.of_class) if view.guidance else None)
    rng = torch.Generator().manual_seed(0)
    how = {"solver": view.solver, "steps": view.solver_steps, "grid": view.grid, "eta": view.stirred}
    x = finished(asked, carry(asked, x0, **how, rng=rng)).x[-1]
    x = x[torch.isfinite(x).all(1)]
    return Sampled(counted_density(x[None].numpy(), bounds, SIDE)[0], *moments_of(x), len(x))


def _moments(mean: np.ndarray, spread: np.ndarray) -> str:
    return f"mean ({mean[0]:.2f}, {mean[1]:.2f}), spread ({spread[0]:.2f}, {spread[1]:.2f})"


def reading(weight: float, wanted: tuple[np.ndarray, np.ndarray], found: tuple[np.ndarray, np.ndarray]) -> str:
    """Whether guidance samples the tilted density here, in a sentence or two."""
    apart = float(np.linalg.norm(wanted[0] - found[0]))
    narrower = float(np.prod(found[1]) / np.prod(wanted[1])) ** 0.5
    if weight in (0.0, 1.0):
        what = "all data" if weight == 0 else "the class"
        return f"With w = {weight:g} both are the density of {what}: the means lie {apart:.2f} apart."
    return (
        f"Guidance does **not** sample the tilted density: with w = {weight:g} its mean lies **{apart:.2f}** away, and its spread is "
        f"**{narrower:.2f}** times as wide. It adds velocities, and the velocity of the tilted density is not their sum."
    )

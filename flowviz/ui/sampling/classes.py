"""Classes and guidance: one class asked for, more or less strongly, beside the density that guidance is taken for."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st
import torch

from flowviz.engine import Run
from flowviz.experiment import Experiment
from flowviz.figures.maps import density_map
from flowviz.known import Bounds, known, widened
from flowviz.measures.guidance import ROOM, SIDE, ByClass, Tilted, class_distances, moments_of, tilted
from flowviz.scene import Panel, Scene
from flowviz.scene.asked import ALL, asked_field
from flowviz.scene.build import EXACT_WORK, View, starts
from flowviz.scene.grids import FIELD_SIDE, counted_density, field_on_grid
from flowviz.solvers import carry, finished
from flowviz.ui import pictures, state
from flowviz.ui.caching import SharedCache
from flowviz.ui.controls import class_controls
from flowviz.ui.kits import kit_of
from flowviz.ui.later import Later
from flowviz.ui.live import completed
from flowviz.ui.player import figure_text, livefig, player
from flowviz.ui.sampling.flow import Find, Flow, flow_of
from flowviz.ui.sampling.judging import judging
from flowviz.ui.sampling.waiting import COMPUTING, rests
from flowviz.ui.state import Choice

PLAYER = "fv-s-classes"
MOST, PART = 4_000, 500
"""Particles whose ends are counted for the map of what guidance samples, and how many are carried at a time."""
HEIGHT, WIDTH = 330, 410


class Sampled(NamedTuple):
    """Where guidance takes particles: a map of the density, mean and standard deviation by coordinate, and how many there were."""

    density: np.ndarray
    mean: np.ndarray
    spread: np.ndarray
    n: int


_tilted: SharedCache[Tilted] = SharedCache(64)
_sampled: SharedCache[Sampled] = SharedCache(64)
_drawn: SharedCache[str] = SharedCache(64)
_carried: SharedCache[torch.Tensor] = SharedCache(128)
_differences: SharedCache[Scene] = SharedCache(32)
_by_class: SharedCache[ByClass] = SharedCache(64)


def section(choice: Choice, run: Run | None) -> Later | None:
    """Return one class asked for, of the learned flow, or of the exact one where nothing is learned yet.

    Its numbers follow later.
    """
    st.markdown("##### Classes and guidance")
    if not choice.experiment.class_count:
        _offer(choice.experiment)
        return None
    st.latex(r"v_w(x, t, y) = v(x, t) + w\,\bigl(v(x, t, y) - v(x, t)\bigr)")
    with st.container(width=420):
        class_controls(choice)
    if not rests(run, "Shown"):
        return None
    flow = flow_of(choice, run)
    complete = _pictures(choice, flow)
    judge = judging(flow, choice.view)
    told = st.empty()
    known_now = None if flow.snapshot is None else _by_class.peek(_how(flow, choice.view))
    if flow.snapshot is not None:
        told.markdown(COMPUTING if known_now is None else by_class(known_now))
    against = _against_tilted(choice, flow)

    def measure() -> None:
        for first in (complete, judge):
            if first is not None:
                first()
        if flow.snapshot is not None and known_now is None:
            told.markdown(by_class(_distances(flow, choice.view)))
        if against is not None:
            against()

    return measure


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


def panels(choice: Choice, flow: Flow, find: Find = pictures.learned) -> list[Panel]:
    """Return the flow of the class, the guided one, and what the class adds to the velocity.

    Nothing where no classes are learned.
    """
    view, experiment = choice.view, choice.experiment
    if not experiment.class_count:
        return []
    plain = view.model_copy(update={"guidance": 1.0, "noise": 0.0})
    asked = view.model_copy(update={"noise": 0.0})
    found = [Panel((flow.scene(plain, find),), "w = 1: the flow of the class", kit_of(experiment, flow.look, plain))]
    if view.guidance != 1:
        found.append(Panel((flow.scene(asked, find),), f"w = {view.guidance:g}"))
    if view.of_class != ALL and experiment.space.grids:
        found.append(Panel((_difference(flow, asked),), "What the class adds to the velocity"))
    return found


def shows(choice: Choice) -> tuple[str, ...]:
    """Return layers that the pictures are about, besides the usual ones.

    What a class adds to the velocity is seen in arrows alone.
    """
    return ("field",) if choice.experiment.class_count and choice.view.of_class != ALL else ()


def _pictures(choice: Choice, flow: Flow) -> Later | None:
    view, experiment = choice.view, choice.experiment
    tag, shown = f"{experiment.key}-{flow.step}-{view}", panels(choice, flow, pictures.particles)
    of = player(shown, key=PLAYER, tag=tag, height=400, layers={"field": "field" in shows(choice)})
    complete = completed(shown, partial(panels, choice, flow), key=PLAYER, of=of)
    if view.of_class == ALL and experiment.space.sheet:
        st.caption("Each row is asked for one class; choose one to see a whole sheet of it.")
    elif view.of_class == ALL:
        st.caption("Every particle is asked for a class of its own, as often as the data have it. Choose one to see its field.")
    return complete


def _difference(flow: Flow, view: View) -> Scene:
    """Return the guided particles, with arrows v(x, t, y) − v(x, t) in the place of the field."""

    def find() -> Scene:
        scene, free = flow.scene(view, pictures.particles), flow.field(torch.float32)
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
        _how(flow, view), lambda: class_distances(flow.experiment, flow.field(torch.float32), *how, eta=view.stirred)
    )


def _how(flow: Flow, view: View) -> tuple:
    """Return what the distances depend on, with w = 1 whatever is chosen."""
    return flow.key, view.solver, view.solver_steps, view.stirred


def by_class(found: ByClass) -> str:
    """Return what W2 within classes says, in a sentence or two."""
    worst = max(range(len(found.w2)), key=lambda i: found.w2[i] - found.floor[i])
    return (
        f"Asked for one class at a time (w = 1) the flow’s samples lie W2 = **{found.mean.mean:.3f}** from that class’s data, the mean of "
        f"{len(found.w2)} classes; two samples of the data {found.mean_floor.mean:.3f}. Worst is class {found.classes[worst]}: "
        f"{found.w2[worst]:.3f}."
    )


def _against_tilted(choice: Choice, flow: Flow) -> Later | None:
    """Return places for both maps, which say that they are to come; what is returned fills them."""
    view, experiment = choice.view, choice.experiment
    if not experiment.space.grids or view.of_class == ALL:
        return None
    whole, part = known(experiment).field, known(experiment).class_fields[view.of_class]
    if part is None:
        st.caption("No component of the data’s exact law belongs to this class alone, so its tilted density is not known.")
        return None
    whose = "exact" if flow.snapshot is None else "learned"
    names = "**Tilted: p(x)¹⁻ʷ p(x | y)ʷ**", f"**What guidance samples, {whose} flow**"
    columns = st.columns(2)
    heads = [column.empty() for column in columns]
    for head, name in zip(heads, names, strict=True):
        head.markdown(f"{name} :small[for w = {view.guidance:g} …]")
    told, how = st.empty(), st.empty()
    told.markdown(COMPUTING)

    def compare() -> None:
        bounds = widened(known(experiment).bounds, ROOM)
        wanted = _tilted.get(
            (_data(experiment), view.of_class, view.guidance), lambda: tilted(whole, part, view.guidance, bounds)
        )
        # The next picture waits for one part, not for all.
        found = _ends(flow, view, bounds, before_each=lambda: told.markdown(COMPUTING))
        top = float(max(wanted.density.max(), found.density.max()))
        mean, spread = wanted.moments
        for column, of, density in zip(columns, ("tilted", "guided"), (wanted.density, found.density), strict=True):
            drawn = _drawn.get((of, flow.key, _way(view)), lambda density=density: figure_text(density_map(density, bounds, top)))
            with column, st.container(width=WIDTH):  # else the square and its colours stand far apart
                livefig(drawn, key=f"fv-s-{of}", height=HEIGHT, save=f"flowviz-{of}-density")
        heads[0].markdown(f"{names[0]} :small[{_moments(mean, spread)}]")
        heads[1].markdown(f"{names[1]} :small[{_moments(found.mean, found.spread)}]")
        told.markdown(reading(view.guidance, (mean, spread), (found.mean, found.spread)))
        how.caption(
            f"Left: from the exact densities at the end of the flow, normalised over {SIDE} × {SIDE} places. Right: where the chosen "
            f"solver takes {found.n:,} particles, smoothed. Mean (x, y) and standard deviation of x and of y, in units of x."
        )

    return compare


def _data(experiment: Experiment) -> tuple:
    """Return what the exact densities depend on."""
    return known(experiment).experiment, "tilted"


def _way(view: View) -> tuple:
    return view.solver, view.solver_steps, view.grid, view.stirred, view.guidance, view.of_class


def _ends(flow: Flow, view: View, bounds: Bounds, *, before_each: Callable[[], object]) -> Sampled:
    """Return where guidance takes particles, a part of them at a time.

    `before_each` part may give up, and what is there is kept.
    """
    question = flow.key, _way(view)
    if (found := _sampled.peek(question)) is not None:
        return found
    law = known(flow.experiment).field.law if flow.snapshot is None else None
    n = max(200, min(MOST, EXACT_WORK // (2 * view.evaluations * (1 if law is None else len(law.weights)))))
    parts = []
    for first in range(0, n, PART):
        before_each()
        rows = slice(first, min(n, first + PART))
        parts.append(_carried.get((*question, rows.start, rows.stop), partial(_ends_of, flow, view, rows)))
    x = torch.cat(parts)
    x = x[torch.isfinite(x).all(1)]
    return _sampled.get(question, lambda: Sampled(counted_density(x[None].numpy(), bounds, SIDE)[0], *moments_of(x), len(x)))


def _ends_of(flow: Flow, view: View, rows: slice) -> torch.Tensor:
    field = flow.field(torch.float32)
    x0 = starts(flow.experiment, MOST)[0][rows]
    asked = asked_field(flow.experiment, field, view, torch.full((len(x0),), view.of_class) if view.guidance else None)
    rng = torch.Generator().manual_seed(rows.start)
    how = {"solver": view.solver, "steps": view.solver_steps, "grid": view.grid, "eta": view.stirred}
    return finished(asked, carry(asked, x0, **how, rng=rng)).x[-1]


def _moments(mean: np.ndarray, spread: np.ndarray) -> str:
    return f"mean ({mean[0]:.2f}, {mean[1]:.2f}), spread ({spread[0]:.2f}, {spread[1]:.2f})".replace("-", "−")


def reading(weight: float, wanted: tuple[np.ndarray, np.ndarray], found: tuple[np.ndarray, np.ndarray]) -> str:
    """Return whether guidance samples the tilted density here, in a sentence or two."""
    apart = float(np.linalg.norm(wanted[0] - found[0]))
    narrower = float(np.prod(found[1]) / np.prod(wanted[1])) ** 0.5
    if weight in (0.0, 1.0):
        what = "all data" if weight == 0 else "the class"
        return f"With w = {weight:g} both are the density of {what}: the means lie {apart:.2f} apart."
    return (
        f"Guidance does **not** sample the tilted density: with w = {weight:g} its mean lies **{apart:.2f}** away, and its spread is "
        f"**{narrower:.2f}** times as wide. It adds velocities, and the velocity of the tilted density is not their sum."
    )

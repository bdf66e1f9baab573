"""Noise on the way beside none: one clock, the same starts, the same densities, other ways."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import streamlit as st
import torch

from flowviz.engine import Run
from flowviz.experiment import no_score
from flowviz.measures import samples
from flowviz.metrics import Spread, wasserstein2
from flowviz.scene import Panel
from flowviz.scene.build import View
from flowviz.solvers import Noise, WithScore, carry, finished
from flowviz.ui import pictures
from flowviz.ui.caching import SharedCache
from flowviz.ui.controls import noise_controls
from flowviz.ui.kits import kit_of
from flowviz.ui.later import Later
from flowviz.ui.live import completed
from flowviz.ui.player import player
from flowviz.ui.sampling.flow import Find, Flow, flow_of
from flowviz.ui.sampling.waiting import rests
from flowviz.ui.state import Choice

PLAYER, MEASURING = "fv-s-noise", "Measuring W2 …"
POINTS, REPEATS = 500, 3
"""Points in each sample of W2, and samples."""


class Ends(NamedTuple):
    """W2 to the data of particles that were carried with noise and without, and what two samples of the data are apart.

    The floor's samples are drawn freely: noise forgets from which part of the source a particle came.
    """

    without: Spread
    noisy: Spread
    floor: Spread


_apart: SharedCache[float] = SharedCache(512)
_floors: SharedCache[Spread] = SharedCache(128)


def section(choice: Choice, run: Run | None) -> Later | None:
    """Return both ways of drawing from the flow that is there: the learned one, or the exact one; its numbers follow later."""
    st.markdown("##### Noise on the way")
    if why := no_score(choice.experiment):
        st.caption(why)
        return None
    st.latex(r"\mathrm{d}x = \left(v + \tfrac{1}{2}\varepsilon^2\,\nabla\log p_t\right)\mathrm{d}t + \varepsilon\,\mathrm{d}W")
    with st.container(width=420):
        noise_controls(choice)
    if not choice.view.noise:
        st.caption("With ε above 0 every particle is shaken on its way, and a drift towards denser places makes up for it.")
        return None
    if not rests(run, "Shown"):
        return None
    return _compared(choice, flow_of(choice, run))


def panels(choice: Choice, flow: Flow, find: Find = pictures.learned) -> list[Panel]:
    """Return the flow without noise and with it; nothing where there is no noise."""
    if not choice.view.noise:
        return []
    noisy = choice.view.model_copy(update={"guidance": 0.0}) if choice.experiment.class_count else choice.view
    quiet = noisy.model_copy(update={"noise": 0.0})
    kit = kit_of(flow.experiment, flow.look, quiet)
    return [
        Panel((flow.scene(quiet, find),), "Without noise", kit),
        Panel((flow.scene(noisy, find),), f"With noise, ε = {choice.view.noise:g}"),
    ]


def _compared(choice: Choice, flow: Flow) -> Later:
    tag, shown = f"{choice.experiment.key}-{flow.step}-{choice.view}", panels(choice, flow, pictures.particles)
    of = player(shown, key=PLAYER, tag=tag, height=400, pointing=False)
    complete = completed(shown, partial(panels, choice, flow), key=PLAYER, of=of)
    told = st.empty()
    told.caption(MEASURING)
    st.caption(
        f"W2 to the data, units of x, n = {POINTS}, mean ± standard deviation over {REPEATS} samples; {choice.view.solver_steps} steps of "
        f"{'Euler and Euler–Maruyama' if choice.view.solver == 'euler' else 'Heun and stochastic Heun'}. The score follows from the velocity: "
        "∇ log p_t = (α v − α′ x) / (α′ c − α h), with c = σ²s² + γ² and h = c′/2. Starts and data are stratified: without noise every part of "
        "the source keeps its share, and W2 is lower for it; noise forgets the shares, as free samples do."
    )  # fmt: skip

    def measure() -> None:
        # The next picture waits for one sample, not for all.
        told.markdown(reading(ends_of(flow, choice.view, before_each=lambda: told.caption(MEASURING)), choice.view))
        if complete is not None:
            complete()

    return measure


def ends_of(flow: Flow, view: View, *, before_each: Callable[[], object]) -> Ends:
    """Return the three distances, each sample computed once for all who look at the same; `before_each` sample may give up."""
    quiet = view.model_copy(update={"noise": 0.0})
    apart: list[Spread] = []
    for one in (quiet, view):
        samples_apart = []
        for repeat in range(REPEATS):
            before_each()
            samples_apart.append(_apart.get((flow.key, _way(one), repeat), partial(_carried_apart, flow, one, repeat)))
        apart.append(Spread.of(samples_apart))
    before_each()
    without, noisy = apart
    return Ends(without, noisy, _floors.get(flow.experiment.target_distribution, partial(_freely_apart, flow)))


def _way(view: View) -> tuple:
    """Return what the ends depend on: how particles are carried, and not how many are shown."""
    return view.solver, view.solver_steps, view.grid, view.noise, view.noise_shape if view.noise else ""


def _carried_apart(flow: Flow, view: View, repeat: int) -> float:
    experiment = flow.experiment
    field = flow.field(torch.float32)
    scored = WithScore(field, experiment.path) if view.noise and flow.snapshot is not None else field
    x0, x1 = samples(experiment, POINTS, repeat)
    noise, rng = Noise(view.noise, view.noise_shape), torch.Generator().manual_seed(repeat)
    found = carry(scored, x0, solver=view.solver, steps=view.solver_steps, grid=view.grid, noise=noise, rng=rng)
    return wasserstein2(finished(field, found).x[-1], x1)


def _freely_apart(flow: Flow) -> Spread:
    target, rng = flow.experiment.target_distribution, torch.Generator().manual_seed(REPEATS)
    return Spread.of([wasserstein2(target.sample(POINTS, rng), samples(flow.experiment, POINTS, r)[1]) for r in range(REPEATS)])


def reading(ends: Ends, view: View) -> str:
    """Return what the distances say, in a sentence or two."""
    without, noisy, floor = (f"{spread.mean:.3f} ± {spread.spread:.3f}" for spread in ends)
    words = f"Without noise **{without}**, with ε = {view.noise:g} **{noisy}**; two free samples of the data {floor}."
    far = ends.noisy.mean > ends.floor.mean + 3 * max(ends.floor.spread, ends.noisy.spread, 0.1 * ends.floor.mean)
    near = " The noise has changed each particle’s way, and not where they are as a crowd."
    return words + (
        " With so much noise the steps are too long for the drift, or the learned score is off: more steps show which."
        if far
        else near
    )

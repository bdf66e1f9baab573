"""Likelihood: what the flow says of every place, beside the exact density, and what the difference costs."""

import streamlit as st

from flowviz.engine import Run
from flowviz.figures.maps import DEEP, difference_figure, log_density_figure
from flowviz.measures import LikelihoodMap, divergence_from_exact, no_map
from flowviz.ui.player import livefig
from flowviz.ui.sampling.flow import Flow
from flowviz.ui.sampling.measuring import MAPS, MapTask
from flowviz.ui.sampling.waiting import renewed, rests
from flowviz.ui.state import Choice

HEIGHT = 330


def section(choice: Choice, run: Run | None) -> None:
    """Show the heading, and the maps of the learned flow, or of the target alone where nothing is learned yet."""
    st.markdown("##### Likelihood")
    if why := no_map(choice.experiment):
        st.caption(why)
        return
    if not rests(run, "Drawn"):
        return
    flow = Flow(choice.experiment, run.snapshot if run is not None else None)
    if choice.experiment.class_count and flow.snapshot is not None:
        st.caption("Learned is here the flow without classes.")
    task = MAPS.of(flow)
    assert task is not None
    renewed(task, "The likelihood could not be computed", _show, task)


def _show(task: MapTask) -> None:
    if task.map is None:
        st.caption("Following every place of the map back to the source …")
    else:
        _maps(task.map)


def _maps(found: LikelihoodMap) -> None:
    top = float(found.exact.max())
    exact = "The stand-in’s log p₁" if found.stands_in else "Exact log p₁"
    columns = st.columns(3)
    with columns[0]:
        st.markdown(f"**{exact}** :small[∫ p dx = {found.mass(found.exact):.3f}]")
        livefig(log_density_figure(found.exact, found.bounds, top), key="fv-s-exact", height=HEIGHT, save="flowviz-exact-density")
    if found.learned is not None:
        with columns[1]:
            st.markdown(f"**Learned log p₁** :small[∫ p dx = {found.mass(found.learned):.3f}]")
            livefig(
                log_density_figure(found.learned, found.bounds, top),
                key="fv-s-learned",
                height=HEIGHT,
                save="flowviz-learned-density",
            )
        with columns[2]:
            st.markdown("**Learned − exact** :small[red: too likely; blue: not likely enough]")
            livefig(
                difference_figure(found.learned, found.exact, found.bounds, top),
                key="fv-s-difference",
                height=HEIGHT,
                save="flowviz-density-difference",
            )
    st.markdown(reading(found))
    side = len(found.exact)
    st.caption(
        f"log p₁(x) = log p₀(x₀) − ∫ div v dt along the way back to the source: {side} × {side} places, 20 Runge–Kutta steps, the exact "
        f"trace of the Jacobian. In nats per unit of area, coordinates in units of x; the scale ends {DEEP:g} nats below the highest place."
    )


def reading(found: LikelihoodMap) -> str:
    """Return what the numbers say, in a sentence or two."""
    whose = "stand-in" if found.stands_in else "data"
    words = f"The entropy of the {whose} is **{found.entropy:.3f} nats**: no model has a lower expected NLL."
    if found.learned is None:
        return f"{words} Train, and the flow’s own map stands beside it."
    gap = divergence_from_exact(found)
    return (
        f"{words} The learned flow’s is **{found.cross_entropy(found.learned):.3f}**, higher by KL = {gap:.3f}. Its densities add up to "
        f"{found.mass(found.learned):.3f} over the map, as those of a flow do without being told."
    )

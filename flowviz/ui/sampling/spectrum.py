"""Series: whether their power stands at the frequencies of the data."""

import streamlit as st
import torch

from flowviz.engine import Run
from flowviz.figures.spectrum import SURE, spectrum_figure
from flowviz.measures.spectrum import Spectra, spectra
from flowviz.solvers import SOLVERS
from flowviz.threads import one_thread
from flowviz.ui.caching import SharedCache
from flowviz.ui.later import Later
from flowviz.ui.player import livefig
from flowviz.ui.sampling.flow import flow_of
from flowviz.ui.sampling.waiting import COMPUTING, rests
from flowviz.ui.state import Choice

HEIGHT = 320
_spectra: SharedCache[Spectra] = SharedCache(64)


def section(choice: Choice, run: Run | None) -> Later | None:
    """Return the heading and the figure, which may follow; for what is no series why there is none."""
    st.markdown("##### Spectrum")
    if not choice.experiment.space.series:
        st.caption("A spectrum is measured of series. Choose as target sines, chirps, heartbeats or random walks.")
        return None
    if SOLVERS[choice.view.solver].averages:
        st.caption("Series of a network of two times are not measured here; choose another solver.")
        return None
    if not rests(run, "Measured"):
        return None
    flow, view = flow_of(choice, run), choice.view
    question = flow.key, view.solver, view.solver_steps
    name, place = "exact flow" if flow.snapshot is None else "learned flow", st.container(width=720)

    def find() -> Spectra:
        with one_thread():
            return spectra(choice.experiment, flow.field(torch.float32), solver=view.solver, steps=view.solver_steps)

    def show(found: Spectra) -> None:
        with place:
            livefig(
                spectrum_figure(found.made, found.real, found.error, name),
                key="fv-s-spectrum",
                height=HEIGHT,
                save="flowviz-spectrum",
            )
            st.markdown(reading(found, name))

    if (known := _spectra.peek(question)) is not None:
        show(known)
        return None
    waiting = place.empty()
    waiting.markdown(COMPUTING)

    def compute() -> None:
        found = _spectra.get(question, find)
        waiting.empty()
        show(found)

    return compute


def reading(found: Spectra, name: str) -> str:
    """Return what the spectra say, in two sentences.

    Args:
        found: Both.
        name: What made the series.
    """
    return (
        f"Of {found.n} series of the {name} **{found.misplaced:.1%}** of the power is missing or too much, of as many fresh ones of the data "
        f"{found.floor:.1%}, which is chance alone. Shaded is where the mean of {found.n} fresh ones lies ({SURE:g} standard errors); at high "
        "frequencies, where the data have hardly any power, one sees how smooth the lines are."
    )

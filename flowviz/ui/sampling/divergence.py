"""The log density along one particle's way: the divergence that makes it, and what Hutchinson's estimate of it costs."""

import math

import streamlit as st

from flowviz.engine import Run
from flowviz.figures.ways import divergence_figure, running_figure
from flowviz.measures import PROBES, MeasuredWays, no_likelihood, no_map
from flowviz.ui.player import livefig
from flowviz.ui.sampling.flow import flow_of
from flowviz.ui.sampling.measuring import WAYS, WaysTask
from flowviz.ui.sampling.waiting import renewed, rests
from flowviz.ui.state import Choice

HEIGHT = 300
WHICH = "fv.s.way"
APART = 0.01
"""Nats: a running density that ends nearer to the exact one agrees with it."""


def section(choice: Choice, run: Run | None) -> None:
    """Show the heading, and one way of the flow on show: the learned one, or the exact one."""
    why = no_likelihood(choice.experiment)
    if why and why == no_map(choice.experiment):
        return  # the maps have said it
    st.markdown("##### Likelihood along one way")
    if why:
        st.caption(why)
        return
    if not rests(run, "Followed"):
        return
    flow = flow_of(choice, run)
    task = WAYS.of(flow)
    assert task is not None
    if choice.experiment.class_count:
        st.caption("This is the flow without classes.")
    learned = None if flow.snapshot is None else flow.snapshot.step
    renewed(task, "The ways could not be followed", _show, task, learned)


def _show(task: WaysTask, learned: int | None) -> None:
    if task.ways is None:
        st.caption("Following particles, and the divergence on their ways …")
    else:
        _one(task.ways, learned)


def _one(found: MeasuredWays, learned: int | None) -> None:
    st.latex(r"\log p_t(x_t) = \log p_0(x_0) - \int_0^t \operatorname{div} v(x_s, s)\,\mathrm{d}s")
    many = found.exact.shape[1]
    with st.container(width=420):
        number = (
            st.slider("Particle", 1, many, key=WHICH, help=f"The first {many} particles of this experiment.") if many > 1 else 1
        )
    i = number - 1
    if not bool(found.ways.running[:, i].isfinite().all()):
        st.caption("The field carries this particle out of all bounds, so there is no density to follow. Choose another one.")
        return
    _figures(found, i, learned)
    st.markdown(table(found, i))
    st.markdown(reading(found, i, learned))
    whose = "exact field" if learned is None else f"learned field after {learned:,} steps"
    products = found.ways.x.shape[2]
    st.caption(
        f"The {whose} in float64, {len(found.ways.t) - 1} Runge–Kutta steps. The exact trace of the Jacobian J = ∂v/∂x takes "
        f"{products} vector–Jacobian products, one for each coordinate; a probe ε of random signs takes one in any dimension, and says "
        "εᵀJε, which is right on the mean (Hutchinson 1990). In so few dimensions it is read off J here. A particle keeps its probes on all its way, as in FFJORD (2018)."
    )


def _figures(found: MeasuredWays, i: int, learned: int | None) -> None:
    ways, t = found.ways, found.ways.t.numpy()
    left, right = st.columns(2)
    with left:
        st.markdown("**Divergence** :small[above 0 the crowd thins out, below 0 it gathers]")
        estimates = {m: values[:, i].numpy() for m, values in ways.estimates.items()}
        livefig(
            divergence_figure(t, ways.divergence[:, i].numpy(), estimates),
            key="fv-s-divergence",
            height=HEIGHT,
            save="flowviz-divergence",
        )
    with right:
        where = "at the same places" if learned is not None else "there"
        st.markdown(f"**Log density** :small[carried along, beside the exact one {where}]")
        name = "the stand-in’s log p" if found.stands_in else "exact log p"
        figure = running_figure(t, ways.running[:, i].numpy(), found.exact[:, i].numpy(), f"{name}<sub>t</sub>")
        livefig(figure, key="fv-s-running", height=HEIGHT, save="flowviz-log-density")


def table(found: MeasuredWays, i: int) -> str:
    """Log p1 by the exact trace and by each number of probes, as a Markdown table."""
    true, many = float(found.ways.running[-1, i]), found.exact.shape[1]
    rows = [
        f"| log p₁(x₁), in nats | this particle | off by | off by, RMS of {many} particles |",
        "|:--|--:|--:|--:|",
        f"| exact trace | {_signed(true, plus=False)} | | |",
    ]
    for m in PROBES:
        off = float(found.ways.estimated[m][-1, i]) - true
        each = _signed(true + off, plus=False), _signed(off), _signed(found.spread(m), plus=False)
        rows.append(f"| {m} probe{'s' * (m > 1)} | {' | '.join(each)} |")
    return "\n".join(rows)


def _signed(value: float, *, plus: bool = True) -> str:
    """Return a number with a true minus sign; 0.000 has none, and what is not finite is a dash."""
    if not math.isfinite(value):
        return "–"
    text = f"{abs(value):.3f}"
    sign = "" if float(text) == 0 else "−" if value < 0 else "+" * plus
    return sign + text


def reading(found: MeasuredWays, i: int, learned: int | None) -> str:
    """Return what the curves say, in a sentence or two."""
    ways = found.ways
    places = [f"({', '.join(_signed(float(c), plus=False)[:-1] for c in ways.x[k, i])})" for k in (0, -1)]
    true, carried = float(found.exact[-1, i]), float(ways.running[-1, i])
    words = f"Particle {i + 1} goes from {places[0]} to {places[1]}. "
    whose = "stand-in" if found.stands_in else "exact flow"
    off = carried - true
    if learned is None:
        if abs(off) < APART:
            return f"{words}Carried along or computed on the spot, its log density is **{_signed(carried, plus=False)} nats**."
        return f"{words}The density carried along ends {abs(off):.3f} nats {'above' if off > 0 else 'below'} that of the {whose}: {found.note}"
    side = "more" if off > 0 else "less"
    return (
        f"{words}There the learned flow gives it log p₁ = **{_signed(carried, plus=False)} nats**, "
        f"{abs(off):.3f} {side} than the {whose} does ({_signed(true, plus=False)})."
    )

"""The flow run backward: data to the source and on to the data again, and what every solver leaves of such a way."""

from collections.abc import Sequence

import streamlit as st
import torch

from flowviz.engine import Run
from flowviz.measures import RoundTrip
from flowviz.scene import Panel
from flowviz.scene.backward import ThereAndBack, reversible, there_and_back
from flowviz.scene.build import View
from flowviz.scene.kit import NODES
from flowviz.solvers import SOLVERS, interval_of
from flowviz.ui import pictures
from flowviz.ui.caching import SharedCache
from flowviz.ui.kits import kit_of
from flowviz.ui.player import player
from flowviz.ui.sampling.flow import Flow, ToldFlow, flow_of
from flowviz.ui.sampling.measuring import POINTS, TRIPS, RoundTrips
from flowviz.ui.sampling.waiting import renewed, rests
from flowviz.ui.state import Choice

MORE = 2.0
"""Times its float64 error: where a solver's float32 error is larger, rounding is its limit."""
NO_END = "—"
DIGITS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_scenes: SharedCache[ThereAndBack] = SharedCache(16)


def section(choice: Choice, run: Run | None) -> None:
    """Show the flow that is there, the learned one or the exact one, carried back, and how exactly it comes home."""
    st.markdown("##### Backward")
    if not rests(run, "Shown"):
        return
    flow = flow_of(choice, run)
    view = reversible(choice.view)
    _carried(choice, flow, view)
    task = TRIPS.of(ToldFlow(flow, view.solver_steps, view.grid))
    assert task is not None
    renewed(task, "The errors could not be measured", _show, flow, view, task)


def panels(choice: Choice, flow: Flow) -> list[Panel]:
    """Return both ways."""
    view = reversible(choice.view)
    found = _scenes.get(
        (flow.key, view),
        lambda: there_and_back(flow.experiment, flow.field(torch.float32), view, flow.scene(view, pictures.particles)),
    )
    kit = kit_of(flow.experiment, flow.look, view)
    return [Panel((found.back,), "Back to the source", kit), Panel((found.forward,), "And forward again", kit)]


def _carried(choice: Choice, flow: Flow, view: View) -> None:
    """Show both ways under one clock."""
    shown = panels(choice, flow)
    player(shown, key="fv-s-backward", tag=f"{flow.experiment.key}-{flow.step}-{view}", height=400, back=True)
    words = ["While the clock falls from t = 1 to 0, watch the first picture; while it rises again, the second."]
    if view.solver != choice.view.solver:
        words.append(
            f"{SOLVERS[choice.view.solver].label} goes from noise to data only, so {SOLVERS[view.solver].label} carries the points here."
        )
    if flow.experiment.class_count:
        words.append("This is the flow without classes.")
    if view.noise:
        words.append(
            "Backward the extra drift is −½ε² ∇ log p_t. The first step has no noise: where the field ends the score may be infinite. "
            "The table below is of the flow itself."
        )
    if shown[0].kit is not None:
        words.append(
            "Move the pointer, or a finger, over a picture: the field itself carries that place from the clock’s t back to x₀ and on "
            f"to x₁, in your browser, by up to {NODES // 2} Runge–Kutta steps."
        )
    st.caption(" ".join(words))


def _show(flow: Flow, view: View, task: RoundTrips) -> None:
    st.markdown("**There and back:** what is left of the way to the source and home again")
    rows = list(task.rows)
    if rows:
        st.markdown(as_table(rows))
    if not task.ended:
        st.caption(f"{SOLVERS[rows[-1].solver].label if rows else 'Euler'} …")
        return
    st.markdown(reading(rows))
    last = interval_of(flow.field())[1]
    where = "" if last == 1 else f", placed on their paths at t = {last:g}, where this field ends"
    st.caption(
        f"Root mean square of |x₁ − forward(backward(x₁))| over {POINTS} fresh data points{where}, in units of x. Solvers that are told "
        f"their steps take {view.solver_steps} each way, the others a tolerance of 10⁻⁵. Evaluations are counted there and back, in float64. "
        "A small number is no proof of good samples: on the way home the leading error of an even order (Midpoint, Heun, Runge–Kutta 4) "
        "cancels, and Euler’s doubles."
    )  # fmt: skip


def as_table(rows: Sequence[RoundTrip]) -> str:
    """Return a line for each solver, in Markdown."""
    lines = ["| Solver | Evaluations | float32 | float64 |", "|:---|---:|---:|---:|"]
    for row in rows:
        lines.append(f"| {SOLVERS[row.solver].label} | {row.nfe:,} | {_number(row.single)} | {_number(row.double)} |")
    return "\n".join(lines)


def _number(value: float | None) -> str:
    """Return two digits, small and huge numbers with their power of ten."""
    if value is None:
        return NO_END
    if value == 0 or 1e-3 <= value < 1e5:
        return f"{value:,.0f}" if value >= 10 or value == 0 else f"{value:#.2g}"
    digits, power = f"{value:.1e}".split("e")
    return f"{digits}·10{str(int(power)).translate(DIGITS)}"


def reading(rows: Sequence[RoundTrip]) -> str:
    """Return what the errors say, in a few sentences."""
    sentences = []
    ended = [row for row in rows if row.double is not None]
    if ended:
        best = min(ended, key=lambda row: row.double or 0.0)
        sentences.append(f"Nearest home comes **{SOLVERS[best.solver].label}**, to {_number(best.double)} in float64.")
    rounded = [row for row in ended if row.single is not None and row.double is not None and row.single > MORE * row.double]
    others = [row for row in ended if row not in rounded]
    if rounded:
        sentences.append(
            f"Float32 itself is the limit of {_listed(rounded)}: with longer numbers less than half of the error is left."
        )
    if others:
        rest = "the others" if rounded else "all"
        sentences.append(f"Of {rest} both columns are nearly alike, so what is left there is the solver’s own error.")
    return " ".join([*sentences, *(row.gave_up for row in rows if row.gave_up)])


def _listed(rows: Sequence[RoundTrip]) -> str:
    *most, last = (SOLVERS[row.solver].label for row in rows)
    return f"{', '.join(most)} and {last}" if most else last

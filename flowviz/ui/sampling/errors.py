"""Error against evaluations: every solver as a curve, growing as its points come."""

import csv
import io

import streamlit as st

from flowviz.engine import Run
from flowviz.figures.errors import SolverCurve, distance_figure, error_figure
from flowviz.measures import ErrorPoint, slopes
from flowviz.solvers import ADAPTIVE, FIXED, SOLVERS
from flowviz.ui.player import livefig
from flowviz.ui.sampling.flow import Flow, flow_of
from flowviz.ui.sampling.measuring import CURVES, POINTS, ErrorCurves
from flowviz.ui.sampling.waiting import renewed, rests
from flowviz.ui.state import Choice

STOPPED, GROUP = "fv.s.stopped", "fv.s.group"
GROUPS = {"all": "All", "told": "Told their steps", "choose": "Choose their steps"}
NEAR = 1.03
"""Times the flow's own W2: below this more evaluations buy nothing that W2 could see."""


def section(choice: Choice, run: Run | None) -> None:
    """Show the heading, and the curves of the learned flow, or of the exact one where nothing is learned yet."""
    st.markdown("##### Error against evaluations")
    if not rests(run, "Measured"):
        return
    flow = flow_of(choice, run)
    stopped = st.session_state.get(STOPPED) == flow.key
    task = CURVES.of(flow, begin=not stopped)
    if task is None or (task.ended and not task.complete and not task.error):
        st.button("Measure", icon=":material/straighten:", on_click=_again, args=(flow,))
        return
    renewed(task, "The errors could not be measured", _show, flow, task)


def _again(flow: Flow) -> None:
    st.session_state[STOPPED] = None
    CURVES.forget(flow)


def _stop(flow: Flow) -> None:
    st.session_state[STOPPED] = flow.key
    CURVES.forget(flow)


def _show(flow: Flow, task: ErrorCurves) -> None:
    points = list(task.points)
    with st.container(horizontal=True, vertical_alignment="center"):
        group = st.segmented_control(
            "Solvers",
            list(GROUPS),
            default="all",
            required=True,
            key=GROUP,
            format_func=GROUPS.__getitem__,
            label_visibility="collapsed",
        )
        if not task.ended:
            st.button("Stop measuring", icon=":material/stop:", on_click=_stop, args=(flow,))
            st.caption(
                "First the flow itself: RK4 with 1,000 steps …"
                if task.own is None
                else f"{SOLVERS[points[-1].solver].label if points else 'Euler'} …"
            )
        elif points:
            st.download_button(
                "Numbers (CSV)", as_csv(points), file_name="flowviz-errors.csv", icon=":material/download:", on_click="ignore"
            )
    shown = list({"told": FIXED, "choose": ADAPTIVE}.get(group or "all", (*FIXED, *ADAPTIVE)))
    left, right = st.columns(2)
    with left:
        livefig(error_figure(_curves(points, shown, "rms")), key="fv-s-errors", height=420, save="flowviz-errors")
    with right:
        livefig(
            distance_figure(_curves(points, shown, "w2"), task.floor, task.own),
            key="fv-s-distances",
            height=420,
            save="flowviz-w2",
        )
    if task.complete:
        st.markdown(reading(points, task.own))
    whose = "exact field" if flow.snapshot is None else f"learned field after {flow.snapshot.step:,} steps"
    whose += " without classes" if flow.experiment.class_count else ""
    st.caption(
        f"{POINTS} particles of the {whose}, in float64, against the same flow by RK4 with 1,000 steps: root mean square of the distance "
        "at the end. Solid: told 1 to 128 evaluations; dashed: told a tolerance, 10⁻¹ to 10⁻⁶, and chose their steps. Evaluations are "
        f"counted. Right: W2 to {POINTS} points of the data; its floor is W2 between two samples of the data of this size."
    )  # fmt: skip


def _curves(points: list[ErrorPoint], shown: list[str], value: str) -> list[SolverCurve]:
    """Return the curves on show; each keeps its colour when others are hidden."""
    curves = []
    for slug in (*FIXED, *ADAPTIVE):
        mine = [point for point in points if point.solver == slug] if slug in shown else []
        order = SOLVERS[slug].order if slug in FIXED else None
        curves.append(SolverCurve(SOLVERS[slug].label, [p.nfe for p in mine], [getattr(p, value) for p in mine], order))
    return curves


def reading(points: list[ErrorPoint], own: float | None) -> str:
    """Return what the curves say, in a sentence or two."""
    found = [f"{SOLVERS[slug].label} {power:.2f}" for slug, power in slopes(points).items()]
    words = f"Measured slopes: {', '.join(found)}."
    enough = [
        (point.nfe, SOLVERS[slug].label)
        for slug in FIXED
        for point in [next((p for p in points if p.solver == slug and own and p.w2 is not None and p.w2 <= NEAR * own), None)]
        if point is not None
    ]
    if enough and own:
        nfe, label = min(enough)
        words += (
            f" **{label} with {nfe} evaluations** lies within 3 % of this flow’s own W2, {own:.3g}: further evaluations bring the "
            "particles nearer to the flow, and the samples no nearer to the data."
        )
    return words


def as_csv(points: list[ErrorPoint]) -> str:
    """Return all points as a table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["solver", "steps", "tolerance", "evaluations", "rms_error", "w2"])
    for p in points:
        writer.writerow(
            [
                p.solver,
                p.steps,
                "" if p.tolerance is None else p.tolerance,
                p.nfe,
                "" if p.rms is None else p.rms,
                "" if p.w2 is None else p.w2,
            ]
        )
    return text.getvalue()

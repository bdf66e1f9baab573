"""Pictures judged: which are taken for what was asked, class by class, and whether they are new."""

import streamlit as st
import torch

from flowviz.experiment import Experiment
from flowviz.measures.pictures import EACH, Judged, judged, no_judge
from flowviz.scene.build import View
from flowviz.solvers import SOLVERS
from flowviz.threads import one_thread
from flowviz.ui.caching import SharedCache
from flowviz.ui.sampling.flow import Flow

_judged: SharedCache[Judged] = SharedCache(64)


def judging(flow: Flow, view: View) -> None:
    """A table with a row for each w, and what it says; nothing where there are no pictures, and why where they cannot be judged."""
    if not flow.experiment.space.picture:
        return
    if why := no_judge(flow.experiment):
        st.caption(why)
        return
    if SOLVERS[view.solver].averages:
        st.caption("Pictures of a network of two times are not judged here.")
        return
    found = {w: judged_at(flow, view, w) for w in dict.fromkeys((1.0, view.guidance))}
    st.markdown(table(flow.experiment, found))
    st.markdown(reading(found, learned=flow.snapshot is not None))
    st.caption(
        f"{EACH} pictures of each class. The classifier is kernel ridge regression on the pictures learned from; of those held out it takes "
        f"{_percent(found[1.0].held_out)} for what they are. A copy is less than half a unit away from one learned from."
    )


def judged_at(flow: Flow, view: View, weight: float) -> Judged:
    """Pictures of a flow, judged with a guidance."""

    def find() -> Judged:
        with one_thread():
            return judged(flow.experiment, flow.field(torch.float32), weight, solver=view.solver, steps=view.solver_steps)

    return _judged.get((flow.key, view.solver, view.solver_steps, weight), find)


def table(experiment: Experiment, found: dict[float, Judged]) -> str:
    """The share judged right of each class, as Markdown."""
    classes = range(experiment.class_count)
    rows = [f"| Judged right, of {experiment.target_distribution.group} | {' | '.join(map(str, classes))} | all |"]
    rows.append("|---|" + "---:|" * (len(classes) + 1))
    for w, one in found.items():
        rows.append(f"| w = {w:g} | {' | '.join(_percent(share) for share in one.right)} | **{_percent(one.share)}** |")
    return "\n".join(rows)


def reading(found: dict[float, Judged], *, learned: bool) -> str:
    """What copies, distances and variance say, in a sentence or two.

    Args:
        found: By guidance.
        learned: Whether the flow is a learned one.
    """
    whose = "learned" if learned else "exact"
    parts = [
        f"with w = {w:g} **{_percent(one.copies)}** are copies, half lie further than **{one.away:.2f}** from the nearest picture learned "
        f"from, and within a class they vary **{one.variance:.2f}** times as much as the data"
        for w, one in found.items()
    ]
    return f"Of the {whose} flow’s pictures, {'; '.join(parts)}. Held-out pictures lie {found[1.0].away_held_out:.2f} from the nearest."


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%" if share in (0, 1) else f"{100 * share:.1f}\N{NO-BREAK SPACE}%"

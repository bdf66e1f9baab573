"""Pictures judged: which are taken for what was asked, class by class, and whether they are new."""

from collections.abc import Mapping

import streamlit as st
import torch

from flowviz.experiment import Experiment
from flowviz.measures.pictures import EACH, Judged, judged, no_judge
from flowviz.scene.build import View
from flowviz.solvers import SOLVERS
from flowviz.threads import one_thread
from flowviz.ui.caching import SharedCache
from flowviz.ui.later import Later
from flowviz.ui.sampling.flow import Flow
from flowviz.ui.sampling.waiting import COMPUTING

_judged: SharedCache[Judged] = SharedCache(64)


def judging(flow: Flow, view: View) -> Later | None:
    """Return a table with a row for each w, and what it says.

    Nothing where there are no pictures, and why where they cannot be judged.

    What is not known yet has its place; what is returned fills it, a row at a time.
    """
    if not flow.experiment.space.picture:
        return None
    if why := no_judge(flow.experiment):
        st.caption(why)
        return None
    if SOLVERS[view.solver].averages:
        st.caption("Pictures of a network of two times are not judged here.")
        return None
    found = {w: _judged.peek(_question(flow, view, w)) for w in dict.fromkeys((1.0, view.guidance))}
    rows, told, how = st.empty(), st.empty(), st.empty()

    def show() -> None:
        done = {w: one for w, one in found.items() if one is not None}
        rows.markdown(table(flow.experiment, found))
        told.markdown(reading(done, learned=flow.snapshot is not None) if len(done) == len(found) else COMPUTING)
        if 1.0 in done:
            how.caption(
                f"{EACH} pictures of each class. The classifier is kernel ridge regression on the pictures learned from; of those held out "
                f"it takes {_percent(done[1.0].held_out)} for what they are. A copy is less than half a unit away from one learned from."
            )

    def judge() -> None:
        for w in [w for w, one in found.items() if one is None]:
            found[w] = judged_at(flow, view, w)
            show()

    show()
    return judge if None in found.values() else None


def judged_at(flow: Flow, view: View, weight: float) -> Judged:
    """Return pictures of a flow, judged with a guidance."""

    def find() -> Judged:
        with one_thread():
            return judged(flow.experiment, flow.field(torch.float32), weight, solver=view.solver, steps=view.solver_steps)

    return _judged.get(_question(flow, view, weight), find)


def _question(flow: Flow, view: View, weight: float) -> tuple:
    """Return what the judgement depends on."""
    return flow.key, view.solver, view.solver_steps, weight


def table(experiment: Experiment, found: Mapping[float, Judged | None]) -> str:
    """Return the share judged right of each class, as Markdown; dots where it is not known yet."""
    classes = range(experiment.class_count)
    rows = [f"| Judged right, of {experiment.target_distribution.group} | {' | '.join(map(str, classes))} | all |"]
    rows.append("|---|" + "---:|" * (len(classes) + 1))
    for w, one in found.items():
        shares = ["…"] * (len(classes) + 1) if one is None else [*map(_percent, one.right), f"**{_percent(one.share)}**"]
        rows.append(f"| w = {w:g} | {' | '.join(shares)} |")
    return "\n".join(rows)


def reading(found: Mapping[float, Judged], *, learned: bool) -> str:
    """Return what copies, distances and variance say, in a sentence or two.

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

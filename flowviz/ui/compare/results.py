"""The measures on the page: one table, one answer, one figure of quality against steps."""

import math
from typing import Any

import streamlit as st

from flowviz.figures import quality_figure
from flowviz.measures import KINDS, Measures, best_of, shown, table
from flowviz.ui.compare import session, value
from flowviz.ui.compare.answer import answer
from flowviz.ui.compare.measuring import CURVE, SIZES, Measured, Measuring, floor_of_curve, question
from flowviz.ui.compare.rows import Row
from flowviz.ui.compare.value import Comparison
from flowviz.ui.compare.words import CURVES, differing, letter
from flowviz.ui.player import livefig
from flowviz.ui.widgets import label_of

MEASURING, POINTS, SOLVER = "fv.c.measuring", "fv.c.n", "fv.c.curve.solver"
FORMS = {"markdown": "Markdown", "csv": "CSV", "latex": "LaTeX"}
ENDS = {"markdown": "md", "csv": "csv", "latex": "tex"}


def results(comparison: Comparison, found: list[Row]) -> None:
    """Show all that is measured, or what is missing before it can be."""
    st.markdown("##### Measures")
    if not all(row.ready for row in found):
        _not_yet(found)
        return
    subjects = [_subject(row) for row in found]
    with st.container(horizontal=True, vertical_alignment="center"):
        n = st.segmented_control(
            "Points in each sample",
            list(SIZES),
            default=SIZES[0],
            required=True,
            key=POINTS,
            format_func=lambda n: f"n = {n:,}",
            label_visibility="collapsed",
            help="Points in each sample. W2 depends on it: a larger n has a lower floor, and takes some 20 times longer.",
        )
        making = _making(subjects, n or SIZES[0])
        if making is None:
            st.button("Measure", icon=":material/straighten:", on_click=_asked, args=(subjects, n))
    if making is not None:
        _show(comparison, found, making)


def _subject(row: Row) -> Measured:
    learned = row.member.trains and row.run is not None
    return Measured(row.member, row.run.snapshot if learned and row.run is not None else None)


def _not_yet(found: list[Row]) -> None:
    missing = ", ".join(letter(row.place) for row in found if not row.ready)
    st.caption(f"Measured as soon as {missing} {'have' if ',' in missing else 'has'} been trained.")


def _making(subjects: list[Measured], n: int) -> Measuring | None:
    """Return the measures of just this, begun by themselves once trainings that were watched here have ended."""
    making: Measuring | None = st.session_state.get(MEASURING)
    if making is not None and making.question == question(subjects, n):
        return making
    if any(subject.snapshot is not None for subject in subjects) and n == SIZES[0]:
        return _start(subjects, n)
    return None


def _start(subjects: list[Measured], n: int) -> Measuring:
    if (before := st.session_state.get(MEASURING)) is not None:
        before.cancel()
    making = st.session_state[MEASURING] = Measuring(subjects, n)
    return making


def _asked(subjects: list[Measured], n: int) -> None:
    _start(subjects, n)


def _show(comparison: Comparison, found: list[Row], making: Measuring) -> None:
    now = making.told()  # before anything is drawn: what comes meanwhile makes the page anew
    if making.error:
        st.error(f"The measures could not be made: {making.error}")
    if not making.ended:
        making.watched.show(now)
    if making.complete:
        _answer(comparison, found, making.rows)
        _table(found, making.rows)
    if making.drawable:
        _curves(comparison, found, making)


def _answer(comparison: Comparison, found: list[Row], runs: list[Measures]) -> None:
    if comparison.preset is None:
        return
    words = answer(comparison.preset, [row.name for row in found], runs)
    if words:
        st.success(f"**{comparison.preset.question}** {words}", icon=":material/lightbulb:")


def _table(found: list[Row], runs: list[Measures]) -> None:
    slugs = [slug for slug in KINDS if any(run[slug].value is not None for run in runs)]
    heads = {slug: f"{KINDS[slug].name} {'↓' if KINDS[slug].better == 'lower' else '↑'}" for slug in slugs}
    helps = {slug: f"{KINDS[slug].meaning} {_unit(slug)}{_best(runs, slug)}" for slug in slugs}
    config = {heads[slug]: st.column_config.Column(help=helps[slug]) for slug in slugs}
    st.dataframe(_styled(found, runs, heads), hide_index=True, column_config=config, width="stretch", placeholder="–")
    first = runs[0]
    st.caption(
        f"★ best · ↓ lower is better · n = {first.n:,} points, the same stratified samples for all · ± standard deviation over "
        f"{first.repeats} samples · {_bests(runs)} Click a heading to sort; rest on it for its meaning and unit."
    )
    _notes(found, runs)
    _copy(found, runs)


def _styled(found: list[Row], runs: list[Measures], heads: dict[str, str]) -> Any:
    """Return numbers, so that they sort as numbers, shown with their spread and a star at the best."""
    from pandas import DataFrame

    data: dict[str, list[Any]] = {"panel": [row.title for row in found]}
    texts: dict[str, dict[float, str]] = {}
    for slug, head in heads.items():
        best = best_of(runs, slug)
        items = [run[slug] for run in runs]
        data[head] = [math.nan if item.value is None else item.value for item in items]
        texts[head] = {item.value: shown(item) + " ★" * (i in best) for i, item in enumerate(items) if item.value is not None}
    show = {head: lambda value, texts=found: texts.get(value, "–") for head, found in texts.items()}
    return DataFrame(data).style.format(show, na_rep="–")


def _unit(slug: str) -> str:
    unit = KINDS[slug].unit
    return f"Unit: {unit}." if unit else "A pure number."


def _best(runs: list[Measures], slug: str) -> str:
    found = dict.fromkeys(f"{run[slug].best:.3g}" for run in runs if run[slug].best is not None)
    return f" Best possible: {', '.join(found)}." if found else ""


def _bests(runs: list[Measures]) -> str:
    found = dict.fromkeys(f"{run['w2'].best:.3f}" for run in runs if run["w2"].best is not None)
    return f"floor of W2 at this n, from two samples of the target itself: {', '.join(found)} ·" if found else ""


def _notes(found: list[Row], runs: list[Measures]) -> None:
    """Show why a value is missing, or what must be known beside it, once for all panels that it holds for."""
    said: dict[str, list[int]] = {}
    for row, run in zip(found, runs, strict=True):
        for item in run:
            notes = [item.note] if item.value is None or item.slug in ("w2", "seconds") else []
            for note in filter(None, [*notes, item.caution]):
                places = said.setdefault(note, [])
                places.extend([] if row.place in places else [row.place])
    if said:
        st.caption("  \n".join(f"{', '.join(map(letter, places))}: {note}" for note, places in said.items()))


def _copy(found: list[Row], runs: list[Measures]) -> None:
    with st.popover("Copy the table", icon=":material/content_copy:"):
        form = st.segmented_control(
            "Form", list(FORMS), default="markdown", required=True, format_func=FORMS.__getitem__, key="fv.c.form"
        )
        text = table(runs, form or "markdown", [row.name for row in found])
        st.code(text, language=None, height=260)
        name = f"flowviz-measures.{ENDS[form or 'markdown']}"
        st.download_button("Download", text, file_name=name, icon=":material/download:", on_click="ignore")


def _curves(comparison: Comparison, found: list[Row], making: Measuring) -> None:
    st.markdown("##### Quality against steps")
    measured = [[point.solver for point in points] for points in making.curves]
    offered = [name for name in dict.fromkeys(measured[0]) if all(name in other for other in measured)]
    solver = st.segmented_control(
        "Solver", offered, default="euler", required=True, key=SOLVER, label_visibility="collapsed",
        format_func=lambda slug: label_of("solver", slug),
    )  # fmt: skip
    curves, shown_already = [], set()
    for row, points in zip(found, making.curves, strict=True):
        key = (row.member.experiment, row.member.flow)
        if key not in shown_already:
            chosen = [(point.nfe, point.w2) for point in points if point.solver == solver]
            curves.append((row.title, chosen, CURVES[row.place]))
        shown_already.add(key)
    floors = {row.member.experiment.target: floor_of_curve(row.member) for row in found}
    livefig(quality_figure(curves, list(floors.values())), key="fv-c-quality", height=280)
    st.caption(
        f"W2 to the data against evaluations of the field, n = {CURVE:,}, one sample, both axes logarithmic. A straight flow is "
        "as good after one step as after many. Panels with one field share one curve."
    )
    if not {"solver", "solver_steps"} & set(differing([row.member for row in found])):
        _pick(comparison, making.curves, solver or "euler")


def _pick(comparison: Comparison, curves: list, solver: str) -> None:
    """See the particles of one point of the curves, in all panels."""
    offered = {point.nfe: point.steps for point in curves[0] if point.solver == solver}
    now = comparison.members[0]
    chosen = next((nfe for nfe, steps in offered.items() if (now.solver, now.solver_steps) == (solver, steps)), None)
    key = f"fv.c.pick.{solver}"
    st.session_state[key] = chosen
    st.segmented_control(
        "See the particles above after so many evaluations",
        list(offered),
        key=key,
        on_change=_picked,
        args=(comparison, key, solver, offered),
    )


def _picked(comparison: Comparison, key: str, solver: str, offered: dict[int, int]) -> None:
    nfe = st.session_state[key]
    steps = offered[nfe] if nfe is not None else 60
    session.STATE.put(value.changed(comparison, solver=solver if nfe is not None else "euler", solver_steps=str(steps)))

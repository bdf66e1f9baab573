"""What the page Families says, and the article's table as it fills."""

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from flowviz.engine import shared
from flowviz.experiment import Experiment
from flowviz.figures import Curve, losses_figure, quality_figure
from flowviz.measures import ARTICLE, MEANT, ROWS, Family, cells, families_table, floor_at, floors, verdicts
from flowviz.ui.compare import quiz, rows
from flowviz.ui.compare.rows import Row
from flowviz.ui.compare.words import CURVES, letter
from flowviz.ui.families import measuring
from flowviz.ui.families.contestants import CONTESTANTS
from flowviz.ui.families.value import Families
from flowviz.ui.page_state import TROUBLE
from flowviz.ui.player import livefig
from flowviz.ui.sampling.waiting import POLL
from flowviz.ui.takehome import Exportable
from flowviz.ui.watching import GOING, act, start

MEASURING = "fv.f.measuring"


def headline(families: Families, *, brief: bool) -> None:
    """Show the question, what to watch, and what each may spend."""
    preset = families.preset
    question = preset.question if preset else "The same points, the same budget: who learns what?"
    words = [preset.watch] if preset else []
    words.append(spent(families))
    st.markdown(f"#### {question}", help="\n\n".join(words) if brief else None)
    if not brief:
        for text in words:
            st.caption(text)
    if trouble := st.session_state.get(TROUBLE):
        st.error(trouble)


def spent(families: Families) -> str:
    """Return the budget in a sentence."""
    if families.budget.budget == "steps":
        return (
            f"Every method makes {families.budget.steps:,} gradient steps, with its own network and learning "
            "rate; a step of one may take many times as long as a step of another."
        )
    each = ", ".join(f"{CONTESTANTS[slug].name} {found[0].total_steps:,}" for slug, found in families.experiments.items())
    return f"As many steps as fit into {families.budget.seconds} s of training on this machine: {each}."


def repeats(families: Families) -> None:
    """Show the button that trains the other seeds, and how far they are."""
    others = [one for each in families.experiments.values() for one in each[1:]]
    if not others:
        return
    runs = [shared().get(one.key) for one in others]
    missing = [one for one, run in zip(others, runs, strict=True) if run is None or run.status in ("cancelled",)]
    going = [run.id for run in runs if run is not None and run.status in GOING]
    if missing and not going:
        words = f"Train {len(missing)} more for the other seeds"
        st.button(words, icon=":material/repeat:", on_click=start, args=tuple(missing))
    if going:
        st.button(f"Stop the other seeds ({len(going)} to go)", icon=":material/stop:", on_click=act, args=("stop_run", *going))


def table(families: Families) -> None:
    """Show the article's table, as far as it is measured; it fills by itself."""
    st.markdown("##### The article’s table, measured")
    task = _measuring(families)
    going = any(
        run is not None and run.status in GOING
        for each in families.experiments.values()
        for run in (shared().get(one.key) for one in each[1:])
    )
    renewing = going or (task is not None and not task.ended)
    st.fragment(_show, run_every=POLL if renewing else None)(families, renewing)


def _measuring(families: Families) -> measuring.MeasuringFamilies | None:
    """Return the measuring of what has ended and is not measured yet, begun by itself."""
    task: measuring.MeasuringFamilies | None = st.session_state.get(MEASURING)
    if task is not None and not task.ended:
        return task
    if waiting := measuring.waiting(families.experiments):
        task = st.session_state[MEASURING] = measuring.MeasuringFamilies(waiting)
    return task


def _show(families: Families, renewing: bool) -> None:
    task = _measuring(families)
    found = measuring.families(families.experiments, {slug: CONTESTANTS[slug].name for slug in families.methods})
    others = [shared().get(one.key) for each in families.experiments.values() for one in each[1:]]
    going = sum(run is not None and run.status in GOING for run in others)
    measured = sum(family.seeds for family in found)
    total = sum(len(each) for each in families.experiments.values())
    if renewing and not going and (task is None or task.ended) and not measuring.waiting(families.experiments):
        st.rerun()  # once: no more refreshing
    if not measured:
        st.caption("Filled as soon as the first training has ended; every number is measured here, or the cell stays empty.")
        return
    if renewing:
        st.progress(min(1.0, measured / total), text=f"{measured} of {total} trainings measured …")
    for words in verdicts(found):
        st.markdown(f"* {words}")
    with st.container(key="fv_families_table"):
        st.markdown(_markdown(found))
    st.caption(_under(families, found))
    with st.expander("What each row measures"):
        st.markdown("\n".join(f"* **{ROWS[slug]}**: {words[0].lower()}{words[1:]}" for slug, words in MEANT.items()))
    _figures(found)
    st.download_button(
        "Table (CSV)",
        families_table(found, "csv"),
        file_name="flowviz-families.csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _markdown(found: Sequence[Family]) -> str:
    """Return the table: the article's row, what it is measured by, and a column a method."""
    columns = [cells(family) for family in found]
    names = " | ".join(f"{letter(i)} {family.name}" for i, family in enumerate(found))
    lines = [f"| | measured as | {names} |\n|---|---{'|---' * len(found)}|\n"]
    for title, slugs in ARTICLE.items():
        kept = [slug for slug in slugs if any(column[slug] != "–" for column in columns)] or list(slugs[:1])
        for slug in kept:
            head = f"**{title}**" if slug == kept[0] else ""
            lines.append(f"| {head} | {ROWS[slug]} | {' | '.join(column[slug] for column in columns)} |\n")
    return "".join(lines)


def _under(families: Families, found: Sequence[Family]) -> str:
    seeds = max(family.seeds for family in found)
    over = f"mean ± standard deviation over {seeds} seeds" if seeds > 1 else "one seed; choose more for the spread"
    notes = [run.note for family in found for run in family.runs if run.likelihood is None and run.note]
    why = "  \n".join(dict.fromkeys(notes))
    failed = "  \n".join(
        f"{family.name}, seed {seed}: {words}" for family in found for seed, words in (family.failed or {}).items()
    )
    one = next(iter(families.experiments.values()))[0]
    parts = [f"n = 1,000 samples, {over}. {floors(one)}", why, failed]
    return "  \n".join(part for part in parts if part)


def _figures(found: Sequence[Family]) -> None:
    """Show W2 against evaluations, and the losses of all seeds."""
    curves = []
    for i, family in enumerate(found):
        if family.runs:
            best: dict[int, float] = {}
            for point in family.runs[0].curve:
                if point.w2 is not None:
                    best[point.nfe] = min(point.w2, best.get(point.nfe, point.w2))
            curves.append((family.name, sorted(best.items()), CURVES[i]))
    if curves:
        st.markdown("##### Quality against evaluations")
        livefig(
            quality_figure(curves, [floor_at(found[0].experiment.target_distribution, 1000).mean]), key="fv-f-quality", height=300
        )
        st.caption(
            "W2 to the data of 1,000 samples of the first seed; at each number of evaluations the best solver that the method has."
        )
    several = [family for family in found if len(family.runs) > 1]
    if several:
        st.markdown("##### Losses of all seeds")
        for column, family in zip(st.columns(len(several)), several, strict=True):
            with column:
                each = [
                    Curve(f"seed {run.seed}", run.loss.numpy(), len(run.loss), None, f"fv:{k}", "")
                    for k, run in enumerate(family.runs)
                ]
                st.caption(f"**{family.name}**")
                livefig(losses_figure(each, family.experiment.method.loss), key=f"fv-f-loss-{family.name}", height=200)


def quiz_or_outcome(found: list[Row]) -> None:
    """Ask which family made these dots, or show what came of the guess."""
    if quiz.running():
        quiz.ask([], [row.name for row in found], wanted=quiz.any_one())
    else:
        quiz.outcome()


def subject(families: Families, found: list[Row]) -> Exportable:
    """Return all panels as one picture, to be taken home."""
    first: Experiment = families.comparison.members[0].experiment
    name = f"families-{families.ask or 'own'}-{first.target_distribution.slug}"
    return Exportable(lambda: rows.panels(found, families.comparison), name, urlencode(families.address()), first, several=True)

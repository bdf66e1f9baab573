"""What the page of questions shows."""

import difflib

import streamlit as st

from flowviz.experiment.refusals import shown
from flowviz.lessons.answers import Answer
from flowviz.ui.caching import SharedCache
from flowviz.ui.learn import links
from flowviz.ui.learn.anchor import bring_into_view
from flowviz.ui.learn.questions import QUESTIONS, Question
from flowviz.ui.learn.questions.question import filled
from flowviz.ui.learn.search import found
from flowviz.ui.player import livefig

FIND = "fv.questions.find"
ADDRESS = "fv.questions.address"
MINE = "fv.questions.mine"
HEIGHT = 420
TEXT = 900
"""Width of a paragraph in pixels: longer lines are hard to read."""
PER_ROW = 2
"""Pictures in a row where there are four; three stand in one row."""

_answers: SharedCache[Answer] = SharedCache(len(QUESTIONS))


def answer_of(question: Question) -> Answer:
    """Return the computed answer, cached for all who ask (LRU)."""
    return _answers.get(question.slug, question.compute)


def asked() -> Question | None:
    """Return the question that the address opens; what it does not know is said on the page."""
    slug = st.query_params.get("q", "")
    if slug != st.session_state.get(ADDRESS):
        st.session_state[ADDRESS] = slug
        if not st.session_state.pop(MINE, False):  # a link leads to its question, not to the last search
            st.session_state[FIND] = ""
    for sentence in filter(None, (links.strangers(("q",)), unknown(slug) if slug else "")):
        st.info(sentence, icon=":material/info:")
    return QUESTIONS.get(slug)


def unknown(slug: str) -> str:
    """Return a sentence for a question that is not here, with the nearest that are; empty where it is here."""
    if slug in QUESTIONS:
        return ""
    near = list(
        dict.fromkeys(difflib.get_close_matches(slug[:80].lower(), QUESTIONS, 2, 0.5) + [q.slug for q in search(slug)[:2]])
    )[:2]
    meant = f" Perhaps {' or '.join(f'[{QUESTIONS[s].ask}](questions?q={s})' for s in near)}" if near else ""
    return f"There is no question {shown(slug)} here.{meant} All {len(QUESTIONS)} stand below."


def search(query: str) -> list[Question]:
    """Return questions for what was typed."""
    return found(query, QUESTIONS.values(), lambda q: " ".join((q.ask, q.slug, *q.also)), lambda q: f"{q.plain} {q.look}")


def show(query: str, here: Question | None) -> None:
    """Show the questions that a search leaves, the open one with its answer."""
    hits = search(query)
    if not hits:
        st.info(
            f"No question speaks of {shown(query)}. Try fewer letters, or another word: “OT”, “loss”, “diffusion”; "
            f"terms stand in the [glossary](glossary).",
            icon=":material/search_off:",
        )
    groups = (("", False), ("What a widely read tutorial says, and what is so", True))
    for heading, about_article in groups:
        group = [q for q in hits if q.about_article is about_article]
        if heading and group:
            st.markdown(f"#### {heading}")
        with st.container(gap="xxsmall"):
            for question in group:
                _row(question, question is here)
    bring_into_view(
        _key(here) if here and here in hits else "", key="fv.questions.anchor", name="q", visit=here.slug if here else ""
    )


def _key(question: Question) -> str:
    return f"fv_q_{question.slug}"


def _row(question: Question, is_open: bool) -> None:
    with st.container(key=_key(question), border=is_open):
        st.button(
            f"**{question.ask}**" if is_open else question.ask,
            key=f"fv.q.{question.slug}",
            type="tertiary",
            icon=":material/expand_more:" if is_open else ":material/chevron_right:",
            on_click=_turn,
            args=(question.slug, is_open),
        )
        if is_open:
            _open(question)


def _turn(slug: str, is_open: bool) -> None:
    st.session_state[MINE] = True
    if is_open:
        st.query_params.pop("q", None)
    else:
        st.query_params["q"] = slug


def _open(question: Question) -> None:
    answer = answer_of(question)
    st.markdown(question.paragraph(answer.numbers), width=TEXT)
    panels = question.picture(answer)
    rows = [panels] if len(panels) < 4 else [panels[:PER_ROW], panels[PER_ROW:]]
    for place, row in enumerate(rows):
        for number, (column, panel) in enumerate(zip(st.columns([p.share for p in row]), row, strict=True)):
            with column:
                st.markdown(panel.title)
                livefig(panel.figure, key=f"fv.q.{question.slug}.{place}.{number}", height=HEIGHT)
    st.caption(filled(question.look, answer.numbers))
    for paper in question.papers:
        st.caption(paper.markdown)
    links.follow(question.page, question.address)

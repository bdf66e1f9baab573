"""The questions without a browser: limits, numbers, terms, links, every one opened, any address, any search."""

import json
import math
import re
import string
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from flowviz.experiment import Experiment
from flowviz.ui.compare import value
from flowviz.ui.families import value as families_value
from flowviz.ui.learn import links
from flowviz.ui.learn.glossary import GLOSSARY
from flowviz.ui.learn.questions import QUESTIONS, Question, page
from flowviz.ui.learn.questions.question import TERM, filled
from flowviz.ui.state import LOOKS, read
from tests.screen import pages
from tests.screen.pages import run

open_page = partial(pages.open_page, "questions")

ISSUE = re.findall(
    r"\S+",
    """same-as-rectified-flow ot-path-or-ot-coupling straight-trajectories loss-right-samples-noise what-loss-is-normal
    ot-and-classes which-sigma why-gaussian-source nfe-grid-step is-ot-cfm-sampled-differently
    are-diffusion-models-flow-matching does-noise-add-diversity sde-same-distribution when-noise-helps when-one-step
    what-guidance-samples trust-likelihood adaptive-slows gan-and-flow trained-diffusion why-not-likelihood
    cost-of-one-step rectified-is-not-clipping interpolant-boundary
    constant-velocity figures-without-source""",
)
DEAR = {
    "nfe-grid-step",
    "straight-trajectories",
    "does-noise-add-diversity",
    "same-as-rectified-flow",
    "ot-path-or-ot-coupling",
    "rectified-is-not-clipping",
    "figures-without-source",
    "is-ot-cfm-sampled-differently",
    "when-noise-helps",
    "gan-and-flow",
    "trained-diffusion",
    "why-not-likelihood",
    "cost-of-one-step",
}
NAMES = re.compile(
    r"t = [01]|N\(0, (?:I|σ_min² I)\)|8 Gaussians|8 modes|grid of 25|W2|RK4|1 − |\(1 |0 would be|is not 0|of 0,|√\(2/π\)|\(3 sets|90°|instead of 0|α\(0\)|dopri5"
)
"""What is a name or a definition, and no result, although it has a digit in it."""

each = pytest.mark.parametrize(
    "question", [pytest.param(q, id=slug, marks=[pytest.mark.slow] if slug in DEAR else []) for slug, q in QUESTIONS.items()]
)


def numbers_of(template: str) -> list[str]:
    return [name for _, name, *_ in string.Formatter().parse(template) if name]


def test_all_questions_of_the_issue_are_there():
    assert list(QUESTIONS) == ISSUE
    assert sum(q.about_article for q in QUESTIONS.values()) == 4


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_no_result_is_written_by_hand(question: Question):
    words = re.sub(r"\{[^}]*\}", "", TERM.sub("", question.words))
    assert not re.search(r"\d", NAMES.sub("", words)), NAMES.sub("", words)
    assert not re.search(r"\d", NAMES.sub("", re.sub(r"\{[^}]*\}", "", question.look)))


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_terms_are_in_the_glossary_and_there_are_some(question: Question):
    assert question.terms
    assert set(question.terms) <= set(GLOSSARY)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_links_open_exactly_these_experiments(question: Question):
    assert question.address
    assert question.page in links.FOLLOWED
    if question.families is not None:
        families = families_value.read(question.address)
        assert not families.notes
        assert families.address() == question.address
        assert not question.experiments
    elif question.comparison:
        found = value.read(question.address)
        assert found.members == question.comparison.members
        assert len(set(found.members)) == len(question.experiments)
        assert not found.notes
        for flat in question.experiments:
            Experiment.from_flat({k: v for k, v in flat.items() if k not in value.OWN})
    else:
        choice = read(question.address)
        assert not choice.notes
        assert choice.address() == question.address  # a page that rewrites its address is a trap for "back"
        assert choice.experiment == Experiment.from_flat({k: v for k, v in question.address.items() if k not in LOOKS})


@each
def test_the_paragraph_is_short_and_its_numbers_are_those_of_the_functions(question: Question):
    answer = page.answer_of(question)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", question.paragraph(answer.numbers))
    assert 40 <= len(text.split()) <= 120
    used = numbers_of(question.words)
    assert len(used) >= 4
    assert all(math.isfinite(answer.numbers[name]) for name in [*used, *numbers_of(question.look)])
    for name in used:  # every one of them is really in the text
        changed = {**answer.numbers, name: answer.numbers[name] * 7 + 3.7}
        assert question.paragraph(changed) != question.paragraph(answer.numbers), name


@each
def test_pictures_have_data_letters_to_be_read_and_a_size_that_is_sent_quickly(question: Question):
    panels = question.picture(page.answer_of(question))
    assert 1 <= len(panels) <= 4
    for panel in panels:
        assert panel.title
        assert panel.figure["data"]
        for trace in panel.figure["data"]:
            assert len(trace["x"]) == len(trace["y"]) > 0
        layout = panel.figure["layout"]
        letters = [layout["font"]["size"], layout["xaxis"]["tickfont"]["size"], layout["yaxis"]["tickfont"]["size"]]
        letters += [note["font"]["size"] for note in layout.get("annotations", [])]
        assert min(letters) >= 14
        assert len(json.dumps(panel.figure)) < 150_000


def test_filled_writes_powers_of_ten_by_hand():
    assert filled("{a:.2f}, {b:sci}, {c:sci}", {"a": 1.234, "b": 2.2e-15, "c": 0.0}) == "1.23, 2·10⁻¹⁵, 0"
    assert filled("{a:sci}", {"a": np.float64(9.96e-6)}) == "1·10⁻⁵"


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("σ", "which-sigma"),
        ("DDIM", "are-diffusion-models-flow-matching"),
        ("ot cfm", "is-ot-cfm-sampled-differently"),
        ("9.8", "what-loss-is-normal"),
    ],
)
def test_search_finds(query: str, slug: str):
    assert slug in [q.slug for q in page.search(query)][:4]


def texts(app: AppTest) -> str:
    return " ".join(str(e.value) for kind in (app.markdown, app.info, app.caption) for e in kind)


def figures(app: AppTest) -> int:
    return sum(e.proto.component_name == "flowviz.livefig" for e in app.get("bidi_component"))


def test_only_an_open_question_computes_and_a_click_opens_and_closes_it(monkeypatch):
    asked = []
    monkeypatch.setattr(page, "answer_of", lambda q, find=page.answer_of: asked.append(q.slug) or find(q))
    app = open_page()
    assert (asked, figures(app)) == ([], 0)
    assert [b.label for b in app.button] == [q.ask for q in QUESTIONS.values()]
    app.button(key="fv.q.constant-velocity").click()
    run(app)
    assert (asked, figures(app)) == (["constant-velocity"], 1)
    assert app.query_params["q"] in ("constant-velocity", ["constant-velocity"])
    app.button(key="fv.q.constant-velocity").click()
    assert figures(run(app)) == 0
    assert "q" not in app.query_params


def test_a_search_without_a_hit_and_an_unknown_question_are_answered_in_a_sentence():
    app = open_page(q="which-sigm", x="1")
    assert "There is no question 'which-sigm' here. Perhaps [Which σ?](questions?q=which-sigma)" in texts(app)
    assert "Left out of the address: 'x'. This page reads `q`." in texts(app)
    app.text_input[0].set_value("quantum gravity")
    assert "No question speaks of 'quantum gravity'." in texts(run(app))
    assert not app.button


@pytest.mark.slow
@pytest.mark.parametrize("slug", QUESTIONS)
def test_every_question_opens_with_its_words_and_pictures(slug: str):
    app, question = open_page(q=slug), QUESTIONS[slug]
    answer = page.answer_of(question)
    assert question.paragraph(answer.numbers) in texts(app)
    assert figures(app) == len(question.picture(answer))
    again = question.compute().numbers  # nothing random is left to the time of day
    assert {k: round(v, 12) for k, v in again.items()} == {k: round(v, 12) for k, v in answer.numbers.items()}


@pytest.mark.slow
@settings(max_examples=12)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_address_and_any_search_get_an_answer(slug: str, query: str):
    app = open_page(q=slug)
    app.text_input[0].set_value(query)
    run(app)

"""The glossary without a browser: every entry, every link between them, search, any address, and a path that is new."""

import re
from dataclasses import dataclass, fields
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest
from torch import Tensor

from flowviz.couplings import COUPLINGS
from flowviz.distributions import DISTRIBUTIONS
from flowviz.experiment import Experiment
from flowviz.methods import METHODS
from flowviz.paths import PATHS
from flowviz.paths.base import Path as Way
from flowviz.ui.learn.glossary import GLOSSARY, page, tables
from flowviz.ui.learn.search import folded
from flowviz.ui.learn.terms import term
from tests.screen import pages
from tests.screen.pages import run

open_page = partial(pages.open_page, "glossary")

CONTRACT = re.findall(
    r"\S+",
    """source data path conditional-path coupling velocity conditional-velocity marginal-velocity field flow particle density
    score posterior-weight continuity-equation cfm-loss fm-loss irreducible-loss floor gradient euler step-size time-grid nfe
    straightness npe w2 likelihood cnf ode sde ot-path ot-coupling sinkhorn reflow rectified-flow interpolant noise-schedule
    gan vae diffusion ddim guidance sigma-min alpha sigma gamma x0 x1 xt z t""",
)
KATEX = re.findall(
    r"\S+",
    """alpha sigma gamma eta theta phi Phi epsilon varepsilon pi partial nabla cdot dot perp sim quad in to mid lVert rVert mathbb
    mathrm text frac tfrac int sum min max log hat bigl bigr le ge dots times infty varnothing sqrt sin cos beta begin end""",
)
"""Control words that KaTeX knows and we use."""


def parses(formula: str) -> bool:
    """Whether braces and pairs are balanced and all control words are known: what can be checked without KaTeX."""
    words = re.findall(r"\\([A-Za-z]+)", formula)
    depth = 0
    for c in re.sub(r"\\[{}]", "", formula):
        depth += (c == "{") - (c == "}")
        if depth < 0:
            return False
    pairs = (("left", "right"), ("begin", "end"), ("bigl", "bigr"), ("lVert", "rVert"))
    return depth == 0 and set(words) <= set(KATEX) and all(words.count(a) == words.count(b) for a, b in pairs)


@pytest.mark.parametrize("slug", CONTRACT)
def test_every_promised_term_is_there(slug: str):
    assert term(slug).endswith(f"](glossary?term={slug})")


def test_a_term_may_have_other_words_and_an_unknown_one_names_the_legal_ones():
    assert term("velocity", "velocities") == "[velocities](glossary?term=velocity)"
    with pytest.raises(KeyError, match=r"unknown term 'speed'; choose one of adaptive, alpha"):
        term("speed")


@pytest.mark.parametrize("entry", GLOSSARY.values(), ids=lambda e: e.slug)
def test_entries_are_whole(entry):
    assert re.fullmatch(r"[a-z0-9-]+", entry.slug)
    assert entry.sentence.endswith(".")
    assert not re.search(r"[.?!] [A-Z]", entry.sentence), "one sentence"
    assert 4 <= len(entry.sentence.split()) <= 34
    assert parses(entry.formula), entry.formula
    assert entry.related
    assert set(entry.related) <= set(GLOSSARY) - {entry.slug}
    paper = entry.paper
    assert 1900 < paper.year < 2030
    assert re.fullmatch(r"\d{4}\.\d{4,5}", paper.arxiv) if paper.arxiv else paper.where
    if paper.arxiv:  # an arXiv id begins with its year
        assert paper.year == 2000 + int(paper.arxiv[:2])


def test_symbols_come_first_and_terms_from_a_to_z():
    kinds = [entry.symbol for entry in GLOSSARY.values()]
    assert kinds == sorted(kinds, reverse=True)
    names = [entry.name.casefold() for entry in GLOSSARY.values() if not entry.symbol]
    assert names == sorted(names)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("alpha", "alpha"),
        ("α", "alpha"),
        ("ALPHA", "alpha"),
        ("σ_min", "sigma-min"),
        ("sigma min", "sigma-min"),
        ("x₁", "x1"),
        ("W₂", "w2"),
        ("Runge-Kutta", "runge-kutta"),
        ("rungekutta", "runge-kutta"),
        ("continuity equation", "continuity-equation"),
        ("continuity-eq", "continuity-equation"),
        ("Schrodinger", "schroedinger-bridge"),
        ("OT", "ot-coupling"),
        ("wasserst", "w2"),
        ("neural ODE", "cnf"),
        ("2302.00482", "ot-coupling"),
    ],
)
def test_search_forgives(query: str, first: str):
    found = [entry.slug for entry in page.search(query)]
    assert first in found[:3] or (query == "2302.00482" and "npe" in found)


def test_a_letter_finds_beginnings_of_names_and_an_empty_search_all():
    assert 0 < len(page.search("w")) < len(GLOSSARY) / 2
    assert len(page.search("")) == len(GLOSSARY)
    assert page.search("qqqq") == []
    assert folded("  Ünïcode–ſharp ") == "unicode sharp"


@dataclass(frozen=True)
class Smooth(Way):
    """A gentle line.

    References:
        Nobody, "Nothing", 2030, arXiv 3001.00001.
    """

    slug, label, formula, remark = "smooth", "Smooth", r"x_t = s\,x_1 + (1-s)\,x_0", "Starts and stops gently."

    def alpha(self, t: Tensor) -> Tensor:
        return t * t * (3 - 2 * t)

    def d_alpha(self, t: Tensor) -> Tensor:
        return 6 * t * (1 - t)

    def sigma(self, t: Tensor) -> Tensor:
        return 1 - self.alpha(t)

    def d_sigma(self, t: Tensor) -> Tensor:
        return -self.d_alpha(t)


def test_a_new_path_is_in_the_table_by_existing(monkeypatch):
    monkeypatch.setitem(PATHS, "smooth", Smooth)
    row = next(row for row in tables.paths() if row.slug == "smooth")
    assert row.label == "Smooth"
    assert row.references.endswith("arXiv 3001.00001.")
    assert "α = 0 → 0.5 → 1, σ = 1 → 0.5 → 0" in row.words
    assert row.experiment.to_flat() == {"path": "smooth"}


@pytest.mark.parametrize("row", [*tables.methods(), *tables.paths(), *tables.couplings()], ids=lambda row: row.slug)
def test_the_tables_say_what_the_classes_say(row):
    kind = {**PATHS, **COUPLINGS, **METHODS}[row.slug]
    assert (row.label, row.formula, row.remark) == (kind.label, kind.formula, kind.remark)
    assert len(row.options) == len(fields(kind))
    assert ("References:" in (kind.__doc__ or "")) == bool(row.references)
    assert Experiment.from_flat(row.experiment.to_flat()) == row.experiment
    if row.slug in PATHS:
        path = kind()
        half = torch.tensor(0.5, dtype=torch.float64)
        assert f"{float(path.alpha(half)):.3g}" in row.facts[1]
        assert ("Gaussian" in row.facts[0]) is path.gaussian_source
        assert f"[{path.interval[0]:g}, {path.interval[1]:g}]" in row.facts[0]


def texts(app: AppTest) -> str:
    return " ".join(str(e.value) for kind in (app.markdown, app.info, app.caption) for e in kind)


def test_the_page_shows_all_searches_and_says_when_nothing_is_found():
    app = open_page()
    shown = texts(app)
    assert all(f"**{entry.heading}**" in shown for entry in GLOSSARY.values())
    assert all(f"`{slug}`" in shown for slug in (*PATHS, *DISTRIBUTIONS))
    app.text_input[0].set_value("αlpha ")
    assert "**Particle**" not in texts(run(app))
    app.text_input[0].set_value("no such thing")
    assert "Nothing here is called 'no such thing'" in texts(run(app))


def test_an_unknown_term_is_named_with_its_neighbours():
    app = open_page(term="velocty", colour="red")
    assert "There is no term 'velocty' here. Perhaps [velocity](glossary?term=velocity)" in texts(app)
    assert "Left out of the address: 'colour'. This page reads `term`." in texts(app)


@pytest.mark.slow
@settings(max_examples=12)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_address_and_any_search_get_an_answer(slug: str, query: str):
    app = open_page(term=slug)
    app.text_input[0].set_value(query)
    run(app)

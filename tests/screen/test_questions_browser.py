"""Questions and glossary in a real browser: every question opened and its link followed, the glossary reached and searched."""

import re

import pytest

from flowviz.paths import PATHS
from flowviz.ui.learn.glossary import GLOSSARY
from flowviz.ui.learn.questions import QUESTIONS
from tests.sound import valid_formulas

pytestmark = pytest.mark.browser

EXCEPTION = '[data-testid="stException"]'


@pytest.fixture
def open_page(visit):
    return lambda address, *, width=1440, height=1000: visit(address, "h3", width=width, height=height)


def test_every_question_opens_in_view_and_its_link_leads_to_its_experiment(open_page, until):
    page = open_page("questions")
    for slug, question in QUESTIONS.items():
        page.get_by_role("button", name=question.ask, exact=True).click()
        place = page.locator(f".st-key-fv_q_{slug}")
        place.locator(".fv-livefig .main-svg").first.wait_for(timeout=120_000)
        until(page, lambda slug=slug: page.url.endswith(f"q={slug}"))
        valid_formulas(page)
        assert page.locator(EXCEPTION).count() == 0
        until(page, lambda place=place: 0 <= place.bounding_box()["y"] < 200)
        place.get_by_test_id("stPageLink-NavLink").first.click()
        page.wait_for_selector('[data-testid="fv-stage"]', timeout=120_000)
        assert [name in page.url for name in ("/compare?", "/families?")] == [
            question.page == "compare",
            question.page == "families",
        ]
        assert page.locator(EXCEPTION).count() == 0
        assert page.get_by_text("left out").count() == 0  # nothing in the link had to be changed
        page.go_back()
        place.locator(".fv-livefig .main-svg").first.wait_for(timeout=120_000)


def test_a_term_is_in_view_and_links_and_search_stay_on_the_page(open_page, until):
    page = open_page("glossary?term=w2", width=420, height=900)
    entry = page.locator(".st-key-fv_term_w2")
    until(page, lambda: entry.count() and 0 <= entry.bounding_box()["y"] < 200)
    entry.get_by_role("link", name="NPE").click()
    until(page, lambda: page.url.endswith("term=npe"))
    other = page.locator(".st-key-fv_term_npe")
    until(page, lambda: 0 <= other.bounding_box()["y"] < 200)
    assert len(page.context.pages) == 1
    page.get_by_role("searchbox").click()
    page.keyboard.insert_text("α")
    until(page, lambda: page.locator('[class*="st-key-fv_term_"]').count() < 12)
    page.locator(".st-key-fv_term_alpha .katex").first.wait_for(timeout=120_000)
    assert page.locator(".katex-error").count() == 0
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_every_formula_is_drawn(open_page, until):
    page = open_page("glossary")
    formulas = [f'[class*="st-key-fv_{kind}_"] .katex-display' for kind in ("term", "path")]
    page.locator('[class*="st-key-fv_path_"]').first.wait_for(timeout=120_000)
    assert page.locator(formulas[1]).count() == 0, "what is far away is not made yet"
    down = "document.querySelector('.fv-later')?.scrollIntoView({ block: 'center' })"  # they are made when they come near
    until(
        page,
        lambda: [page.evaluate(down), *(page.locator(kind).count() for kind in formulas)] == [None, len(GLOSSARY), len(PATHS)],
    )
    assert page.locator(".katex-error").count() == 0
    assert not re.findall(r"\\[a-z]+\{", page.locator('[data-testid="stMain"]').inner_text())
    valid_formulas(page)

"""Steps 6 to 8 of the lecture in a real browser: the maps follow the picture's clock, and choices redraw the figures."""

import pytest

from flowviz.experiment import Experiment
from flowviz.ui.learn import session
from flowviz.ui.learn.computed import maps_of

pytestmark = pytest.mark.browser
assert "continuity" in session.SLUGS

TERMS, TIME = '[data-testid="fv-terms"]', '[data-testid="fv-terms-t"]'


@pytest.fixture
def open_step(visit):
    def start(step: str, ready: str, *, width: int = 1440):
        return visit(f"learn?step={step}", ready, width=width, height=1000)

    return start


def test_the_maps_stand_where_the_clock_stands(open_step, until) -> None:
    page = open_step("continuity", f"{TERMS} canvas")
    stage = page.locator('[data-testid="fv-stage"]')
    until(page, lambda: stage.get_attribute("data-t") == "1.000")  # less motion was asked for: it shows the end
    until(page, lambda: page.locator(TIME).inner_text() == "t = 1.00")
    page.locator('[data-testid="fv-scrub"]').focus()
    page.keyboard.press("Home")
    until(page, lambda: page.locator(TIME).inner_text() == "t = 0.00")
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    until(page, lambda: page.locator(TIME).inner_text() == "t = 0.50")
    maps = maps_of(Experiment())
    most = page.locator('[data-testid="fv-terms-change"]').inner_text()
    assert most == f"largest size now {abs(maps.change[15]).max():.2f}"
    assert "10⁻" in page.locator('[data-testid="fv-terms-sum"]').inner_text()


def test_what_one_term_gains_the_other_loses_at_the_pointer(open_step, until) -> None:
    page = open_step("continuity", f"{TERMS} canvas")
    until(page, lambda: page.locator(TIME).inner_text() == "t = 1.00")
    box = page.locator(f"{TERMS} canvas").first.bounding_box()
    page.mouse.move(box["x"] + 0.86 * box["width"], box["y"] + 0.5 * box["height"])
    until(page, lambda: page.locator('[data-testid="fv-terms-change"]').inner_text().startswith("here"))
    change, outflow = (page.locator(f'[data-testid="fv-terms-{name}"]').inner_text() for name in ("change", "outflow"))
    assert change.replace("−", "") == outflow.replace("−", "")
    assert ("−" in change) != ("−" in outflow)


def test_a_phone_shows_maps_and_figures_without_scrolling_sideways(open_step) -> None:
    for step, ready in (
        ("continuity", f"{TERMS} canvas"),
        ("loss", ".fv-livefig .main-svg"),
        ("theorem", ".fv-livefig .main-svg"),
    ):
        page = open_step(step, ready, width=420)
        wide = page.evaluate(
            "() => { const m = document.querySelector('[data-testid=\"stMain\"]'); return m.scrollWidth - m.clientWidth; }"
        )
        assert wide <= 1, step


def test_a_better_field_changes_the_number_and_the_figure(open_step) -> None:
    page = open_step("loss", ".fv-livefig .main-svg")
    page.get_by_text("loss 27.63 = 17.83 can be learned + 9.80 cannot").wait_for()
    page.get_by_text("The average").click()
    page.get_by_text("loss 9.80 = 0 can be learned + 9.80 cannot").wait_for(timeout=30_000)

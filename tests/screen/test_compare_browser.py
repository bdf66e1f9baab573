"""Compare in a real browser: trainings side by side on one clock, the answer, the link, and a phone."""

import itertools

import pytest

from tests.sound import sound

pytestmark = pytest.mark.browser

STAGE = '[data-testid="fv-stage"]'


@pytest.fixture
def open_page(visit):
    def start(query: str = "", *, width: int = 1440, height: int = 1000):
        return visit(f"compare?{query}", STAGE, width=width, height=height)

    return start


def test_trained_side_by_side_answered_and_restored_by_its_link_in_another_browser(open_page, until):
    page = open_page("ask=times&steps=300&seed=61&particles=200")
    page.get_by_role("button", name="Train all").click()
    until(page, lambda: page.get_by_text("Done: 300 steps").count() == 2)
    page.get_by_text("lower is better:").first.wait_for(timeout=120_000)
    assert page.locator(".fv-panel").count() == 2
    assert page.get_by_text("Learned flow after 300 steps").count() == 2
    page.get_by_text("See the particles above").wait_for(timeout=120_000)
    assert len(page.url) < 2000

    second = open_page(page.url.split("?")[1])
    until(second, lambda: second.get_by_text("Learned flow after 300 steps").count() == 2)
    titles = [browser.locator(".fv-title").all_inner_texts() for browser in (page, second)]
    assert titles[0] == titles[1]
    second.get_by_role("link", name="Playground").click()
    until(second, lambda: "compare" not in second.url)
    second.get_by_role("link", name="Compare").click()
    until(second, lambda: second.locator(".fv-panel").count() == 2)
    until(second, lambda: "seed=61" in second.url)
    sound(page)


def test_a_phone_shows_the_panels_below_each_other(open_page, until):
    page = open_page("ask=paths&particles=100", width=420)
    until(page, lambda: page.locator(".fv-sheet").count() == 3)
    places = [box for box in (sheet.bounding_box() for sheet in page.locator(".fv-sheet").all()) if box]
    assert all(below["y"] > above["y"] + above["height"] / 2 for above, below in itertools.pairwise(places))
    wide = page.evaluate(
        "() => Math.max(...[...document.querySelectorAll('[data-testid=\"stMain\"]')].map(e => e.scrollWidth - e.clientWidth))"
    )
    assert wide <= 1


@pytest.mark.parametrize(("ask", "panels"), [("times", 2), ("paths", 3)])
def test_pictures_and_losses_are_seen_together_while_training(open_page, until, ask, panels):
    page = open_page(f"ask={ask}&particles=100&steps=50000&seed=63", width=1366, height=768)
    page.get_by_role("button", name="Train all").click()
    loss = page.locator('[data-testid="stMain"] [data-testid="fv-livefig"]').first
    loss.wait_for(timeout=60_000)
    sheets = page.locator(".fv-sheet")
    until(page, lambda: sheets.count() == panels)
    for width, height in ((1366, 768), (1440, 900), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        boxes = lambda: [place.bounding_box() for place in (*sheets.all(), loss)]  # noqa: E731
        until(page, lambda: all(b and b["y"] >= 0 and b["y"] + b["height"] <= height for b in boxes()))  # noqa: B023
        assert sheets.first.bounding_box()["height"] >= 200
    page.set_viewport_size({"width": 420, "height": 900})
    page.wait_for_timeout(500)
    player, below = page.locator(STAGE).bounding_box(), loss.bounding_box()
    assert 0 <= below["y"] - player["y"] - player["height"] < 40
    page.set_viewport_size({"width": 1366, "height": 768})
    page.get_by_role("button", name="Stop all").click()
    until(page, lambda: page.get_by_role("button", name="Stop all").count() == 0)

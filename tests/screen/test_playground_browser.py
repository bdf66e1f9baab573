"""The Playground in a real browser: it plays, learns, keeps zoom and time, and its link restores it."""

import pytest

from tests.sound import THEME, sound

pytestmark = pytest.mark.browser

STAGE, PLAY = '[data-testid="fv-stage"]', '[data-testid="fv-play"]'


@pytest.fixture
def open_page(visit):
    return lambda query="", **options: visit(f"?{query}", STAGE, **options)


def clock(page) -> float:
    return float(page.locator("[data-t]").first.get_attribute("data-t"))


def finished(page) -> bool:
    return page.get_by_text("Done:").count() > 0


def test_training_shows_the_learned_flow_and_keeps_time_and_play_state(open_page, until):
    page = open_page("steps=1000&seed=31", motion="no-preference")
    until(page, lambda: page.get_by_text("Exact flow").count() >= 1)
    page.locator(PLAY).click()  # stop the clock somewhere
    page.wait_for_timeout(300)
    held = clock(page)
    page.get_by_role("button", name="Train").click()
    page.get_by_text("Learned flow after").first.wait_for(timeout=60_000)
    until(page, lambda: finished(page))
    page.get_by_text("Learned flow after 1,000 steps").first.wait_for(timeout=60_000)
    assert clock(page) == pytest.approx(held, abs=1e-6)
    assert page.locator("[data-playing]").first.get_attribute("data-playing") == "false"
    assert page.locator(".fv-livefig .scatterlayer .trace").count() >= 2
    sound(page)
    page.get_by_role("button", name="Take it home").click()
    page.get_by_text("Preview: one frame").wait_for(timeout=60_000)
    sound(page)


def test_a_link_restores_the_experiment_and_its_run_in_another_browser(open_page, until):
    first = open_page("target=moons&path=trig&steps=400&seed=32")
    first.get_by_role("button", name="Train").click()
    until(first, lambda: finished(first))
    second = open_page(first.url.split("?")[1])
    second.get_by_text("Learned flow after 400 steps").first.wait_for(timeout=60_000)

    def loss(page):
        return page.get_by_text("velocity error").first.inner_text()

    assert loss(first) == loss(second)


def test_a_distribution_is_chosen_by_its_picture_and_does_not_come_back(open_page, until):
    page = open_page()
    page.get_by_role("button", name="Target x").click()
    page.get_by_role("radio", name="Two moons").or_(page.get_by_role("button", name="Two moons")).first.click()
    until(page, lambda: "target=moons" in page.url)
    picture = page.locator('[class*="st-key-fv_pick_target"] img').first
    until(page, lambda: picture.evaluate("e => e.complete && e.naturalWidth > 0"))
    page.keyboard.press("Escape")
    assert page.locator(STAGE).bounding_box()["width"] > 900  # without a run nothing stands beside the picture
    back_brings_the_former_choice(page, until)
    page.get_by_role("button", name="Start over").click()
    until(page, lambda: "target" not in page.url)
    page.get_by_role("button", name="Show the code").click()
    page.get_by_text("import torch").first.wait_for(timeout=60_000)
    assert "target" not in page.url
    sound(page)


def back_brings_the_former_choice(page, until):
    page.get_by_text("Network and training").click()
    page.get_by_role("button", name="Article’s own").click()
    until(page, lambda: "time_features=embedding" in page.url)
    page.go_back()
    until(page, lambda: "time_features" not in page.url)
    assert "target=moons" in page.url


def test_particles_field_and_loss_are_seen_together_while_training_and_stop_keeps_what_was_learned(open_page, until):
    page = open_page("steps=50000&seed=35&particles=200&width=16", height=768, width=1366)
    page.get_by_role("button", name="Train").click()
    loss = page.locator('[data-testid="stMain"] [data-testid="fv-livefig"]')
    loss.wait_for(timeout=60_000)
    sheets = page.locator(".fv-sheet")
    until(page, lambda: sheets.count() == 2)
    for width, height in ((1366, 768), (1440, 900), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(300)
        for place in (*sheets.all(), loss, page.locator(".fv-transport")):
            box = place.bounding_box()
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= height, (width, height)
        assert sheets.first.bounding_box()["height"] > 300
        assert loss.bounding_box()["width"] > 200
    page.set_viewport_size({"width": 420, "height": 900})
    page.wait_for_timeout(500)
    player, below = page.locator(STAGE).bounding_box(), loss.bounding_box()
    assert 0 <= below["y"] - player["y"] - player["height"] < 40
    page.set_viewport_size({"width": 1366, "height": 768})
    stop_keeps_what_was_learned(page, until)


def stop_keeps_what_was_learned(page, until):
    until(page, lambda: "steps/s" in page.locator('[data-testid="stMain"]').inner_text())
    page.get_by_role("button", name="Pause training").click()
    page.get_by_text("Paused at step").first.wait_for(timeout=60_000)
    page.get_by_role("button", name="Go on training").click()
    until(page, lambda: "steps/s" in page.locator('[data-testid="stMain"]').inner_text())
    page.get_by_role("button", name="Stop training").click()
    page.get_by_text("what was learned is kept").first.wait_for(timeout=60_000)
    page.get_by_text("Learned flow after").first.wait_for(timeout=60_000)


def test_a_phone_shows_all_without_scrolling_sideways(open_page, until):
    page = open_page("steps=200&seed=34", width=420, scheme="dark")
    page.get_by_role("button", name="Train").click()
    until(page, lambda: finished(page))
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(THEME, arg=scheme)
        wide = page.evaluate(
            "() => Math.max(...[...document.querySelectorAll('[data-testid=\"stMain\"]')].map(e => e.scrollWidth - e.clientWidth))"
        )
        assert wide <= 1

"""Sampling in a real browser: the solver's steps on the clock, and curves that come by themselves."""

import pytest

from tests.sound import sound

pytestmark = pytest.mark.browser

STAGE = '[data-testid="fv-stage"]'


def test_steps_stand_on_the_clock_and_curves_come_by_themselves(visit, until):
    page = visit("sampling?target=moons&solver=dopri5&particles=200", STAGE)
    steps = page.locator(".fv-steps .fv-step")
    until(page, lambda: steps.count() > 3)
    places = [box["x"] for box in (step.bounding_box() for step in steps.all()) if box]
    assert places == sorted(places)
    track = page.get_by_test_id("fv-scrub").bounding_box()
    assert track["x"] < places[0] < places[-1] <= track["x"] + track["width"]
    assert page.get_by_test_id("fv-scrub").get_attribute("title").startswith(f"Steps of the solver: {steps.count()} steps")
    page.get_by_text("Measured slopes").wait_for(timeout=120_000)
    assert page.locator(".fv-livefig .scatterlayer .trace").count() >= 20
    sound(page)
    page.set_viewport_size({"width": 420, "height": 900})
    wide = "Math.max(...[...document.querySelectorAll('[data-testid=\"stMain\"]')].map(e => e.scrollWidth - e.clientWidth))"
    until(page, lambda: page.evaluate(wide) <= 1)

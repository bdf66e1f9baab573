"""The pointer carried along the field on the page Sampling: by a mouse, by a finger, or not at all; and a clock that falls first."""

import pytest
import torch

from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.solvers import solve

pytestmark = pytest.mark.browser

BACKWARD = '[data-player="fv-s-backward"]'
ADDRESS = "sampling?section=backward&target=two-gaussians&particles=200&solver=heun"
READY = f"{BACKWARD}[data-axes]"
WAY = f"""() => {{
  const {{ panels, pointer }} = document.querySelector('{BACKWARD}').stage, way = panels[0].frame.way, tip = points => points.slice(-2);
  return way && {{ place: pointer.place, back: tip(way.back), on: tip(way.on), other: panels[1].frame.way === way }};
}}"""


def stage(page):
    return page.locator(BACKWARD)


def middle(page, index: int = 0) -> tuple[float, float]:
    """The middle of one of the two pictures, scrolled into sight."""
    sheet = stage(page).locator(".fv-sheet").nth(index)
    sheet.evaluate("e => e.scrollIntoView({ block: 'center' })")
    page.wait_for_timeout(200)
    box = sheet.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def t(page) -> float:
    return float(stage(page).get_attribute("data-t"))


def pause(page, at: float) -> None:
    stage(page).get_by_test_id("fv-scrub").fill(str(at))


def less_motion_rests_where_the_points_arrive(page, until):
    assert stage(page).get_attribute("data-playing") == "false"
    assert t(page) == 0


def in_the_other_pictures_it_waits_to_be_asked_for(page, until):
    main = page.locator('[data-player="fv-main"]')
    chip = main.get_by_test_id("fv-pointing")
    assert chip.get_attribute("aria-pressed") == "false"
    chip.click()
    box = main.locator(".fv-sheet").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 2 + 2, box["y"] + box["height"] / 2)
    until(page, lambda: page.evaluate(WAY.replace(BACKWARD, '[data-player="fv-main"]').replace("panels[1]", "panels[0]")))


def a_mouse_is_carried_to_both_ends_by_the_field_itself(page, until):
    pause(page, 0.5)
    x, y = middle(page)
    page.mouse.move(x + 40, y + 20)
    page.mouse.move(x + 41, y + 20)
    until(page, lambda: page.evaluate(WAY))
    way = page.evaluate(WAY)
    assert way["other"]
    field, place = (
        known(Experiment.from_flat({"target": "two-gaussians"})).field,
        torch.tensor([way["place"]], dtype=torch.float64),
    )
    for name, end in (("back", 0.0), ("on", 1.0)):
        wanted = solve(field, place, solver="rk4", steps=64, interval=(0.5, end)).x[-1, 0]
        assert way[name] == pytest.approx(wanted.tolist(), abs=1e-3)
    words = stage(page).get_by_test_id("fv-readout").first.inner_text()
    assert words.startswith("x₀ = (")
    assert "x₁ = (" in words
    assert stage(page).locator(".fv-canvas").first.get_attribute("aria-label").startswith("Back to the source")
    page.mouse.move(5, 5)
    until(page, lambda: page.evaluate(WAY) is None)
    # Switched off, the pointer means the nearest particle again.
    chip = stage(page).get_by_test_id("fv-pointing")
    assert chip.get_attribute("aria-pressed") == "true"
    chip.click()
    assert chip.get_attribute("aria-pressed") == "false"
    spot = page.evaluate(
        f"""() => {{ const p = document.querySelector('{BACKWARD}').stage.panels[0], r = p.sheet.getBoundingClientRect();
        return [r.left + p.picture.pixels[0][0], r.top + p.picture.pixels[0][1]]; }}"""
    )
    page.mouse.move(*spot)
    until(page, lambda: stage(page).get_attribute("data-highlight") != "")
    assert page.evaluate(WAY) is None
    chip.click()
    assert chip.get_attribute("aria-pressed") == "true"


def time_falls_to_the_source_and_rises_again(page, until):
    middle(page)
    pause(page, 1)
    stage(page).get_by_test_id("fv-speed").select_option("4")
    stage(page).get_by_test_id("fv-play").click()
    until(page, lambda: 0.1 < t(page) < 0.9)
    assert page.evaluate(f"document.querySelector('{BACKWARD}').stage.clock.falling")
    until(page, lambda: t(page) == 0)
    until(page, lambda: 0.1 < t(page) < 0.9)
    assert not page.evaluate(f"document.querySelector('{BACKWARD}').stage.clock.falling")


def a_field_too_large_for_this_browser_is_left_out_and_the_note_says_so(page, until):
    pause(page, 0.5)
    x, y = middle(page)
    # A browser in which every move takes a second.
    page.evaluate("() => { let now = 0; performance.now = () => now += 1000; }")
    for k in range(12):
        page.mouse.move(x + 5 * k, y)
        page.wait_for_timeout(60)
    until(page, lambda: stage(page).get_by_test_id("fv-pointing").is_hidden())
    assert page.evaluate(WAY) is None
    assert "too large for a line" in stage(page).locator(".fv-note").first.inner_text()


VISIT = [
    less_motion_rests_where_the_points_arrive,
    in_the_other_pictures_it_waits_to_be_asked_for,
    a_mouse_is_carried_to_both_ends_by_the_field_itself,
    time_falls_to_the_source_and_rises_again,
    a_field_too_large_for_this_browser_is_left_out_and_the_note_says_so,
]
"""What one visitor tries in turn, who asked for less motion; the last makes the browser slow."""


def test_one_visitor_tries_all_that_the_pointer_does(visit, until):
    page = visit(ADDRESS, READY)
    for part in VISIT:
        print(part.__name__)
        part(page, until)


def test_a_finger_is_carried_too_and_its_line_stays(visit, until):
    page = visit(ADDRESS, READY, width=420, has_touch=True)
    pause(page, 0.5)
    x, y = middle(page)
    assert stage(page).locator(".fv-sheet").first.evaluate("e => getComputedStyle(e).touchAction") == "pan-y"
    client = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]})

    touch("touchStart", (x, y))
    until(page, lambda: page.evaluate(WAY))
    first = page.evaluate(WAY)
    touch("touchMove", (x + 30, y))
    touch("touchMove", (x + 60, y + 10))
    until(page, lambda: page.evaluate(WAY)["place"] != first["place"])
    touch("touchEnd")
    page.wait_for_timeout(200)
    last = page.evaluate(WAY)
    assert last["place"][0] > first["place"][0]
    assert stage(page).get_attribute("data-highlight") == ""

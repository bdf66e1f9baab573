"""Own data in a real browser: a target is drawn, trained, and its link opened by someone else."""

import math

import pytest

from tests.sound import sound

pytestmark = pytest.mark.browser

STAGE, SHEET = '[data-testid="fv-stage"]', '[data-testid="fv-sketch"]'


@pytest.fixture
def open_page(visit):
    return lambda query="", **options: visit(f"?{query}", STAGE, **options)


def open_sheet(page) -> None:
    page.get_by_role("button", name="Target x").click()
    page.get_by_role("button", name="Draw, type or upload").click()
    page.wait_for_selector(SHEET, timeout=30_000)
    page.wait_for_timeout(500)  # the dialog grows into place


def draw(page, points: list[tuple[float, float]]) -> None:
    """One stroke with the mouse, in shares of the sheet."""
    box = page.locator(SHEET).bounding_box()
    where = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*where[0])
    page.mouse.down()
    for place in where[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def strokes(page) -> int:
    return int(page.locator(SHEET).get_attribute("data-strokes"))


RING = [(0.5 + 0.35 * math.cos(k * math.pi / 8), 0.5 + 0.35 * math.sin(k * math.pi / 8)) for k in range(17)]


def test_a_drawn_target_trains_and_its_link_opens_elsewhere(open_page, until):
    page = open_page("steps=300&seed=41&particles=200")
    open_sheet(page)
    draw(page, RING)
    page.get_by_text("points of the drawing. They travel in the link.").wait_for(timeout=30_000)
    page.get_by_role("button", name="Use as target").click()
    until(page, lambda: "target=own." in page.url)
    page.get_by_role("heading", name="Drawing").wait_for(timeout=30_000)
    picture = page.locator('[class*="st-key-fv_pick_target"] img').first
    until(page, lambda: picture.evaluate("e => e.complete && e.naturalWidth > 0"))
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=30_000)
    page.get_by_role("button", name="Train").click()
    until(page, lambda: page.get_by_text("Done:").count() > 0)
    assert len(page.url) < 2400
    other = open_page(page.url.split("?")[1])
    other.get_by_text("Learned flow after 300 steps").first.wait_for(timeout=60_000)

    def loss(page):
        return page.get_by_text("per unit t (RMS").first.inner_text()

    assert loss(page) == loss(other)


def test_the_sheet_has_brush_eraser_undo_and_clear_and_a_file_takes_its_place(open_page, until):
    page = open_page("target=moons")
    open_sheet(page)
    draw(page, RING)
    draw(page, [(0.4, 0.5), (0.6, 0.5)])
    assert strokes(page) == 2
    page.get_by_test_id("fv-sketch-undo").click()
    assert strokes(page) == 1
    page.get_by_test_id("fv-sketch-eraser").click()
    draw(page, [(0.5, 0.0), (0.5, 1.0)])
    page.get_by_text("points of the drawing").wait_for(timeout=30_000)
    sound(page)
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Close").click()
    page.locator(SHEET).wait_for(state="detached")
    open_sheet(page)
    until(page, lambda: strokes(page) == 2)
    page.get_by_test_id("fv-sketch-clear").click()
    page.get_by_text("Nothing is drawn yet.").wait_for(timeout=30_000)
    a_file_is_loaded_and_a_bad_one_refused(page, until)


def a_file_is_loaded_and_a_bad_one_refused(page, until):
    page.get_by_role("dialog").get_by_role("radio", name="Upload").click()
    chooser = page.get_by_role("dialog").locator("input[type=file]")
    chooser.wait_for(state="attached")
    chooser.set_input_files({"name": "a.npy", "mimeType": "application/octet-stream", "buffer": b"\x80\x04nonsense"})
    page.get_by_text("never opened").wait_for(timeout=30_000)
    rows = "x,y\n" + "".join(f"{i % 17},{i * i % 23}\n" for i in range(200))
    chooser.set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.get_by_text("200 rows read, none left out.").wait_for(timeout=30_000)
    assert "target=moons" in page.url
    page.get_by_role("button", name="Use as target").click()
    until(page, lambda: "target=own" in page.url)
    page.get_by_role("heading", name="mine").wait_for(timeout=30_000)


def test_a_finger_draws_on_a_phone(open_page):
    page = open_page(width=420, has_touch=True, is_mobile=True, scheme="dark")
    page.locator('[data-testid="stExpandSidebarButton"]').click()
    page.wait_for_timeout(500)
    open_sheet(page)
    box = page.locator(SHEET).bounding_box()
    assert box["width"] > 250
    assert box["x"] + box["width"] <= 420
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, x: float, y: float) -> None:
        points = [] if kind == "touchEnd" else [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"]}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0.2, 0.2)
    for k in range(1, 8):
        touch("touchMove", 0.2 + 0.08 * k, 0.2 + 0.08 * k)
    touch("touchEnd", 0, 0)
    page.get_by_text("points of the drawing").wait_for(timeout=30_000)
    assert strokes(page) == 1
    after = page.locator(SHEET).bounding_box()
    assert after["y"] == box["y"]  # a stroke does not scroll

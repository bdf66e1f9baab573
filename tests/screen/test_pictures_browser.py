"""Pictures in a real browser: a sheet that comes out of noise, the way of one, live while it trains, and no sideways scrolling on a phone."""

import pytest

from tests.sound import THEME, sound

pytestmark = pytest.mark.browser

STAGE = '[data-testid="fv-stage"]'
PICTURE = f"document.querySelector('{STAGE}').stage.panels.at(-1)"


@pytest.fixture
def open_page(visit):
    def start(query: str = "", **options):
        page = visit(f"?target=digits&{query}", STAGE, **options)
        page.evaluate(f"document.querySelector('{STAGE}').stage.scrub(1)")
        return page

    return start


def dark_share(page, panel: str) -> float:
    """The share of a panel's canvas, without the strip, whose pixels are darker than the middle."""
    return page.evaluate(
        f"""(() => {{
            const p = {panel}, c = p.canvas, d = c.getContext("2d").getImageData(0, 0, c.width, Math.floor(.8 * c.height)).data;
            let n = 0;
            for (let i = 0; i < d.length; i += 4) n += d[i + 3] > 0 && d[i] < 128;
            return 4 * n / d.length;
        }})()"""
    )


def test_noise_becomes_digits_and_one_has_its_way_and_its_nearest(open_page, until):
    page = open_page()
    until(page, lambda: dark_share(page, PICTURE) > 0.05)
    ink = dark_share(page, PICTURE)
    page.evaluate(f"document.querySelector('{STAGE}').stage.scrub(0)")
    until(page, lambda: dark_share(page, PICTURE) > 1.3 * ink)  # noise is half ink, a digit mostly paper
    box = page.locator(f"{STAGE} canvas").first.bounding_box()
    at = page.evaluate(f"(() => {{ const p = {PICTURE}.picture.pixels[0]; return [p[3 * 57], p[3 * 57 + 1]]; }})()")
    page.mouse.click(box["x"] + at[0], box["y"] + at[1])
    until(page, lambda: page.locator(STAGE).get_attribute("data-highlight") == "57")
    assert page.get_by_test_id("fv-readout").first.text_content().startswith("Picture 58, asked for 5; the data’s nearest is 0.0")
    for absent in ("fv-colour", "fv-turn"):
        assert page.get_by_test_id(absent).first.is_hidden()
    assert page.locator(".fv-chip[data-layer]").count() == 0
    sound(page)


def test_it_trains_live_and_both_sheets_share_the_clock(open_page, until):
    page = open_page("steps=200&width=64&seed=41")
    page.get_by_role("button", name="Train").click()
    page.get_by_text("Learned flow after 200 steps").first.wait_for(timeout=60_000)
    until(
        page, lambda: page.evaluate(f"document.querySelector('{STAGE}').stage.scenes.map(s => s.space).join()") == "image,image"
    )
    assert page.get_by_role("button", name="Overlaid").count() == 0
    sound(page)


def test_a_phone_shows_the_sheet_without_scrolling_sideways(open_page):
    page = open_page(width=420, scheme="dark")
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(THEME, arg=scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator(f"{STAGE} canvas").first.bounding_box()["width"] > 340

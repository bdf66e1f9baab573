"""The player in a real browser: it plays, listens, keeps its zoom, and looks after its visitors."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from flowviz.export.units import own_axis
from flowviz.scene import LAYERS
from flowviz.ui.assets import frontend_path
from tests.export.test_units import FRAMES
from tests.screen.browsers import leave, listen

pytestmark = pytest.mark.browser
APP = Path(__file__).with_name("player_app.py")


@pytest.fixture
def show(warm, serve):
    """`with show(query, width=, height=, motion=, **context) as page`: the player's page, nothing stored, no error on the console."""

    @contextmanager
    def opened(
        query: str = "", *, flags: tuple[str, ...] = (), width=1280, height=1000, motion="no-preference", **context
    ) -> Iterator:
        page, errors = warm(**context)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="light", reduced_motion=motion)
        try:
            page.goto(f"{serve(APP, *flags)}/?{query}")
            page.wait_for_selector('[data-testid="fv-stage"][data-axes]', timeout=60_000)
            yield page
            said = errors.copy()
        finally:
            leave(page)
        assert said == []

    return opened


def stage(page):
    return page.get_by_test_id("fv-stage")


def read(page, name: str) -> str:
    return stage(page).get_attribute(f"data-{name}") or ""


def time_of(page) -> float:
    return float(read(page, "t"))


def until(page, condition: str, timeout: int = 15_000) -> None:
    """Waits for a condition on `s`, the player's attributes, such as "s.playing === 'true'"."""
    script = f"() => {{ const s = document.querySelector('[data-testid=fv-stage]').dataset; return {condition}; }}"
    page.wait_for_function(script, timeout=timeout)


def pause(page, t: float = 0.5) -> None:
    """Stops at t, by the slider as a visitor would."""
    page.get_by_test_id("fv-scrub").fill(str(t))
    until(page, f"s.playing === 'false' && Math.abs(s.t - {t}) < .002")


DENSITIES = """() => document.querySelector('[data-testid=fv-stage]').stage.scenes.map(({ density: d, awaits }) =>
    [d.rows, d.cols, d.max, awaits, d.q.reduce((sum, v, i) => sum + v * (i % 997), 0), ...d.t])"""


def picture(page, index: int = 0) -> str:
    """What is drawn on a panel's canvas, as text that differs where pixels do."""
    return page.locator(".fv-canvas").nth(index).evaluate("c => c.toDataURL()")


def zoom(page, index: int = 0) -> str:
    """Drags a zoom box in the middle of a panel; gives the range that came of it."""
    home = read(page, "range")
    box = page.locator(".fv-sheet").nth(index).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 90, y - 80)
    page.mouse.down()
    page.mouse.move(x + 90, y + 90, steps=6)
    page.mouse.up()
    until(page, f"s.range !== '{home}'")
    page.wait_for_timeout(400)
    return read(page, "range")


def spot(page, index: int, particle: int) -> tuple[float, float]:
    """Where a particle is on the page."""
    return page.evaluate(
        """([i, p]) => { const panel = document.querySelector('[data-testid=fv-stage]').stage.panels[i];
        const b = panel.box, { range, space } = panel.frame, at = panel.picture.places[0], r = panel.sheet.getBoundingClientRect();
        if (space === "volume") return [r.left + panel.picture.pixels[0][3*p], r.top + panel.picture.pixels[0][3*p+1]];
        const [x0, x1, y0, y1] = range;
        return [r.left + b.left + (at[2*p] - x0) / (x1 - x0) * b.width, r.top + b.top + (y1 - at[2*p+1]) / (y1 - y0) * b.height]; }""",
        [index, particle],
    )


def plays_by_itself_and_begins_again(page):
    assert read(page, "playing") == "true"
    page.get_by_test_id("fv-speed").select_option("4")
    until(page, "s.t > .5")
    until(page, "s.t < .3")
    page.get_by_test_id("fv-speed").select_option("1")


def play_button_pauses_and_goes_on(page):
    page.get_by_test_id("fv-play").click()
    until(page, "s.playing === 'false'")
    held = time_of(page)
    page.wait_for_timeout(400)
    assert time_of(page) == held
    assert page.get_by_role("button", name="Play", exact=True).count() == 1
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, f"s.t != {held}")


def slider_shows_any_time_between_the_frames(page):
    pause(page, 0.43)
    assert page.get_by_test_id("fv-t").inner_text() == "t = 0.43"
    first = picture(page)
    pause(page, 0.437)
    assert picture(page) != first
    pause(page, 0.43)
    assert picture(page) == first


def keyboard_plays_steps_and_jumps(page):
    pause(page, 0.5)
    stage(page).focus()
    page.keyboard.press("ArrowRight")
    until(page, "Math.abs(s.t - .5 - 1/60) < .002")
    page.keyboard.press("ArrowLeft")
    until(page, "Math.abs(s.t - .5) < .002")
    page.keyboard.press("End")
    until(page, "+s.t === 1")
    page.keyboard.press("Home")
    until(page, "+s.t === 0")
    page.keyboard.press("Space")
    until(page, "s.playing === 'true' && s.t > 0")
    page.keyboard.press("Space")
    until(page, "s.playing === 'false'")


def keys_typed_into_a_field_are_not_for_the_player(page):
    pause(page, 0.5)
    page.get_by_label("turn").first.focus()
    box = page.locator(".fv-sheet").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.keyboard.press("End")
    page.wait_for_timeout(200)
    assert time_of(page) == 0.5
    page.mouse.move(2, 2)


def every_layer_changes_the_picture(page):
    pause(page, 0.5)
    for layer in LAYERS:
        before = picture(page)
        chip = page.locator(f'[data-layer="{layer}"]')
        pressed = chip.get_attribute("aria-pressed")
        chip.click()
        page.wait_for_timeout(150)
        assert chip.get_attribute("aria-pressed") != pressed, layer
        assert picture(page) != before, layer
        chip.click()


def the_discriminators_colours_have_their_key(page):
    assert "Discriminator" not in page.get_by_test_id("fv-legend").inner_text()
    page.locator('[data-layer="judged"]').click()
    words = page.get_by_test_id("fv-legend").inner_text().split()
    assert words == ["Discriminator", "0", "made", "½", "1", "data", "probability", "that", "x", "is", "data"]
    page.locator('[data-layer="judged"]').click()


def other_bounds_reset_the_zoom(page):
    zoom(page)
    page.get_by_text("wider").click()
    until(page, "s.range === '-5.000,5.000,-5.000,5.000'")


def choices_outlive_a_reload(page):
    page.locator('[data-layer="field"]').click()
    page.get_by_test_id("fv-speed").select_option("2")
    page.reload()
    page.wait_for_selector('[data-testid="fv-stage"][data-axes]')
    assert page.locator('[data-layer="field"]').get_attribute("aria-pressed") == "true"
    assert page.get_by_test_id("fv-speed").input_value() == "2"
    assert "(longest 5.6), faint where" in page.get_by_test_id("fv-legend").inner_text()


def faster_is_faster_and_without_loop_it_stops_at_the_data(page):
    page.get_by_test_id("fv-loop").click()
    page.get_by_test_id("fv-speed").select_option("4")
    until(page, "+s.t === 1 && s.playing === 'false'", timeout=6000)


VISIT = [
    plays_by_itself_and_begins_again,
    play_button_pauses_and_goes_on,
    slider_shows_any_time_between_the_frames,
    keyboard_plays_steps_and_jumps,
    keys_typed_into_a_field_are_not_for_the_player,
    every_layer_changes_the_picture,
    the_discriminators_colours_have_their_key,
    other_bounds_reset_the_zoom,
    choices_outlive_a_reload,
    faster_is_faster_and_without_loop_it_stops_at_the_data,
]
"""What one visitor tries in turn; each finds the layers and the speed that a page opens with, the last two a page loaded again."""


def test_densities_come_after_their_picture_and_to_no_other(show):
    with show("n=200&late=1&layers=all&panels=2") as page:
        pause(page, 0.5)
        legend = page.get_by_test_id("fv-legend")
        assert "Density0……" in legend.inner_text().replace("\n", "")
        bare = picture(page)
        page.get_by_text("others", exact=True).click()
        page.wait_for_timeout(1_000)  # time enough for what must not happen
        assert picture(page) == bare
        page.get_by_text("others", exact=True).click()
        page.get_by_text("densities", exact=True).click()
        page.wait_for_function("() => !document.querySelector('[data-testid=fv-legend]').innerText.includes('…')")
        assert picture(page) != bare
        assert time_of(page) == pytest.approx(0.5, abs=2e-3)
        whole = page.evaluate(DENSITIES)
    with show("n=200&layers=all&panels=2") as page:
        assert page.evaluate(DENSITIES) == whole


def test_one_panel_does_all_that_a_visitor_tries(show):
    with show("n=200") as page:
        for part in VISIT:
            print(part.__name__)
            part(page)


def pointer_highlights_the_same_particle_everywhere_and_click_pins_it(page):
    pause(page, 1)
    page.mouse.move(*spot(page, 0, 7))
    until(page, "s.highlight !== ''")
    particle = read(page, "highlight")
    words = page.get_by_test_id("fv-readout").all_inner_texts()
    assert len(words) == 2
    assert all(re.search(r"x₀ = \(.+\).*x₁ = \(.+\)", w) for w in words)
    page.mouse.click(*spot(page, 0, int(particle)))
    page.mouse.move(2, 2)
    page.wait_for_timeout(200)
    assert read(page, "highlight") == particle
    page.keyboard.press("Escape")
    stage(page).focus()
    page.keyboard.press("Escape")
    until(page, "s.highlight === ''")


def canvas_and_axes_agree_before_and_after_a_zoom(page):
    # Plotly's own transform is private: if an upgrade changes it, this is where it shows.
    script = """() => document.querySelector('[data-testid=fv-stage]').stage.panels.map(p => {
      const {xaxis, yaxis} = p.plot._fullLayout, shift = p.plot.offsetLeft, b = p.box, [x0, x1, y0, y1] = p.stage.zoom.range;
      return [xaxis._offset + xaxis.l2p(1) + shift - b.left - (1 - x0) / (x1 - x0) * b.width,
              yaxis._offset + yaxis.l2p(1) - b.top - (y1 - 1) / (y1 - y0) * b.height]; }).flat()"""
    assert max(map(abs, page.evaluate(script))) < 0.5
    zoom(page)
    assert max(map(abs, page.evaluate(script))) < 0.5


def test_two_panels_share_pointer_canvas_and_axes(show):
    with show("n=200&panels=2") as page:
        pointer_highlights_the_same_particle_everywhere_and_click_pins_it(page)
        canvas_and_axes_agree_before_and_after_a_zoom(page)


def test_zoom_is_shared_and_survives_a_feed_and_a_rerun(show):
    with show("n=200&panels=2&feed=1") as page:
        pause(page, 0.5)
        zoomed = zoom(page)
        ranges = page.evaluate(
            "() => document.querySelector('[data-testid=fv-stage]').stage.panels.map(p => p.view.range().map(v => v.toFixed(3)).join())"
        )
        assert ranges == [zoomed, zoomed]
        page.get_by_role("button", name="feed").click()
        page.wait_for_selector("text=Learned flow after 100 steps")
        before = picture(page)
        page.get_by_label("turn").first.fill("0.3")
        page.get_by_label("turn").first.press("Enter")
        page.wait_for_function("before => document.querySelector('.fv-canvas').toDataURL() !== before", arg=before)
        assert read(page, "range") == zoomed
        assert time_of(page) == 0.5
        page.mouse.dblclick(*spot(page, 0, 0))
        until(page, "s.range === '-4.000,4.000,-4.000,4.000'")


def test_feed_fills_a_waiting_panel_and_leaves_all_else_alone(show):
    with show("n=200&panels=2&feed=1") as page:
        pause(page, 0.5)
        assert page.locator(".fv-wait").nth(1).is_visible()
        exact, waiting = picture(page, 0), picture(page, 1)
        height = stage(page).bounding_box()["height"]
        page.get_by_role("button", name="feed").click()
        page.wait_for_selector("text=Learned flow after 100 steps")
        first = picture(page, 1)
        assert first != waiting
        assert not page.locator(".fv-wait").nth(1).is_visible()
        page.get_by_role("button", name="feed").click()
        page.wait_for_selector("text=Learned flow after 200 steps")
        assert picture(page, 1) != first
        assert picture(page, 0) == exact
        assert (time_of(page), read(page, "playing")) == (0.5, "false")
        assert abs(stage(page).bounding_box()["height"] - height) < 2


def test_less_motion_when_the_visitor_asked_for_it(show):
    with show("n=200", motion="reduce") as page:
        assert read(page, "playing") == "false"
        assert time_of(page) == 1
    with show("n=200&space=volume", motion="reduce") as page:
        before = read(page, "azimuth")
        page.wait_for_timeout(300)
        assert (read(page, "azimuth"), read(page, "axes")) == (before, "canvas")
        page.get_by_test_id("fv-turn").click()  # asked for, it turns
        until(page, f"s.azimuth !== '{before}'")


def held(page) -> tuple[float, float]:
    """Where the camera stands, once nothing turns by itself."""
    return float(read(page, "azimuth")), float(read(page, "elevation"))


def test_space_turns_by_itself_until_somebody_takes_hold_with_mouse_or_keys(show):
    with show("n=200&space=volume&panels=2") as page:
        pause(page, 0.5)
        first = read(page, "azimuth")
        until(page, f"s.azimuth !== '{first}'")
        assert "W A S D" in (stage(page).get_attribute("aria-label") or "")
        box = page.locator(".fv-sheet").nth(1).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 2, y)
        before = held(page)
        page.mouse.move(x + 102, y + 40, steps=4)
        page.mouse.up()
        after = held(page)
        assert after[0] - before[0] == pytest.approx(-45, abs=1.5)
        assert after[1] - before[1] == pytest.approx(18, abs=1)
        page.wait_for_timeout(200)
        assert held(page) == after
        assert page.get_by_test_id("fv-turn").get_attribute("aria-pressed") == "false"
        # The other panel looks from there too, and the clock has not noticed.
        looks = page.evaluate(
            "() => document.querySelector('[data-testid=fv-stage]').stage.panels.map(p => p.frame.camera.azimuth)"
        )
        assert looks == [pytest.approx(after[0], abs=0.06)] * 2
        assert time_of(page) == 0.5
        page.mouse.wheel(0, -300)
        zoomed = "document.querySelector('[data-testid=fv-stage]').stage.camera.zoom > 1.2"
        page.wait_for_function(f"() => {zoomed}")
        page.mouse.dblclick(x, y)
        until(page, "s.azimuth === '-55.0' && s.elevation === '28.0'")
        assert not page.evaluate(f"() => {zoomed}")
        letters_look_from_elsewhere_and_arrows_stay_with_time(page)


def letters_look_from_elsewhere_and_arrows_stay_with_time(page):
    pause(page, 0.5)
    stage(page).focus()
    page.keyboard.press("0")
    until(page, "s.azimuth === '-55.0'")
    for key, azimuth, elevation in (("d", -50, 28), ("w", -50, 33), ("a", -55, 33), ("s", -55, 28)):
        page.keyboard.press(key)
        until(page, f"+s.azimuth === {azimuth} && +s.elevation === {elevation}")
    page.keyboard.press("ArrowRight")
    until(page, "Math.abs(s.t - .5 - 1/60) < .002 && s.azimuth === '-55.0'")


def test_space_is_fed_pointed_at_and_offers_no_grid(show):
    with show("n=300&space=volume&panels=2&feed=1") as page:
        assert page.locator(".fv-panel[data-space=volume]").count() == 2
        assert page.locator(".fv-chip[data-layer]").evaluate_all("all => all.map(e => e.dataset.layer)") == [
            "particles",
            "trails",
            "target",
            "source",
        ]
        assert page.locator(".fv-plot > *").count() == 0
        pause(page, 1)
        stage(page).focus()
        page.keyboard.press("0")
        page.get_by_role("button", name="feed").click()
        page.wait_for_selector("text=Learned flow after 100 steps")
        page.mouse.move(*spot(page, 0, 7))
        until(page, "s.highlight !== ''")
        words = page.get_by_test_id("fv-readout").all_inner_texts()
        assert all(re.search(r"x₁ = \(.+, .+, .+\)", w) for w in words)
        azimuth = read(page, "azimuth")
        page.mouse.click(*spot(page, 0, int(read(page, "highlight"))))
        page.mouse.move(2, 2)
        page.wait_for_timeout(150)
        assert read(page, "highlight") != ""
        assert read(page, "azimuth") == azimuth


def test_a_finger_turns_space_and_two_magnify_it(show):
    with show("n=200&space=volume", width=420, height=900, has_touch=True) as page:
        sheet = page.locator(".fv-sheet")
        assert sheet.evaluate("e => getComputedStyle(e).touchAction") == "pan-y"
        box = sheet.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        client = page.context.new_cdp_session(page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            client.send(
                "Input.dispatchTouchEvent",
                {"type": kind, "touchPoints": [{"x": a, "y": b, "id": i} for i, (a, b) in enumerate(points)]},
            )

        touch("touchStart", (x, y))
        touch("touchMove", (x + 20, y))
        before = held(page)
        touch("touchMove", (x + 60, y))
        page.wait_for_timeout(100)
        assert held(page)[0] - before[0] < -10
        touch("touchEnd")
        touch("touchStart", (x - 20, y), (x + 20, y))
        touch("touchMove", (x - 60, y), (x + 60, y))
        page.wait_for_function("() => document.querySelector('[data-testid=fv-stage]').stage.camera.zoom > 1.5")
        touch("touchEnd")


def test_a_figure_out_of_sight_is_drawn_when_it_comes_near(show):
    with show("n=200&fig=1") as page:
        figure = page.locator('[data-testid="fv-livefig"][data-draws]').first
        figure.wait_for()
        drawn = "e => Number(e.dataset.draws)"
        figure.evaluate("e => { e.style.marginTop = '4000px'; }")
        page.wait_for_function("() => document.querySelector('[data-testid=fv-livefig]').figure.unseen === true")
        before = figure.evaluate(drawn)
        figure.evaluate("e => e.figure.renew(structuredClone(e.figure.figure))")
        page.wait_for_timeout(300)
        assert figure.evaluate(drawn) == before
        figure.evaluate("e => { e.style.marginTop = ''; e.scrollIntoView(); }")
        page.wait_for_function("n => Number(document.querySelector('[data-testid=fv-livefig]').dataset.draws) > n", arg=before)


def test_theme_switch_changes_colours_only(show):
    with show("n=200&fig=1") as page:
        pause(page, 0.5)
        zoomed = zoom(page)
        light = picture(page)
        page.wait_for_selector('[data-testid="fv-livefig"][data-draws]')
        page.emulate_media(color_scheme="dark")
        page.wait_for_selector('[data-testid="fv-stage"][data-dark]')
        page.wait_for_timeout(300)
        assert picture(page) != light
        assert read(page, "range") == zoomed
        assert time_of(page) == 0.5
        line = page.locator('[data-testid="fv-livefig"] .js-line').first.evaluate("e => getComputedStyle(e).stroke")
        assert line == "rgb(245, 167, 66)"


@pytest.mark.parametrize("panels", [1, 2, 4])
def test_a_telephone_needs_no_sideways_scrolling(show, panels):
    with show(f"n=200&panels={panels}&layers=all", width=420, height=900) as page:
        wide = page.evaluate(
            """() => [...document.querySelectorAll('.fv-player, .fv-player *')]
            .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.className)"""
        )
        assert wide == []


DRAWN_BEFORE = """new MutationObserver(changes => {
  const added = changes.flatMap(change => [...change.addedNodes]);
  if (added.some(node => node.src?.includes("plotly.min"))) window.drawnBefore = document.querySelector(".fv-player").stage.report.frames;
}).observe(document, { childList: true, subtree: true })"""
"""How many drawings there had been when Plotly was asked for."""


def test_the_picture_moves_before_plotly_is_read(show):
    with show("n=200&fig=1") as opened, closing(opened.context.new_page()) as page:
        errors = listen(page)
        page.add_init_script(DRAWN_BEFORE)
        page.goto(opened.url)
        page.wait_for_selector('[data-testid="fv-stage"][data-axes="plotly"]')
        assert page.evaluate("window.drawnBefore") >= 8
        page.wait_for_selector(".fv-livefig .js-line")
        assert errors == []


def test_under_a_finger_the_canvas_draws_the_axes_until_it_touches_the_picture(show):
    with show("n=200", width=420, height=900, has_touch=True) as page:
        until(page, "s.axes === 'canvas' && s.t > .2")
        page.wait_for_timeout(500)
        assert page.locator("script[src*='plotly.min']").count() == 0
        page.get_by_test_id("fv-play").tap()
        assert page.locator("script[src*='plotly.min']").count() == 0
        sheet = page.locator(".fv-sheet")
        sheet.tap()
        until(page, "s.axes === 'plotly'")
        assert sheet.locator(".modebar-btn").count() == 3


def test_it_works_behind_a_base_path(show):
    with show("n=200", flags=("--server.baseUrlPath=lab",)) as page:
        until(page, "s.t > 0")


def test_files_are_packed_kept_for_ever_and_never_stale(serve):
    def ask(path: str):
        asked = urllib.request.Request(f"{serve(APP)}/{path}", headers={"Accept-Encoding": "gzip"})
        return urllib.request.urlopen(asked)

    for name, most in (("player.js", 10_000), ("plotly.min.js", 1_700_000)):
        answer = ask(frontend_path(name)[2:])
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(answer.read()) < most
    assert ask("_flowviz/of-another-version/player.js").headers["Cache-Control"] == "no-cache"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        ask(frontend_path("no-such-file.js")[2:])


def test_frames_per_second_with_everything_on(show):
    for query in ("n=5000&layers=all", "n=5000&layers=all&space=volume"):
        with show(query) as page:
            page.wait_for_timeout(1000)
            fps, took = read(page, "fps"), read(page, "frames")
            print(f"\n{query}: {fps} frames per second, {took} frames so far")
            assert int(took) > 0


OWN_AXES = """async ([path, cases]) => {
  const { ownAxis } = await import(new URL(path, document.baseURI).href);
  return cases.map(([low, high, name, offset, factor, pixels, least]) => {
    const found = ownAxis(low, high, { name, offset, factor }, pixels, least);
    return [found.ticks.map(t => t.at), found.ticks.map(t => t.text), found.name];
  });
}"""


def test_axes_in_own_units_are_those_of_the_exports_and_stand_when_the_view_is_moved(show):
    with show("units=1&n=200") as page:
        cases = [
            (low, high, frame, column)
            for frame in FRAMES
            for column in (0, 1)
            for low, high in ((-4.5, 4.5), (0.31, 0.32), (-20.0, 1.0))
        ]
        sent = [[low, high, f.names[c], f.offset[c], f.factor[c], 400, 80] for low, high, f, c in cases]
        found = page.evaluate(OWN_AXES, [frontend_path("units.js"), sent])
        for (low, high, frame, column), (ticks, texts, name) in zip(cases, found, strict=True):
            expected = own_axis(low, high, frame, column, 400, 80)
            assert (texts, name) == (expected.texts, expected.name)
            assert ticks == pytest.approx(expected.ticks, abs=1e-6)
        until(page, "s.axes === 'plotly'")
        assert page.locator(".fv-plot .xtick text").count() == 0  # the canvas writes them, Plotly none beside
        axes = "() => document.querySelector('[data-testid=fv-stage]').stage.panels[0].picture.axesKey"
        before = page.evaluate(axes)
        assert '"length (mm)"' in before
        page.evaluate("() => document.querySelector('[data-testid=fv-stage]').stage.panels[0].view.setRange([-1, 1, -1, 1])")
        until(page, "s.range.startsWith('-1.000,1.000')")
        assert page.evaluate(axes) != before
        page.evaluate(
            "() => { const { stage } = document.querySelector('[data-testid=fv-stage]'); stage.pinned = 3; stage.draw(); }"
        )
        words = page.locator(".fv-readout").first.inner_text()
        assert re.match(r"x₀ = \(149\d{4}\.\d, 492\d{3}\.\d\)", words), words

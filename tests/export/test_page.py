"""The page that plays offline: one file, one script, no request, and the player's own look."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from flowviz.export import Options, export, look
from flowviz.export import page as room
from flowviz.export.motion import Motion, scales_of
from flowviz.scene import Panel
from flowviz.scene.camera import HOME, TURN, Camera, look_at, shade, size
from tests.export.scenes import EVERY, knot, swirl
from tests.sound import sound

STAGE = "[data-testid=fv-stage]"


def test_all_modules_are_in_and_in_order():
    text = room.bundle()
    for name in ("stage.js", "decode.js", "draw.js", "raster.js", "keys.js"):
        assert f'modules["{name}"] = ' in text
    for name in ("player.js", "plotly.js", "livefig.js"):  # Streamlit's and Plotly's side
        assert name not in text
    made = set()
    _, *modules = text.split('\nmodules["')
    for module in modules:
        name, begins, body = module.partition('"] = (() => {\n')
        assert begins
        assert body.rstrip().endswith("\n})();")
        assert set(re.findall(r'= modules\["([\w.]+)"\]', body)) <= made
        made.add(name)


def test_a_module_of_another_kind_is_refused():
    for source in ('import x from "./x.js";\n', "export default 1;\n", "const u = import.meta.url;\n", "// </script>\n"):
        with pytest.raises(ValueError, match=r"^a\.js: .* cannot be put into one file"):
            room._module("a.js", source)


def test_a_full_page_is_smaller_than_a_megabyte(tmp_path):
    scene = swirl(2000, frames=61)
    found = export([Panel((scene,))], "html", tmp_path / "a.html", Options(layers=EVERY))
    assert found.bytes < 1_000_000


def test_it_names_its_origin_and_holds_no_address(tmp_path, panels, experiment):
    export([Panel((swirl(20, title="<b>&"),))], "html", tmp_path / "a.html", experiment=experiment)
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert '<meta name="description" content="flowviz ' in text
    assert "target=moons&amp;path=trig" in text
    assert "<title>&lt;b&gt;&amp;</title>" in text
    assert set(re.findall(r"https?://[^\s\"']+", text)) == {"http://www.w3.org/2000/svg"}  # a name, not an address


@pytest.fixture
def opened(chromium, tmp_path):
    """Export and open in a browser without network; no error on its console, no request but the file itself."""
    contexts = []

    def open_page(panels, options, **context):
        path = tmp_path / "a.html"
        export(panels, "html", path, options)
        tab = chromium.new_context(viewport={"width": 1100, "height": 800}, offline=True, **context)
        page, seen = tab.new_page(), []
        page.on("request", lambda r: seen.append(r.url))
        page.on("pageerror", lambda e: seen.append(str(e)))
        page.on("console", lambda m: seen.append(m.text))
        contexts.append((tab, seen, path.as_uri()))
        page.goto(path.as_uri())
        page.wait_for_selector(STAGE)
        return page

    yield open_page
    for tab, seen, uri in contexts:
        tab.close()
        assert seen == [uri]


def read(page, name: str) -> str:
    return page.get_attribute(STAGE, f"data-{name}")


def until(page, condition: str) -> None:
    page.wait_for_function(
        f"() => {{ const s = document.querySelector('{STAGE}').dataset; return {condition}; }}", timeout=15_000
    )


@pytest.mark.browser
def test_it_plays_scrubs_and_ends_offline(opened):
    page = opened([Panel((swirl(),))], Options())
    until(page, "s.playing === 'true' && s.t > .05")
    first = page.locator("canvas").first.evaluate("c => c.toDataURL()")
    page.get_by_test_id("fv-speed").select_option("4")
    page.get_by_test_id("fv-loop").click()
    until(page, "s.playing === 'false' && s.t === '1.000'")
    assert page.locator("canvas").first.evaluate("c => c.toDataURL()") != first
    page.get_by_test_id("fv-scrub").fill("0.25")
    until(page, "s.t === '0.250'")
    page.locator("[data-layer=density]").click()
    assert page.locator("[data-layer=density]").get_attribute("aria-pressed") == "true"
    sound(page)


@pytest.mark.browser
def test_keys_work_without_a_click(opened):
    page = opened([Panel((swirl(),)), Panel((swirl(turn=0),), title="流")], Options(layers=EVERY))
    page.keyboard.press("End")
    until(page, "s.t === '1.000' && s.playing === 'false'")
    page.keyboard.press("Home")
    until(page, "s.t === '0.000'")
    page.keyboard.press("Space")
    until(page, "s.playing === 'true'")
    assert page.get_by_test_id("fv-panel").count() == 2


@pytest.mark.browser
@pytest.mark.parametrize("dark", [False, True])
def test_page_and_picture_agree_in_colours_scales_and_axes(opened, dark):
    scene = swirl(bounds=(-4.0, 4.0, -3.0, 5.0))
    page = opened([Panel((scene,))], Options(dark=dark, layers=EVERY), color_scheme="light" if dark else "dark")
    found = json.loads(
        page.evaluate(f"""() => {{ const {{ theme, scales, zoom, choices }} = document.querySelector('{STAGE}').stage;
        return JSON.stringify({{ theme: {{ ...theme, scale: [...theme.scale], judged: [...theme.judged] }}, scales, range: zoom.range, choices }}); }}""")
    )
    theme, scales = look.theme(dark), scales_of([Motion(scene)])
    assert found["theme"]["dark"] == dark
    assert found["theme"]["palette"] == list(look.PALETTE["dark" if dark else "light"])
    assert (found["theme"]["source"], found["theme"]["target"]) == (theme.source, theme.target)
    assert (found["theme"]["text"], found["theme"]["background"]) == (theme.text, theme.ground)
    for name in ("scale", "judged"):
        words = np.array(found["theme"][name], np.uint32)
        np.testing.assert_array_equal(words.view(np.uint8).reshape(256, 4), getattr(theme, name))
    assert found["range"] == list(scales.range)
    for name in ("density", "arrow", "longest", "speed"):
        assert found["scales"][name] == pytest.approx(getattr(scales, name), rel=0.01)
    assert found["choices"]["layers"] == dict.fromkeys(EVERY, True)


@pytest.mark.browser
def test_without_titles_there_are_none(opened):
    page = opened([Panel((swirl(),), title="Above")], Options(title=False))
    assert page.locator(".fv-head").inner_text().strip() == ""


@pytest.mark.browser
def test_space_turns_offline_and_both_cameras_agree(opened):
    scene = knot()
    page = opened([Panel((scene,)), Panel((swirl(),))], Options(layers=EVERY))
    until(page, "s.playing === 'true' && s.azimuth !== undefined")
    before = read(page, "azimuth")
    until(page, f"s.azimuth !== '{before}'")
    box = page.locator(".fv-sheet").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 + 20, steps=3)
    page.mouse.up()
    assert page.get_by_test_id("fv-turn").get_attribute("aria-pressed") == "false"
    points = np.concatenate([scene.x[0], [[40.0, 40, 40], [-9, 3, 2]]])
    for camera in (HOME, Camera(123.4, -71.0, 2.5), HOME.at(0.7)):
        found = page.evaluate(
            """([points, bounds, azimuth, elevation, zoom]) => {
            const { solid, shade, sizeOf } = modules["mapping.js"], { HOME, TURN } = modules["camera.js"];
            const box = { left: -1, top: -1, width: 2, height: 2 }, out = new Float64Array(points.length);
            solid(box, bounds, { azimuth, elevation, zoom }).project(Float64Array.from(points), out);
            return { seen: [...out].map(v => Number.isNaN(v) ? null : v), home: HOME, turn: TURN, shade: shade(.3), size: sizeOf(.3) }; }""",
            [points.ravel().tolist(), scene.bounds, camera.azimuth, camera.elevation, camera.zoom],
        )
        seen = np.array(found["seen"], dtype=float).reshape(-1, 3) * [1, -1, 1]  # there y is downward
        np.testing.assert_allclose(seen, look_at(points, scene.bounds, camera), atol=1e-9)
    assert found["home"] == {"azimuth": HOME.azimuth, "elevation": HOME.elevation, "zoom": HOME.zoom}
    assert (found["turn"], found["shade"], found["size"]) == (TURN, pytest.approx(shade(0.3)), pytest.approx(size(0.3)))


@pytest.mark.browser
def test_arrows_fade_alike_and_both_keys_are_to_scale(opened):
    from flowviz.export import legend

    scene = swirl()
    page = opened([Panel((scene,))], Options(layers=EVERY))
    for t in (0.0, 0.31, 1.0):
        page.get_by_test_id("fv-scrub").fill(str(t))
        until(page, f"Math.abs(s.t - {t}) < .001")
        found = page.evaluate(
            f"""() => {{ const stage = document.querySelector('{STAGE}').stage;
            return [...modules["grids.js"].strengths(stage.scenes[0], stage.clock.t)]; }}"""
        )
        ours = Motion(scene).strengths(t).ravel()
        assert np.abs(ours - found).max() <= 1  # the browser's density is rounded to a 255th
        assert (ours != found).mean() < 0.1
    width, range_, length, words = page.evaluate(
        f"""() => {{ const stage = document.querySelector('{STAGE}').stage, key = document.querySelector('.fv-arrow');
        return [stage.panels[0].box.width, stage.zoom.range, key.getBoundingClientRect().width, key.parentElement.textContent]; }}"""
    )
    (key,) = legend.keys([Motion(scene)], scales_of([Motion(scene)]), Options(layers=("field",)), look.theme(False), width)
    assert range_ == [-4, 4, -4, 4]
    assert length == pytest.approx(key.sign, abs=0.5)
    assert words == key.name + key.unit

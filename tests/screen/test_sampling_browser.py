"""Sampling in a real browser: the solver's steps on the clock, and curves that come by themselves."""

import pytest

from tests.sound import sound

pytestmark = pytest.mark.browser

STAGE = '[data-player="fv-main"]'


def test_steps_stand_on_the_clock_and_curves_come_by_themselves(visit, until):
    page = visit("sampling?target=moons&solver=dopri5&particles=200", STAGE)
    main = page.locator(STAGE)
    steps = main.locator(".fv-steps .fv-step")
    until(page, lambda: steps.count() > 3)
    places = [box["x"] for box in (step.bounding_box() for step in steps.all()) if box]
    assert places == sorted(places)
    track = main.get_by_test_id("fv-scrub").bounding_box()
    assert track["x"] < places[0] < places[-1] <= track["x"] + track["width"]
    assert main.get_by_test_id("fv-scrub").get_attribute("title").startswith(f"Steps of the solver: {steps.count()} steps")
    page.get_by_text("Measured slopes").wait_for(timeout=120_000)
    page.locator(".fv-livefig").first.scroll_into_view_if_needed()  # what nobody sees is not drawn anew
    # The sentence is text; the curves are drawn once Plotly has been read, which on a busy machine is later.
    until(page, lambda: page.locator(".fv-livefig .scatterlayer .trace").count() >= 20)
    sound(page)
    page.set_viewport_size({"width": 420, "height": 900})
    wide = "Math.max(...[...document.querySelectorAll('[data-testid=\"stMain\"]')].map(e => e.scrollWidth - e.clientWidth))"
    until(page, lambda: page.evaluate(wide) <= 1)


def test_figures_are_saved_as_vectors_and_as_pixels_black_on_white(visit, until, tmp_path):
    page = visit("sampling?section=likelihood&target=two-gaussians&particles=50", STAGE)
    page.get_by_text("Particle 1 goes from").wait_for(timeout=60_000)
    places = page.get_by_test_id("fv-save")
    until(page, lambda: places.count() >= 3)  # the exact density, divergence, log density
    figures = page.get_by_test_id("fv-livefig")
    names = figures.evaluate_all("all => all.map(e => e.figure.name)")
    which = names.index("flowviz-divergence")
    for kind, start in (("SVG", b"<svg"), ("PNG", b"\x89PNG")):
        with page.expect_download() as found:
            places.nth(which).get_by_role("button", name=f"Save as {kind}").click()
        assert found.value.suggested_filename == f"flowviz-divergence.{kind.lower()}"
        found.value.save_as(tmp_path / kind)
        data = (tmp_path / kind).read_bytes()
        assert data.startswith(start)
        if kind == "SVG":
            text = data.decode()
            assert "exact trace" in text
            assert "http://www.w3.org/2000/svg" in text
            assert "var(--" not in text
            assert "fv:" not in text
            assert "rgb(255, 255, 255)" in text
    sound(page)


def test_maps_of_guidance_are_saved_each_under_its_own_name(visit, until, tmp_path):
    page = visit("sampling?section=classes&target=two-gaussians&classes=within&guidance=3&of_class=1&particles=50", STAGE)
    page.get_by_text("Guidance does not sample the tilted density").wait_for(timeout=60_000)
    places, figures = page.get_by_test_id("fv-save"), page.get_by_test_id("fv-livefig")
    until(page, lambda: places.count() == 2)
    names = [name for name in figures.evaluate_all("all => all.map(e => e.figure.name)") if name]
    assert names == ["flowviz-tilted-density", "flowviz-guided-density"]
    for place, name in enumerate(names):
        with page.expect_download() as found:
            places.nth(place).get_by_role("button", name="Save as PNG").click()
        assert found.value.suggested_filename == f"{name}.png"
        found.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    sound(page)

"""Series on the pages: chosen, compared, every way of drawing from them, their spectrum, and what makes no sense for them is not offered."""

import pytest

from flowviz.distributions import distributions_in
from flowviz.spaces import SIGNAL
from flowviz.ui.state import FIELDS
from tests.screen.pages import address_of, open_page
from tests.screen.test_picture_pages import labels, scenes

FEW = {"target": "random-walks", "solver_steps": "6"}
SERIES = [slug for slug in distributions_in(SIGNAL) if slug != "gaussian"]


@pytest.mark.parametrize("target", SERIES)
def test_series_come_as_a_sheet_with_some_of_the_data(target: str):
    app = open_page(target=target, solver_steps="6")
    (scene,) = scenes(app)
    assert (scene.space, scene.x.shape[1:], scene.target.shape) == ("signal", (40, 64), (10, 64))
    assert scene.stands_in is False or target != "random-walks"
    assert not app.info
    assert "Particles" not in labels(app)
    assert address_of(app)["target"] == target
    assert not {"width", "steps"} & set(address_of(app))


def test_series_do_not_lie_over_one_another_and_that_is_said():
    assert "Taken instead: side by side" in open_page(**FEW, show="over").info[0].value


@pytest.mark.parametrize("section", FIELDS["section"].choices)
def test_every_way_of_drawing_opens(section: str):
    open_page("sampling", **FEW, section=section)


def test_the_spectrum_of_the_exact_flow_is_said_with_its_floor():
    shown = " ".join(block.value for block in open_page("sampling", target="random-walks", section="spectrum").markdown)
    assert "Of 500 series of the exact flow" in shown
    assert "of as many fresh ones of the data" in shown


def test_points_have_no_spectrum_and_none_is_offered():
    app = open_page("sampling", section="spectrum")
    assert any("A spectrum is measured of series" in block.value for block in app.caption)
    (tabs,) = [group for group in open_page("sampling").get("button_group") if "Solvers" in group.options]
    assert "Spectrum" not in tabs.options


def test_compare_puts_series_beside_series_and_beside_the_plane():
    both = scenes(open_page("compare", a="target:random-walks", b="target:random-walks,path:trig"))
    assert [scene.space for scene in both] == ["signal", "signal"]
    mixed = scenes(open_page("compare", a="target:moons", b="target:random-walks", particles="50"))
    assert [scene.space for scene in mixed] == ["plane", "signal"]


def test_a_source_of_pictures_gives_way():
    app = open_page(source="digits", **FEW)
    assert "they must share one" in app.info[0].value

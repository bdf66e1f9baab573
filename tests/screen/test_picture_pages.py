"""Pictures on the pages: chosen, compared, every way of drawing from them, and what makes no sense for them is not offered."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from flowviz.engine import shared
from flowviz.experiment import Experiment
from flowviz.methods import METHODS
from flowviz.scene import unpack
from flowviz.ui.state import FIELDS
from tests.screen.pages import address_of, click, open_page, run

FEW = {"target": "digits", "solver_steps": "6"}


def scenes(app: AppTest) -> list:
    block = next(e for e in app.get("bidi_component") if e.proto.component_name == "flowviz.player")
    return [panel.scenes[0] for panel in unpack(block.proto.bytes)[0]]


def labels(app: AppTest) -> set[str]:
    return {widget.label for kind in ("slider", "select_slider", "button_group", "selectbox") for widget in app.get(kind)}


def test_digits_come_as_a_sheet_with_a_row_a_class():
    app = open_page(**FEW)
    (scene,) = scenes(app)
    assert (scene.space, scene.x.shape[1:]) == ("image", (100, 64))
    assert scene.labels.tolist() == [digit for digit in range(10) for _ in range(10)]
    assert scene.nearest.shape == (100, 64)
    assert not app.info
    assert "Particles" not in labels(app)
    assert address_of(app)["target"] == "digits"
    assert not {"width", "steps", "classes"} & set(address_of(app))


def test_pictures_do_not_lie_over_one_another_and_that_is_said():
    app = open_page(**FEW, show="over")
    assert "Taken instead: side by side" in app.info[0].value


@pytest.mark.parametrize("section", FIELDS["section"].choices)
def test_every_way_of_drawing_opens(section: str):
    open_page("sampling", **FEW, section=section)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_opens(method: str):
    (scene, *_) = scenes(open_page(target="digits", method=method, **({"solver_steps": "6"} if method != "distilled" else {})))
    assert scene.x.shape[1:] == (100, 64)


def test_compare_puts_pictures_beside_pictures_and_beside_the_plane():
    both = scenes(open_page("compare", a="target:digits", b="target:digits,coupling:ot", solver_steps="6"))
    assert [scene.space for scene in both] == ["image", "image"]
    mixed = scenes(open_page("compare", a="target:moons", b="target:digits", particles="50", solver_steps="6"))
    assert [scene.space for scene in mixed] == ["plane", "image"]


@pytest.mark.parametrize("page", ["families", "learn", "questions", "glossary"])
def test_the_other_pages_open_with_such_an_address(page: str):
    open_page(page, target="digits")


def test_the_lecture_stays_in_the_plane_and_says_so():
    app = open_page("learn", target="digits")
    assert "drawn in the plane" in app.info[0].value


def test_a_source_of_the_plane_gives_way():
    app = open_page(source="moons", **FEW)
    assert "they must share one" in app.info[0].value
    assert address_of(app)["target"] == "digits"


def test_digits_may_be_the_source_too():
    (scene,) = scenes(open_page(source="digits", target="gaussian", solver_steps="6"))
    assert scene.space == "image"
    assert scene.nearest is None


@pytest.mark.parametrize("section", ["classes", "copies"])
def test_trained_pictures_are_judged_class_by_class_and_none_waits_for_it(section: str, monkeypatch):
    flat = {"target": "digits", "steps": "40", "width": "32", "batch": "32", "seed": {"classes": "11", "copies": "12"}[section]}
    page = open_page("sampling", **flat, section=section, solver_steps="6", guidance="2")
    click(page, "Train")
    experiment = Experiment.from_flat(flat)
    for _ in range(600):
        found = shared().get(experiment.key)
        if found is not None and found.finished:
            break
        time.sleep(0.1)
    shown = " ".join(block.value for block in run(page).markdown)
    for words in ("Judged right, of digit | 0 | 1 |", "| w = 2 |", "Held-out pictures lie 2.03 from the nearest"):
        assert words in shown
    monkeypatch.setattr("flowviz.ui.later.bring", lambda *a, **k: None)
    shown = " ".join(
        block.value for block in open_page("sampling", **flat, section=section, solver_steps="6", guidance="3").markdown
    )
    assert "| w = 3 |" + 11 * " … |" in shown
    assert "Held-out pictures lie" not in shown

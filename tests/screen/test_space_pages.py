"""Targets in space on the pages: chosen, trained, compared with the plane, measured, and refused where only the plane is drawn."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from flowviz.distributions import distributions_in
from flowviz.engine import shared
from flowviz.experiment import Experiment
from flowviz.scene import unpack
from flowviz.spaces import PLANE, VOLUME
from tests.screen.pages import open_page, run


def scenes(app: AppTest) -> list:
    (block,) = [e for e in app.get("bidi_component") if e.proto.component_name == "flowviz.player"]
    return [panel.scenes[0] for panel in unpack(block.proto.bytes)[0]]


@pytest.mark.parametrize("coupling", ["independent", "sinkhorn"])
def test_a_target_in_space_is_shown_and_says_nothing_of_crossing_lines(coupling: str):
    app = open_page(target="torus", coupling=coupling, particles="50")
    (scene,) = scenes(app)
    assert (scene.space, scene.x.shape[1:]) == ("volume", (50, 3))
    assert not app.info
    assert not any("cross one another" in caption.value for caption in app.caption)


def test_a_source_that_does_not_fit_gives_way_and_that_is_said():
    app = open_page(source="moons", target="helix", particles="50")
    assert "they must share one" in app.info[0].value
    assert app.query_params["target"] in ("helix", ["helix"])
    assert "source" not in app.query_params


def test_it_trains_and_the_learned_flow_stands_beside_the_exact_one():
    flat = {"target": "trefoil", "steps": "60", "width": "16", "batch": "32", "particles": "60", "seed": "9"}
    app = open_page(**flat)
    next(button for button in app.button if button.label == "Train").click()
    run(app)
    experiment = Experiment.from_flat({name: text for name, text in flat.items() if name != "particles"})
    for _ in range(600):
        found = shared().get(experiment.key)
        if found is not None and found.finished:
            break
        time.sleep(0.1)
    exact, learned = scenes(run(app))
    assert exact.x.shape[1:] == learned.x.shape[1:] == (60, 3)
    assert learned.title == "Learned flow after 60 steps"


def test_compare_puts_a_knot_beside_the_plane_each_on_its_own_axes():
    plane, space = scenes(open_page("compare", a="target:moons", b="target:trefoil", particles="50"))
    assert (len(plane.bounds), len(space.bounds)) == (4, 6)
    both = scenes(open_page("compare", a="target:helix", b="target:trefoil", particles="50"))
    assert both[0].bounds == both[1].bounds


def test_the_lecture_stays_in_the_plane_and_says_so():
    app = open_page("learn", target="sphere")
    assert "drawn in the plane" in app.info[0].value
    assert "target" not in app.query_params


def test_pickers_offer_sources_of_the_targets_space_and_every_target():
    app = open_page(target="sphere", particles="50")
    offered = {group.label: group.options for group in app.get("button_group")}
    source = next(options for label, options in offered.items() if "Source" in label)
    target = next(options for label, options in offered.items() if "Target" in label)
    labels = [kind.label for kind in distributions_in(VOLUME).values()]
    assert [any(option.endswith(label) for option in source) for label in labels] == [True] * len(labels)
    assert len(source) == len(labels)
    assert len(target) >= len(labels) + len(distributions_in(PLANE)) - 1

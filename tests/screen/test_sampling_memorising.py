"""Memorising on the page Sampling: nothing to memorise, the button that takes points, and the curve of a training on them."""

from __future__ import annotations

import time
from functools import partial

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from flowviz.distributions import Points
from flowviz.engine import shared
from flowviz.experiment import Experiment
from flowviz.ui import state
from flowviz.ui.sampling import measuring, memorising
from flowviz.ui.sampling.flow import Flow
from flowviz.ui.sampling.measuring import COPIES
from tests.screen import pages
from tests.screen.pages import run

open_page = partial(pages.open_page, "sampling")
BUTTON = "Train on 60 points of it"
CORNERS = Points.of(np.array([[3.0, 0.0], [0.0, 3.0], [-3.0, 0.0], [3.0, 0.0]]), std=0.1).text


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(measuring, "POINTS", 40)


def words(app: AppTest) -> str:
    return " ".join(part.value for part in (*app.markdown, *app.caption))


def counted(app: AppTest, flow: Flow) -> AppTest:
    task = COPIES.of(flow, begin=False)
    assert task is not None
    task.thread.join(60)
    assert not task.error
    return run(app)


@pytest.mark.parametrize(
    ("address", "said", "offered"),
    [
        ({"target": "moons"}, "every batch is new, drawn from Two moons itself", True),
        ({"target": "trefoil"}, "Own data, which could be memorised, lie in the plane", False),
        ({"target": "two-points"}, "to copy them is all there is to learn", False),
    ],
)
def test_of_what_is_drawn_afresh_there_is_nothing_to_memorise(address: dict[str, str], said: str, offered: bool):
    app = open_page(section="copies", particles="50", **address)
    assert said in words(app)
    assert (BUTTON in [button.label for button in app.button]) == offered


def test_the_button_takes_points_of_the_target_into_the_link_and_keeps_all_else():
    chosen = {
        "target": "spirals",
        "source": "uniform",
        "path": "trig",
        "steps": "70",
        "seed": "5",
        "solver": "rk4",
        "show": "over",
    }
    app = open_page(section="copies", particles="50", **chosen)
    next(button for button in app.button if button.label == BUTTON).click()
    app = run(app)
    address = pages.address_of(app)
    assert {name: address[name] for name in chosen if name != "target"} == {n: v for n, v in chosen.items() if n != "target"}
    found = Points.from_text(address["target"])
    assert (len(found.means), found.label, found.std) == (60, "60 of Two spirals", 0.0)
    app = counted(app, Flow(app.session_state[state.STATE.key].experiment, None))
    assert "**100\N{NO-BREAK SPACE}%** of its samples are near one" in words(app)
    again = open_page(**address)  # the link alone opens the same
    assert again.session_state[state.STATE.key].experiment == app.session_state[state.STATE.key].experiment


def test_three_corners_and_a_double_do_not_raise_and_are_called_few():
    app = open_page(section="copies", particles="50", target=CORNERS)
    app = counted(app, Flow(Experiment.from_flat({"target": CORNERS}), None))
    assert "only 3 places" in words(app)
    assert "blurred by 0.1" in words(app)


@pytest.mark.slow
def test_the_curve_of_a_training_comes_when_it_rests():
    points = memorising.some_points(Experiment.from_flat({"target": "8gaussians"})).text
    flat = {"target": points, "steps": "60", "seed": "72"}
    app = open_page(section="copies", particles="50", **flat)
    next(button for button in app.button if button.label == "Train").click()
    run(app)
    experiment = Experiment.from_flat(flat)
    while not ((found := shared().get(experiment.key)) and found.finished):
        time.sleep(0.05)
    app = run(app)
    flow = Flow(experiment, found.snapshot)
    app = counted(app, flow)
    assert "After 60 steps the learned flow’s are" in words(app)
    task = COPIES.of(flow, begin=False)
    assert task is not None
    assert [point.step for point in task.points] == [0, 1, 2, 5, 10, 20, 50, 60]


@pytest.mark.parametrize(
    ("learned", "said"),
    [
        (0.9, "by heart"),
        (0.52, "no sign of copying"),
        (0.1, "where there are no data"),
        (float("nan"), "cannot be measured"),
        (None, "Train, and"),
    ],
)
def test_the_sentence_says_which_side_of_fresh_points_it_is(learned: float | None, said: str):
    assert said in memorising.reading(learned, 1.0, 0 if learned is None else 4000)


def test_where_blur_hides_copies_the_page_says_so():
    assert "copying could not be seen" in memorising.reading(0.5, 0.55, 10, 0.4)
    assert "blurred" in memorising.reading(None, 0.9, 0, 0.1)

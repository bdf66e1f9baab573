"""The Families page without a browser: from training to the table, seeds, a quiz, and every preset."""

from __future__ import annotations

import time
from functools import partial

import pytest
from streamlit.testing.v1 import AppTest

from flowviz.engine import shared
from flowviz.scene import unpack
from flowviz.ui.families import measuring, session, value
from flowviz.ui.families.contestants import CONTESTANTS, PRESETS
from tests.screen import pages
from tests.screen.pages import address_of, click, run

open_page = partial(pages.open_page, "families")


def now(app: AppTest) -> value.Families:
    return app.session_state[session.STATE.key]


def texts(app: AppTest) -> str:
    return " ".join(str(element.value) for kind in (app.markdown, app.caption, app.info, app.error) for element in kind)


def titles(app: AppTest) -> list[str]:
    (player,) = [e for e in app.get("bidi_component") if e.proto.component_name == "flowviz.player"]
    return [panel.title for panel in unpack(player.proto.bytes)[0]]


def finish(app: AppTest, count: int) -> AppTest:
    """Wait until so many trainings have been measured."""
    limit = time.monotonic() + 120
    while sum(one.seeds for one in measuring.families(now(app).experiments, dict.fromkeys(CONTESTANTS, ""))) < count:
        assert time.monotonic() < limit, texts(app)
        time.sleep(0.3)
        app = run(app)
    return run(app)


@pytest.mark.parametrize("slug", PRESETS)
def test_every_preset_opens(slug: str):
    app = open_page(ask=slug)
    assert not app.info
    assert PRESETS[slug].question in texts(app)
    assert [title.split(" · ")[1] for title in titles(app)] == [CONTESTANTS[name].name for name in now(app).methods]


@pytest.mark.slow
def test_from_training_to_the_table_with_two_seeds_and_back_by_link():
    app = open_page(methods="flow,gan,vae", steps="60", seeds="2", seed="17", target="two-gaussians")
    app = click(app, "Train all")
    app = finish(app, 3)
    app = click(app, "Train 3 more for the other seeds")
    app = finish(app, 6)
    assert "over 2 seeds" in texts(app)
    assert "| Seeds that lost a mode or diverged | " in texts(app)
    assert "lands nearest" in texts(app) or "equally near" in texts(app)
    other = open_page(**address_of(app))
    assert now(other) == now(app)
    app = click(app, "Which one is it?")
    assert all("Which one is it" in title for title in titles(app))
    assert "##### The article’s table" not in texts(app)
    app = click(app, "Show the labels")
    assert titles(app)[0].endswith("Flow matching")
    for each in now(app).experiments.values():
        for one in each:
            found = shared().get(one.key)
            assert found is not None
            assert found.status == "done"


def test_choices_make_the_question_ones_own_and_bad_links_are_said():
    app = open_page(ask="blur", steps="60")
    assert (now(app).ask, now(app).budget.steps) == ("blur", 60)
    next(number for number in app.number_input if number.key == "fv.f.seed").set_value(5)
    app = run(app)
    assert (now(app).ask, now(app).seed, now(app).methods) == ("", 5, ("flow", "vae"))
    assert PRESETS["blur"].question not in texts(app)
    assert "no family" in " ".join(box.value for box in open_page(methods="flow,gun").info)

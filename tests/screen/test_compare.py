"""The Compare page without a browser: every preset, every bad link, and a comparison from training to its answer."""

import json
import time
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from flowviz.distributions import Points
from flowviz.distributions.shelf import link_text
from flowviz.engine import shared
from flowviz.scene import unpack
from flowviz.ui import own_data
from flowviz.ui.caching import SharedCache
from flowviz.ui.compare import measuring, results, session, value
from flowviz.ui.compare.presets import PRESETS
from tests.screen import pages
from tests.screen.pages import SHELL, address_of, click, run

open_page = partial(pages.open_page, "compare")

STAR = Points.of(np.random.default_rng(0).normal(size=(40, 2)), std=0.05, title="Star: a, b")


@pytest.fixture(autouse=True)
def measured_on_few(monkeypatch) -> None:
    """Fewer points for the measures: how good a flow is, is not what these tests ask."""
    for module in (measuring, results):
        monkeypatch.setattr(module, "SIZES", (200, 4000))
        monkeypatch.setattr(module, "CURVE", 200)
    for name in ("_measures", "_curves"):
        monkeypatch.setattr(measuring, name, SharedCache(64))


def now(app: AppTest) -> value.Comparison:
    return app.session_state[session.STATE.key]


def panels(app: AppTest) -> list:
    blocks = [e for e in app.get("bidi_component") if e.proto.component_name == "flowviz.player"]
    assert len(blocks) == 1
    return unpack(blocks[0].proto.bytes)[0]


def going(app: AppTest) -> str:
    """What the page says of runs that go on: words that the feed renews."""
    blocks = [e for e in app.get("bidi_component") if e.proto.component_name == "flowviz.progress"]
    return "".join(f" {line['text']}" for block in blocks for line in json.loads(block.proto.bytes)["lines"])


def texts(app: AppTest) -> str:
    kinds = (app.markdown, app.info, app.caption, app.error, app.success)
    return " ".join(str(element.value) for kind in kinds for element in kind) + going(app)


def finish(app: AppTest) -> AppTest:
    """Wait until all trainings have ended, then see the page again."""
    limit = time.monotonic() + 120
    keys = [member.experiment.key for member in now(app).members if member.trains]
    while not all((found := shared().get(key)) is not None and found.finished for key in keys):
        assert time.monotonic() < limit, "the runs did not end"
        time.sleep(0.1)
    return run(app)


def measured(app: AppTest) -> AppTest:
    """Wait until the measures are there, then see the page again."""
    limit = time.monotonic() + 120
    while not app.session_state[results.MEASURING].ended:
        assert time.monotonic() < limit, "the measures did not come"
        time.sleep(0.1)
    assert not app.session_state[results.MEASURING].error
    return run(app)


@pytest.mark.parametrize("slug", PRESETS)
def test_every_preset_opens_with_its_panels_and_says_what_differs(slug: str):
    app = open_page(ask=slug, particles="50")
    assert not app.info
    assert address_of(app) == value.read({"ask": slug, "particles": "50"}).address()
    assert len(panels(app)) == len(PRESETS[slug].members)
    assert len({panel.scenes[0].bounds for panel in panels(app)}) == 1
    assert "Only the **" in texts(app)
    first, *others = (panel.scenes[0].x[0] for panel in panels(app))
    for other in others:  # the same particles, up to the rounding of what is sent
        np.testing.assert_allclose(other, first, atol=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("slug", PRESETS)
def test_every_preset_can_be_asked_from_the_page(slug: str):
    app = open_page(target="moons", particles="50", steps="300")
    next(box for box in app.selectbox if box.key == "fv.c.ask").set_value(slug)
    run(app)
    assert now(app).ask == slug
    assert address_of(app)["target"] == "moons"
    assert {member.experiment.training.steps for member in now(app).members} == {300}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "named"),
    [
        ({"ask": "everything"}, "choose one of coupling"),
        ({"a": "path:trig"}, "one experiment only"),
        ({letter: f"seed:{i}" for i, letter in enumerate("abcde")}, "At most four"),
        ({"a": "path:tri", "b": "-"}, "did you mean 'trig'"),
        ({"a": "path", "b": "-"}, "no choice with a value"),
        ({"a": "lr:99", "b": "-"}, "Taken instead: 10"),
        ({"a": "coupling:pairs,pairs_rounds:9", "b": "-"}, "Taken instead: 3"),
        ({"source": "moons", "a": "path:vp", "b": "-"}, "needs a Gaussian source"),
        ({"a": "solver_steps:0", "b": "-"}, "Taken instead: 1"),
        ({"particles": "99999999"}, "Taken instead: 5000"),
        ({"a": "nonsense:1", "b": "-"}, "Unknown names"),
        ({"nonsense": "1"}, "Unknown names"),
        ({"a": "flow:both", "b": "-"}, "learned, exact"),
    ],
)
def test_a_link_that_is_not_legal_opens_at_the_nearest_and_says_so_once(address: dict[str, str], named: str):
    app = open_page(**{"particles": "50", **address})
    assert named in " ".join(info.value for info in app.info)
    assert len(app.info) == 1
    assert 2 <= len(now(app).members) <= 4
    assert not value.read(address_of(app)).notes


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_a_device_that_is_absent_is_said_at_once_for_all_panels():
    said = " ".join(info.value for info in open_page(ask="times", device="cuda", particles="50").info)
    assert said.count("Device 'cuda' was asked for, but this machine has only: cpu") == 1


@pytest.mark.parametrize("cut", range(10, 110, 17))
def test_a_link_cut_in_half_still_opens(cut: int):
    whole = "target=moons&steps=300&particles=50&a=path:trig,lr:0.001&b=coupling:ot,ot_reuse:3&c=width:128,depth:2,seed:7"
    pieces = dict(piece.split("=", 1) for piece in whole[:cut].split("&") if "=" in piece)
    assert 2 <= len(value.read(pieces).members) <= 4


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from([*value.FIELDS, "a", "b", "c", "d", "e", "ask", "particles", "zz"]), st.text(max_size=30), max_size=8
    )
)
def test_no_link_raises(address: dict[str, str]):
    found = value.read(address)
    again = value.read(found.address())
    assert (again.members, again.notes, again.particles) == (found.members, (), found.particles)


def test_four_wholly_different_experiments_fit_into_a_short_address():
    flat = "source:moons,path:si-linear,si_linear_kind:quadratic,si_linear_a:2.5,coupling:sinkhorn,sinkhorn_epsilon:30,width:128,depth:4,"
    flat += "activation:gelu,time_features:embedding,steps:{0},batch:512,lr:0.00{0},schedule:constant,average:false,clip:0.5,weight_norm:true,"
    flat += "time_sampling:logit-normal,seed:{0},solver:midpoint,solver_steps:{0}"
    found = value.read({letter: flat.format(i + 3) for i, letter in enumerate("abcd")})
    assert not found.notes
    address = found.address()
    assert sum(len(name) + len(text) + 2 for name, text in address.items()) < 2000
    assert value.read(address) == found


def test_equal_experiments_are_said_and_allowed():
    app = open_page(a="-", b="-", c="seed:3", particles="50")
    assert "A and B are equal: trained once" in texts(app)


def test_a_panel_is_copied_changed_and_removed():
    app = open_page(ask="times", particles="50")
    next(box for box in app.selectbox if box.key == "fv.c.copy.name").set_value("path")
    run(app)
    next(box for box in app.selectbox if box.key == "fv.c.copy.path").set_value("trig")
    app = click(run(app), "Add the panel")
    assert [member.experiment.path.slug for member in now(app).members] == ["linear", "linear", "trig"]
    assert "ask" not in address_of(app)
    app.button(key="fv.c.remove.1").click()
    app = run(app)
    assert len(panels(app)) == 2
    assert "path" in texts(app)


@pytest.mark.slow
def test_from_training_to_table_and_answer_and_back_by_link():
    app = open_page(ask="coupling", steps="200", seed="41", particles="50")
    app = finish(click(app, "Train all"))
    assert [panel.title for panel in panels(app)] == ["A · Independent", "B · OT", "C · Sinkhorn"]
    assert all("after 200 steps" in panel.scenes[0].title for panel in panels(app))
    app = measured(app)
    answer = " ".join(box.value for box in app.success)
    assert PRESETS["coupling"].question in answer
    assert "Independent" in answer
    (frame,) = app.dataframe
    assert len(frame.value) == 3
    assert "| C" not in (code := app.code[0].value)
    assert "| Sinkhorn |" in code
    assert "cannot be compared" in texts(app)
    other = open_page(**address_of(app))
    assert [panel.scenes[0].title for panel in panels(other)] == [panel.scenes[0].title for panel in panels(app)]


def test_the_comparison_is_taken_home_with_all_its_panels():
    app = click(open_page(particles="50"), "Take it home")
    formats = next(box for box in app.selectbox if box.key == "fv.x.format")
    assert {"GIF", "PNG"} <= {word.split(" ")[0] for word in formats.options} or len(formats.options) > 5
    assert not any("eights" in word for word in formats.options)
    assert "this comparison" in texts(app)


@pytest.mark.slow
def test_one_that_diverges_leaves_the_others_alone():
    app = open_page(steps="150", seed="42", schedule="constant", particles="50", activation="relu", a="lr:10", b="lr:0.002")
    app = finish(click(app, "Train all"))
    bad, good = (shared().get(member.experiment.key) for member in now(app).members)
    assert (bad.status, good.status) == ("failed", "done")  # type: ignore[union-attr]
    (error,) = app.error
    assert "try a smaller learning rate" in error.value
    assert "The others go on" in error.value
    assert len(panels(app)) == 2


def test_all_are_stopped_and_what_was_learned_is_kept():
    app = click(open_page(ask="times", steps="50000", seed="43", particles="50"), "Train all")
    limit = time.monotonic() + 60
    while not all((found := shared().get(m.experiment.key)) and found.step > 20 for m in now(app).members):
        assert time.monotonic() < limit
        time.sleep(0.1)
    app = finish(click(run(app), "Stop all"))
    assert "what was learned is kept" in texts(app)
    assert [b.label for b in app.button if b.label == "Train all"] == ["Train all"]


def test_the_quiz_hides_the_labels_and_gives_them_back():
    app = click(open_page(particles="50"), "Which one is it?")
    assert all("Which one" in panel.title for panel in panels(app))
    assert all(not panel.scenes[0].title and not panel.scenes[0].note for panel in panels(app))
    assert "Which one is OT?" in texts(app)
    assert "Independent" not in texts(app)
    group = next(group for group in app.button_group if group.key == "fv.c.guess")
    group.set_value(1)
    app = run(app)
    assert "was OT" in texts(app) or "was panel" in texts(app)
    assert panels(app)[0].title == "A · Independent"


def test_the_other_page_comes_back_as_it_was():
    app = AppTest.from_file(str(SHELL), default_timeout=60)
    app.query_params["target"] = "moons"
    app.query_params["particles"] = "50"
    run(app).switch_page("../../pages/compare.py")
    app.query_params.clear()
    run(app).switch_page("../../pages/playground.py")
    app.query_params.clear()
    assert address_of(run(app)).get("target") == "moons"


@pytest.mark.parametrize("slug", PRESETS)
def test_answers_tell_leaders_from_the_rest(slug: str):
    from flowviz.measures import Measure, Measures
    from flowviz.ui.compare.answer import answer

    preset = PRESETS[slug]
    comparison = value.read({"ask": slug})

    def rows(*values: float) -> list[Measures]:
        return [
            Measures(member.experiment, (Measure(preset.measure, v, 0.01, 0.0),), False, 1000, 3, "euler", 60)
            for member, v in zip(comparison.members, values, strict=False)
        ]

    names = [chr(ord("P") + i) for i in range(len(comparison.members))]
    first = [0.1] + [1.0] * (len(names) - 1)
    assert answer(preset, names, rows(*first)).startswith(preset.against.format(names="P"))
    assert answer(preset, names, rows(*reversed(first))).startswith(preset.claim.format(names=names[-1]))
    assert answer(preset, names, rows(*[0.1] * len(names))).startswith(preset.even)


@pytest.mark.slow
def test_measures_of_one_panel_are_made_once():
    member = value.read({"steps": "1"}).members[0]
    exact = measuring.Measured(value.Member(member.experiment, flow="exact"), None)
    first, second = measuring.Measuring([exact], 200), measuring.Measuring([exact], 200)
    while not (first.ended and second.ended):
        time.sleep(0.05)
    assert first.rows[0] is second.rows[0]


def test_own_data_are_common_to_all_panels_and_travel_in_the_link():
    app = open_page(target=link_text(STAR), particles="50", ask="paths")
    assert not app.info
    assert {member.experiment.target_distribution.slug for member in now(app).members} == {STAR.slug}
    next(button for button in app.button if button.key == "fv_own_target").click()
    app = run(app)
    app.session_state[own_data.MADE]["word"], app.session_state[own_data.MADE]["way"] = "flow", "type"
    app = run(app)
    next(button for button in app.button if button.key == "fv.own.use.target").click()
    app = run(app)
    slugs = {member.experiment.target_distribution.slug for member in now(app).members}
    assert len(slugs) == 1
    assert slugs != {STAR.slug}
    assert app.session_state[own_data.END] is None
    assert now(app).ask == "paths"
    picker = next(pills for pills in app.get("button_group") if pills.key == "fv.c.target")
    assert picker.value == address_of(app)["target"]


def test_own_data_that_a_panel_alone_has_come_back_by_the_link():
    found = value.read({"a": f"target:{link_text(STAR)}", "b": "-"})
    assert not found.notes
    assert found.members[0].experiment.target_distribution == STAR
    assert value.read(found.address()) == found


def test_own_data_that_are_no_longer_here_can_be_loaded_again():
    app = open_page(target="own-0123456789", particles="50")
    assert "load them again" in texts(app)
    assert any(button.label == "Load the target again" for button in app.button)

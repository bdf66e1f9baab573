"""The page Sampling, run as a script: curves of all solvers, exact and learned, and links that are not legal."""

from __future__ import annotations

import csv
import time
from functools import partial
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from flowviz.engine import shared
from flowviz.experiment import Experiment
from flowviz.export import Options, export
from flowviz.measures import ErrorPoint, RoundTrip, reference_ends
from flowviz.scene import Panel, unpack
from flowviz.scene.build import View
from flowviz.scene.learned import cloud_parts
from flowviz.training import Snapshot, untrained_weights
from flowviz.ui import controls, kits, later, live, pictures, state
from flowviz.ui.sampling import backward, errors, measuring, noise, sections
from flowviz.ui.sampling.flow import Flow, ToldFlow
from flowviz.ui.sampling.measuring import CURVES, MAPS, TRIPS
from tests.screen import pages
from tests.screen.pages import run

open_page = partial(pages.open_page, "sampling")


def words(app: AppTest) -> str:
    return " ".join(part.value for part in (*app.markdown, *app.caption))


def player_of(app: AppTest, key: str) -> tuple[list[Panel], dict[str, Any]]:
    """What one of the page's players shows, and the header that it was sent with."""
    blocks = [e for e in app.get("bidi_component") if e.proto.component_name == "flowviz.player"]
    return next(found for found in (unpack(e.proto.bytes) for e in blocks) if found[1]["options"]["key"] == key)


def measured(app: AppTest, flow: Flow) -> AppTest:
    """The page once the curves of a flow are there."""
    task = CURVES.of(flow, begin=False)
    assert task is not None
    task.thread.join(60)
    assert task.complete, task.error
    return run(app)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Few points, a reference that is fine enough for them, and nothing that goes on being measured when a test is over."""
    monkeypatch.setattr(measuring, "POINTS", 40)
    monkeypatch.setattr(measuring, "reference_ends", partial(reference_ends, steps=200))
    yield
    for task in [task for task in CURVES._tasks.values() if not task.ended]:
        task.cancel()
    for key in [key for key, task in CURVES._tasks.items() if not task.complete]:
        del CURVES._tasks[key]
    for task in TRIPS._tasks.values():
        task.cancel()
    TRIPS._tasks.clear()


@pytest.mark.slow
def test_the_exact_flow_is_measured_at_once_and_the_learned_one_when_it_is_trained():
    app = open_page(target="moons", steps="60", seed="71")
    experiment = Experiment.from_flat({"target": "moons", "steps": "60", "seed": "71"})
    app = measured(app, Flow(experiment, None))
    assert "Measured slopes: Euler" in words(app)
    assert "particles of the exact field" in words(app)
    next(button for button in app.button if button.label == "Train").click()
    run(app)
    while not ((found := shared().get(experiment.key)) and found.finished):
        time.sleep(0.05)
    app = run(app)
    app = measured(app, Flow(experiment, found.snapshot))
    assert "learned field after 60 steps" in words(app)


def test_curves_are_made_once_for_all_who_look():
    flow = Flow(Experiment.from_flat({"target": "circles"}), None)
    CURVES.forget(flow)
    first = CURVES.of(flow, begin=True)
    assert CURVES.of(Flow(Experiment.from_flat({"target": "circles", "steps": "77"}), None), begin=True) is first
    CURVES.forget(flow)
    assert first is not None
    first.thread.join(60)
    assert CURVES.of(flow, begin=False) is None


def test_who_stops_the_measuring_can_begin_it_again():
    app = open_page(target="spirals")
    flow = Flow(Experiment.from_flat({"target": "spirals"}), None)
    stop = [button for button in app.button if button.label == "Stop measuring"]
    if stop:  # else it was quicker than we
        stop[0].click()
        run(app)
        assert CURVES.of(flow, begin=False) is None
        next(button for button in app.button if button.label == "Measure").click()
        run(app)
    app = measured(app, flow)
    assert "Measured slopes" in words(app)


@pytest.mark.parametrize(
    "address",
    [{"grid": "zigzag"}, {"solver": "leapfrog"}, {"solver": "ddim"}, {"target": "nothing"}, {"solver_steps": "0"}, {"zz": "1"}],
)
def test_a_link_that_is_not_legal_opens_at_the_nearest_and_says_so(address: dict[str, str]):
    app = open_page(**address)
    assert app.info


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"target": "two-gaussians"}, "no model has a lower expected NLL"),
        ({"target": "trefoil"}, "A map is drawn in the plane"),
        ({"target": "two-points"}, "has no density"),
        ({"source": "circles", "target": "moons"}, "has no closed form"),
    ],
)
def test_the_likelihood_is_mapped_or_the_page_says_why_not(address: dict[str, str], said: str):
    app = open_page(section="likelihood", particles="50", **address)
    task = MAPS.of(Flow(Experiment.from_flat(address), None), begin=False)
    if task is not None:
        task.thread.join(60)
        app = run(app)
    assert said in words(app)


def test_noise_and_none_stand_side_by_side_and_are_measured():
    app = open_page(section="noise", noise="1", solver="heun", particles="50", solver_steps="20")
    panels = player_of(app, "fv-s-noise")[0]
    assert [panel.title for panel in panels] == ["Without noise", "With noise, ε = 1"]
    quiet, noisy = (panel.scenes[0] for panel in panels)
    assert (quiet.x[0] == noisy.x[0]).all()
    # The shaken particles go further on their way.
    ways = [float(((scene.x[1:] - scene.x[:-1]) ** 2).sum(-1).mean()) for scene in (quiet, noisy)]
    assert ways[1] > 1.5 * ways[0]
    assert "two free samples of the data" in words(app)


@pytest.mark.parametrize(
    ("section", "changed", "first"),
    [
        ("noise", "", "side"),
        ("noise", "section", "side"),
        ("noise", "noise", "section"),
        ("noise", "solver_steps", "page"),
        ("classes", "guidance", "section"),
        ("solvers", "noise", "page"),
    ],
)
def test_what_is_awaited_is_made_first(section: str, changed: str, first: str):
    order = sections.order(section, changed)
    assert order[0] == first
    assert sorted(order) == ["page", "section", "side", "words"]


@pytest.mark.parametrize(
    ("changed", "value", "parts"),
    [("fv.noise", 2.0, ["section"]), ("fv.solver_steps", 30, ["page"]), ("fv.noise_shape", "fading", None), ("", None, None)],
    ids=["slider in the section", "slider at the side", "list", "opened"],
)
def test_the_browser_draws_a_slider_s_picture_before_the_rest_of_the_page_is_sent(changed, value, parts, monkeypatch):
    made, rested = [], []
    app = open_page(target="two-gaussians", section="noise", noise="1", solver="euler", particles="60", solver_steps="20")
    chosen, watch, side = sections.chosen, live.watch, controls.sampling
    monkeypatch.setattr(sections, "chosen", lambda *given: made.append("section") or chosen(*given))
    monkeypatch.setattr(live, "watch", lambda *given, **more: made.append("page") or watch(*given, **more))
    monkeypatch.setattr(controls, "sampling", lambda *given: made.append("side") or side(*given))
    monkeypatch.setattr(later, "rest", lambda seconds: rested.append((seconds, list(made))))
    if changed == "fv.noise":
        app.slider(key=changed).set_value(value)
    elif changed == "fv.solver_steps":
        app.select_slider(key=changed).set_value(value)
    elif changed:
        app.segmented_control(key=changed).set_value(value)
    app.run()
    assert not app.exception
    assert sorted(made) == ["page", "section", "side"]
    before = [done for seconds, done in rested if seconds == later.DRAWN]
    assert before == ([] if parts is None else [parts])


@pytest.mark.slow
def test_a_press_gets_its_own_picture_first_and_what_is_expensive_last(monkeypatch):
    address = {"target": "two-gaussians", "seed": "73", "steps": "100", "width": "16", "particles": "60", "solver_steps": "6"}
    run_of = shared().submit(
        Experiment.from_flat({k: v for k, v in address.items() if k in ("target", "seed", "steps", "width")})
    )
    while not shared().get(run_of.id).finished:
        time.sleep(0.1)
    app = open_page(section="noise", noise="0.5", **address)
    done: list[str] = []

    def watched(module, name, say):
        was = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *a, **k: (done.append(say(*a, **k)), was(*a, **k))[1])

    for module, names in (
        (pictures, ("exact_scene", "learned_particles", "cloud_part", "with_density")),
        (noise, ("_carried_apart",)),
    ):
        for name in names:
            watched(module, name, lambda *a, name=name, **k: name)
    for module in (live, noise):
        watched(module, "player", lambda *a, key, **k: key)
    parts = len(cloud_parts(Experiment.from_flat({"width": "16"}), View(particles=60, solver_steps=6), 60))
    slow = ["_carried_apart"] * 3 + ["cloud_part"] * parts + ["with_density"]
    slider = next(slider for slider in app.slider if slider.label == "Noise ε")
    slider.set_value(0.6)
    app = run(app)
    assert done == ["learned_particles", "fv-s-noise", "exact_scene", "fv-main", *slow]
    assert words(app).count("Measuring") == 0
    done.clear()
    next(slider for slider in app.slider if slider.label == "Noise ε").set_value(0.5)
    app = run(app)
    assert done == ["fv-s-noise", "fv-main"]  # all else was there
    done.clear()
    next(slider for slider in app.select_slider if slider.label == "Solver steps").set_value(4)
    run(app)
    assert [one for one in done if one.startswith("fv-")] == ["fv-main", "fv-s-noise"]
    assert all(one in slow for one in done[done.index("fv-s-noise") + 1 :])


@pytest.mark.parametrize(
    ("address", "noise", "solver"),
    [
        ({"noise": "1", "coupling": "ot"}, 0.0, "euler"),
        ({"noise": "1", "source": "moons"}, 0.0, "euler"),
        ({"noise": "1", "solver": "rk4"}, 1.0, "heun"),
        ({"noise": "9"}, 3.0, "euler"),
        ({"noise": "1", "method": "diffusion", "solver": "ddim"}, 1.0, "heun"),
    ],
)
def test_noise_that_cannot_be_is_changed_and_said(address: dict[str, str], noise: float, solver: str):
    app = open_page(particles="50", **address)
    view = app.session_state[state.STATE.key].view
    assert (view.noise, view.solver) == (noise, solver)
    assert app.info


@pytest.mark.parametrize("grid", ["cosine", "early", "late"])
def test_a_time_grid_stands_in_the_address_and_carries_the_particles(grid: str):
    app = open_page(grid=grid, solver_steps="4")
    assert app.query_params["grid"] in (grid, [grid])
    assert next(group for group in app.button_group if group.key == "fv.grid").value == grid


def test_the_numbers_can_be_taken_home():
    points = [ErrorPoint("euler", 4, None, 4, 0.5, 0.7), ErrorPoint("dopri5", 9, 1e-2, 55, None, None)]
    rows = list(csv.DictReader(errors.as_csv(points).splitlines()))
    assert [row["solver"] for row in rows] == ["euler", "dopri5"]
    assert (rows[0]["rms_error"], rows[0]["tolerance"], rows[1]["rms_error"]) == ("0.5", "", "")


def test_the_sentence_names_the_first_solver_that_is_good_enough():
    points = [
        ErrorPoint("euler", 8, None, 8, 0.2, 0.6),
        ErrorPoint("euler", 16, None, 16, 0.1, 0.51),
        ErrorPoint("rk4", 2, None, 8, 0.05, 0.505),
        ErrorPoint("rk4", 4, None, 16, 0.003, 0.5),
    ]
    said = errors.reading(points, 0.5)
    assert "Euler 1.00" in said
    assert "Runge–Kutta 4 4.06" in said
    assert "**Runge–Kutta 4 with 8 evaluations**" in said


def test_who_looks_at_classes_is_offered_to_learn_them_and_then_can_ask_for_one():
    app = open_page(section="classes", target="two-gaussians", seed="72")
    assert "does not know the classes of its data" in words(app)
    next(button for button in app.button if button.label == "Learn the classes").click()
    app = run(app)
    assert pages.address_of(app)["classes"] == "within"
    chosen = next(box for box in app.selectbox if box.label == "Class")
    assert chosen.options == ["All, as often as the data have them", "mode 0", "mode 1"]
    chosen.select(1)
    app = run(app)
    next(slider for slider in app.slider if slider.label == "Guidance w").set_value(4.0)
    app = run(app)
    assert "with w = 4 its mean lies" in words(app)
    assert {"of_class": "1", "guidance": "4"}.items() <= pages.address_of(app).items()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"guidance": "3"}, "`classes` is off here"),
        ({"classes": "within", "of_class": "8"}, "has no points of class 8"),
        ({"classes": "within", "guidance": "99"}, "from 0 to 8"),
        ({"classes": "within", "coupling": "pairs"}, "makes its own pairs"),
        ({"drop": "0.4"}, "no classes are learned"),
    ],
)
def test_links_that_ask_too_much_of_classes_open_with_a_sentence(address, said):
    app = open_page(**address)
    assert any(said in note.value for note in app.info)


@pytest.mark.parametrize(
    "address",
    [
        {"target": "gaussian", "classes": "within", "of_class": "2", "guidance": "3"},
        {"target": "helix", "classes": "within", "of_class": "0", "guidance": "0"},
        {"target": "two-points", "classes": "across", "coupling": "ot", "of_class": "1", "guidance": "8", "solver_steps": "1"},
        {"target": "moons", "classes": "within", "method": "diffusion", "solver": "ddim", "of_class": "0", "guidance": "2"},
        {"target": "moons", "classes": "within", "noise": "1", "of_class": "0", "guidance": "2", "particles": "50"},
    ],
)
def test_guidance_of_every_kind_shows_no_exception(address):
    app = open_page(section="classes", **address)
    assert "v_w(x, t, y)" in " ".join(part.value for part in app.get("latex"))


@pytest.mark.parametrize(
    "address",
    [
        {"solver": "heun"},
        {"solver": "dopri5", "target": "moons"},
        {"method": "diffusion", "solver": "ddim"},
        {"target": "two-points", "grid": "late"},
        {"target": "trefoil"},
        {"noise": "1"},
    ],
    ids=str,
)
def test_the_flow_runs_backward_and_forward_again_under_one_clock(address: dict[str, str]):
    app = open_page(section="backward", particles="50", solver_steps="20", **address)
    panels, header = player_of(app, "fv-s-backward")
    assert header["options"]["back"]
    assert [panel.title for panel in panels] == ["Back to the source", "And forward again"]
    back, forward = (panel.scenes[0] for panel in panels)
    assert (np.diff(back.t) > 0).all()
    assert back.t[0] == forward.t[0] == 0
    assert back.t[-1] > 0.99
    np.testing.assert_allclose(back.x[0], forward.x[0], atol=1e-3)  # they set out from where they arrived
    assert (float(np.median(np.abs(back.x[-1] - forward.x[-1]))) < 0.4) != ("noise" in address)
    assert (back.labels == forward.labels).all()
    assert ("kits" in header) == (address.get("target") != "trefoil")
    assert all(entry.get("kit") == (0 if "kits" in header else None) for entry in header["panels"])
    assert ("goes from noise to data only" in words(app)) == (address.get("solver") == "ddim")
    assert ("Backward the extra drift is" in words(app)) == ("noise" in address)


def test_what_is_left_there_and_back_is_measured_for_every_solver():
    app = open_page(section="backward", target="circles", solver_steps="30", particles="50")
    told = ToldFlow(Flow(Experiment.from_flat({"target": "circles"}), None), 30, "even")
    task = TRIPS.of(told, begin=False)
    assert task is not None
    task.thread.join(60)
    app = run(app)
    assert "| Euler | 60 |" in words(app)
    assert "| SciPy’s DOP853 |" in words(app)
    assert "Nearest home comes" in words(app)
    assert "30 each way" in words(app)


def test_the_sentence_names_whom_float32_limits_and_who_came_to_no_end():
    rows = [
        RoundTrip("euler", 8, 1e7, 1e7),
        RoundTrip("heun", 16, 0.0316, 0.0316),
        RoundTrip("rk4", 32, 3e-6, 2.5e-9),
        RoundTrip("dopri5", 90, None, 1e-3),
        RoundTrip("bosh3", 4000, None, None, "Adaptive (bosh3) in float64: on the way back, it gave up."),
    ]
    said = backward.reading(rows)
    assert "**Runge–Kutta 4**, to 2.5·10⁻⁹" in said
    assert "Float32 itself is the limit of Runge–Kutta 4:" in said
    assert "Of the others" in said
    assert said.endswith("it gave up.")
    table = backward.as_table(rows).splitlines()
    assert [line.split("|")[3].strip() for line in table[2:]] == ["1.0·10⁷", "0.032", "3.0·10⁻⁶", "—", "—"]
    assert backward.reading(rows[-1:]) == rows[-1].gave_up


def test_a_field_that_is_not_finite_has_no_kit_and_breaks_nothing():
    experiment = Experiment()
    weights = {name: value * np.nan for name, value in untrained_weights(experiment).items()}
    flow = Flow(experiment, Snapshot(step=1, weights=weights, losses=np.zeros(1), seconds=0.0))
    assert kits.kit_of(experiment, flow.look, View()) is None
    task = measuring.RoundTrips(ToldFlow(flow, 5, "even"))
    task.thread.join(60)
    assert not task.error
    assert len(task.rows) == 9
    assert all(row.single is None and row.double is None and row.gave_up for row in task.rows)


@pytest.mark.parametrize(
    ("address", "titles"),
    [
        ({"section": "solvers", "noise": "1"}, [""]),
        ({"section": "noise"}, [""]),
        ({"section": "noise", "noise": "1"}, ["Without noise", "With noise, ε = 1"]),
        ({"section": "backward"}, ["Back to the source", "And forward again"]),
        ({"section": "classes"}, [""]),
        (
            {"section": "classes", "classes": "within", "of_class": "1", "guidance": "3"},
            ["w = 1: the flow of the class", "w = 3", "What the class adds to the velocity"],
        ),
    ],
    ids=str,
)
def test_the_pictures_of_a_section_are_what_is_taken_home(address: dict[str, str], titles: list[str], tmp_path):
    choice = state.read({"target": "two-gaussians", "particles": "50", "solver_steps": "6", **address})
    assert not choice.notes
    panels = sections.panels(choice, None)
    assert [panel.title for panel in panels] == titles
    assert all(panel.kit is None for panel in panels)
    for file, options in (("a.png", Options(t=0.5)), ("a.gif", Options(fps=5, seconds=1.0))):
        export(panels, file[-3:], tmp_path / file, options, experiment=choice.experiment)
        assert (tmp_path / file).stat().st_size > 3_000


@pytest.mark.parametrize(("asked", "arrows"), [({"of_class": "1"}, True), ({}, False)], ids=["one class", "all classes"])
def test_what_a_class_adds_is_taken_home_with_its_arrows(asked: dict[str, str], arrows: bool):
    """Without them the third picture would be the second once more."""
    app = open_page(section="classes", target="two-gaussians", classes="within", guidance="3", particles="50", seed="74", **asked)
    next(button for button in app.button if button.label == "Take it home").click()
    app = run(app)
    layers = next(group for group in app.get("button_group") if group.key.startswith("fv.x.layers"))
    assert ("field" in layers.value) is arrows
    assert "particles" in layers.value

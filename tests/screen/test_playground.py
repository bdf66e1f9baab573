"""The Playground without a browser: every choice, every link, and a training from start to end."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from flowviz.couplings import COUPLINGS
from flowviz.distributions import DISTRIBUTIONS
from flowviz.engine import Run, shared
from flowviz.experiment import LEAVES, Experiment
from flowviz.methods import METHODS
from flowviz.paths import PATHS
from flowviz.scene import unpack
from flowviz.ui import state, watching
from flowviz.ui.watched import line_of
from tests.screen.pages import address_of, click, open_page, run


def panels(app: AppTest) -> list:
    """What the player was given."""
    blocks = [e for e in app.get("bidi_component") if e.proto.component_name == "flowviz.player"]
    assert len(blocks) == 1
    return unpack(blocks[0].proto.bytes)[0]


def finish(app: AppTest, experiment: Experiment) -> AppTest:
    """Wait until the run has ended, then see the page again."""
    limit = time.monotonic() + 120
    while True:
        found = shared().get(experiment.key)
        if found is not None and found.finished:
            return run(app)
        assert time.monotonic() < limit, "the run did not end"
        time.sleep(0.1)


def until_step(experiment: Experiment, step: int) -> None:
    limit = time.monotonic() + 120
    while (found := shared().get(experiment.key)) is None or found.step < step:
        assert time.monotonic() < limit, "the run did not begin"
        time.sleep(0.05)


def going(app: AppTest) -> str:
    """What the page says of runs that go on: words that the feed renews."""
    blocks = [e for e in app.get("bidi_component") if e.proto.component_name == "flowviz.progress"]
    return "".join(f" {line['text']}" for block in blocks for line in json.loads(block.proto.bytes)["lines"])


def texts(app: AppTest) -> str:
    return " ".join(str(element.value) for kind in (app.markdown, app.info, app.caption, app.error) for element in kind) + going(
        app
    )


def test_the_page_opens_with_the_exact_flow_and_no_training():
    app = open_page()
    (panel,) = panels(app)
    assert panel.scenes[0].title == "Exact flow"
    assert panel.scenes[0].x.shape == (61, 1000, 2)
    assert [b.label for b in app.button if b.label == "Train"] == ["Train"]


@pytest.mark.slow
@pytest.mark.parametrize("slug", DISTRIBUTIONS)
def test_every_distribution_can_be_source_and_target(slug: str):
    source = panels(open_page(source=slug))
    target = panels(open_page(target=slug))
    assert source[0].scenes[0].x.shape == target[0].scenes[0].x.shape[:0] + source[0].scenes[0].x.shape
    assert len(target[0].scenes) == 1


@pytest.mark.parametrize("slug", PATHS)
def test_every_path_can_be_chosen_and_stands_in_the_address(slug: str):
    app = open_page(path=slug)
    assert address_of(app).get("path", "linear") == slug
    assert not app.session_state[state.STATE.key].notes


@pytest.mark.slow
@pytest.mark.parametrize("slug", COUPLINGS)
@pytest.mark.parametrize("path", ["linear", "bridge"])
def test_every_coupling_can_be_chosen(slug: str, path: str):
    app = open_page(coupling=slug, path=path)
    assert address_of(app).get("coupling", "independent") == slug


@pytest.mark.parametrize("solver", ["euler", "midpoint", "rk4", "dopri5"])
def test_every_solver_says_its_evaluations(solver: str):
    (panel,) = panels(open_page(solver=solver, solver_steps="10", particles="50"))
    evaluations = {"euler": 10, "midpoint": 20, "rk4": 40}
    assert panel.scenes[0].nfe == evaluations.get(solver, panel.scenes[0].nfe) > 0


def test_only_what_differs_from_the_default_is_in_the_address():
    app = open_page(target="moons", path="linear", lr="0.004", particles="500")
    assert address_of(app) == {"target": "moons", "particles": "500"}


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ({"target": "mooons"}, "did you mean 'moons'"),
        ({"lr": "99"}, "Taken instead: 10"),
        ({"lr": "nan"}, "must be a number above 0 and at most 10"),
        ({"particles": "9999999"}, "Taken instead: 5000"),
        ({"source": "moons", "path": "ve"}, "needs a Gaussian source"),
        ({"coupling": "ot", "batch": "4096"}, "at most 1,024 points"),
        ({"vp_beta_max": "3"}, "belongs to path 'vp'"),
        ({"nonsense": "1"}, "nonsense"),
        ({"show": "upside-down"}, "side, over, learned, exact"),
        ({f"key{i}": "x" for i in range(900)}, "more"),
    ],
)
def test_a_link_that_is_not_legal_opens_at_the_nearest_and_says_what_was_changed(address: dict[str, str], named: str):
    app = open_page(**address)
    assert named in " ".join(info.value for info in app.info)
    assert len(app.info) == 1
    Experiment.from_flat({k: v for k, v in address_of(app).items() if k in LEAVES})


@settings(max_examples=15)
@given(st.dictionaries(st.sampled_from([*state.FIELDS, "zz"]), st.text(max_size=12) | st.floats().map(str), max_size=6))
def test_no_link_shows_an_exception(address: dict[str, str]):
    open_page(**address)


def test_a_path_that_needs_a_gaussian_offers_no_other_source():
    app = open_page(source="moons")
    next(box for box in app.selectbox if box.key == "fv.path").set_value("vp")
    run(app)
    assert "needs a Gaussian source" in " ".join(info.value for info in app.info)
    picker = next(group for group in app.button_group if group.key.startswith("fv.source"))
    assert len(picker.options) == 1


def test_training_ends_with_the_learned_flow_beside_the_exact_one():
    experiment = Experiment.from_flat({"steps": "300", "seed": "11"})
    app = open_page(steps="300", seed="11", particles="200")
    app = finish(click(app, "Train"), experiment)
    exact, learned = panels(app)
    assert learned.scenes[0].title == "Learned flow after 300 steps"
    assert exact.scenes[0].x.shape == learned.scenes[0].x.shape
    assert "velocity error" in texts(app)
    # who opens the link finds the same run, trained
    assert panels(open_page(steps="300", seed="11", particles="200"))[1].scenes[0].title == learned.scenes[0].title


def test_a_further_round_goes_on_and_stands_in_the_address():
    experiment = Experiment.from_flat({"steps": "200", "seed": "12"})
    app = finish(click(open_page(steps="200", seed="12", particles="50"), "Train"), experiment)
    app = finish(click(app, "1,000 more steps"), experiment.changed(more=1))
    assert address_of(app)["more"] == "1"
    assert panels(app)[1].scenes[0].title == "Learned flow after 1,200 steps"


def test_the_film_shows_the_field_after_few_steps():
    experiment = Experiment.from_flat({"steps": "120", "seed": "13"})
    app = finish(click(open_page(steps="120", seed="13", particles="50"), "Train"), experiment)
    film = next(slider for slider in app.select_slider if slider.key.startswith("fv.film"))
    film.set_value(10)
    assert panels(run(app))[1].scenes[0].title == "Learned flow after 10 steps"


@pytest.mark.parametrize("show", ["side", "over", "learned", "exact"])
def test_every_arrangement_shows_what_it_says(show: str):
    seed = str(
        20 + ["side", "over", "learned", "exact"].index(show)
    )  # a run of its own: who asks for a trained one finds no button to train it
    experiment = Experiment.from_flat({"steps": "60", "seed": seed})
    app = finish(click(open_page(steps="60", seed=seed, particles="50", show=show), "Train"), experiment)
    kinds = [[scene.kind for scene in panel.scenes] for panel in panels(app)]
    assert (
        kinds
        == {
            "side": [["exact"], ["learned"]],
            "over": [["learned", "exact"]],
            "learned": [["learned"]],
            "exact": [["exact"]],
        }[show]
    )


@pytest.mark.parametrize(
    ("show", "row"), [("side", ["Exact", "Learned", "Codes"]), ("over", ["Learned"]), ("learned", ["Learned", "Codes"])]
)
def test_with_an_encoder_the_codes_of_the_data_have_a_panel_of_their_own(show: str, row: list[str]):
    seed = str(30 + len(row))
    experiment = Experiment.from_flat({"method": "vae", "steps": "60", "seed": seed})
    app = finish(click(open_page(method="vae", steps="60", seed=seed, particles="50", show=show), "Train"), experiment)
    shown = panels(app)
    assert [panel.scenes[0].title.split()[0] for panel in shown] == row
    if "Codes" in row:
        assert shown[-1].scenes[0].x.shape == (2, 50, 2)
        assert "codes: mean" in shown[-1].scenes[0].note


def test_only_a_gan_shows_what_its_discriminator_says():
    experiment = Experiment.from_flat({"method": "gan", "steps": "60", "seed": "36"})
    app = finish(click(open_page(method="gan", steps="60", seed="36", particles="50"), "Train"), experiment)
    exact, learned = (panel.scenes[0] for panel in panels(app))
    assert exact.judged is None
    assert learned.judged is not None
    assert learned.judged.shape == (64, 64)
    assert learned.field is None


def test_a_run_that_blows_up_says_so_and_keeps_its_last_good_weights():
    address = {"lr": "10", "schedule": "constant", "steps": "500", "seed": "15", "particles": "50"}
    experiment = Experiment.from_flat({k: v for k, v in address.items() if k != "particles"})
    app = finish(click(open_page(**address), "Train"), experiment)
    assert "try a smaller learning rate" in " ".join(error.value for error in app.error)
    assert len(panels(app)) == 2


def test_a_stopped_run_goes_on_to_its_end():
    experiment = Experiment.from_flat({"steps": "20000", "seed": "17"})
    app = click(open_page(steps="20000", seed="17", particles="50"), "Train")
    until_step(experiment, 50)
    app = finish(click(app, "Stop training"), experiment)
    assert shared().get(experiment.key).status == "cancelled"  # type: ignore[union-attr]
    assert "what was learned is kept" in texts(app)
    learned = shared().get(experiment.key).step  # type: ignore[union-attr]
    app = click(app, "Go on training")
    until_step(experiment, learned + 1)  # it may wait for a worker first, and say that
    app = app.run()
    assert "Step **" in texts(app)
    click(app, "Stop training")


def test_the_article_is_one_click_away_and_back():
    app = click(open_page(), "Article’s own")
    assert address_of(app)["time_features"] == "embedding"
    assert address_of(app)["lr"] == "0.0005"
    assert address_of(click(app, "Fast default")) == {}


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_absent_is_said_at_once_and_not_replaced(device: str):
    import torch

    if {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}[device]:
        pytest.skip(f"this machine has {device}")
    app = open_page(device=device, seed="16", particles="50")
    said = " ".join(box.value for box in app.info)
    assert f"Device '{device}' was asked for, but this machine has only: cpu" in said
    assert "Choose one of those, or 'auto'." in said
    assert address_of(app)["device"] == device
    assert f"has no '{device}'" in " ".join(warning.value for warning in app.warning)
    app = click(app, "Train")
    assert "this machine has only" in " ".join(error.value for error in app.error)


def test_a_device_that_is_here_is_no_notice():
    assert not open_page(device="cpu", particles="50").info


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    [
        {"path": "vp", "coupling": "ot", "batch": "64"},  # σ' is infinite at t = 1 and the stand-in is not centred
        {"source": "two-points", "target": "two-points", "coupling": "sinkhorn", "batch": "2"},
        {"source": "smiley", "target": "star", "path": "bridge", "solver": "dopri5"},
        {"source": "moons", "target": "spirals", "particles": "5000", "solver": "rk4", "solver_steps": "200"},
        {"target": "two-points", "path": "vp", "solver": "rk4", "solver_steps": "1"},
        {"path": "ve", "coupling": "ot", "solver": "midpoint"},
    ],
)
def test_hard_choices_still_show_numbers_and_not_nothing(address: dict[str, str]):
    import numpy as np

    (panel,) = panels(open_page(**{"particles": "100", **address}))
    for array in (panel.scenes[0].x, panel.scenes[0].field, panel.scenes[0].density):
        assert np.isfinite(array).all()


@pytest.mark.parametrize("path", METHODS["diffusion"].legal["path"])
def test_a_diffusion_explains_its_weights_in_at_most_150_words(path: str):
    app = open_page(method="diffusion", path=path, solver="ddim", eta="0.5", particles="50")
    (box,) = [box for box in app.expander if box.label == "What am I looking at?"]
    words = " ".join(element.value for element in box.markdown).split()
    assert 60 < len([word for word in words if any(letter.isalpha() for letter in word)]) <= 150
    assert "w(t)" in " ".join(latex.value for latex in app.latex)
    assert "counts w(t) times" in texts(app)
    assert (address_of(app)["eta"], len(app.info)) == ("0.5", 0)
    chosen = next(box for box in app.selectbox if box.key == "fv.path")
    assert len(chosen.options) == 2


def test_eta_stands_beside_ddim_alone_and_is_left_with_it():
    app = open_page(method="diffusion", solver="ddim", eta="0.5", particles="50")
    assert next(slider for slider in app.slider if slider.key == "fv.eta").value == 0.5
    next(box for box in app.selectbox if box.key == "fv.solver").set_value("ddpm")
    app = run(app)
    assert not [slider for slider in app.slider if slider.key == "fv.eta"]
    assert "eta" not in address_of(app)
    assert not app.info
    app = open_page(method="diffusion", solver="euler", eta="0.5", particles="50")
    assert "Taken instead: eta 0" in " ".join(info.value for info in app.info)


@pytest.mark.parametrize("slug", COUPLINGS)
def test_the_explanation_takes_at_most_150_words(slug: str):
    app = open_page(coupling=slug, particles="50")
    (box,) = [box for box in app.expander if box.label == "What am I looking at?"]
    words = " ".join(element.value for element in box.markdown).split()
    assert 60 < len([word for word in words if any(letter.isalpha() for letter in word)]) <= 150
    assert len(box.get("latex") or [m for m in box.markdown if "lVert" in m.value]) >= 1


@pytest.mark.folded
def test_what_is_folded_is_made_when_it_is_opened_and_holds_the_choices():
    app = open_page(steps="500")
    assert not [box for box in app.select_slider if box.key == "fv.steps"]
    app.session_state["fv_network"] = True
    run(app)
    assert next(box for box in app.select_slider if box.key == "fv.steps").value == 500


def test_what_is_not_known_yet_leaves_no_mark_in_the_line_of_progress():
    waiting = Run("key", Experiment.from_flat({"method": "gan"}), "queued", place=1)
    assert line_of(waiting, 0, None).text == "Waiting: number 1 in the queue"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s left"), (119, "119 s left"), (120, "2 min left"), (1359, "23 min left"), (7200, "2 h left"), (1e5, "28 h left")],
)
def test_what_is_left_is_said_in_the_unit_that_a_person_would_use(seconds: float, words: str) -> None:
    assert watching.time_left(seconds) == words

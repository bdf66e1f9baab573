"""Taking it home from the page: the dialogue, a file in the making, and a saved experiment opened again."""

import tempfile
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from flowviz.engine import shared
from flowviz.experiment import Experiment
from flowviz.export import FORMATS, Options
from flowviz.scene import Panel
from flowviz.scene.build import View, exact_scene
from flowviz.ui.making import Making
from tests.screen.pages import open_page

SMALL = View(particles=50, solver_steps=10)


def making(format: str, **options) -> Making:
    experiment = Experiment()
    panels = [Panel((exact_scene(experiment, SMALL),))]
    return Making(
        f"a{FORMATS[format].suffix}",
        panels,
        format,
        Options(**options),
        experiment=experiment,
        learned=None,
        link="target=8gaussians",
    )


def wait(job: Making) -> Making:
    limit = time.monotonic() + 60
    while not job.ended:
        assert time.monotonic() < limit, "it did not end"
        time.sleep(0.02)
    return job


def press(app: AppTest, words: str) -> AppTest:
    next(button for button in app.button if button.label == words).click().run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def test_a_film_is_made_and_tells_how_far_it_is():
    job = wait(making("gif", fps=10, seconds=1))
    assert not job.error
    assert job.done == job.total == 10
    assert job.data is not None
    assert job.data.startswith(b"GIF8")


def test_a_cancelled_file_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    job = making("gif", fps=30, seconds=15)
    while job.done < 2 and not job.ended:
        time.sleep(0.01)
    job.cancel()
    wait(job)
    assert job.data is None
    assert not job.error
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_made_says_why_in_one_sentence():
    job = wait(making("weights"))
    assert "needs a training" in job.error
    assert job.data is None


@pytest.mark.parametrize("format", FORMATS)
def test_the_dialogue_offers_every_format_without_a_training(format: str):
    app = open_page(particles="50")
    app.session_state["fv.x.format"] = format  # chosen within the dialogue a rerun of the whole page would close it here
    app = press(app, "Take it home")
    if FORMATS[format].needs == "learned":
        assert "train first" in " ".join(warning.value for warning in app.warning)
    else:
        assert any(button.label.startswith("Make the") for button in app.button)


def test_a_trained_experiment_offers_its_weights():
    experiment = Experiment.from_flat({"steps": "60", "seed": "41"})
    app = press(open_page(steps="60", seed="41", particles="50"), "Train")
    limit = time.monotonic() + 60
    while not ((run := shared().get(experiment.key)) and run.finished):
        assert time.monotonic() < limit, "the run did not end"
        time.sleep(0.05)
    app.session_state["fv.x.format"] = "weights"
    app = press(app.run(), "Take it home")
    assert any(button.label == "Make the Weights, NPZ" for button in app.button)


def test_a_saved_experiment_is_opened_again():
    saved = Experiment.from_flat({"target": "moons", "path": "vp", "vp_beta_max": "10", "lr": "0.001"})
    app = open_page(particles="50")
    app.file_uploader[0].set_value(("a.json", saved.model_dump_json().encode(), "application/json")).run()
    assert not app.exception
    assert {name: text if isinstance(text, str) else text[-1] for name, text in app.query_params.items()} == {
        **saved.to_flat(),
        "particles": "50",
    }


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"path": {"slug": "vp", "beta_min": 99}}', b"\xff\xfe\x00"])
def test_a_file_that_is_no_experiment_is_refused_and_the_choices_stay(content: bytes):
    app = open_page(target="moons", particles="50")
    app.file_uploader[0].set_value(("a.json", content, "application/json")).run()
    assert not app.exception
    assert "a.json is no saved experiment" in " ".join(error.value for error in app.error)
    assert app.query_params["target"] in ("moons", ["moons"])


def test_the_dialogue_stays_open_when_the_page_runs_again_and_closes_on_leaving_it() -> None:
    app = press(open_page(), "Take it home")
    app.run()  # as when a training ends
    assert any(box.key == "fv.x.format" for box in app.selectbox)
    app.switch_page("../../pages/compare.py").run()
    assert not any(box.key == "fv.x.format" for box in app.selectbox)

"""Own data on the page, without a browser: links that hold or name them, the dialog, what is refused."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from flowviz.distributions import DISTRIBUTIONS, Points
from flowviz.distributions.shelf import link_text
from flowviz.experiment import Experiment
from flowviz.reading import read_strokes
from flowviz.scene import unpack
from flowviz.ui import own_data, state
from tests.screen.pages import address_of, open_page, run

ZIGZAG = read_strokes([{"erase": False, "width": 60, "path": [100, 100, 900, 300, 100, 600, 900, 900]}]).placed().distribution()
LARGE = Points.of(np.random.default_rng(0).normal(size=(3000, 2)), std=0.05, title="Many")


def scene_of(app: AppTest):
    (player,) = [e for e in app.get("bidi_component") if e.proto.component_name == "flowviz.player"]
    return unpack(player.proto.bytes)[0][0].scenes[0]


def texts(app: AppTest) -> str:
    return " ".join(str(e.value) for kind in (app.markdown, app.info, app.caption, app.warning, app.error) for e in kind)


def click(app: AppTest, key: str) -> AppTest:
    next(button for button in app.button if button.key == key).click()
    return run(app)


def test_a_link_with_a_drawing_shows_its_exact_flow():
    app = open_page(target=link_text(ZIGZAG), particles="200")
    scene = scene_of(app)
    assert scene.title == "Exact flow"
    means = ZIGZAG.means.numpy()
    nearest = np.linalg.norm(scene.x[-1][:, None] - means[None], axis=2).min(1)
    assert np.quantile(nearest, 0.9) < 4 * ZIGZAG.std
    assert "Drawing" in texts(app)
    assert address_of(app)["target"] == link_text(ZIGZAG)
    picker = next(group for group in app.button_group if group.key == "fv.target")
    assert len(picker.options) == len(DISTRIBUTIONS) + 1


def test_own_data_can_be_the_source_and_stay_on_offer_when_another_is_chosen():
    app = open_page(source=link_text(ZIGZAG), target="moons", particles="50")
    assert "stands in for Drawing and Two moons" in scene_of(app).note
    next(group for group in app.button_group if group.key == "fv.source").set_value("uniform")
    app = run(app)
    assert address_of(app)["source"] == "uniform"
    assert len(next(group for group in app.button_group if group.key == "fv.source").options) == 16


def test_a_long_link_is_a_name_and_opens_where_the_data_are_known():
    text = link_text(LARGE)
    assert text == LARGE.slug
    app = open_page(target=text, particles="50")
    assert not app.session_state[state.STATE.key].notes
    assert address_of(app)["target"] == text


def test_a_link_to_data_that_are_not_here_says_so_and_offers_to_load_them():
    app = open_page(target="own-0123456789")
    assert "are not (or no longer) here" in texts(app)
    assert "target" not in address_of(app)
    next(button for button in app.button if button.label == "Load the target again").click()
    app = run(app)
    assert app.session_state[own_data.END] == "target"
    assert "fv.own.file" in [box.key for box in app.get("file_uploader")]


def test_a_damaged_link_opens_at_the_default_and_says_so():
    app = open_page(target=link_text(ZIGZAG)[:-20])
    assert "cut off or damaged" in texts(app)
    assert address_of(app) == {}


def test_a_word_is_typed_seen_and_used():
    app = click(open_page(target="moons", particles="50"), "fv_own_target")
    next(group for group in app.button_group if group.key == "fv.own.made.way").set_value("type")
    app = run(app)
    assert "Nothing is typed yet." in texts(app)
    next(box for box in app.text_input if box.key == "fv.own.made.word").set_value("flow")
    app = run(app)
    assert "1,024 points of the word. They travel in the link." in texts(app)
    app = click(app, "fv.own.use.target")
    made = Experiment.from_flat({"target": address_of(app)["target"]}).target_distribution
    assert made.label == "flow"
    assert made.group == "letter"
    assert app.session_state[own_data.END] is None
    # it is all still there when the dialog is opened again
    app = click(app, "fv_own_source")
    assert "1,024 points of the word" in texts(app)


def load(app: AppTest, name: str, data: bytes) -> AppTest:
    next(box for box in app.get("file_uploader") if box.key == "fv.own.file").set_value((name, data, "application/octet-stream"))
    return run(app)


def test_a_refused_file_keeps_the_former_choice():
    app = click(open_page(target="moons", particles="50"), "fv_own_target")
    next(group for group in app.button_group if group.key == "fv.own.made.way").set_value("load")
    app = run(app)
    app = load(app, "a.svg", b"<svg/>")
    assert "is SVG or other markup" in texts(app)
    assert not [button for button in app.button if button.label == "Use as target"]
    assert address_of(app)["target"] == "moons"
    rows = "a,b,c\n" + "".join(f"{i % 5},{i % 7},{i % 11}\n" for i in range(60)) + "1,x,2\n"
    app = load(app, "a.csv", rows.encode())
    assert "61 rows read, 1 left out (1 with text for a number)." in texts(app)
    next(box for box in app.selectbox if box.label == "Column for y").set_value("c")
    app = run(app)
    assert "61 rows read, none left out." in texts(app)


@pytest.mark.parametrize("strokes", ["x", [{"path": [1]}], None, 7])
def test_what_a_browser_sends_as_a_drawing_may_be_anything(strokes: object):
    app = open_page(particles="50")
    app.session_state[own_data.END] = "target"
    app.session_state[own_data.MADE] = {**_blank(app), "strokes": strokes}
    assert "draw" in texts(run(app)).lower()


def _blank(app: AppTest) -> dict[str, object]:
    click(app, "fv_own_target")
    return dict(app.session_state[own_data.MADE])

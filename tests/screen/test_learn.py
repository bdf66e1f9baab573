"""The lecture without a browser: every step with every path, every bad link, and what its pictures are given."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.lessons.tables import coefficient_table, course, first_step, law_table
from flowviz.metrics import wasserstein2
from flowviz.paths import PATHS
from flowviz.scene import unpack
from flowviz.ui import page_state
from flowviz.ui.learn import arrays, session
from flowviz.ui.learn.lessonview import LESSON_FIGURES
from flowviz.ui.learn.steps import STEPS
from tests.screen.pages import SHELL, address_of, run
from tests.screen.rough import compute_roughly
from tests.unpacking import unpack_arrays

PAIRS = ({}, {"target": "moons"}, {"source": "moons", "target": "spirals"}, {"source": "two-points", "target": "two-points"})
QUICK = [step for step in STEPS if step.slug in ("clouds", "pair", "bell", "crossing", "average")]


def open_page(app: AppTest | None = None, **address: str) -> AppTest:
    """The lecture as a visitor with this address sees it, or one who comes by another link; a traceback fails the test."""
    if app is None:
        app = AppTest.from_file(str(SHELL), default_timeout=60)
        app.run()  # only now are the pages known
        app.switch_page("../../pages/learn.py")
    app.session_state[page_state.TURNED] = True
    app.query_params.clear()
    for name, text in address.items():
        app.query_params[name] = text
    return run(app)


def now(app: AppTest) -> session.Lecture:
    return app.session_state[session.STATE.key]


def pictures(app: AppTest) -> list[str]:
    """The components in the page, but for the bar."""
    return [e.proto.component_name for e in app.get("bidi_component") if e.proto.component_name != "flowviz.lecture"]


def given_to(app: AppTest) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays and the options that the lesson's picture was given."""
    (block,) = [e for e in app.get("bidi_component") if e.proto.component_name == "flowviz.lesson"]
    found, header = unpack_arrays(block.proto.bytes)
    return found, header["options"]


def plain(markdown: str) -> list[str]:
    """The words that people read: links without their addresses, formulas as one word."""
    text = re.sub(r"\]\([^)]*\)", "]", markdown)
    text = re.sub(r"\$[^$]*\$", "x", text)
    text = re.sub(r":(blue|orange|gray|green|small)\[", "", text)
    return [word for word in text.split() if any(letter.isalnum() for letter in word)]


def experiments(pairs=PAIRS) -> list[Experiment]:
    """Every path between each of these pairs."""
    return [Experiment.from_flat({**pair, "path": path}) for path in PATHS for pair in pairs if not _refused(pair, path)]


def one_each() -> list[Experiment]:
    """Every path, each with another of the pairs; every pair; the edges of the options."""
    taken = [({**PAIRS[i % len(PAIRS)], "path": path}, path) for i, path in enumerate(PATHS)]
    found = [Experiment.from_flat({"path": path} if _refused(flat, path) else flat) for flat, path in taken]
    return [
        *dict.fromkeys([*found, *map(Experiment.from_flat, PAIRS)]),
        Experiment.from_flat({"path": "poly", "poly_n": "1"}),
        Experiment.from_flat({"path": "si-linear", "si_linear_a": "0"}),
    ]


def _refused(pair: dict[str, str], path: str) -> bool:
    return "source" in pair and PATHS[path].gaussian_source


def check_words(step, experiment: Experiment) -> None:
    words = plain(step.words(experiment))
    assert 25 <= len(words) <= 80, (step.slug, len(words))
    assert len(plain(step.try_this(experiment))) <= 40
    assert len(plain(step.answer(experiment))) <= 60
    assert step.question.endswith("?")
    assert "{" not in " ".join(words)  # every number was put in


@pytest.mark.parametrize("step", QUICK, ids=lambda step: step.slug)
def test_words_are_few_whatever_the_pair_and_path(step):
    for experiment in experiments(PAIRS[:3]):
        check_words(step, experiment)


@pytest.mark.slow
def test_every_step_opens_with_its_picture_and_stands_in_the_address():
    app = None
    for step in STEPS:
        app = open_page(app, step=step.slug, path="trig")
        assert not app.info
        assert now(app).step == step.slug
        assert address_of(app) == ({} if step is STEPS[0] else {"step": step.slug}) | {"path": "trig"}
        assert pictures(app)
        if step.slug in LESSON_FIGURES:
            assert given_to(app)[1]["kind"] == step.slug


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.slug)
def test_every_step_opens_with_every_path_and_several_pairs_and_few_words(step, monkeypatch):
    compute_roughly(monkeypatch)
    app = None
    for experiment in one_each():
        app = open_page(app, step=step.slug, **experiment.to_flat())
        assert not app.info
        assert now(app).experiment == experiment
        assert pictures(app)
        check_words(step, experiment)
        if step.slug in LESSON_FIGURES:
            found, options = given_to(app)
            wanted = {name: values for name, values in found.items() if name not in ("ds", "dg", "da")}
            assert all(np.isfinite(values).all() for values in wanted.values()), [
                name for name, values in wanted.items() if not np.isfinite(values).all()
            ]
            assert len(options["bounds"]) == 4


@pytest.mark.parametrize(
    ("address", "named", "kept"),
    [
        ({"step": "averag"}, "choose one of clouds", {"step": "average"}),
        ({"step": "x" * 5000}, "Taken instead: clouds", {}),
        ({"step": "PAIR"}, "Taken instead: pair", {"step": "pair"}),
        ({"path": "tri"}, "did you mean 'trig'", {}),
        ({"path": "poly", "poly_n": "99", "step": "pair"}, "Taken instead:", {"step": "pair", "path": "poly"}),
        ({"source": "moons", "path": "vp"}, "needs a Gaussian source", {"path": "vp"}),
        ({"vp_beta_max": "10"}, "belongs to path 'vp'", {}),
        ({"coupling": "ot", "seed": "3"}, "The lecture knows step", {}),
        ({"present": "maybe", "step": "bell"}, "`present` must be 1 or 0", {"step": "bell"}),
        ({"target": "~nonsense"}, "Taken instead", {}),
    ],
)
def test_a_link_that_is_not_legal_is_named_and_the_nearest_taken(address: dict[str, str], named: str, kept: dict[str, str]):
    found = session.read(address)
    assert named in " ".join(found.notes)
    assert found.address().items() >= kept.items()
    again = session.read(found.address())
    assert again == found
    assert not again.notes


@pytest.mark.parametrize(("text", "slug"), [("1", STEPS[0].slug), ("3", STEPS[2].slug), ("10", STEPS[9].slug)])
def test_a_number_from_1_to_10_is_a_step_too(text: str, slug: str):
    assert (session.read({"step": text}).step, session.read({"step": text}).notes) == (slug, ())


@pytest.mark.parametrize("text", ["0", "11", "²", "3.0", "-1", "9" * 5000])
def test_other_numbers_are_no_steps(text: str):
    assert "a number from 1 to 10" in session.read({"step": text}).notes[0]


def test_what_is_not_legal_is_said_on_the_page_once():
    app = open_page(step="averag", path="tri")
    assert len(app.info) == 1
    assert "There is no step 'averag'" in app.info[0].value
    assert "did you mean 'trig'" in app.info[0].value
    assert address_of(app) == {"step": "average"}


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.sampled_from([*session.PAIR, "step", "present", "zz"]), st.text(max_size=12) | st.floats().map(str), max_size=6
    )
)
def test_any_address_is_read_as_a_legal_lecture(address: dict[str, str]):
    found = session.read(address)
    assert found.step in session.SLUGS
    assert session.read(found.address()) == found


@pytest.mark.slow
@settings(max_examples=25)
@given(
    st.dictionaries(
        st.sampled_from([*session.PAIR, "step", "present", "zz"]), st.text(max_size=12) | st.floats().map(str), max_size=6
    )
)
def test_no_link_shows_an_exception(address: dict[str, str]):
    open_page(**address)


def test_the_pair_stays_while_the_steps_turn_and_present_mode_hides_the_pickers():
    app = open_page(step="pair", target="moons")
    next(box for box in app.selectbox if box.key == "fv.l.path").set_value("trig")
    run(app)
    assert address_of(app) == {"step": "pair", "target": "moons", "path": "trig"}
    assert np.allclose(given_to(app)[0]["a"], np.sin(np.pi * np.linspace(0, 1, 401) / 2))
    next(group for group in app.button_group if group.key.startswith("fv.l.target")).set_value("circles")
    run(app)
    assert now(app).experiment.target == "circles"
    app = open_page(app, **{**address_of(app), "step": "bell", "present": "1"})
    assert now(app).present
    assert now(app).experiment == Experiment.from_flat({"target": "circles", "path": "trig"})
    assert not app.selectbox
    assert address_of(app)["present"] == "1"


def test_the_lecture_and_the_playground_do_not_mix_up_their_addresses():
    app = open_page(step="pair", target="moons")
    app.query_params.clear()
    app.switch_page("../../pages/playground.py")
    run(app)
    assert address_of(app) == {}
    app.query_params.clear()
    app.switch_page("../../pages/learn.py")
    run(app)
    assert address_of(app) == {"step": "pair", "target": "moons"}


@pytest.mark.parametrize("path", PATHS)
def test_tables_hold_the_path_at_every_time(path: str):
    kind = PATHS[path]()
    table = coefficient_table(kind, 0.999)
    assert table["t"][[0, 100, 200, 300]].tolist() == [0, 0.25, 0.5, 0.75]
    assert table["t"][-1] == 0.999
    for name, of in (
        ("a", kind.alpha),
        ("s", kind.sigma),
        ("g", kind.gamma),
        ("sds", kind.sigma_d_sigma),
        ("gdg", kind.gamma_d_gamma),
    ):
        assert np.allclose(table[name], of(torch.from_numpy(table["t"])).numpy(), atol=0, rtol=1e-15)
    assert np.isfinite(table["sds"]).all()
    assert np.isfinite(table["gdg"]).all()
    # slopes by central differences, away from the ends where they may be infinite
    middle = slice(40, 360)
    for value, slope in (("a", "da"), ("s", "ds"), ("g", "dg")):
        assert np.allclose(np.gradient(table[value], table["t"])[middle], table[slope][middle], atol=2e-2, rtol=2e-2)


@pytest.mark.parametrize(
    ("path", "how"),
    [
        ("linear", "steady"),
        ("lipman-ot", "steady"),
        ("poly", "straight"),
        ("ve", "straight"),
        ("trig", "bent"),
        ("vp", "bent"),
        ("bridge", "noisy"),
        ("si-linear", "noisy"),
    ],
)
def test_how_a_pair_travels(path: str, how: str):
    assert course(PATHS[path]()) == how


@pytest.mark.parametrize(
    "flat", [{}, {"source": "moons", "target": "moons"}, {"path": "vp"}, {"path": "bridge", "target": "moons"}]
)
def test_tables_are_enough_to_find_the_exact_velocity(flat: dict[str, str]):
    """The arithmetic that the browser does, here in numpy, against the exact field."""
    field = known(Experiment.from_flat(flat)).field
    c, law = coefficient_table(field.path, field.interval[1]), law_table(field)
    x = np.array([[0.3, -0.7], [2.0, 1.5], [-4.0, 0.1]])
    for i in (40, 200, 380):
        variance = np.maximum(c["a"][i] ** 2 * law["lam"] + c["s"][i] ** 2 * law["v"] + c["g"][i] ** 2, 1e-12)
        off = x[:, None] - (c["a"][i] * law["mu"] + c["s"][i] * law["m"])
        log_w = law["lw"] - np.log(variance) - 0.5 * (off**2).sum(2) / variance
        w = np.exp(log_w - log_w.max(1, keepdims=True))
        rate = (c["a"][i] * c["da"][i] * law["lam"] + c["sds"][i] * law["v"] + c["gdg"][i]) / variance
        u = c["da"][i] * law["mu"] + c["ds"][i] * law["m"] + rate[:, None] * off
        mean = (w[:, :, None] * u).sum(1) / w.sum(1, keepdims=True)
        exact = field.velocity(torch.from_numpy(x), torch.tensor(c["t"][i], dtype=torch.float64)).numpy()
        assert np.allclose(mean, exact, rtol=1e-9, atol=1e-9)


def test_one_step_lands_on_the_mean_of_the_data_and_w2_is_that_of_the_points_sent():
    experiment = Experiment()
    data, options = arrays.landed(experiment)
    n = options["points"]
    x = data["x_independent"]
    starts = np.cumsum([0] + [2 * n * (steps + 1) for steps in options["steps"]])
    first = x[starts[0] : starts[1]].reshape(2, n, 2)[-1]
    assert np.abs(first - options["mean"]).max() < 1e-4  # float32
    target = torch.from_numpy(data["target"].reshape(-1, 2))
    for k in (0, 3, 11):
        ends = x[starts[k] : starts[k + 1]].reshape(-1, n, 2)[-1]
        assert wasserstein2(torch.from_numpy(ends), target) == pytest.approx(data["w2_independent"][k], rel=1e-5)
    assert data["w2_ot"][0] < 0.3 * data["w2_independent"][0]
    assert len(x) == starts[-1]


@pytest.mark.parametrize("path", ["linear", "lipman-ot", "trig", "vp", "poly", "si-linear", "bridge"])
def test_one_step_lands_where_the_answer_says(path: str):
    experiment = Experiment.from_flat({"path": path, "target": "two-gaussians"})
    kept, gain = first_step(experiment.path)
    x0 = torch.tensor([[0.4, -1.2], [-0.3, 0.8]], dtype=torch.float64)
    ends = x0 + known(experiment).field.velocity(x0, torch.tensor(0.0, dtype=torch.float64))
    # vp keeps a little of the data at t = 0, which the sentence leaves out
    assert torch.allclose(
        ends, kept * x0 + gain * torch.tensor(arrays.field_mean(experiment)), atol=0.2 if path == "vp" else 1e-9
    )


def test_the_first_step_is_the_players_own_exact_flow():
    app = open_page()
    (block,) = [e for e in app.get("bidi_component") if e.proto.component_name == "flowviz.player"]
    assert unpack(block.proto.bytes)[0][0].scenes[0].title == "Exact flow"

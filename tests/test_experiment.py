"""The experiment as a value: its text forms, its key, and that every legal one trains."""

from __future__ import annotations

import json
import math
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from flowviz.couplings import COUPLINGS, ExactOT
from flowviz.distributions import DISTRIBUTIONS
from flowviz.experiment import ARTICLE, LEAVES, ROUND, Experiment, Leaf, Network, Training, format_value, nearest
from flowviz.experiment.refusals import sentence
from flowviz.methods import METHODS
from flowviz.paths import PATHS
from flowviz.paths.diffusion import VarianceExploding
from flowviz.training import Diverged, train

EVERY_LEAF = pytest.mark.parametrize("name", LEAVES)


def rule(leaf: Leaf, name: str) -> Any:
    return next((getattr(r, name) for r in leaf.info.metadata if getattr(r, name, None) is not None), None)


def legal(leaf: Leaf, most: float = math.inf) -> st.SearchStrategy[str]:
    """Every text that a leaf takes, up to a number."""
    if leaf.choices is not None:
        return st.sampled_from(leaf.choices)
    if leaf.kind is bool:
        return st.sampled_from(["true", "false"])
    low, high = leaf.bounds
    assert low is not None
    assert high is not None
    if leaf.kind is int:
        grain = rule(leaf, "multiple_of") or 1
        return st.integers(int(low) // grain, int(min(high, most)) // grain).map(lambda i: str(grain * i))
    return st.floats(low, min(high, most), exclude_min=rule(leaf, "gt") is not None).map(format_value)


@st.composite
def flats(draw: st.DrawFn, small: bool = False) -> dict[str, str]:
    """Flat forms of legal fields, each alone legal; together the source and the batch may not fit."""
    most = {"width": 32.0, "batch": 64.0} if small else {}
    path, coupling = draw(st.sampled_from(list(PATHS))), draw(st.sampled_from(list(COUPLINGS)))
    flat = {"path": path, "coupling": coupling}
    for name, leaf in LEAVES.items():
        chosen = leaf.slug is None or leaf.slug in (path, coupling)
        if name not in flat and chosen and draw(st.booleans()):
            flat[name] = draw(legal(leaf, most.get(name, math.inf)))
    return flat | {"steps": "20", "more": "0", "batch": flat.get("batch", "32")} if small else flat


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    flat = draw(flats())
    legal_here = METHODS[flat.get("method", "flow-matching")].legal
    flat = {n: text for n, text in flat.items() if text in legal_here.get(n, (text,))}
    path = flat.get("path", legal_here.get("path", ("linear",))[0])
    flat = {
        n: t
        for n, t in flat.items()
        if LEAVES[n].slug in (None, path, flat.get("coupling", "independent"), flat.get("method", "flow-matching"))
    }
    if PATHS[path].gaussian_source:
        flat.pop("source", None)
    ends = {"target": LEAVES["target"].default, **flat}
    if len({DISTRIBUTIONS[ends[end]]().space for end in ("source", "target") if ends.get(end, "gaussian") != "gaussian"}) > 1:
        flat.pop("source")
    if COUPLINGS[flat.get("coupling", "independent")].max_batch is not None:
        flat.pop("batch", None)
    if COUPLINGS[flat.get("coupling", "independent")].made or not METHODS[flat.get("method", "flow-matching")].labels:
        flat.pop("classes", None)
    if flat.get("classes", "off") == "off":
        flat.pop("drop", None)
    for name in METHODS[flat.get("method", "flow-matching")].unused:
        flat.pop(name, None)
    return Experiment.from_flat(flat)


ODD = ["", " ", "NaN", "nan", "inf", "-inf", "1e999", "-0.0", "9" * 400, "9" * 5000, "-1", "0x10", "1_000", "٣", "½", "∞", "true"]
ODD += ["\x00", "'; drop table", "<b>", "σ", "🌀", "None", "null", "[]", "{}", "1e-400", "4.0", " 8 ", "8gaussians ", "VP"]
ANYTHING = st.one_of(
    st.text(max_size=30),
    st.sampled_from(ODD),
    st.floats().map(str),
    st.integers().map(str),
    st.sampled_from([choice for leaf in LEAVES.values() for choice in leaf.choices or ()]),
)
MESS = st.dictionaries(st.one_of(st.sampled_from(list(LEAVES)), st.text(max_size=20)), ANYTHING, max_size=25)


def outcome(f: Callable[[], Any]) -> tuple[Any, ValueError | None]:
    """What a call returns, or the ValueError that it raises instead."""
    try:
        return f(), None
    except ValueError as error:
        return None, error


def is_a_sentence(message: str) -> bool:
    return len(message) > 15 and message.endswith(".") and "\n" not in message and "validation error" not in message


@given(flats(small=True))
@settings(max_examples=60)
@example({"path": "vp", "source": "moons"})
@example({"coupling": "ot", "batch": "2048"})
@example({"lr": "10", "steps": "20", "batch": "2", "path": "ve", "ve_sigma_max": "50"})
@example({"device": "mps", "steps": "20"})
@example({"path": "ve", "ve_sigma_min": "5e-324", "steps": "20"})
@example({"coupling": "sinkhorn", "sinkhorn_epsilon": "0.05", "batch": "2", "steps": "20", "target": "two-points"})
def test_every_experiment_trains_or_says_in_a_sentence_why_not(flat: dict[str, str]) -> None:
    done, refusal = outcome(lambda: list(train(Experiment.from_flat(flat), every=math.inf))[-1])
    if refusal is not None:
        assert is_a_sentence(str(refusal)), refusal
        assert not isinstance(refusal, ValidationError)
        if isinstance(refusal, Diverged):
            assert refusal.snapshot is not None
            assert np.isfinite(refusal.snapshot.losses).all()
    else:
        assert done.step == len(done.losses) == 20
        assert np.isfinite(done.losses).all()
        assert all(np.isfinite(array).all() for array in done.weights.values())


@given(experiments())
@settings(max_examples=200)
def test_flat_and_json_forms_read_back_the_same(experiment: Experiment) -> None:
    for again in (
        Experiment.from_flat(experiment.to_flat()),
        Experiment.from_flat(experiment.to_flat(changed_only=False)),
        Experiment.model_validate_json(experiment.model_dump_json()),
        Experiment.model_validate(experiment.model_dump()),
        Experiment.model_validate(json.loads(json.dumps(experiment.model_dump()))),
        pickle.loads(pickle.dumps(experiment)),
        experiment.changed(),
    ):
        assert again == experiment
        assert hash(again) == hash(experiment)
        assert again.key == experiment.key


@given(experiments())
@settings(max_examples=100)
def test_nearest_to_a_legal_experiment_is_itself_without_a_word(experiment: Experiment) -> None:
    assert nearest(experiment.to_flat()) == (experiment, [])
    assert nearest(experiment.to_flat(changed_only=False)) == (experiment, [])


@given(experiments(), experiments())
def test_keys_are_equal_exactly_where_experiments_are(one: Experiment, other: Experiment) -> None:
    assert (one.key == other.key) == (one == other) == (one.to_flat() == other.to_flat())


@given(MESS)
@settings(max_examples=400)
@example({"source": "moons", "path": "vp", "batch": "4000", "coupling": "ot", "more": "99", "nonsense": "1"})
@example({"vp_beta_min": "0.5", "path": "no such path"})
def test_nearest_answers_anything_with_a_legal_experiment(flat: dict[str, str]) -> None:
    experiment, notes = nearest(flat)
    assert Experiment.from_flat(experiment.to_flat()) == experiment
    assert all(is_a_sentence(note) for note in notes), notes
    exact, refusal = outcome(lambda: Experiment.from_flat(flat))
    assert (experiment, notes) == (exact, []) if refusal is None else notes, "what was changed is said"


@given(MESS)
@settings(max_examples=400)
def test_a_flat_form_is_read_or_refused_in_one_sentence(flat: dict[str, str]) -> None:
    experiment, refusal = outcome(lambda: Experiment.from_flat(flat))
    assert isinstance(experiment, Experiment) if refusal is None else is_a_sentence(str(refusal)), refusal


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: ascii(odd[:20]))
def test_nearest_takes_an_odd_text_in_every_field(odd: str) -> None:
    for name in LEAVES:
        experiment, notes = nearest({name: odd})
        assert Experiment.from_flat(experiment.to_flat()) == experiment
        assert all(is_a_sentence(note) for note in notes), notes
        assert sum(map(len, notes)) < 400, "what the visitor sent is not shown at full length"


def test_a_thousand_unknown_names_are_one_short_note() -> None:
    experiment, notes = nearest({f"name{i}": "x" * 1000 for i in range(1000)} | {"target": "moons"})
    assert experiment == Experiment(target="moons")
    assert len(notes) == 1
    assert "997 more" in notes[0]
    assert len(notes[0]) < 300


@pytest.mark.parametrize(
    ("name", "text", "taken"),
    [
        ("batch", "300.4", 300), ("batch", "1", 2), ("width", "67", 64), ("width", "100000", 512), ("width", "-4", 8),
        ("depth", "0", 1), ("depth", "2.6", 3), ("lr", "99", 10.0), ("lr", "-1", 4e-3), ("steps", "abc", None), ("seed", "1e30", 2**31 - 1),
        ("average", "perhaps", True), ("activation", "rellu", "silu"), ("steps", "nan", None), ("clip", "-3", 0.0),
    ],
)  # fmt: skip
def test_nearest_takes_the_nearest_legal_value(name: str, text: str, taken: Any) -> None:
    experiment, notes = nearest({name: text})
    wanted = LEAVES[name].default if taken is None else taken
    assert LEAVES[name].read(experiment) == wanted
    assert len(notes) == 1
    assert notes[0].endswith(f"Taken instead: {format_value(wanted)}.")


def test_where_path_and_source_do_not_fit_the_source_gives_way() -> None:
    experiment, notes = nearest({"path": "vp", "source": "moons", "target": "star"})
    assert experiment == Experiment.from_flat({"path": "vp", "target": "star"})
    assert len(notes) == 1
    assert "vp" in notes[0]
    assert "Taken instead: source gaussian." in notes[0]


def test_where_batch_and_coupling_do_not_fit_the_batch_gives_way() -> None:
    experiment, notes = nearest({"coupling": "ot", "batch": "4096"})
    assert experiment == Experiment.from_flat({"coupling": "ot"})
    assert "Taken instead: batch 256." in notes[0]


def test_an_option_of_what_is_not_chosen_is_left_out_with_a_note() -> None:
    experiment, notes = nearest({"path": "trig", "vp_beta_max": "10"})
    assert experiment == Experiment.from_flat({"path": "trig"})
    assert len(notes) == 1
    assert "vp_beta_max" in notes[0]


@EVERY_LEAF
def test_every_field_has_what_a_widget_needs(name: str) -> None:
    leaf = LEAVES[name]
    assert leaf.info.title
    assert leaf.info.description
    assert leaf.info.description.endswith(".")
    low, high = leaf.bounds
    if leaf.kind in (int, float):
        assert low is not None
        assert high is not None
        assert low <= leaf.default <= high
    assert leaf.parse(format_value(leaf.default)) == leaf.default
    assert name.isidentifier()


@EVERY_LEAF
def test_both_ends_of_every_range_are_legal_and_what_lies_beyond_is_refused(name: str) -> None:
    leaf = LEAVES[name]
    if leaf.kind not in (int, float):
        with pytest.raises(ValueError, match=r"."):
            leaf.parse("no such value")
        return
    low, high = leaf.bounds
    assert low is not None
    assert high is not None
    assert leaf.parse(format_value(high)) == high
    if rule(leaf, "gt") is None:
        assert leaf.parse(format_value(low)) == low
    for beyond in (low - 1, high + 1):
        with pytest.raises(ValueError, match=re.escape(in_our_words(name, format_value(beyond)))):
            leaf.parse(format_value(beyond))


def in_our_words(name: str, text: str) -> str:
    """The one sentence for whatever a numeric field cannot take."""
    leaf = LEAVES[name]
    low, high = (f"{end:,}" if isinstance(end, int) else f"{end:g}" for end in leaf.bounds)
    legal = f"above {low} and at most {high}" if rule(leaf, "gt") is not None else f"from {low} to {high}"
    several = ", a multiple of 8" if rule(leaf, "multiple_of") else ""
    kind = "a whole number" if leaf.kind is int else "a number"
    return f"`{name}` must be {kind} {legal}{several}; got {text!r}. The default is {format_value(leaf.default)}."


@EVERY_LEAF
@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "", "1e999", "1,5", "seven", "0x10", "9" * 400, "9" * 5000])
def test_no_field_takes_a_number_that_is_none_and_each_says_so_in_our_words(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=name) as refused:
        LEAVES[name].parse(text)
    assert not re.search(r"valid|parse|input|boolean|integer", str(refused.value)), "another library's words"
    if LEAVES[name].kind in (int, float) and len(text) < 50:
        assert str(refused.value) == in_our_words(name, text)


def test_a_seed_that_is_no_number_is_refused_alike_everywhere() -> None:
    words = "`seed` must be a whole number from 0 to 2,147,483,647; got '1e999'."
    with pytest.raises(ValueError, match=re.escape(words)):
        Experiment.from_flat({"seed": "1e999"})
    assert nearest({"seed": "1e999"})[1] == [f"{words} The default is 0. Taken instead: 0."]
    with pytest.raises(ValidationError) as refused:
        Experiment.model_validate({"seed": "1e999"})
    assert sentence(refused.value, Experiment) == words


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"training": {"lr": "x"}}, "`training.lr` must be a number above 0 and at most 10; got 'x'."),
        ({"training": {"average": "maybe"}}, "`training.average` must be true or false; got 'maybe'."),
        ({"network": {"activation": 5}}, "`network.activation` must be 'silu', 'relu', 'tanh', 'gelu' or 'selu'; got 5."),
        ({"network": 3}, "`network` must be an object with its fields by name; got 3."),
        ({"path": {"slug": "vp", "beta_max": "x"}}, "`path`: `beta_max` must be a number from 2 to 40; got 'x'."),
        ({"path": 3}, "`path` must be a name, or an object with its slug and options; got 3."),
        ({"source": 3}, "`source` must be a text; got 3."),
        ({"bogus": 1}, "`bogus` is no field; got 1."),
    ],
)  # fmt: skip
def test_a_tree_is_refused_in_our_words(tree: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Experiment.model_validate(tree)
    assert sentence(refused.value, Experiment) == words


def test_every_slug_of_every_family_is_a_choice() -> None:
    assert LEAVES["source"].choices == LEAVES["target"].choices == tuple(DISTRIBUTIONS)
    assert LEAVES["path"].choices == tuple(PATHS)
    assert LEAVES["coupling"].choices == tuple(COUPLINGS)


def test_the_default_experiment_is_the_empty_link() -> None:
    assert Experiment().to_flat() == {}
    assert Experiment.from_flat({}) == Experiment()


def test_only_what_was_changed_stands_in_a_link() -> None:
    changed = Experiment(target="moons", path=VarianceExploding(sigma_max=20), seed=3)
    assert changed.to_flat() == {"target": "moons", "path": "ve", "ve_sigma_max": "20", "seed": "3"}


@pytest.mark.parametrize(
    ("flat", "sentence"),
    [
        ({"path": "vpp"}, r"unknown path 'vpp'; did you mean 'vp'\? choose one of linear, .*\."),
        ({"source": "8gausians"}, r"unknown source '8gausians'; did you mean '8gaussians'\?"),
        ({"colour": "red"}, r"unknown field 'colour'; .*choose one of source"),
        ({"path": "vp", "source": "moons"}, r"path 'vp' needs a Gaussian source; got source 'moons'\. Choose"),
        ({"coupling": "ot", "batch": "2000"}, r"pairs batches of at most 1,024 points; got batch 2,000\. Try 256\."),
        ({"vp_beta_max": "10"}, r"`vp_beta_max` belongs to path 'vp', but the path is 'linear'"),
        ({"width": "12"}, r"`width` must be a whole number from 8 to 512, a multiple of 8; got '12'\. The default is 64\."),
        ({"average": "maybe"}, r"`average` must be true or false; got 'maybe'\. The default is true\."),
    ],
)
def test_what_is_not_legal_is_refused_with_the_remedy(flat: dict[str, str], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Experiment.from_flat(flat)


@pytest.mark.parametrize(
    "tree",
    [{"nonsense": 1}, {"path": {"slug": "linear", "a": 1}}, {"path": {"slug": "vp", "beta_min": 99}}, {"network": {"width": 7}},
     {"path": 3}, {"path": {"slug": 3}}, {"path": None}, {"seed": -1}, {"training": {"lr": math.nan}}, {"target": "mars"}],
    ids=str,
)  # fmt: skip
def test_a_tree_that_is_not_legal_is_refused(tree: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Experiment.model_validate(tree)


def test_an_experiment_does_not_change() -> None:
    experiment = Experiment()
    with pytest.raises(ValidationError):
        experiment.seed = 3  # type: ignore[misc]
    with pytest.raises(ValidationError):
        experiment.training.lr = 1.0  # type: ignore[misc]


def test_changed_gives_a_copy_and_leaves_the_first_alone() -> None:
    experiment = Experiment(coupling=ExactOT())
    copy = experiment.changed(lr=0.01, target="moons")
    assert (copy.training.lr, copy.target, copy.coupling) == (0.01, "moons", ExactOT())
    assert experiment == Experiment(coupling=ExactOT())


def test_zero_has_one_key_whatever_its_sign() -> None:
    one, other = Experiment(training=Training(clip=0.0)), Experiment(training=Training(clip=-0.0))
    assert one == other
    assert one.key == other.key


def test_key_is_the_same_in_another_process() -> None:
    code = "from flowviz.experiment import Experiment; print(Experiment(target='moons', path='vp').key)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert out == Experiment.from_flat({"target": "moons", "path": "vp"}).key


def test_total_steps_count_the_further_rounds() -> None:
    assert Experiment(training=Training(steps=300, more=2)).total_steps == 300 + 2 * ROUND


def test_source_is_as_wide_as_the_path_demands() -> None:
    assert Experiment(path=VarianceExploding(sigma_max=7)).source_distribution.std == 7  # type: ignore[attr-defined]
    assert Experiment().source_distribution.std == 1  # type: ignore[attr-defined]


def test_the_articles_own_choices_are_legal() -> None:
    article = Experiment.from_flat(ARTICLE)
    assert article.network == Network(width=128, depth=3, activation="silu", time_features="embedding")
    assert article.training.lr == 5e-4
    assert not article.training.average


def test_an_illegal_option_in_json_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match=r"beta_min") as refused:
        Experiment.model_validate_json('{"path": {"slug": "vp", "beta_min": 99}}')
    assert "`beta_min` must be a number from 0.01 to 1; got 99." in str(refused.value)

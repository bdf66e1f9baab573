"""Own data as a distribution: one canonical form, links, keys, training elsewhere, the script."""

from __future__ import annotations

import base64
import math
import pickle
import subprocess
import sys
import time
import zlib
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowviz.couplings import Independent
from flowviz.distributions import DISTRIBUTIONS, Points
from flowviz.distributions.content import GROUPS, MOST, STEPS, plain_title
from flowviz.distributions.shelf import LONGEST_LINK, SHELF, Shelf, link_text, read_own
from flowviz.engine import Engine
from flowviz.exact import exact_field
from flowviz.experiment import Experiment, nearest
from flowviz.known import known
from flowviz.paths import PATHS
from flowviz.scene.build import View, exact_scene
from flowviz.script import script, script_name
from flowviz.training import train


def some(n: int = 300, *, seed: int = 0, std: float = 0.1, steps: int = 256, **more) -> Points:
    return Points.of(np.random.default_rng(seed).normal(size=(n, 2)) * 2, std=std, steps=steps, **more)


def test_samples_have_the_moments_of_the_mixture(rng) -> None:
    points = some(200, std=0.5)
    x = points.sample(100_000, rng).double()
    mixture = points.mixture()
    mean = (mixture.weights[:, None] * mixture.means).sum(0)
    assert torch.allclose(x.mean(0), mean, atol=0.03)  # 2/√100000 = 0.006 for one standard error
    spread = (mixture.weights * ((mixture.means - mean).square().sum(1) + 2 * mixture.variances)).sum()
    assert float((x - mean).square().sum(1).mean()) == pytest.approx(float(spread), rel=0.02)


def test_every_point_is_drawn_with_its_own_label(rng) -> None:
    labels = np.arange(40) % 3
    points = Points.of(np.random.default_rng(0).normal(size=(40, 2)), labels, std=0, group="class")
    x, found = points.draw(2000, rng)
    which = torch.cdist(x, points.means).argmin(1)
    assert torch.cdist(x, points.means).amin() < 1e-6
    assert (points.labels[which] == found).all()
    assert len(which.unique()) == 40


@pytest.mark.parametrize("parts", [1, 7, 64, 299])
def test_a_merged_mixture_keeps_mean_and_spread(parts: int) -> None:
    points = some(300, std=0.2)
    whole, few = points.mixture(), points.mixture(parts)
    assert len(few) == parts
    for mixture in (whole, few):
        assert float(mixture.weights.sum()) == pytest.approx(1)
    mean = (few.weights[:, None] * few.means).sum(0)
    assert torch.allclose(mean, whole.means.mean(0))

    def spread(m):
        return float((m.weights * ((m.means - mean).square().sum(1) + 2 * m.variances)).sum())

    assert spread(few) == pytest.approx(spread(whole))


ARRAYS = st.lists(st.tuples(st.floats(-49, 49), st.floats(-49, 49)), min_size=2, max_size=60)


@given(ARRAYS, st.floats(0, 2), st.text(max_size=40), st.sampled_from(GROUPS), st.integers(0, 255), st.integers(2, STEPS))
@settings(max_examples=150, deadline=None)
@example([(0, 0), (0, 1)], 0.0, '"""\n\\', "class", 255, 2)
@example([(0, -14.5), (26, 37)], 0.0, "", "sector", 0, 2)
def test_all_forms_read_back_the_same(rows, std, title, group, label, steps) -> None:
    values = np.array(rows)
    if np.ptp(values, axis=0).max() < 1e-6:
        with pytest.raises(ValueError, match="are the same"):
            Points.of(values, std=std)
        return
    points = Points.of(values, np.arange(len(rows)) * 37 % (label + 1), std=std, title=title, group=group, steps=steps)
    for again in (
        Points(points.content),
        Points.from_text(points.text),
        pickle.loads(pickle.dumps(points)),
        read_own(points.text),
    ):
        assert again == points
        assert hash(again) == hash(points)
        assert again.slug == points.slug
    assert np.abs(np.sort(points.means.numpy(), 0) - np.sort(values, 0)).max() <= 0.51 * points.step + 1e-4
    assert abs(points.std - std) < 6e-4
    experiment = Experiment(target=points)
    assert Experiment.from_flat(experiment.to_flat()) == experiment
    assert Experiment.model_validate_json(experiment.model_dump_json()) == experiment


def test_the_order_of_the_points_does_not_matter() -> None:
    values = np.random.default_rng(0).normal(size=(100, 2))
    assert Points.of(values, std=0.1) == Points.of(values[::-1].copy(), std=0.1)
    assert Points.of(values, std=0.1) != Points.of(values, std=0.2)
    assert Points.of(values, std=0.1).slug != Points.of(values, std=0.1, title="b").slug


@pytest.mark.parametrize("n", [2, 300, MOST])
def test_keys_follow_the_content_and_built_in_ones_stay(n: int) -> None:
    one, two = Experiment(target=some(n)), Experiment(target=some(n))
    assert one == two
    assert one.key == two.key
    assert one.key != Experiment(target=some(n, std=0.2)).key != Experiment().key
    assert one.key != Experiment(source=some(n)).key
    assert Experiment().key == "8429404b6e2e"
    assert Experiment(target="moons").key == "f7d9e9700a0f"


def test_small_data_travel_in_the_link_and_large_lie_on_the_shelf() -> None:
    small, large = Experiment(target=some(1000)), Experiment(target=some(MOST, steps=STEPS))
    assert small.to_flat()["target"].startswith("own.")
    assert len(small.to_flat()["target"]) <= LONGEST_LINK
    assert large.to_flat()["target"] == large.target_distribution.slug
    assert Experiment.from_flat(large.to_flat()) == large
    assert large.changed(steps=7).target == large.target


def test_a_link_to_what_is_not_here_says_so_and_opens_at_the_default() -> None:
    experiment, notes = nearest({"target": "own-0123456789", "source": "own.xx", "steps": "7"})
    assert experiment == Experiment.from_flat({"steps": "7"})
    assert len(notes) == 2
    assert "`target`: the data 'own-0123456789' are too large to travel in a link, and are not" in notes[0]
    assert "Taken instead: 8gaussians." in notes[0]
    assert "cut off or damaged" in notes[1]


def test_a_gaussian_path_refuses_own_data_as_its_source() -> None:
    experiment, (note,) = nearest(Experiment(source=some()).to_flat() | {"path": "vp"})
    assert experiment.source == "gaussian"
    assert len(note) < 300


SPOILT = 15


@cache
def spoilt() -> list[str]:
    text = some().text
    raw = some().content
    bomb = base64.urlsafe_b64encode(zlib.compress(bytes(10**8))).decode()
    packed = [
        raw[:-1],
        raw + b"\0",
        b"\2" + raw[1:],
        raw[:1] + b"\x09" + raw[2:],
        raw[:4] + b"\0\0\xc0\x7f" + raw[8:],
        b"",
        bytes(300),
    ]
    texts = ["own." + base64.urlsafe_b64encode(zlib.compress(content)).decode() for content in packed]
    return [
        text[:-9],
        text[:40],
        text.replace(text[50:60], "A" * 10),
        "own.",
        "own.ü",
        "own.=",
        "own." + bomb,
        text + "AAAA",
        *texts,
    ]


@pytest.mark.parametrize("number", range(SPOILT))
def test_damaged_texts_are_refused_in_one_sentence(number: int) -> None:
    assert len(spoilt()) == SPOILT
    text = spoilt()[number]
    with pytest.raises(ValueError, match="cut off or damaged") as caught:
        Points.from_text(text)
    assert str(caught.value).endswith(".")
    with pytest.raises(ValueError, match="cut off or damaged"):
        Experiment.from_flat({"target": text})


@given(st.binary(max_size=200))
def test_only_canonical_content_is_a_distribution(data: bytes) -> None:
    with pytest.raises(ValueError, match="no points"):
        Points(data)


@pytest.mark.parametrize(
    ("values", "words"),
    [(np.zeros((5, 2)), "are the same"), (np.zeros((1, 2)), "2 to 4,096"), (np.ones((MOST + 1, 2)), "2 to 4,096"),
     (np.array([[0, 0], [51.0, 0]]), "±50"), (np.array([[0, 0], [math.nan, 0]]), "±50")],
)  # fmt: skip
def test_points_that_make_no_distribution(values: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Points.of(values, std=0.1)


@pytest.mark.parametrize(
    "title", ['"""', "a`b`", "![x](http://e)", ":red[x]", "$x$", "a\nb", "<b>", "\\", "*_~", "\u202eab", "  "]
)
def test_titles_are_words_and_nothing_else(title: str) -> None:
    assert not set(plain_title(title)) & set("\"'`[](){}:$\n<>\\*_~#|\u202e")
    assert plain_title(title)


def test_the_shelf_is_bounded_in_bytes() -> None:
    shelf = Shelf(400_000)
    kept = [some(50, seed=seed) for seed in range(6)]
    for points in kept:
        shelf.put(points)
    assert [shelf.get(points.slug) is not None for points in kept] == [False] * 3 + [True] * 3
    assert SHELF.get("own-nothing") is None
    large = some(MOST, steps=STEPS)
    assert read_own(link_text(large)) == large


def test_the_exact_field_is_that_of_the_points_themselves() -> None:
    points = some(MOST, steps=STEPS)
    field = exact_field(DISTRIBUTIONS["gaussian"](), points, PATHS["linear"](), Independent())
    assert field.exact
    assert len(field.law.weights) == MOST
    modes = exact_field(points, DISTRIBUTIONS["8gaussians"](), PATHS["linear"](), Independent())
    assert not modes.exact  # 32,768 pairs are too many: neighbours are merged, and it says so
    assert "stands in for Own data" in modes.note
    assert exact_field(some(500), DISTRIBUTIONS["8gaussians"](), PATHS["linear"](), Independent()).exact


def test_a_scene_of_own_data_is_quick_and_within_its_bounds() -> None:
    start = time.perf_counter()
    experiment = Experiment(target=some(1000))
    scene = exact_scene(experiment, View(particles=200))
    assert "nown in closed form" in scene.note
    xmin, xmax, ymin, ymax = known(experiment).bounds
    inside = (scene.x[-1] >= [xmin, ymin]) & (scene.x[-1] <= [xmax, ymax])
    assert inside.all(1).mean() > 0.98
    assert time.perf_counter() - start < 20  # a hang, not a speed


def test_a_worker_process_trains_on_own_data_as_this_one_does() -> None:
    experiment = Experiment(source=some(400, seed=2), target=some(MOST, steps=STEPS)).changed(steps=40, batch=64, width=16)
    here = list(train(experiment, every=math.inf))[-1].losses
    with Engine(workers=1) as engine:
        run = engine.submit(experiment)
        limit = time.monotonic() + 90
        while not run.finished and time.monotonic() < limit:
            time.sleep(0.05)
            run = engine.get(run.id) or run
        assert run.status == "done", run.error
        assert run.snapshot is not None
        assert np.array_equal(run.snapshot.losses, here)


@pytest.mark.slow
@pytest.mark.parametrize("both", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_script_holds_the_points_and_prints_the_same_losses(tmp_path, both: bool) -> None:
    target = some(MOST if both else 500, steps=STEPS if both else 256, title="my data")
    experiment = Experiment(source=some(300, seed=3) if both else "gaussian", target=target).changed(steps=100, batch=64)
    text = script(experiment)
    file = tmp_path / script_name(experiment)
    file.write_text(text, encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 130
    rules = ["--isolated", "--select", "E,F,I,B,UP,SIM,C4", "--line-length", "130", "--target-version", "py311"]
    linted = subprocess.run(["ruff", "check", "--quiet", *rules, str(file)], capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout
    done = subprocess.run([sys.executable, "-I", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    losses = list(train(experiment, every=math.inf))[-1].losses
    torch.set_num_threads(threads)
    assert f"loss {float(losses[-1]):.9f}" in done.stdout

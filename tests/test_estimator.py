"""FlowMatching as scikit-learn's own tools use it: its conventions, its units, its densities against oracles, its files, its refusals."""

from __future__ import annotations

import json
import math
import pickle
import re
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import flowviz
from flowviz import FlowMatching
from flowviz.bench import density as bench
from flowviz.cli import main
from flowviz.distributions import Rows
from flowviz.estimator import density
from flowviz.estimator.fitting import Held
from flowviz.export import export
from flowviz.networks import learned_field
from flowviz.training import Snapshot

SMALL: dict[str, Any] = {"steps": 300, "width": 32, "depth": 2, "batch": 128, "random_state": 0}


def table(rows: int = 500, seed: int = 0) -> np.ndarray:
    """Rows in millimetres far from the origin, their columns of different spread."""
    rng = np.random.default_rng(seed)
    return np.stack([1_491_033 + 257 * rng.normal(size=rows), 492_240 + 19 * rng.normal(size=rows)], 1)


@pytest.fixture(scope="module")
def fitted() -> FlowMatching:
    return FlowMatching(**SMALL | {"steps": 800}).fit(table())


@pytest.mark.slow
def test_scikit_learns_own_checks_pass() -> None:
    small = FlowMatching(steps=30, width=8, depth=1, batch=32, random_state=0, solver_steps=10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = check_estimator(small, on_fail=None, on_skip=None)
    left = {one["check_name"]: one["exception"] for one in found if one["status"] not in ("passed", "skipped")}
    assert left == {}
    assert sum(one["status"] == "passed" for one in found) > 40


@pytest.mark.parametrize(
    "more",
    [{}, {"coupling": "ot", "batch": 64}, {"path": "vp", "schedule": "constant"}, {"average": False, "activation": "relu"}],
)
def test_losses_are_those_of_train_digit_for_digit(more: dict[str, Any]) -> None:
    flow = FlowMatching(**SMALL | {"steps": 60} | more).fit(table())
    *_, last = flowviz.train(flow.experiment_, every=math.inf)
    np.testing.assert_array_equal(flow.losses_, last.losses)
    assert all(np.array_equal(flow.weights_[name], last.weights[name]) for name in last.weights)
    assert flow.experiment_.seed == 0


def test_samples_are_in_the_tables_units(fitted: FlowMatching) -> None:
    X, S = table(), fitted.sample(4000, random_state=1)
    assert S.dtype == np.float64
    error = X.std(0) * math.sqrt(1 / 4000 + 1 / 500)
    assert (np.abs(S.mean(0) - X.mean(0)) < 4 * error).all()
    np.testing.assert_allclose(S.std(0), X.std(0), rtol=0.08)
    np.testing.assert_array_equal(S, fitted.sample(4000, random_state=1))
    assert not np.array_equal(fitted.sample(5), fitted.sample(5))


def test_densities_are_those_of_the_tables_units() -> None:
    """∫p = 1 over the table's own axis, and a Gaussian's density is near its closed form."""
    x = 1e6 + 250 * np.random.default_rng(0).normal(size=(2000, 1))
    flow = FlowMatching(**SMALL | {"steps": 800}).fit(x)
    grid = np.linspace(1e6 - 2000, 1e6 + 2000, 801)
    p = np.exp(flow.score_samples(grid[:, None]))
    assert p.sum() * (grid[1] - grid[0]) == pytest.approx(1, abs=2e-3)
    normal = np.exp(-0.5 * ((grid - x.mean()) / x.std()) ** 2) / (x.std() * math.sqrt(2 * math.pi))
    assert np.abs(p - normal).max() < 0.1 * normal.max()
    assert flow.score(x) == pytest.approx(float(np.log(p @ p / p.sum())), abs=0.5)


@pytest.mark.parametrize("columns", [1, 2, 12])
def test_log_prob_on_the_way_is_what_score_samples_says(columns: int) -> None:
    X = np.random.default_rng(0).normal(size=(400, columns)) * np.arange(1, columns + 1)
    flow = FlowMatching(**SMALL | {"steps": 400}).fit(X)
    S, values = flow.sample(200, random_state=2, return_log_prob=True)
    np.testing.assert_array_equal(S, flow.sample(200, random_state=2)) if columns <= density.EXACT else None
    np.testing.assert_allclose(values, flow.score_samples(S), atol=1e-3)


def test_beyond_ten_columns_the_error_of_the_estimate_is_true(monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(0).normal(size=(400, 12)) @ np.random.default_rng(1).normal(size=(12, 12))
    flow = FlowMatching(**SMALL | {"steps": 150}).fit(X)
    values, errors = flow.score_samples(X[:100], return_error=True)
    monkeypatch.setattr(density, "EXACT", 64)
    exact, none = flow.score_samples(X[:100], return_error=True)
    assert (none == 0).all()
    away = (values - exact) / errors
    assert 0.3 < np.sqrt(np.mean(away**2)) < 3  # one set of probes for all: errors of neighbours go together
    assert np.abs(values - exact).max() > 1e-6


def test_noise_and_rows_are_carried_into_one_another(fitted: FlowMatching) -> None:
    X = table(seed=3)
    Z = fitted.transform(X)
    assert np.abs(Z.mean(0)).max() < 0.3
    np.testing.assert_allclose(Z.std(0), 1, atol=0.25)
    np.testing.assert_allclose(fitted.inverse_transform(Z), X, atol=1e-3)
    variance = FlowMatching(**SMALL | {"path": "ve", "steps": 200}).fit(X)  # its source is wider than 1
    np.testing.assert_allclose(variance.inverse_transform(variance.transform(X)), X, atol=1e-2)


def test_velocity_is_per_unit_of_t_in_the_tables_units(fitted: FlowMatching) -> None:
    X = table(5)
    placed = torch.from_numpy((X - table().mean(0)) / table().std(0))
    field = learned_field(fitted.experiment_, fitted.weights_, dtype=torch.float64)
    found = field.velocity(placed, torch.tensor(0.3, dtype=torch.float64)).numpy() * table().std(0)
    np.testing.assert_allclose(fitted.velocity(X, 0.3), found, rtol=1e-9)
    with pytest.raises(ValueError, match=r"`t` must be from 0 to 1; got 2"):
        fitted.velocity(X, 2)


def test_data_frames_keep_their_names() -> None:
    X = pd.DataFrame(table(60), columns=["length (mm)", "width (mm)"])
    with pytest.warns(UserWarning, match="60 rows of 2 columns") if len(X) < 20 else warnings.catch_warnings():
        flow = FlowMatching(**SMALL | {"steps": 20}).fit(X)
    assert flow.frame_.names == ("length (mm)", "width (mm)")
    assert list(flow.get_feature_names_out()) == ["length (mm)", "width (mm)"]
    assert list(flow.set_output(transform="pandas").transform(X).columns) == ["length (mm)", "width (mm)"]


def test_it_stands_in_pipelines_and_searches() -> None:
    rng = np.random.default_rng(0)
    X = table() + 5000 * rng.integers(2, size=(500, 1))  # two clusters: the untrained network, the identity, fits them badly
    piped = make_pipeline(StandardScaler(), FlowMatching(**SMALL | {"steps": 40})).fit(X)
    assert np.isfinite(piped.score(X))
    search = GridSearchCV(FlowMatching(**SMALL), {"steps": [2, 400]}, cv=2).fit(X)
    assert search.best_params_ == {"steps": 400}
    assert search.best_score_ == pytest.approx(np.mean([search.cv_results_[f"split{i}_test_score"][1] for i in (0, 1)]))


def test_held_out_rows_end_it_and_the_best_weights_are_kept() -> None:
    X = np.random.default_rng(0).normal(size=(60, 6))
    how = SMALL | {"steps": 4000, "width": 128, "early_stopping": True, "validation_fraction": 0.25, "n_iter_no_change": 3}
    flow, again = FlowMatching(**how).fit(X), FlowMatching(**how).fit(X)
    assert flow.n_iter_ < 4000
    np.testing.assert_array_equal(flow.held_out_losses_, again.held_out_losses_)
    steps, losses = flow.held_out_losses_.T
    assert list(steps) == [200 * (i + 1) for i in range(len(steps))]
    assert losses.argmin() == len(losses) - 4
    held = Held.split((X - X.mean(0)) / X.std(0), 0.25, 3, 0)
    assert held.loss(flow.experiment_, flow.weights_) == losses.min()
    assert len(held.others) == 15
    assert {tuple(row) for row in held.rows} & {tuple(row) for row in held.others} == set()
    whole = again.set_params(early_stopping=False).fit(X)
    assert not hasattr(whole, "held_out_losses_")  # they were of the fit before
    assert whole.score(X) > flow.score(X)  # learned by heart
    assert whole.score(np.random.default_rng(1).normal(size=(200, 6))) < flow.score(
        np.random.default_rng(1).normal(size=(200, 6))
    )


def test_few_rows_are_warned_of() -> None:
    with pytest.warns(UserWarning, match=r"^15 rows of 2 columns are few: .* Try `early_stopping=True`"):
        FlowMatching(**SMALL | {"steps": 2}).fit(table(15))


BAD: list[tuple[dict[str, Any], Any, str]] = [
    ({}, [[math.nan, 1.0], [2.0, 3.0]], "contains NaN"),
    ({}, [[math.inf, 1.0], [2.0, 3.0]], "contains infinity"),
    ({}, [["a", "b"], ["c", "d"]], "could not convert string to float"),
    ({}, [[1.0, 2.0]], "minimum of 2 is required"),
    ({}, [[1.0, 5.0], [2.0, 5.0]], "column 'x2' is 5 in every row; leave it out"),
    ({}, [[1e308, 1.0], [-1e308, 2.0]], "column 'x1' reaches 1e+308, which is too far out"),
    ({}, np.random.default_rng(0).normal(size=(9, 65)), "may have 1 to 64 columns; got 65"),
    ({"steps": 0}, None, "`steps` must be a whole number from 1 to 50,000; got '0'"),
    ({"steps": 1.5}, None, "`steps` must be a whole number"),
    ({"width": 65}, None, "`width`"),
    ({"path": "frog"}, None, "unknown path 'frog'"),
    ({"coupling": "frog"}, None, "unknown coupling 'frog'"),
    ({"activation": "frog"}, None, "unknown activation 'frog'"),
    ({"solver": "dopri5"}, None, "`solver` must be one of euler"),
    ({"solver_steps": 0}, None, "`solver_steps` must be a whole number from 1 to 1,000; got 0"),
    ({"early_stopping": True, "validation_fraction": 0}, None, "`validation_fraction` must lie between 0 and 1"),
    ({"early_stopping": True, "validation_fraction": 0.999}, None, "leaves fewer than 2 of 500 rows"),
    ({"early_stopping": True, "n_iter_no_change": 0}, None, "`n_iter_no_change` must be at least 1"),
    ({"early_stopping": True, "coupling": "pairs"}, None, "coupling 'pairs' learns from pairs that a flow has made"),
    ({"verbose": "frog"}, None, "`verbose` must be True, False or 'auto'"),
]  # fmt: skip


@pytest.mark.parametrize(("params", "X", "words"), BAD, ids=[words[:30] for _, _, words in BAD])
def test_what_cannot_be_fitted_is_said_in_one_sentence(params: dict[str, Any], X: Any, words: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match=re.escape(words)) as caught:
            FlowMatching(**SMALL | params).fit(table() if X is None else X)
    assert "validation error" not in str(caught.value)


def test_what_was_not_fitted_or_asked_for_rightly_is_said(fitted: FlowMatching) -> None:
    for call in (
        lambda: FlowMatching().sample(),
        lambda: FlowMatching().score_samples(table()),
        lambda: FlowMatching().save("x"),
    ):
        with pytest.raises(NotFittedError):
            call()
    with pytest.raises(ValueError, match="`n_samples` must be a whole number of at least 1; got 0"):
        fitted.sample(0)
    with pytest.raises(ValueError, match="X has 3 features, but FlowMatching is expecting 2"):
        fitted.score_samples(np.zeros((4, 3)))


def test_a_fitted_flow_is_kept_in_a_file_and_pickled_and_cloned(fitted: FlowMatching, tmp_path: Path) -> None:
    fitted.save(tmp_path / "flow.npz")
    for again in (flowviz.load(tmp_path / "flow.npz"), pickle.loads(pickle.dumps(fitted))):
        np.testing.assert_array_equal(again.sample(20, random_state=5), fitted.sample(20, random_state=5))
        np.testing.assert_array_equal(again.score_samples(table(9)), fitted.score_samples(table(9)))
        assert again.experiment_.key == fitted.experiment_.key
        assert again.get_params() | {"verbose": 0} == fitted.get_params() | {"verbose": 0}
    assert not hasattr(clone(fitted), "weights_")
    again = clone(flowviz.load(tmp_path / "flow.npz")).fit(table())
    np.testing.assert_array_equal(again.losses_, fitted.losses_)


def test_runs_of_the_command_line_are_loaded_in_their_units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(table(), columns=["length (mm)", "width (mm)"]).to_csv("t.csv", index=False)
    quick = ["--steps", "1500", "--width", "32", "--quiet"]
    assert main(["train", "--target-file", "t.csv", "--out", "own.npz", *quick]) == 0
    flow = flowviz.load("own.npz")
    S = flow.sample(3000, random_state=0)
    np.testing.assert_allclose(S.mean(0), table().mean(0), atol=5 * table().std(0).max() / math.sqrt(500))
    np.testing.assert_allclose(S.std(0)[0], table().std(0)[0], rtol=0.12)
    assert flow.frame_.names == ("length (mm)", "width (mm)")
    export([], "weights", "weights.npz", experiment=flow.experiment_, learned=Snapshot(1500, flow.losses_, flow.weights_, 1.0))
    home = flowviz.load("weights.npz")
    np.testing.assert_array_equal(home.sample(50, random_state=1), flow.sample(50, random_state=1))
    assert main(["train", "--target", "moons", "--steps", "2", "--width", "8", "--quiet", "--out", "moons.npz"]) == 0
    assert flowviz.load("moons.npz").sample(3).shape == (3, 2)
    for more, words in ((["--method", "vae"], "of method 'vae'"), (["--source", "uniform"], "begins at 'Uniform square'"),
                        (["--classes", "within"], "has learned classes")):  # fmt: skip
        assert main(["train", "--steps", "2", "--width", "8", "--quiet", "--out", "no.npz", *more]) == 0
        with pytest.raises(ValueError, match=words):
            flowviz.load("no.npz")


def test_files_that_are_no_fitted_flow_are_refused(fitted: FlowMatching, tmp_path: Path) -> None:
    fitted.save(tmp_path / "flow.npz")
    whole = (tmp_path / "flow.npz").read_bytes()
    arrays = dict(np.load(tmp_path / "flow.npz"))
    about = json.loads(str(arrays["about"]))
    spoilt: dict[str, Any] = {
        "cut.npz": whole[: len(whole) // 2],
        "text.npz": b"no flow at all",
        "pickle.npz": pickle.dumps(fitted),
        "empty.npz": b"",
    }
    for name, content in spoilt.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=r"is no fitted flow; give a file that `FlowMatching.save`"):
            flowviz.load(tmp_path / name)
    np.savez(tmp_path / "later.npz", **arrays | {"about": np.array(json.dumps(about | {"kind": "flowviz.FlowMatching 2"}))})
    with pytest.raises(ValueError, match="was written by another version of flowviz"):
        flowviz.load(tmp_path / "later.npz")
    other = about | {"experiment": about["experiment"] | {"network": about["experiment"]["network"] | {"width": 64}}}
    np.savez(tmp_path / "other.npz", **arrays | {"about": np.array(json.dumps(other))})
    with pytest.raises(ValueError, match="is no fitted flow"):
        flowviz.load(tmp_path / "other.npz")
    frame = about | {"frame": "AAAA"}
    np.savez(tmp_path / "frame.npz", **arrays | {"about": np.array(json.dumps(frame))})
    with pytest.raises(ValueError, match="is no fitted flow"):
        flowviz.load(tmp_path / "frame.npz")
    with pytest.raises(FileNotFoundError):
        flowviz.load(tmp_path / "none.npz")


def test_names_of_the_package_are_loaded_when_asked_for_and_need_what_they_say() -> None:
    assert {"Experiment", "FlowMatching", "load", "train"} <= set(dir(flowviz))
    with pytest.raises(AttributeError, match="no attribute 'frog'"):
        flowviz.frog  # noqa: B018
    script = (
        "import sys; sys.modules['sklearn'] = None\nimport flowviz; assert 'torch' not in sys.modules\n"
        "try: flowviz.FlowMatching\nexcept ModuleNotFoundError as e: print(e)"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert "pip install 'flowviz-fm[sklearn]'" in said


def test_rows_are_a_distribution_of_any_width() -> None:
    points = np.random.default_rng(0).normal(size=(5000, 7))
    rows = Rows(points)
    assert (rows.space.dim, rows.space.axes[-1]) == (7, "x7")
    assert rows == Rows(points.copy())
    assert rows != Rows(points + 1)
    assert hash(rows) == hash(pickle.loads(pickle.dumps(rows)))
    drawn = rows.sample(2000, torch.Generator().manual_seed(0)).numpy()
    known = {tuple(row) for row in rows.points}
    assert all(tuple(row) in known for row in drawn)
    assert len(rows.mixture(100)) == 100
    assert len(rows.mixture(9000)) == 5000
    for bad in (np.zeros((0, 2)), np.zeros(3), np.array([[math.nan]])):
        with pytest.raises(ValueError, match="rows are finite numbers"):
            Rows(bad)


def test_the_bench_holds_fresh_rows_against_kernels_and_gaussians(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "FLOWS", {"plain": {"width": 16}, "early": {"width": 16, "early_stopping": True}})
    monkeypatch.setattr(bench, "WIDTHS", np.array([0.2, 0.5]))
    X, fresh = table(200), table(100, seed=1)
    first, second = bench._rows("mm", X, fresh, True)
    flow = FlowMatching(width=16, steps=400, random_state=0).fit(X)
    assert first.ours == flow.score(fresh)
    assert first.ours != second.ours
    assert first.baseline == second.baseline
    centre, spread = X.mean(0), X.std(0)
    kernels = {w: KernelDensity(bandwidth=w).fit((X - centre) / spread) for w in (0.2, 0.5)}
    scores = [model.score((fresh - centre) / spread) / 100 - np.log(spread).sum() for model in kernels.values()]
    assert first.baseline >= max(scores) - 0.05  # of one Gaussian: as well as any kernels
    assert first.baseline == pytest.approx(-math.log(2 * math.pi * math.e) - np.log(spread).sum(), abs=0.3)
    assert "KDE" in first.note
    assert re.search(r"Gaussians -?[\d.]+ nats, [\d.]+ s, W2 [\d.]+", first.note)

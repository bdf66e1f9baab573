"""Own units: what a table's numbers were is known again in links, runs, tables of particles and samples."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from flowviz.cli import load_run, main
from flowviz.distributions import Points
from flowviz.distributions.shelf import link_text, read_own
from flowviz.experiment import Experiment
from flowviz.frame import Frame, in_own_units, plain_name
from flowviz.metrics.likelihood import log_likelihood
from flowviz.networks import learned_field
from flowviz.reading import read_points
from flowviz.scene.build import View, exact_scene
from flowviz.solvers import interval_of
from flowviz.training import train

FRAME = Frame(("length (mm)", "width (mm)"), (1.491017e6, -4.92166e5), (331.25, 12.5))
RING = np.stack([np.cos(np.linspace(0, 6, 40)), np.sin(np.linspace(0, 6, 40))], 1)


def table(points: np.ndarray, names: str = "length (mm),width (mm)") -> bytes:
    return "\n".join([names, *(f"{x!r},{y!r}" for x, y in points.tolist())]).encode()


CASES = [
    ("none", 1.0, 0.0),
    *((scale, unit, middle) for scale in ("same", "each") for unit in (1e-9, 1.0, 1e9) for middle in (0, 1e3)),
]


@pytest.mark.parametrize(("scale", "unit", "middle"), CASES)
def test_placed_points_become_their_own_numbers_again(scale: str, unit: float, middle: float) -> None:
    own = unit * (RING * [1.0, 0.1] + middle)
    placed = read_points(table(own), "a.csv").placed(scale)
    assert placed.frame is not None
    assert placed.frame.names == ("length (mm)", "width (mm)")
    np.testing.assert_allclose(placed.frame.to_own(placed.points), own, rtol=1e-12, atol=1e-12 * unit)
    np.testing.assert_allclose(placed.frame.to_placed(own), placed.points, rtol=0, atol=1e-9)
    points = placed.distribution()
    step = points.step * np.abs(placed.frame.factor)
    order = [int(np.abs(placed.frame.to_placed(own) - mean).sum(1).argmin()) for mean in points.means.double().numpy()]
    assert (
        np.abs(in_own_units(points.means.numpy(), points.frame) - own[order]) <= step + 2e-6 * np.abs(placed.frame.factor)
    ).all()


def test_a_frame_is_no_part_of_what_is_trained() -> None:
    bare, framed = (Points.of(4 * RING, std=0.1, frame=frame) for frame in (None, FRAME))
    one, other = Experiment(target=bare), Experiment(target=framed)
    assert one.key == other.key
    assert bare.slug == framed.slug
    assert one != other
    assert other.frame == FRAME
    assert one.frame is None
    assert Experiment(source=framed, target=bare).frame == FRAME  # of two ends the one that has units
    another = Points.of(4 * RING, std=0.1, frame=Frame(("a", "b"), (0.0, 0.0), (1.0, 1.0)))
    assert Experiment(source=framed, target=another).frame == another.frame


def test_texts_names_and_files_keep_the_frame_and_old_ones_have_none() -> None:
    bare, framed = (Points.of(4 * RING, std=0.1, frame=frame) for frame in (None, FRAME))
    assert "." not in bare.text.removeprefix("own.")
    assert framed.text.startswith(bare.text + ".")
    assert Points.from_text(bare.text).frame is None
    assert Points.from_text(framed.text) == framed
    again = Experiment.model_validate_json(Experiment(target=framed).model_dump_json())
    assert again.frame == FRAME
    many = np.random.default_rng(0).normal(size=(2000, 2))
    long = [Points.of(many, std=0.1, frame=frame) for frame in (None, FRAME)]
    names = [link_text(points) for points in long]
    assert names[0] == long[0].slug
    assert names[1] != names[0]
    assert [read_own(name).frame for name in names] == [
        None,
        FRAME,
    ]  # two visitors, the same points, each with units of one's own


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((("a",), (0.0, 0.0), (1.0, 1.0)), "got 1 names, 2 offsets"),
        ((("a", "b"), (0.0, math.inf), (1.0, 1.0)), "offset of 'b' must be a finite number; got inf"),
        ((("a", "b"), (0.0, 0.0), (1.0, 0.0)), "factor of 'b' must be a finite number other than 0"),
        ((("a", ""), (0.0, 0.0), (1.0, 1.0)), "1 to 40 printable characters"),
        ((("a\n", "b"), (0.0, 0.0), (1.0, 1.0)), "printable characters; got 'a\\n'"),
    ],
)
def test_a_frame_that_is_none_is_refused(arguments: tuple, words: str) -> None:
    with pytest.raises(ValueError, match=r"frame|offset|factor|name") as error:
        Frame(*arguments)
    assert words in str(error.value)


@pytest.mark.parametrize("text", ["x", "ü", "W10", "W1tdLFtdXQ", "bnVsbA", "W1siYSJdLFswXSxbMV1d"])
def test_a_damaged_frame_is_refused_with_what_to_do(text: str) -> None:
    whole = Points.of(4 * RING, std=0.1).text
    with pytest.raises(ValueError, match=r"damaged|frame of 2 columns|as many names"):
        Points.from_text(f"{whole}.{text}")


def test_names_lose_what_a_line_cannot_hold() -> None:
    assert plain_name(" length\t (mm)\x00 \n") == "length (mm)"
    assert len(plain_name("x" * 100)) == 40


def test_a_density_per_own_unit_integrates_to_one() -> None:
    experiment = Experiment(target=Points.of(4 * RING, std=0.3, frame=FRAME)).changed(width=16, steps=1)
    *_, last = train(experiment)
    field = learned_field(experiment, last.weights)
    side = torch.linspace(-6, 6, 61, dtype=torch.float32)
    grid = torch.cartesian_prod(side, side)
    placed = log_likelihood(field, grid, experiment.source_distribution.mixture(), interval=interval_of(field)).double()
    own = FRAME.to_own(grid.numpy()).reshape(61, 61, 2)
    cell = abs((own[1, 0, 0] - own[0, 0, 0]) * (own[0, 1, 1] - own[0, 0, 1]))
    assert float((placed - FRAME.log_volume).exp().sum()) * cell == pytest.approx(1, abs=5e-3)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    rng = np.random.default_rng(1)
    own = FRAME.to_own(np.repeat([[-2.0, 0.0], [2.0, 1.0]], 300, 0) + 0.4 * rng.normal(size=(600, 2)))
    (folder / "mm.csv").write_bytes(table(own))
    command = [
        "train",
        "--target-file",
        str(folder / "mm.csv"),
        "--target-scale",
        "each",
        "--steps",
        "400",
        "--width",
        "32",
        "--particles",
        "200",
        "--quiet",
    ]
    assert main([*command, "--out", str(folder / "run.npz")]) == 0
    return folder


def test_a_run_samples_and_exports_in_the_units_of_its_data(run: Path) -> None:
    own = np.loadtxt(run / "mm.csv", delimiter=",", skiprows=1)
    saved = load_run(run / "run.npz")
    frame = saved.experiment.frame
    assert frame is not None
    assert list(np.load(run / "run.npz")["columns"]) == ["length (mm)", "width (mm)"]
    found = {}
    for end in ("csv", "npy", "npz", "parquet"):
        command = ["sample", "--run", str(run / "run.npz"), "-n", "5000", "--out", str(run / f"s.{end}"), "--quiet"]
        assert main(command) == 0
    with open(run / "s.csv", encoding="utf-8") as file:
        assert file.readline() == "length (mm),width (mm)\n"
    found["csv"] = np.loadtxt(run / "s.csv", delimiter=",", skiprows=1)
    found["npy"], found["npz"] = np.load(run / "s.npy"), np.load(run / "s.npz")["x"]
    import pyarrow.parquet as pq

    read = pq.read_table(run / "s.parquet")
    assert read.column_names == ["length (mm)", "width (mm)"]
    found["parquet"] = np.stack([read[name].to_numpy() for name in read.column_names], 1)
    for values in found.values():
        np.testing.assert_array_equal(values, found["npy"])
    # After a short training: means within a quarter of the spread, spreads within 15 %.
    assert (np.abs(found["npy"].mean(0) - own.mean(0)) < 0.25 * own.std(0)).all()
    assert found["npy"].std(0) == pytest.approx(own.std(0), rel=0.15)
    assert (np.abs(saved.x[-1].mean(0) - own.mean(0)) < 0.3 * own.std(0)).all()


def test_log_prob_is_that_of_the_samples_in_own_units(run: Path) -> None:
    saved = load_run(run / "run.npz")
    frame = saved.experiment.frame
    assert frame is not None
    assert main(["sample", "--run", str(run / "run.npz"), "-n", "50", "--log-prob", "--out", str(run / "p.npz"), "--quiet"]) == 0
    file = np.load(run / "p.npz")
    assert list(file["columns"]) == ["length (mm)", "width (mm)", "log_prob"]
    x1 = torch.from_numpy(frame.to_placed(file["x"][:, :2])).float()
    expected = log_likelihood(
        saved.field, x1, saved.experiment.source_distribution.mixture(), interval=interval_of(saved.field)
    ).double() - math.log(abs(frame.factor[0] * frame.factor[1]))
    np.testing.assert_allclose(file["x"][:, 2], expected.numpy(), atol=2e-3)


def test_the_table_of_particles_has_the_columns_names_and_numbers(run: Path, capsys) -> None:
    out = run / "t.csv"
    assert (
        main(["export", "--run", str(run / "run.npz"), "--format", "csv", "--out", str(out), "--particles", "60", "--quiet"]) == 0
    )
    lines = out.read_text().splitlines()
    assert "In the units of the data" in lines[1]
    assert lines[2] == "t,particle,length (mm),width (mm),label"
    saved = load_run(run / "run.npz")
    frame = saved.experiment.frame
    assert frame is not None
    first = np.array([line.split(",")[2:4] for line in lines[3:63]], np.float64)
    scene = exact_scene(saved.experiment, View(particles=60))  # the same starts
    np.testing.assert_allclose(first, frame.to_own(scene.x[0]), atol=2e-6 * max(map(abs, frame.factor)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--run", "no.npz"], "cannot read `--run` 'no.npz'"),
        (["-n", "0"], "`-n` must be a whole number from 1 to 1,000,000; got '0'"),
        (["--out", "samples.xlsx"], "must end in .csv, .npy, .npz, .parquet"),
        (["--solver", "eule"], "unknown solver 'eule'"),
        (["--seed", "x"], "`--seed` must be a whole number"),
        (["--out", "no/such/folder/a.csv"], "cannot write `--out`"),
    ],
)
def test_what_sample_cannot_use_is_said(run: Path, options: list[str], words: str, capsys) -> None:
    given = [] if "--run" in options else ["--run", str(run / "run.npz")]
    assert main(["sample", *given, *options]) == 2
    assert words.lower() in capsys.readouterr().err.lower()


def test_a_frame_in_json_is_not_doubled(run: Path) -> None:
    told = json.loads(load_run(run / "run.npz").experiment.model_dump_json())
    assert told["target"].count(".") == 2

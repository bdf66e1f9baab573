"""python -m flowviz export: what it writes, where, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from flowviz.bench import measure
from flowviz.cli import load_run, main
from flowviz.cli.files import by_name, place
from flowviz.experiment import Experiment
from flowviz.export import FORMATS, load_field
from flowviz.networks import LearnedField

SMALL = ["--steps", "3", "--width", "8", "--particles", "50", "--fps", "5", "--seconds", "0.6"]


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    threads = torch.get_num_threads()
    monkeypatch.chdir(tmp_path)
    yield
    torch.set_num_threads(threads)


def written(capsys, *argv: str) -> dict[str, dict]:
    """What `--json` says, by format."""
    assert main(["export", *argv, "--json"]) == 0
    return {entry["format"]: entry for entry in json.loads(capsys.readouterr().out)["files"]}


def test_many_formats_from_one_training(capsys, tmp_path):
    formats = ["webp", "html", "png", "npz", "weights", "loss", "experiment"]
    argv = [word for slug in formats for word in ("--format", slug)]
    found = written(capsys, "--target", "moons", "--path", "trig", *SMALL, *argv, "--out", "a.mp4")
    assert list(found) == formats
    assert {entry["path"] for entry in found.values()} == {"a" + FORMATS[slug].suffix for slug in formats}
    assert {p.name for p in tmp_path.iterdir()} == {entry["path"] for entry in found.values()}
    assert all(entry["bytes"] == (tmp_path / entry["path"]).stat().st_size for entry in found.values())
    expected = Experiment.from_flat({"target": "moons", "path": "trig", "steps": "3", "width": "8"})
    assert Experiment.model_validate_json((tmp_path / "a.json").read_text()) == expected
    with np.load("a.npz") as file:
        assert file["x"].shape == (61, 50, 2)
        assert "target=moons&path=trig" in json.loads(str(file["about"]))["link"]


def test_a_run_is_taken_as_it_is(capsys):
    assert main(["train", "--steps", "4", "--width", "8", "--particles", "50", "--quiet"]) == 0
    written(capsys, "--run", "run.npz", "--particles", "50", "--format", "weights", "--format", "npz", "--format", "loss")
    run, x, t = load_run("run.npz"), torch.randn(9, 2), torch.tensor(0.5)
    field = load_field("flow-weights.npz")
    assert torch.equal(field.velocity(x, t), LearnedField(run.experiment.network, run.weights).velocity(x, t))
    with np.load("flow.npz") as file:
        np.testing.assert_allclose(file["x"], run.x, atol=1e-5)  # float32, other particles in the batch
    assert len(np.loadtxt("flow-loss.csv", delimiter=",", skiprows=2)) == 4


def test_the_exact_flow_needs_no_training(capsys):
    found = written(capsys, "--exact", "--target", "moons", "--particles", "50", "--out", "a.png", "--size", "1280x720", "--dark")
    with Image.open("a.png") as file:
        assert file.size == (1280, 720)
        assert file.getpixel((2, 2))[:3] == (0x0E, 0x11, 0x17)
        assert file.info["Comment"].endswith("target=moons&path=linear&coupling=independent&particles=50&show=exact")
    assert found["png"]["frames"] == 1


@pytest.mark.parametrize("show", ["side", "over"])
def test_both_flows_in_one_file(capsys, show):
    written(capsys, "--show", show, *SMALL, "--format", "npz", "--format", "strip-png")
    with np.load("flow.npz") as file:
        names = file["flows"].tolist()
        assert "1/x" in file.files
    assert names == (
        ["Exact flow", "Learned flow after 3 steps"] if show == "side" else ["Learned flow after 3 steps", "Exact flow"]
    )


@pytest.mark.parametrize(("show", "codes"), [("side", True), ("learned", True), ("over", False), ("exact", False)])
def test_an_encoders_codes_stand_last_as_on_the_page(capsys, show, codes):
    written(capsys, "--method", "vae", "--show", show, *SMALL, "--format", "npz", "--format", "png")
    with np.load("flow.npz") as file:
        assert (file["flows"].tolist()[-1] == "Codes of the data") == codes


def test_a_folder_that_is_named_as_one_is_made(capsys):
    found = written(capsys, "--exact", "--particles", "50", "--out", "new/figures/", "--format", "png", "--format", "csv")
    assert [entry["path"] for entry in found.values()] == ["new/figures/flow.png", "new/figures/flow.csv"]


@pytest.mark.parametrize(
    ("out", "slug", "formats", "path"),
    [
        ("a.mp4", "mp4", ["mp4"], "a.mp4"),
        ("A.MP4", "mp4", ["mp4"], "A.MP4"),
        ("a.mp4", "gif", ["mp4", "gif"], "a.gif"),
        ("a", "strip-png", ["strip-png"], "a-strip.png"),
        ("a.png", "strip-png", ["strip-png"], "a-strip.png"),
        ("fig.1", "png", ["png"], "fig.1.png"),
        (".", "csv", ["csv"], "flow.csv"),
    ],
)
def test_files_have_the_end_of_their_format(out, slug, formats, path):
    assert str(place(out, slug, formats)) == path


def test_the_end_of_a_name_says_the_format():
    assert [by_name(name) for name in ("a.gif", "a-strip.pdf", "a-loss.csv", "a.json", "a")] == [
        "gif", "strip-pdf", "loss", "experiment", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ("--format mpg", "Unknown format 'mpg'; choose one of gif, mp4,"),
        ("--out a", "No `--format` was given, and 'a' does not end in one; choose from gif,"),
        ("--fps 90 --out a.gif", "`--fps` must be a whole number from 1 to 60; got '90'."),
        ("--fps 60 --out a.gif", "`fps` must be at most 50 for 'gif'; got 60."),
        ("--seconds 0 --out a.gif", "`--seconds` must be a number from 0.5 to 30; got '0'."),
        (
            "--layers foo --out a.gif",
            "`--layers`: unknown layer 'foo'; choose from particles, trails, field, density, judged, target,",
        ),
        ("--size 3x3 --out a.gif", "`--size` must be '960x720', '1280x720',"),
        ("--particles 3 --out a.gif", "`--particles` must be a whole number from 50 to 5,000; got '3'."),
        ("--solver frog --out a.gif", "`--solver` must be 'euler', 'midpoint', 'heun', 'rk4', 'dopri5', 'bosh3', "),
        ("--grid fine --out a.gif", "`--grid` must be 'even', 'cosine', 'early' or 'late'; got 'fine'."),
        ("--transparent --out a.webp", "'webp' has no transparent ground; leave `transparent` out,"),
        ("--exact --out a-loss.csv", "'loss' needs a training; leave `--exact` out, or name a run"),
        ("--exact --show over --out a.gif", "`--exact` and `--show over` do not go together; leave one out."),
        ("--show foo --out a.gif", "Unknown `--show` 'foo'; choose one of learned,"),
        ("--run none.npz --out a.gif", "Cannot read `--run` 'none.npz': No such file or directory."),
        ("--run text.npz --out a.gif", "`--run` 'text.npz' is not a run of flowviz; give a file"),
        ("--run text.npz --target moons --out a.gif", "`--run` brings its own experiment; leave `--target` out."),
        ("--out /nowhere/a.gif", "Cannot write '/nowhere/a.gif': no such file or directory; give"),
        ("--target mons --out a.gif", "Unknown target 'mons'; did you mean 'moons'?"),
        ("--frmat gif", "Unknown option '--frmat'; did you mean '--format'?"),
    ],
)
def test_bad_input_is_refused_in_one_line(tmp_path, capsys, argv, words):
    (tmp_path / "text.npz").write_text("no run")
    assert main(["export", *argv.split()]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert words in printed.err
    assert [p.name for p in tmp_path.iterdir()] == ["text.npz"]


def test_a_full_disk_ends_with_a_sentence(monkeypatch, capsys, tmp_path):
    def fail(*_args, **_named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    assert main(["export", "--exact", "--particles", "50", "--out", "a.npz"]) == 1
    assert capsys.readouterr().err == "'a.npz' could not be written: No space left on device.\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals as on Unix")
def test_ctrl_c_leaves_only_whole_files(tmp_path):
    """Ctrl-C comes at the third frame of the second file, by that frame and not by the clock: neither too early nor too late."""
    press = """
import os, signal, sys
from flowviz.cli import files, main

def show(self, done, total):
    if self.name.endswith(".webp") and done == 3:
        os.kill(os.getpid(), signal.SIGINT)

files.Frames.show = show
sys.exit(main(sys.argv[1:]))
"""
    argv = ["export", "--exact", "--particles", "50", "--seconds", "1", "--format", "npz", "--format", "webp"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", press, *argv, "--out", str(tmp_path / "a")]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert done.returncode == 130
    assert done.stderr.splitlines()[-1] == "Stopped; 1 of 2 files were written."
    assert [p.name for p in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["export_frames", "export_films"])
def test_the_bench_measures_exports(name):
    rows = measure(quick=True, say=False, measures=[f"flowviz.bench.export:{name}"]).rows
    assert not [row.note for row in rows if row.failed]
    assert len(rows) >= 2


def test_eta_is_taken_by_ddim_alone(capsys):
    diffusion = [
        "--method",
        "diffusion",
        "--exact",
        "--particles",
        "50",
        "--solver-steps",
        "3",
        "--eta",
        "0.5",
        "--format",
        "npz",
    ]
    assert main(["export", *diffusion, "--solver", "ddim", "--path", "cosine", "--json"]) == 0
    assert "eta=0.5" in json.loads(capsys.readouterr().out)["link"]
    for more, named in ((["--solver", "ddpm"], "Leave `eta` out"), (["--solver", "ddim", "--eta", "2"], "`--eta` must be")):
        assert main(["export", *diffusion, *more]) == 2
        assert named in capsys.readouterr().err

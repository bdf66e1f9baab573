"""Pictures that stand still and numbers: read by others, exactly what went in, with their origin."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import flowviz
from flowviz.cli import load_run
from flowviz.experiment import Experiment
from flowviz.export import FORMATS, Options, expected_bytes, export, link_of, load_field, render_frame
from flowviz.networks import LearnedField
from flowviz.scene import Panel
from tests.export.scenes import EVERY, swirl

LINK = "source=gaussian&target=moons&path=trig&coupling=independent&width=16&steps=30"
ORIGIN = f"flowviz {flowviz.__version__} ?{LINK}"


@pytest.mark.parametrize("kind", ["png", "strip-png"])
def test_a_png_is_the_picture_and_says_where_it_came_from(tmp_path, panels, experiment, kind):
    found = export(panels, kind, tmp_path / "a.png", Options(t=0.5), experiment=experiment)
    with Image.open(tmp_path / "a.png") as file:
        file.load()
        assert file.format == "PNG"
        assert file.width == (960 if kind == "png" else 1920)
        assert file.info["Comment"] == ORIGIN
        assert file.info["Software"] == f"flowviz {flowviz.__version__}"
        if kind == "png":  # the same picture as the film's, but for the timeline
            frame = render_frame(panels, 0.5)
            np.testing.assert_array_equal(np.asarray(file)[:640], frame[:640])
    assert found.bytes == (tmp_path / "a.png").stat().st_size


def test_a_transparent_png(tmp_path, panels):
    export(panels, "png", tmp_path / "a.png", Options(transparent=True))
    with Image.open(tmp_path / "a.png") as file:
        assert file.mode == "RGBA"
        assert file.getpixel((2, 2))[3] == 0


@pytest.mark.parametrize("kind", ["svg", "strip-svg"])
def test_an_svg_parses_and_draws_every_particle(tmp_path, panels, experiment, kind):
    export(panels, kind, tmp_path / "a.svg", Options(layers=EVERY), experiment=experiment)
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert ORIGIN.replace("&", "&amp;") in text
    uses = [u for u in root.iter("{http://www.w3.org/2000/svg}use") if "fill: #" in u.get("style", "")]
    assert len(uses) >= 150 * (5 if kind == "strip-svg" else 1)
    assert "<text" not in text  # letters are shapes: the same on every machine


def test_the_same_picture_is_the_same_file(tmp_path, panels):
    for name in "ab":
        export(panels, "svg", tmp_path / name)
        export(panels, "pdf", tmp_path / f"{name}.pdf")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


@pytest.mark.parametrize("kind", ["pdf", "strip-pdf"])
def test_a_pdf_has_one_page_of_the_right_size(tmp_path, panels, experiment, kind):
    pypdf = pytest.importorskip("pypdf")
    export(panels, kind, tmp_path / "a.pdf", Options(layers=EVERY), experiment=experiment)
    reader = pypdf.PdfReader(tmp_path / "a.pdf", strict=True)
    (page,) = reader.pages
    assert float(page.mediabox.width) == pytest.approx(720 if kind == "pdf" else 1200)
    assert reader.metadata["/Subject"] == ORIGIN
    assert len(page.get_contents().get_data()) > 10_000


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_vectors_with_chinese_titles(tmp_path, kind):
    found = export([Panel((swirl(20),), title="流匹配")], kind, tmp_path / "a")
    assert found.bytes > 10_000


def test_a_missing_font_is_said(tmp_path):
    found = export([Panel((swirl(20),), title="\ue123")], "png", tmp_path / "a.png")
    assert found.notes[0].startswith("No font on this machine has \ue123")


# Numbers


def test_npz_holds_the_trajectories_exactly(tmp_path, panels, experiment):
    export(panels, "npz", tmp_path / "a.npz", experiment=experiment)
    scene = panels[0].scenes[0]
    with np.load(tmp_path / "a.npz", allow_pickle=False) as file:
        for name in ("t", "x", "labels"):
            np.testing.assert_array_equal(file[name], getattr(scene, name))
        assert Experiment.model_validate_json(str(file["experiment"])) == experiment
        assert json.loads(str(file["about"]))["link"] == LINK


def test_csv_reads_back_to_the_last_bit(tmp_path, experiment):
    scene = swirl(40, frames=5)
    x = scene.x.copy()
    x[1, 3] = np.nan
    export([Panel((replace(scene, x=x),))], "csv", tmp_path / "a.csv", experiment=experiment)
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == f"# {ORIGIN}"
    rows = list(csv.DictReader(lines[1:]))
    assert list(rows[0]) == ["t", "particle", "x", "y", "label"]
    read = np.array([[np.float32(r["x"]), np.float32(r["y"])] for r in rows], np.float32).reshape(5, 40, 2)
    np.testing.assert_array_equal(read, x)
    np.testing.assert_array_equal(np.float32([r["t"] for r in rows[::40]]), scene.t)
    np.testing.assert_array_equal([int(r["label"]) for r in rows[:40]], scene.labels)
    np.testing.assert_array_equal([int(r["particle"]) for r in rows[:40]], np.arange(40))


def test_several_flows_keep_their_names(tmp_path):
    a, b = swirl(5, frames=3, title='The "exact", one'), swirl(7, frames=2, title="学习")
    export([Panel((a,)), Panel((b,), title="Panel")], "csv", tmp_path / "a.csv")
    rows = list(csv.DictReader((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()[1:]))
    assert [r["flow"] for r in rows] == ['The "exact", one'] * 15 + ["Panel: 学习"] * 14
    export([Panel((a, b))], "npz", tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        assert file["flows"].tolist() == ['The "exact", one', "学习"]
        np.testing.assert_array_equal(file["2/x"], b.x)


def test_weights_load_back_to_the_same_field(tmp_path, panels, experiment, learned, rng):
    export(panels, "weights", tmp_path / "w.npz", experiment=experiment, learned=learned)
    x, t = torch.randn(50, 2, generator=rng), torch.tensor(0.3)
    again = load_field(tmp_path / "w.npz")
    assert torch.equal(again.velocity(x, t), LearnedField(experiment.network, learned.weights).velocity(x, t))


def test_what_holds_no_weights_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"no")
    np.savez(tmp_path / "b.npz", a=np.zeros(2))
    for name in ("a.npz", "b.npz"):
        with pytest.raises(ValueError, match="holds no weights of flowviz; give a file"):
            load_field(tmp_path / name)
    with pytest.raises(ValueError, match="is not a run of flowviz"):
        load_run(tmp_path / "b.npz")


def test_losses_read_back_to_the_last_bit(tmp_path, panels, learned):
    export(panels, "loss", tmp_path / "l.csv", learned=learned)
    rows = list(csv.DictReader((tmp_path / "l.csv").read_text().splitlines()[1:]))
    np.testing.assert_array_equal(np.float32([r["loss"] for r in rows]), learned.losses)
    assert [int(r["step"]) for r in rows] == list(range(1, 31))


def test_the_losses_of_both_networks_read_back(tmp_path, panels, learned):
    both = replace(learned, parts=2 * learned.losses[None])
    export(panels, "loss", tmp_path / "l.csv", learned=both, experiment=Experiment.from_flat({"method": "gan"}))
    rows = list(csv.DictReader((tmp_path / "l.csv").read_text().splitlines()[1:]))
    np.testing.assert_array_equal(np.float32([r["of the generator"] for r in rows]), both.parts[0])
    np.testing.assert_array_equal(np.float32([r["loss"] for r in rows]), learned.losses)


def test_the_experiment_is_one_again(tmp_path, panels, experiment):
    export(panels, "experiment", tmp_path / "e.json", experiment=experiment)
    assert Experiment.model_validate_json((tmp_path / "e.json").read_text()) == experiment


def test_the_link_opens_the_same_experiment(experiment):
    from urllib.parse import parse_qsl

    assert link_of(experiment) == LINK
    assert Experiment.from_flat(dict(parse_qsl(link_of(experiment)))) == experiment
    assert link_of(None) == ""


# What is refused


@pytest.mark.parametrize(
    ("format", "options", "error", "words"),
    [
        ("gfi", {}, KeyError, "unknown format 'gfi'; choose one of gif, mp4"),
        ("mp4", {"transparent": True}, ValueError, "'mp4' has no transparent ground; leave"),
        ("gif", {"fps": 60}, ValueError, "`fps` must be at most 50 for 'gif'; got 60"),
        ("weights", {}, ValueError, "'weights' needs a training; hand over"),
        ("experiment", {}, ValueError, "'experiment' holds the experiment; hand it over"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, panels, format, options, error, words):
    with pytest.raises(error, match=words):
        export(panels, format, tmp_path / "a", Options(**options))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_overwritten(tmp_path, panels):
    with pytest.raises(OSError, match="it is a folder"):
        export(panels, "npz", tmp_path)


def test_unknown_layers_are_refused():
    with pytest.raises(ValueError, match="unknown layer 'foo'; choose from particles, trails, field, density, judged"):
        Options(layers=("foo",))
    assert Options(layers=("density", "particles")) == Options(layers=("particles", "density"))


@pytest.mark.slow
@pytest.mark.parametrize("format", FORMATS)
def test_the_size_is_foretold_within_a_factor_of_two(tmp_path, panels, short, experiment, learned, format):
    panels = [Panel((swirl(400, frames=61),))]
    found = export(panels, format, tmp_path / "a", short, experiment=experiment, learned=learned)
    assert 0.5 < expected_bytes(panels, format, short, learned=learned) / found.bytes < 2


def test_importing_export_loads_no_drawing():
    code = "import sys, flowviz.export; print([m for m in ('matplotlib', 'PIL', 'imageio_ffmpeg') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert out.stdout.strip() == "[]"

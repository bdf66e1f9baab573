"""Scenes of three coordinates in files: one camera with the player, depth by size and shade, films that turn."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from flowviz.export import FORMATS, Options, expected_bytes, export, legend, look
from flowviz.export.motion import Motion, scales_of
from flowviz.export.numbers import coordinates
from flowviz.export.sheet import Sheet
from flowviz.scene import Panel, Scene
from flowviz.scene.camera import HOME, Camera, look_at, shade
from tests.export.scenes import EVERY, knot, swirl

CUBE = (-2.0, 2.0) * 3


def still(points, **words) -> Scene:
    """Particles of space that stay where they are."""
    x = np.asarray(points, np.float32)
    ends = np.array([0, 1], np.float32)
    return Scene(t=ends, x=np.stack([x, x]), labels=np.zeros(len(x), np.uint8), bounds=CUBE, space="volume", **words)


def pixel(sheet: Sheet, point, camera: Camera = HOME) -> tuple[int, int]:
    """Row and column of a point of space."""
    cell, (x, y, _) = sheet.layout.cells[0], look_at(np.array(point, float), CUBE, camera)
    return round(cell.top + (1 - y) / 2 * cell.height - 0.5), round(cell.left + (1 + x) / 2 * cell.width - 0.5)


def test_a_picture_is_seen_from_the_default_and_a_film_turns_with_t():
    point = (1.5, 0.5, -0.5)
    panels, options = [Panel((still([point]),))], Options(layers=("particles",))
    blue = np.array(look.rgb(look.PALETTE["light"][0]))
    for moving, camera in ((False, HOME), (True, HOME.at(0.8))):
        sheet = Sheet(panels, options, moving=moving)
        found = sheet.frame(0.8)[pixel(sheet, point, camera)][:3]
        own = shade(look_at(np.array(point), CUBE, camera)[2])
        expected = own * blue + (1 - own) * 255
        assert np.abs(found - expected).max() < 30
    film = Sheet(panels, options)
    row, column = pixel(film, point, HOME)
    assert film.frame(0.8)[row, column, :3].min() > 200  # it has moved on


def test_the_near_one_hides_the_far_one_and_is_larger():
    towards = HOME.axes[2]
    both = replace(still([1.5 * towards, -1.5 * towards]), labels=np.array([1, 2], np.uint8))
    sheet = Sheet([Panel((both,))], Options(layers=("particles",)), moving=False)
    own = shade(look_at(1.5 * towards, CUBE)[2])
    expected = own * np.array(look.rgb(look.PALETTE["light"][1])) + (1 - own) * 255
    assert np.abs(sheet.frame(0)[pixel(sheet, (0, 0, 0))][:3] - expected).max() < 30
    counts = []
    for end in (1, -1):
        alone = Sheet([Panel((still([end * 1.5 * towards]),))], Options(layers=("particles",)), moving=False)
        empty = Sheet([Panel((still([[99.0, 0, 0]]),))], Options(layers=("particles",)), moving=False)
        counts.append((alone.frame(0) != empty.frame(0)).any(2).sum())
    assert counts[0] > 1.5 * counts[1]


@pytest.mark.parametrize("layer", ["particles", "trails", "target", "source"])
def test_every_layer_of_space_is_drawn(layer):
    panels = [Panel((knot(),))]
    empty, drawn = (Sheet(panels, Options(layers=layers), moving=False).frame(0.6).copy() for layers in ((), (layer,)))
    assert (empty != drawn).any(2).sum() > 250
    assert len(np.unique(np.ascontiguousarray(empty).view(np.uint32))) > 20  # the cube and its numbers


def test_plane_and_space_stand_side_by_side_and_the_second_scene_is_hollow():
    sheet = Sheet([Panel((knot(), knot(60))), Panel((swirl(),)), Panel(())], Options(layers=EVERY, dark=True))
    assert sheet.spaces == ["volume", "plane", "volume"]
    assert sheet.scales.range == (-4, 4, -4, 4)
    assert sheet.scales.cube == (-3.5, 3.5) * 3
    assert [key.name for row in sheet.legend for key in row] == ["Velocity", "Density", "Discriminator"]
    alone = Sheet([Panel((knot(),))], Options(layers=EVERY))
    assert alone.legend == []
    assert sheet.frame(0.5).shape == (720, 960, 4)


@pytest.mark.parametrize("format", [slug for slug, f in FORMATS.items() if f.needs == "panels"])
def test_every_format_holds_it(tmp_path, format):
    panels, options = [Panel((knot(60),))], Options(fps=5, seconds=0.8, layers=("particles", "trails", "target"))
    found = export(panels, format, tmp_path / "a", options)
    assert found.bytes > 1000
    assert found.frames == (4 if FORMATS[format].moving else 1 if format.split("-")[-1] in ("png", "svg", "pdf") else 0)
    assert 0.3 < expected_bytes(panels, format, options) / found.bytes < 3.5


def test_tables_have_a_column_for_each_coordinate(tmp_path):
    scene = knot(7)
    export([Panel((scene,))], "csv", tmp_path / "a.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text("utf-8").split("\n", 1)[1])))
    assert rows[0] == ["t", "particle", "x", "y", "z", "label"]
    np.testing.assert_array_equal(np.array([row[2:5] for row in rows[1:]], np.float32).reshape(scene.x.shape), scene.x)
    export([Panel((swirl(3),)), Panel((scene,))], "csv", tmp_path / "b.csv")
    mixed = list(csv.reader(io.StringIO((tmp_path / "b.csv").read_text("utf-8").split("\n", 1)[1])))
    assert {len(row) for row in mixed} == {7}
    assert mixed[1][5] == ""
    assert coordinates(5) == ("x1", "x2", "x3", "x4", "x5")


def test_numbers_that_are_none_do_no_harm():
    scene = knot()
    x = scene.x.copy()
    x[5:, 0], x[5:, 1], x[5:, 2] = np.nan, np.inf, 1e9
    assert Sheet([Panel((replace(scene, x=x),))], Options()).frame(0.9).shape == (720, 960, 4)
    assert np.isfinite(Motion(replace(scene, x=x)).top_speed)


@pytest.mark.parametrize("width", [200.0, 437.0, 1000.0])
def test_the_arrow_of_the_key_is_to_scale(width):
    motion = Motion(swirl())
    scales, options = scales_of([motion]), Options(layers=("field",))
    (key,) = legend.keys([motion], scales, options, look.theme(False), width)
    value = float(key.unit.split()[1])
    assert key.sign == pytest.approx(value * scales.arrow * width / 8)
    assert legend.ARROW / 2.6 < key.sign <= legend.ARROW
    assert key.unit.endswith("faint where hardly any particle is")
    (plain,) = legend.keys([Motion(replace(swirl(), density=None))], scales, options, look.theme(False), width)
    assert "faint" not in plain.unit


def test_the_key_of_a_sheet_fits_its_own_pictures():
    sheet = Sheet([Panel((swirl(5),))] * 2, Options(layers=EVERY))
    key, *_ = [key for row in sheet.legend for key in row]
    cell = sheet.layout.cells[0]
    assert key.sign == pytest.approx(float(key.unit.split()[1]) * sheet.scales.arrow * cell.width / 8, rel=1e-6)


def test_arrows_fade_where_nothing_flows():
    strengths = Motion(swirl()).strengths(0.0)  # a Gaussian about the middle
    assert strengths.shape == (8, 8)
    assert strengths[3:5, 3:5].min() == look.ARROW_LEVELS
    assert strengths[0, 0] == strengths[7, 7] == 1
    assert (Motion(replace(swirl(), density=None)).strengths(0.0) == look.ARROW_LEVELS).all()
    # An even density, one particle in each cell of many, is crowded everywhere.
    even = Motion(replace(swirl(), density=np.full((3, 32, 32), 1 / 64, np.float32)))
    assert (even.strengths(0.3) == look.ARROW_LEVELS).all()

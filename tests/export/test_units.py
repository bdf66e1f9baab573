"""Axes in the units of own data: ticks stand where they are round in those, and their texts with the name say the value."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from flowviz.export import Options
from flowviz.export.sheet import Sheet
from flowviz.export.units import own_axis
from flowviz.frame import Frame
from flowviz.scene import Panel, pack, unpack
from tests.export.scenes import swirl

PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
FRAMES = [
    Frame(("length (mm)", "width"), (1_491_033.0, 0.0), (57.0, 1.0)),
    Frame(("a", "b"), (0.0, -3.2e9), (2e-9, 0.7)),
    Frame(("a", "b"), (5e9, 1e-7), (1e9, 3e-13)),
    Frame(("a", "b"), (0.0, 12.0), (-4.0, 1e5)),
    Frame(("a", "b"), (98.6, 1e15), (0.004, 1e3)),
]


def values(texts: list[str], name: str) -> np.ndarray:
    """What the texts of an axis say, with what its name says they are counted from and in."""
    plain = name.translate(PLAIN)
    power = re.search(r", × 10(-?\d+)$", plain)
    base = re.search(r", from (-?\d{1,3}(?:,\d{3})*(?:\.\d+)?)(?: × 10(-?\d+))?", plain)
    start = 0.0 if base is None else float(base[1].replace(",", "")) * 10.0 ** int(base[2] or 0)
    return start + np.array([float(text.translate(PLAIN)) for text in texts]) * 10.0 ** (int(power[1]) if power else 0)


@pytest.mark.parametrize("column", [0, 1])
@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: f"{frame.offset}-{frame.factor}")
@pytest.mark.parametrize("ends", [(-4.5, 4.5), (0.31, 0.32), (-20.0, 1.0)])
def test_a_tick_says_the_value_at_which_it_stands(frame: Frame, column: int, ends: tuple[float, float]) -> None:
    axis = own_axis(*ends, frame, column, 400, 80)
    assert 3 <= len(axis.ticks) <= 11
    assert min(ends) - 1e-6 <= min(axis.ticks)
    assert max(axis.ticks) <= max(ends) + 1e-6
    told, at = values(axis.texts, axis.name), frame.offset[column] + frame.factor[column] * np.array(axis.ticks)
    span = abs(frame.factor[column]) * (ends[1] - ends[0])
    np.testing.assert_allclose(told, at, rtol=0, atol=1e-6 * span + 4e-16 * np.abs(at).max())
    assert all(len(text) <= 5 + text.startswith("−") for text in axis.texts), axis.texts  # the room left of a picture
    steps = np.diff(np.sort(at)) / 10.0 ** np.floor(np.log10(span / 4))
    rough = 8e-16 * np.abs(at).max() / span
    assert np.ptp(steps) < 1e-6 + 100 * rough
    assert axis.name.startswith(frame.names[column])


def test_a_name_says_what_its_numbers_are_counted_from() -> None:
    assert own_axis(-4.5, 4.5, FRAMES[0], 0, 400, 80).name == "length (mm), from 1,490,000"
    assert own_axis(-4.5, 4.5, FRAMES[0], 1, 400, 80) == ([-4.0, -2.0, 0.0, 2.0, 4.0], ["−4", "−2", "0", "2", "4"], "width")
    assert own_axis(-4.5, 4.5, FRAMES[1], 0, 400, 80).name == "a, × 10⁻⁸"
    assert own_axis(-4.5, 4.5, FRAMES[2], 0, 400, 80).name == "a, × 10⁹"


def test_exported_pictures_have_the_columns_numbers_and_their_names() -> None:
    scene = replace(swirl(50), frame=FRAMES[0])
    sheet = Sheet([Panel((scene,))], Options())
    (axes,) = [axes for axes in sheet.paper.figure.axes if axes.get_xticks().size > 2]
    expected = own_axis(*axes.get_xlim(), FRAMES[0], 0, sheet.layout.cells[0].width, 80)
    assert [label.get_text() for label in axes.get_xticklabels()] == expected.texts
    np.testing.assert_allclose(axes.get_xticks(), expected.ticks)
    written = {text.get_text() for text in sheet.paper.figure.texts}
    assert {f"{expected.name} →", "↑ width"} <= written


def test_the_units_go_with_the_packed_scene() -> None:
    scene = replace(swirl(20), frame=FRAMES[0])
    for one, columns in ((scene, [{"name": "length (mm)", "offset": 1_491_033.0, "factor": 57.0}, {"name": "width", "offset": 0.0, "factor": 1.0}]), (swirl(20), None)):  # fmt: skip
        _, header = unpack(pack([Panel((one,))]))
        assert header["panels"][0]["scenes"][0].get("frame") == columns

"""Where everything stands: equal axes, nothing over anything else, pictures as large as they can be."""

from __future__ import annotations

import itertools

import pytest

from flowviz.export import layout, words
from flowviz.export.options import SIZES, Options
from flowviz.export.sheet import Sheet
from flowviz.scene import Panel
from tests.export.scenes import EVERY, swirl


def boxes(sheet: Sheet) -> list[tuple[float, float, float, float]]:
    return [(c.left, c.top, c.left + c.width, c.top + c.height) for c in sheet.layout.cells]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_pictures_are_inside_apart_and_equal(n, size):
    sheet = Sheet([Panel((swirl(5),), title="One")] * n, Options(size=size, layers=EVERY))
    for left, top, right, bottom in boxes(sheet):
        assert left >= layout.LEFT
        assert top >= 2 * layout.LINE
        assert right <= sheet.layout.width
        assert bottom + layout.BOTTOM <= sheet.layout.foot + 1
    assert sheet.layout.foot + 34 + 32 <= sheet.layout.height
    for a, b in itertools.combinations(boxes(sheet), 2):
        assert a[2] + layout.RIGHT <= b[0] or b[2] + layout.RIGHT <= a[0] or a[3] < b[1] or b[3] < a[1]
    assert len({(c.width, c.height) for c in sheet.layout.cells}) == 1


@pytest.mark.parametrize("bounds", [(-4.0, 4.0, -4.0, 4.0), (-6.0, 6.0, -2.0, 2.0), (0.0, 1.0, 0.0, 3.0)])
def test_one_unit_is_as_long_in_x_as_in_y(bounds):
    sheet = Sheet([Panel((swirl(5, bounds=bounds),))], Options())
    cell, (x0, x1, y0, y1) = sheet.layout.cells[0], bounds
    assert cell.width / (x1 - x0) == pytest.approx(cell.height / (y1 - y0), rel=0.01)  # whole pixels


def test_a_strip_has_five_times_for_each_panel():
    sheet = Sheet([Panel((swirl(5),))] * 2, Options(), strip=True, moving=False)
    assert [c.t for c in sheet.layout.cells] == [0, 0.25, 0.5, 0.75, 1] * 2
    assert [c.caption for c in sheet.layout.cells[:5]] == ["t = 0", "t = ¼", "t = ½", "t = ¾", "t = 1"]


def test_long_titles_are_shortened_and_evaluations_take_a_line_of_their_own():
    lines = layout.heads(Panel((swirl(5, title="Learned flow after 1,200 steps", nfe=120),)), 260)
    assert [(line.words, line.extra) for line in lines] == [
        ("Learned flow after 1,200 steps", ""),
        ("", "120 field evaluations"),
    ]
    (line, _) = layout.heads(Panel((swirl(5, title="A very long title " * 9),)), 200)
    assert line.words.endswith("…")
    assert words.width(line.words, layout.TITLE, bold=True) <= 200


def test_without_titles_pictures_are_larger():
    on, off = (Sheet([Panel((swirl(5),), title="A")], Options(title=title)).layout.cells[0] for title in (True, False))
    assert off.height > on.height
    assert off.lines == ()

"""What the page says of crossing pairs is counted on the pairs that it shows."""

from __future__ import annotations

from itertools import combinations

import pytest
import torch

from flowviz import figures
from flowviz.experiment import Experiment
from tests.screen.pages import open_page


def test_two_diagonals_cross_and_two_sides_do_not() -> None:
    corners = torch.tensor([[0.0, 0.0], [0.0, 1.0]])
    assert figures.crossing_share(corners, torch.tensor([[1.0, 1.0], [1.0, 0.0]])) == 1
    assert figures.crossing_share(corners, torch.tensor([[1.0, 0.0], [1.0, 1.0]])) == 0


def test_crossings_are_those_that_solving_for_the_common_point_finds(rng: torch.Generator) -> None:
    x0, x1 = torch.randn(2, 30, 2, generator=rng, dtype=torch.float64)
    found = 0
    for i, j in combinations(range(30), 2):
        # x0_i + s (x1_i − x0_i) = x0_j + r (x1_j − x0_j)
        s, r = torch.linalg.solve(torch.stack([x1[i] - x0[i], x0[j] - x1[j]], 1), x0[j] - x0[i])
        found += bool(0 < s < 1 and 0 < r < 1)
    assert figures.crossing_share(x0, x1) == pytest.approx(found / 435)


@pytest.mark.parametrize(
    "flat",
    [
        {},
        {"coupling": "ot"},
        {"coupling": "sinkhorn", "sinkhorn_epsilon": "100"},
        {"coupling": "sinkhorn", "sinkhorn_epsilon": "0.05"},
    ],
)
def test_the_page_says_how_many_of_the_shown_pairs_cross(flat: dict[str, str]) -> None:
    app = open_page(**flat)
    share = figures.crossing_share(*figures.shown_pairs(Experiment.from_flat(flat)))
    assert any(f"{figures.PAIRS} pairs, {share:.0%} of whose lines cross" in caption.value for caption in app.caption)
    words = " ".join(element.value for element in app.markdown)
    assert (f"Here {share:.0%} of the lines between pairs cross" in words) == (share > 0.05)
    assert ("hardly cross" in words) == (share <= 0.05)

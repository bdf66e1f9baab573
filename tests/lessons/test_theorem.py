"""Both gradients: equal in expectation, and the nearer the larger the batch."""

from __future__ import annotations

import math

import pytest
import torch

from flowviz.lessons import affordable_sizes, gradients
from flowviz.lessons.theorem import BATCHES
from flowviz.paths import Path
from flowviz.paths.straight import Linear
from tests.lessons.laws import CASES, field_of

SEEDS = range(5)


def test_cosine_climbs_to_one_and_the_difference_falls_like_the_root_of_the_batch() -> None:
    """The slope of log difference over log B is −½; five seeds and twelve octaves leave it some .03 of freedom."""
    found = [gradients(field_of(Linear()), torch.Generator().manual_seed(seed)) for seed in SEEDS]
    assert found[0].sizes == BATCHES
    cosine = torch.stack([one.cosine for one in found]).median(0).values
    assert float(cosine[-1]) > 0.9999
    assert bool((cosine[2::2].diff() > 0).all())
    size = torch.tensor(BATCHES, dtype=torch.float64).log()
    difference = torch.stack([one.difference for one in found]).log().mean(0)
    slope = float(((size - size.mean()) * (difference - difference.mean())).sum() / (size - size.mean()).square().sum())
    assert slope == pytest.approx(-0.5, abs=0.06)


@pytest.mark.parametrize("path", CASES, ids=str)
def test_gradients_agree_on_every_path(path: Path) -> None:
    found = [gradients(field_of(path), torch.Generator().manual_seed(seed), sizes=[64, 8192]) for seed in range(3)]
    small, large = torch.stack([one.cosine for one in found]).median(0).values
    assert float(large) > 0.99
    assert float(large) > float(small)


@pytest.mark.parametrize(("source", "target"), [("gaussian", "two-points"), ("two-points", "8gaussians"), ("moons", "spirals")])
def test_gradients_agree_for_stand_ins_and_points(source: str, target: str) -> None:
    field = field_of(Linear(), source, target)
    sizes = affordable_sizes(field)
    assert 2048 <= sizes[-1] <= 65536
    assert float(gradients(field, torch.Generator().manual_seed(0), sizes=[sizes[-1]]).cosine[0]) > 0.99


def test_gradients_are_those_of_the_two_losses() -> None:
    """One weight, the bias of the last layer: its gradient is 2 (mean of v − mean of the goal), so both differ by what
    the means of u and u_t do, and the same batch gives the same gradient however it is cut into parts."""
    field = field_of(Linear())
    whole = gradients(field, torch.Generator().manual_seed(1), sizes=[512])
    parts = gradients(field, torch.Generator().manual_seed(1), sizes=[16, 100, 512])
    assert torch.allclose(whole.conditional[0], parts.conditional[-1], rtol=1e-12, atol=1e-14)
    assert torch.allclose(whole.marginal[0], parts.marginal[-1], rtol=1e-12, atol=1e-14)
    assert sum(count for _, count in whole.groups) == whole.conditional.shape[1]
    error = (whole.conditional - whole.marginal)[0, -2:].abs()
    assert float(error.max()) < 4.5 * 2 * math.sqrt(9.8 / 2 / 512)


def test_the_difference_has_no_mean() -> None:
    """Averaged over 30 independent batches, ∇L_CFM − ∇L_FM is nothing within 4.5 standard errors in each of its weights."""
    field = field_of(Linear())
    rest = []
    for seed in range(30):
        rng = torch.Generator().manual_seed(300 + seed)
        found = gradients(field, rng, sizes=[256])
        rest.append((found.conditional - found.marginal)[0, -2:])  # the last bias: the same meaning in every network
    rest = torch.stack(rest)
    assert float((rest.mean(0).abs() / (rest.std(0) / math.sqrt(len(rest)))).max()) < 4.5


def test_sizes_below_one_are_refused() -> None:
    with pytest.raises(ValueError, match="`sizes` must hold batch sizes of at least 1; got \\[0\\]"):
        gradients(field_of(Linear()), torch.Generator(), sizes=[0])

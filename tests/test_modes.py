"""Modes: which are found, how wide they are, what lies between; the energy distance; against closed forms."""

from __future__ import annotations

import math

import pytest
import torch

from flowviz.distributions import DISTRIBUTIONS
from flowviz.metrics import energy_distance, in_modes, modes_of, share_in_modes, share_near_data, stratified


@pytest.mark.parametrize(
    ("slug", "count"),
    [("8gaussians", 8), ("grid25", 25), ("two-gaussians", 2), ("moons", None), ("gaussian", None), ("two-points", None)],
)
def test_modes_are_components_that_lie_apart(slug: str, count: int | None):
    found = modes_of(DISTRIBUTIONS[slug]())
    assert (None if found is None else len(found)) == count


@pytest.mark.parametrize("slug", ["8gaussians", "grid25"])
def test_the_targets_own_samples_find_all_modes_at_their_own_width(slug: str, rng: torch.Generator):
    target = DISTRIBUTIONS[slug]()
    modes = modes_of(target)
    assert modes is not None
    x = target.sample(40_000, rng)
    found = in_modes(x, modes)
    assert found.found == len(modes)
    # In the plane a share of exp(−9/2) lies outside; both within four standard deviations of 40,000 draws.
    assert found.near == pytest.approx(1 - math.exp(-4.5), abs=0.0021)
    assert found.width == pytest.approx(1.0, abs=0.02)
    assert found.near == share_in_modes(x, modes)


def test_lost_modes_bridges_and_blur_are_counted(rng: torch.Generator):
    target = DISTRIBUTIONS["8gaussians"]()
    modes = modes_of(target)
    assert modes is not None
    centres, std = modes.means, float(modes.variances[0]) ** 0.5
    three = centres[torch.arange(900) % 3] + 0.5 * std * torch.randn(900, 2, generator=rng)
    found = in_modes(torch.cat([three, torch.zeros(100, 2)]), modes)
    assert found.found == 3
    assert found.near == pytest.approx(0.9)
    # Half as wide: a quarter of the variance; the target's own is cut off at 3 standard deviations, by a twentieth.
    assert found.width == pytest.approx(0.25 / 0.95, abs=0.03)
    nowhere = in_modes(torch.zeros(10, 2), modes)
    assert (nowhere.near, nowhere.found, nowhere.width) == (0.0, 0, None)


def test_the_energy_distance_of_two_gaussians_by_its_closed_form(rng: torch.Generator):
    """On the line E|X − Y| of N(0, 1) and N(m, 1) is the mean of a folded normal of variance 2."""
    x, y = torch.randn(3000, 1, generator=rng, dtype=torch.float64), 2 + torch.randn(3000, 1, generator=rng, dtype=torch.float64)
    m, s = 2.0, math.sqrt(2.0)
    across = s * math.sqrt(2 / math.pi) * math.exp(-((m / s) ** 2) / 2) + m * math.erf(m / s / math.sqrt(2))
    assert energy_distance(x, y) == pytest.approx(2 * across - 2 * s * math.sqrt(2 / math.pi), abs=0.08)
    assert energy_distance(x, x) == pytest.approx(0.0, abs=1e-12)
    assert energy_distance(x, y) == pytest.approx(energy_distance(y, x))


def test_fresh_data_are_near_data_and_others_are_not(rng: torch.Generator):
    target = DISTRIBUTIONS["moons"]()
    data, more, other = (stratified(target, 800, rng)[0] for _ in range(3))
    assert share_near_data(other, data, more) == pytest.approx(0.95, abs=0.03)
    assert share_near_data(other + 10, data, more) == 0.0

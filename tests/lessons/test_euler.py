"""Few steps of Euler's rule: one lands on the mean, many reach the data."""

from __future__ import annotations

import math

import pytest
import torch

from flowviz.distributions.gaussians import EightGaussians, Gaussian, TwoPoints
from flowviz.lessons import euler_ends, landings
from flowviz.metrics import sampling_floor, stratified
from flowviz.paths.interpolants import StochasticInterpolant
from flowviz.paths.straight import Linear
from tests.lessons.laws import field_of


@pytest.mark.parametrize(("path", "target"), [(Linear(), "8gaussians"), (Linear(), "moons"), (StochasticInterpolant(), "moons")])
def test_one_step_lands_on_the_mean_of_the_data(path, target: str, rng: torch.Generator) -> None:
    field = field_of(path, target=target)
    end = euler_ends(field, torch.randn(50, 2, generator=rng, dtype=torch.float64), [1])[1].x[-1]
    mean = (field.law.weights[:, None] * field.law.mu).sum(0)
    assert torch.allclose(end, mean.expand(50, 2), rtol=0, atol=1e-12)


def test_more_steps_come_nearer_and_reach_the_floor(rng: torch.Generator) -> None:
    """REFERENCE: W2 = √(25 + 2·√.1) = 5.063 for one step."""
    source, target = Gaussian(), EightGaussians()
    x0, x1 = stratified(source, 500, rng)[0], stratified(target, 500, rng)[0]
    found = landings(field_of(Linear()), x0, x1, [1, 2, 4, 20])
    assert [one.steps for one in found] == [1, 2, 4, 20]
    assert [one.trajectory.x.shape[0] for one in found] == [2, 3, 5, 21]
    distances = [one.w2 for one in found]
    assert distances == sorted(distances, reverse=True)
    assert distances[0] == pytest.approx(math.sqrt(25 + 2 * math.sqrt(0.1)), abs=0.02)
    assert distances[-1] < 2 * sampling_floor(target, 500, rng).mean
    assert found[0].spread < 1e-5 < 4 < found[-1].spread


def test_a_point_set_is_reached_without_asking_at_its_end(rng: torch.Generator) -> None:
    ends = euler_ends(field_of(Linear(), target="two-points"), Gaussian().sample(200, rng), [1, 50])
    points = TwoPoints().mixture().means.float()
    assert float(ends[1].x[-1].abs().max()) < 1e-5  # their mean
    assert float(torch.cdist(ends[50].x[-1], points).amin(1).max()) < 0.3


def test_no_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="`steps` must be at least 1; got 0"):
        euler_ends(field_of(Linear()), torch.zeros(1, 2), [0])

"""Memorising: a copier is near always, fresh draws half of the time, and odd point sets raise nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from flowviz.distributions import DISTRIBUTIONS, Points
from flowviz.experiment import Experiment
from flowviz.figures.memorising import copied_figure
from flowviz.known import known
from flowviz.measures import copied_over_training, exact_share, near_distance, share_near, training_points
from flowviz.measures.memorising import nearest, spacing
from flowviz.solvers import carry, finished
from flowviz.training import untrained_weights


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def on_points(std: float = 0.0, n: int = 40, **flat: str) -> Experiment:
    points = Points.of(DISTRIBUTIONS["moons"]().sample(n, rng(3)).numpy(), std=std)
    return Experiment.from_flat({"target": points.text, **flat})


@pytest.mark.parametrize("target", ["8gaussians", "moons", "trefoil", "sphere"])
def test_a_copier_is_near_always_and_fresh_draws_half_of_the_time(target: str):
    law = DISTRIBUTIONS[target]()
    shares = []
    for seed in range(30):
        points = law.sample(200, rng(seed))
        assert share_near(points[torch.randint(200, (300,), generator=rng(seed))], points) == 1.0
        shares.append(share_near(law.sample(200, rng(100 + seed)), points))
    # Binomial both in the samples and in the points whose median is taken; points are each other's nearest, so not independent.
    error = 0.5 * math.sqrt((1 / 200 + 2 / 200) / 30)
    assert abs(sum(shares) / 30 - 0.5) < 4 * error


def test_a_sampler_that_misses_the_points_is_near_less_often():
    points = DISTRIBUTIONS["8gaussians"]().sample(200, rng())
    assert share_near(points + 100, points) == 0.0
    assert share_near(torch.randn(500, 2, generator=rng(1)), points) < 0.2


def test_distances_are_those_of_all_pairs_whatever_the_blocks():
    points = torch.randn(1100, 3, generator=rng(), dtype=torch.float64)
    apart = (points[:, None] - points[None]).norm(dim=2)
    apart.fill_diagonal_(math.inf)
    assert torch.allclose(spacing(points).sort().values, apart.amin(1).sort().values)
    assert float(nearest(points, points).max()) == 0.0


def test_duplicates_count_as_one_and_odd_sets_have_no_value():
    points = torch.tensor([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0], [1.0, 0.0], [3.0, 0.0]])
    assert sorted(spacing(points).tolist()) == [1.0, 1.0, 2.0]
    assert share_near(points, points) == 1.0
    for few in (points[:1], points[:3]):
        assert math.isnan(near_distance(few))
        assert math.isnan(share_near(points, few))
    assert math.isnan(share_near(points[:0], points))
    assert share_near(torch.tensor([[math.nan, 0.0], [math.inf, 0.0], [0.1, 0.0], [9.0, 9.0]]), points) == 0.25


@pytest.mark.parametrize("std", [0.0, 0.2])
def test_the_exact_field_makes_the_points_again(std: float):
    """Carried along the exact field, samples are near as often as draws of the target are; without blur always."""
    experiment = on_points(std)
    points, field = training_points(experiment), known(experiment).field
    assert points is not None
    x0 = experiment.source_distribution.sample(500, rng(5))
    ends = finished(field, carry(field, x0, solver="midpoint", steps=60)).x[-1]
    exact = exact_share(experiment, points)
    assert share_near(ends, points) == pytest.approx(exact, abs=4 * math.sqrt(2 * 0.25 / 500) if std else 0.0)
    assert (exact == 1.0) == (std == 0.0)


@pytest.mark.parametrize("flat", [{}, {"method": "diffusion"}, {"coupling": "ot"}], ids=str)
def test_the_curve_follows_the_film(flat: dict[str, str]):
    experiment = on_points(**flat)
    points = training_points(experiment)
    assert points is not None
    first = untrained_weights(experiment)
    lost = {name: np.full_like(value, np.nan) for name, value in first.items()}
    found = list(copied_over_training(experiment, {5: lost, 0: first, 2: first}, points, n=50))
    assert [point.step for point in found] == [0, 2, 5]
    assert found[0].share == found[1].share < 0.7
    assert found[2].share == 0.0


def test_targets_that_are_drawn_afresh_have_no_training_points():
    assert all(training_points(Experiment.from_flat({"target": slug})) is None for slug in DISTRIBUTIONS if slug != "digits")


def test_the_figure_has_percent_limits_and_no_step_0():
    figure = copied_figure([0, 1, 10, 700], [0.1, 0.2, math.nan, 0.8], 1.0, 0.5)
    (trace,) = figure["data"]
    assert (trace["x"], trace["y"]) == ([1, 10, 700], [20.0, None, 80.0])
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["fresh points 50 %", "exact flow 100 %"]
    assert figure["layout"]["xaxis"]["ticktext"] == ["1", "10", "100", "700"]
    assert copied_figure([], [], math.nan, 0.5)["data"][0]["x"] == []


@pytest.mark.parametrize("exact", [0.2, 0.49, 0.5, 0.58, 0.89, 1.0])
def test_the_names_of_two_near_lines_stand_apart(exact: float):
    notes = copied_figure([1, 10], [0.1, 0.2], exact, 0.5)["layout"]["annotations"]
    fresh, flow = ((note["y"], note["yanchor"]) for note in notes)
    top, bottom = (fresh, flow) if exact < 0.5 else (flow, fresh)
    assert bottom[1] == "top"
    assert top[1] == "bottom" or top[0] - bottom[0] > 30

"""Answers about training, by other routes: regression, Monte Carlo, closed forms."""

import math

import pytest
import torch

from flowviz.distributions import DISTRIBUTIONS
from flowviz.exact import irreducible_loss
from flowviz.lessons import answers, answers_training

VARIANCE = 25 + 2 * 0.1**0.5
"""E‖x1‖² of 8 Gaussians, whose mean is 0."""


def test_fed_with_the_data_the_best_regression_is_the_identity_and_its_loss_is_two(rng):
    x0, x1 = torch.randn(40_000, 2, generator=rng).double(), answers.data(40_000)
    fit = torch.linalg.lstsq(x1, x1 - x0)
    slope, rest = fit.solution, (x1 - x0 - x1 @ fit.solution).square().sum(1).mean()
    assert torch.allclose(slope, torch.eye(2, dtype=torch.float64), atol=0.01)
    assert float(rest) == pytest.approx(answers_training.looks_right().numbers["loss_fed_data"], rel=0.02)


def test_the_field_that_was_fed_the_data_stretches_by_e():
    x0 = answers.start_points(50)
    end = answers.ways(answers_training.FedTheData(), x0, steps=60).x[-1]
    assert torch.allclose(end, math.e * x0, rtol=1e-3)


def test_mistakes_are_far_from_the_data_and_the_right_way_is_at_the_floor():
    n = answers_training.looks_right().numbers
    assert n["w2_right"] < n["floor"] + 0.03
    assert min(n["w2_fed_data"], n["w2_turned"], n["w2_one_step"]) > 3 * n["floor"]
    assert n["w2_one_step"] == pytest.approx(math.sqrt(VARIANCE), rel=0.01)


def test_the_least_loss_at_both_ends_is_the_spread_of_data_and_of_noise():
    start, end = answers_training.by_time("linear", (0.0, 1.0))[0]
    assert start == pytest.approx(VARIANCE, rel=0.01)
    assert end == pytest.approx(2.0, rel=1e-9)  # whitened starts
    assert answers_training.total_variance("8gaussians") == pytest.approx(VARIANCE, rel=1e-6)


@pytest.mark.parametrize(("path", "target"), [("linear", "8gaussians"), ("trig", "8gaussians"), ("linear", "grid25")])
def test_the_least_loss_is_that_of_monte_carlo(path: str, target: str, rng):
    field = answers.exact(path=path, target=target)
    source, data = DISTRIBUTIONS["gaussian"](), DISTRIBUTIONS[target]()
    times = torch.tensor(answers_training.TIMES[::4], dtype=torch.float64)
    found = irreducible_loss(field, source, data, times, rng, points=3000)
    assert answers_training.by_time(path, answers_training.TIMES[::4], target)[1] == pytest.approx(found, rel=0.03)


def test_eight_gaussians_have_the_known_floor():
    assert answers_training.normal_loss().numbers["8gaussians"] == pytest.approx(9.80, abs=0.1)


def test_whitened_points_have_mean_0_and_variance_1(rng):
    x = answers_training.whitened(
        3 + torch.randn(100, 2, generator=rng).double() @ torch.tensor([[2.0, 1.0], [0.0, 0.5]]).double()
    )
    assert torch.allclose(x.mean(0), torch.zeros(2).double(), atol=1e-12)
    assert torch.allclose(x.T @ x / 100, torch.eye(2).double(), atol=1e-12)


@pytest.mark.parametrize("kind", ["independent", "ot", "within"])
def test_couplings_change_who_meets_whom_and_never_the_points(kind: str):
    x0, x1, label = answers_training.coupled(kind)
    plain0, plain1, plain = answers_training.coupled("independent")
    assert torch.equal(x0, plain0)
    for k in (0, 1):
        assert torch.equal(x1[label == k].sort(0).values, plain1[plain == k].sort(0).values)
    assert ((x1[:, 0] < 0) == (label == 0)).float().mean() > 0.999


def test_ot_across_classes_gives_a_class_half_of_the_noise():
    n = answers_training.classes().numbers
    assert n["mean_ot"] == pytest.approx(n["expected"], abs=0.1)  # of 256 points: ± .04
    assert max(n["mean_independent"], n["mean_within"]) < 0.2
    assert n["w2_ot"] > 3 * max(n["w2_independent"], n["w2_within"])

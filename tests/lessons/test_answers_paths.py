"""Answers about paths, by other routes: optimal transport of Gaussians, autograd, weighted draws."""

import numpy as np
import ot
import pytest
import torch

from flowviz.known import known
from flowviz.lessons import answers, answers_paths


@pytest.mark.parametrize("width", [0.01, 0.1, 0.5])
def test_the_blur_costs_what_bures_says(width: float):
    m, c = np.zeros(2), answers_paths.MODE**2 * np.eye(2)
    expected = ot.gaussian.bures_wasserstein_distance(m, m, c, c + width**2 * np.eye(2))
    assert answers_paths.bias(width) == pytest.approx(float(expected), rel=1e-6)


@pytest.mark.slow
def test_wider_ends_are_farther_from_the_data():
    n = answers_paths.which_sigma().numbers
    assert n["w2_001"] == pytest.approx(n["floor"], abs=0.03)
    assert n["w2_05"] > n["floor"] + 0.05
    assert (n["slope_001"], n["slope_05"]) == (pytest.approx(99), pytest.approx(1))


def test_the_score_by_the_velocity_is_right_for_a_gaussian_source_alone():
    field, t = answers.exact(), torch.tensor(0.4, dtype=torch.float64)
    x = answers.start_points(30).requires_grad_()
    score = torch.autograd.grad(field.log_density(x, t).sum(), x)[0]
    found = answers_paths.score_by_velocity(field.velocity(x, t), x, t)
    assert torch.allclose(found, score, atol=1e-9)
    assert answers_paths.score_error("gaussian") < 1e-12
    assert answers_paths.score_error("two-gaussians") > 1


def test_a_field_entered_from_elsewhere_ends_elsewhere():
    n = answers_paths.gaussian_source().numbers
    assert n["w2_gaussian"] < n["floor"] + 0.03
    assert n["w2_two_gaussians"] > n["w2_uniform"] > 1.5 * n["floor"]


@pytest.mark.slow
def test_noise_on_the_way_changes_the_way_and_not_the_end():
    found = answers_paths.diversity()
    n = found.numbers
    assert n["w2_noisy"] == pytest.approx(n["w2_plain"], abs=3 * max(n["spread_plain"], n["spread_noisy"]))
    assert n["again_plain"] == n["again_noisy"] == 0
    assert n["entropy_plain"] > 7.9 < n["entropy_noisy"]
    assert np.linalg.norm(found.arrays["middle_noisy"] - found.arrays["middle_plain"], axis=1).mean() > 0.1


def test_shares_are_counted():
    centres = torch.tensor([[5.0, 0.0], [5.1, 0.1], [0.0, 5.0]])
    assert answers_paths.shares(centres).tolist() == pytest.approx([2 / 3, 0, 1 / 3, 0, 0, 0, 0, 0])


def test_without_its_noise_term_the_target_has_another_mean(rng):
    field = known(answers.usual(path="si-linear", si_linear_a="2")).field
    t, x = torch.tensor(0.3, dtype=torch.float64), torch.tensor([[1.0, 0.5]], dtype=torch.float64)
    x0, x1 = torch.randn(200_000, 2, generator=rng).double(), answers.data(200_000)
    z = (x - t * x1 - (1 - t) * x0) / field.path.gamma(t)
    weight = torch.softmax(-0.5 * z.square().sum(1), 0)[:, None]
    for velocity, values in (
        (answers_paths.WithoutNoiseTerm(field).velocity(x, t), x1 - x0),
        (field.velocity(x, t), x1 - x0 + field.path.d_gamma(t) * z),
    ):
        assert torch.allclose(velocity[0], (weight * values).sum(0), atol=0.05)


def test_a_noise_that_stays_is_seen_at_both_ends_and_a_forgotten_term_at_the_last():
    n = answers_paths.boundary().numbers
    assert n["w2_vanishes"] < n["floor"] + 0.03
    assert n["w2_stays"] > 2 * n["floor"] < n["w2_forgotten"]
    assert n["w2_start"] > 2 * n["floor_start"]
    assert n["w2_stays"] == pytest.approx(answers_paths.bias(n["noise"]), rel=0.15)

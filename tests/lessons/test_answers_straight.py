"""Answers about straightness, by other routes: brute force, circles, a solver of scipy."""

import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from flowviz.lessons import answers, answers_straight
from flowviz.solvers import Trajectory

LANDS_ON_THE_MEAN = math.sqrt(25 + 2 * 0.1**0.5)
"""W2 of 8 Gaussians from their mean: all that one exact Euler step reaches."""


def test_crossings_are_those_of_solving_each_pair_of_lines(rng):
    a, b = torch.randn(25, 2, generator=rng), torch.randn(25, 2, generator=rng)
    count = 0
    for i in range(25):
        for j in range(i):
            s = np.linalg.solve(np.stack([b[i] - a[i], a[j] - b[j]], 1), (a[j] - a[i]).numpy())
            count += bool((s > 0).all() and (s < 1).all())
    assert answers_straight.crossings(a, b) == count > 20


def test_ot_pairs_are_never_at_one_place_at_one_time_whatever_their_lines_do():
    x0, x1 = answers_straight.pairs_of({"coupling": "ot"})
    # (1 − t)(a − b) + t(a' − b') = 0 for some t only if the two differences point against each other.
    inner = ((x0[:, None] - x0) * (x1[:, None] - x1)).sum(2)
    assert float(inner.min()) >= -1e-5
    assert answers_straight.crossings(x0, x1) > 0


def test_detours_of_a_half_circle_and_of_a_line():
    angle = torch.linspace(0, math.pi, 2001, dtype=torch.float64)
    x = torch.stack([torch.stack([torch.cos(angle), torch.sin(angle)], 1), torch.stack([angle, 2 * angle], 1)], 1)
    assert torch.allclose(answers_straight.detours(Trajectory(angle, x, 0)), torch.tensor([math.pi / 2, 1.0]).double(), atol=1e-6)


def test_angles_are_the_largest_turn_from_the_first_direction():
    v = torch.tensor([[[1.0, 0.0]], [[0.0, 2.0]], [[-0.1, 0.0]], [[3.0, 0.0]]])
    assert answers_straight.angles(v).tolist() == pytest.approx([180.0])


def test_bending_is_that_of_a_solver_of_scipy():
    field, x0 = answers.exact(), answers.start_points(40, seed=3)

    def velocity(t: float, x: np.ndarray) -> np.ndarray:
        return field.velocity(torch.from_numpy(x).view(-1, 2), torch.tensor(t, dtype=torch.float64)).numpy().ravel()

    times = np.linspace(0, 1, 201)
    found = solve_ivp(velocity, (0, 1), x0.numpy().ravel(), t_eval=times, rtol=1e-8, atol=1e-8).y.T
    way = found[-1] - found[0]
    bend = [((way - velocity(t, x)) ** 2).sum() / 40 for t, x in zip(times, found, strict=True)]
    assert answers.bending(field, x0) == pytest.approx(np.trapezoid(bend, times), rel=0.01)  # 24 steps of midpoint


def test_particles_of_the_exact_flow_turn_round_and_pairs_do_not_change_speed():
    found = answers_straight.constant()
    assert found.numbers["turned"] == 100
    # At t = 0 the field is E[x1] − x0 = −x0, so the mean speed is E‖x0‖ = √(π/2).
    assert found.numbers["speed_start"] == pytest.approx(math.sqrt(math.pi / 2), rel=0.03)
    assert found.arrays["speed"][0].max() < 4


def test_what_stands_in_for_pairs_is_blurred_as_little_at_the_source_as_the_texts_say():
    field, playground = answers.paired_field("lipman-ot", coupling="ot"), answers.exact(coupling="ot")
    assert torch.equal(field.law.m, playground.law.m)
    assert torch.equal(field.law.mu, playground.law.mu)
    for variance in (field.law.s, field.law.lam):
        assert torch.allclose(variance.sqrt(), torch.full_like(variance, answers.BLUR))
    assert not field.exact
    assert type(field.path).__name__ == "LipmanOT"


@pytest.mark.slow
def test_straight_lines_make_curves():
    numbers = answers_straight.straight().numbers
    assert numbers["curved"] > 80
    assert numbers["detour"] > 1.2
    assert numbers["bent_ot"] < 0.05 * numbers["bent"]


@pytest.mark.slow
def test_only_the_coupling_straightens():
    n = answers_straight.two_ots().numbers
    assert n["crossings_linear_independent"] == n["crossings_lipman_independent"] > 5 * n["crossings_linear_ot"]
    assert n["bent_lipman_independent"] == pytest.approx(n["bent_linear_independent"], rel=0.03)
    assert n["bent_linear_ot"] < 0.05 * n["bent_linear_independent"]


@pytest.mark.slow
def test_reflow_straightens_and_one_step_of_the_first_flow_lands_on_the_mean():
    one = answers_straight.rectified().numbers
    assert one["straight"] < 0.05 * one["bent"]
    assert one["one_step_first"] == pytest.approx(LANDS_ON_THE_MEAN, rel=0.01)
    rounds = answers_straight.clipping().numbers
    assert rounds["bent_0"] == pytest.approx(3.5, abs=0.15)  # REFERENCE: 3.50
    assert rounds["bent_1"] < 0.05 > rounds["bent_2"]
    assert rounds["one_step_0"] == pytest.approx(LANDS_ON_THE_MEAN, rel=0.01)

"""Answers about sampling, by other routes: orders of solvers, finite differences, identities."""

import numpy as np
import pytest
import torch

from flowviz.known import known
from flowviz.lessons import answers, answers_sampling
from flowviz.solvers import solve


def test_each_solver_has_its_order():
    found = answers_sampling.solvers()
    for name, order, tolerance in (("euler", 1, 0.1), ("midpoint", 2, 0.2), ("rk4", 4, 0.5), ("late", 1, 0.1), ("early", 1, 0.1)):
        error = found.arrays[name]
        assert np.log2(error[-2] / error[-1]) == pytest.approx(order, abs=tolerance)
    n = found.numbers
    assert (n["steps_euler"], n["steps_midpoint"], n["steps_rk4"]) == (32, 16, 8)


def test_ddim_on_the_linear_path_is_euler_and_on_vp_it_is_not():
    assert answers_sampling.diffusion().numbers["ddim"] < 1e-13
    vp, x0 = known(answers.usual(path="vp")).field, answers.start_points(20)
    grid = torch.linspace(0, 0.999, 11, dtype=torch.float64)
    other = answers_sampling.ddim(vp, x0, grid)[-1] - solve(vp, x0, steps=10, interval=(0, 0.999)).x[-1]
    assert float(other.abs().max()) > 0.01


def test_the_probability_flow_is_the_flow():
    assert answers_sampling.diffusion().numbers["drift"] < 1e-12
    vp, t, h = known(answers.usual(path="vp")).field, torch.tensor(0.4, dtype=torch.float64), 1e-5
    x, e = answers.start_points(10), torch.eye(2, dtype=torch.float64)
    slope = torch.stack([(vp.log_density(x + h * d, t) - vp.log_density(x - h * d, t)) / (2 * h) for d in e], 1)
    beta = 0.6 * 19.9 + 0.1
    assert torch.allclose(0.5 * beta * (x + slope), answers_sampling.diffusion_drift(vp, x, t), atol=1e-6)


@pytest.mark.slow
def test_one_sampler_serves_both_fields_and_ot_needs_fewer_steps():
    n = answers_sampling.same_sampler().numbers
    assert n["one_ot"] < 0.2 * n["one_independent"]
    assert n["few_ot"] < 0.5 * n["few_independent"]
    assert max(n["many_ot"], n["many_independent"]) < n["floor"] + 0.05


@pytest.mark.slow
def test_the_straight_path_alone_is_not_the_fastest_here():
    n = answers_sampling.measured().numbers
    assert n["vp_4"] < n["linear_4"] > n["ot_4"]
    assert n["linear_2"] < n["vp_2"]
    assert max(n["linear_32"], n["vp_32"], n["ot_32"]) < n["floor"] + 0.04

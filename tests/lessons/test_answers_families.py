"""Answers about other families, by other routes: an independent W2, a network known by heart, the same steps in other variables."""

import numpy as np
import ot
import pytest
import torch
from torch import Tensor

from flowviz.lessons import answers, answers_families
from flowviz.methods import Denoiser
from flowviz.paths import PATHS
from flowviz.solvers import carry
from flowviz.training.pairs import parent_of


class NoiseOfAPoint:
    """The noise in a point if all data are one place: (x − α a)/σ."""

    path = PATHS["vp"]()

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return (x - 2 * self.path.alpha(t)) / self.path.sigma(t)


def w2(x: np.ndarray) -> float:
    weights = np.full(len(x), 1 / len(x))
    return float(ot.emd2(weights, weights, ot.dist(x.astype(np.float64), answers.data(len(x)).numpy()))) ** 0.5


def test_ddim_is_euler_in_other_variables_and_euler_in_t_is_not():
    denoiser, x0 = Denoiser(NoiseOfAPoint.path, NoiseOfAPoint()), answers.start_points(20)
    found = carry(denoiser, x0, solver="ddim", steps=8)
    other = answers_families.euler_in_other_variables(denoiser, denoiser.path, x0, found.t[:-1])
    assert torch.allclose(other, found.x[:-1], atol=1e-10)
    euler = carry(denoiser, x0, solver="euler", steps=8)
    assert float((euler.x[-2] - found.x[-2]).abs().max()) > 0.01


def test_a_field_that_is_twice_too_large_is_off_by_all_of_it():
    class Twice:
        def velocity(self, x: Tensor, t: Tensor) -> Tensor:
            return 2 * right.velocity(x, t)

    right, x0 = answers.exact(), answers.start_points(20)
    x, times = x0.expand(3, -1, -1), torch.tensor([0.2, 0.5, 0.8], dtype=torch.float64)
    assert answers_families.off(right, right, x, times) == 0
    assert answers_families.off(Twice(), right, x, times) == pytest.approx(1)


def test_the_distilled_network_is_taught_by_the_flow_beside_it():
    flat, steps = answers_families.ONE_STEP["distilled"][0], str(answers_families.ONE_STEP_STEPS)
    distilled = answers.usual(steps=steps, **flat, **answers_families.SMALL)
    assert parent_of(distilled) == answers.usual(steps=steps, **answers_families.SMALL)


@pytest.mark.slow
def test_a_generator_counts_as_an_evaluation_and_shortens_the_way():
    found = answers_families.gan_and_flow()
    n = found.numbers
    assert found.arrays["gan_nfe"].tolist() == list(answers_families.EVALUATIONS[1:])
    assert n["gan"] == pytest.approx(w2(found.arrays["made"]), rel=1e-5)
    assert n["gan_ot_many"] == pytest.approx(w2(found.arrays["end_gan"]), rel=1e-5)
    assert n["noise_ot_many"] == pytest.approx(w2(found.arrays["end_noise"]), rel=1e-5)
    assert n["way_gan"] < n["way_noise"]
    assert n["gan_ot_few"] < n["gan_independent_few"]


@pytest.mark.slow
def test_a_trained_diffusion_is_nearly_the_flow_and_its_samplers_agree_in_many_steps():
    n = answers_families.trained_diffusion().numbers
    assert n["same"] < 1e-9
    assert n["off_diffusion"] < 30 > n["off_flow"]
    # Two sets of the same starts by two samplers: they differ by what 32 steps leave.
    assert abs(n["ddim_many"] - n["ode_many"]) < 0.05 < abs(n["ddim_short"] - n["ode_short"])


@pytest.mark.slow
def test_a_step_by_likelihood_evaluates_the_network_at_both_ends_of_every_solver_step():
    found = answers_families.by_likelihood()
    n = found.numbers
    assert (n["evaluations_cnf"], n["evaluations_flow"]) == (2 * answers.usual(method="cnf").method.midpoints, 1)
    assert n["steps_cnf"] == answers_families.LIKELIHOOD_STEPS
    # A mean over 500 stratified points scatters by less than this about the entropy, below which no flow can come.
    assert min(n["nll_cnf"], n["nll_flow"]) > n["least"] - 0.05
    for name in ("cnf", "flow"):
        assert n[f"w2_{name}"] == pytest.approx(w2(found.arrays[name]), rel=1e-5)
    assert answers_families.by_likelihood().numbers == n  # measured once


@pytest.mark.slow
def test_one_step_is_measured_at_its_end_and_a_distilled_flow_has_no_second():
    found = answers_families.cost_of_one_step()
    n = found.numbers
    assert "distilled_2" not in n
    for name in answers_families.ONE_STEP:
        assert n[f"{name}_1"] == pytest.approx(w2(found.arrays[f"end_{name}"]), rel=1e-5)
    assert n["ot_1"] < n["flow_1"] > n["distilled_1"]
    assert n["seconds_distilled"] > n["seconds_flow"]  # the first flow's are part of it

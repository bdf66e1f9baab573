"""MeanFlow: the identity that its target comes from, the slope, times, samples of one step, and what it shares with flow matching."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from flowviz.exact import ExactField, JointMixture
from flowviz.experiment import Experiment, nearest
from flowviz.known import floor_of, known
from flowviz.measures import quality_against_steps, samples
from flowviz.methods import METHODS, MeanFlow, later_times
from flowviz.metrics import wasserstein2
from flowviz.networks import ACTIVATIONS, VelocityField, learned_field
from flowviz.paths import PATHS
from flowviz.scene.build import View, exact_scene
from flowviz.scene.learned import learned_scene
from flowviz.solvers import Averaged, solve
from flowviz.training import draw_pool, train, untrained_weights
from flowviz.training.average_step import value_and_slope

ONE = {"method": "meanflow", "target": "two-gaussians", "batch": "128"}


def test_at_equal_times_the_target_is_that_of_flow_matching():
    mean, flow = (Experiment.from_flat({"method": method}) for method in ("meanflow", "flow-matching"))
    pool, other = (draw_pool(experiment, 0) for experiment in (mean.changed(meanflow_same=1), flow))
    assert torch.equal(pool.t, pool.s)
    assert torch.equal(pool.u, other.u)
    assert torch.equal(pool.xt, other.xt)


@pytest.mark.parametrize("share", [0.0, 0.25, 0.75])
@pytest.mark.parametrize("path", ["linear", "bridge", "vp"])
def test_the_later_time_is_later_and_equal_for_its_share(share: float, path: str):
    experiment = Experiment.from_flat({"method": "meanflow", "path": path, "meanflow_same": str(share)})
    pool = draw_pool(experiment, 0)
    assert pool.s is not None
    low, high = experiment.path.interval
    assert bool((pool.s >= pool.t).all())
    assert low <= float(pool.t.min()) <= float(pool.s.max()) <= high
    assert float((pool.s == pool.t).double().mean()) == pytest.approx(share, abs=0.02)


def test_of_two_times_the_earlier_comes_first():
    t, s = later_times(torch.tensor([0.3, 0.8, 0.5]), torch.tensor([0.6, 0.1, 0.9]), torch.tensor([False, False, True]))
    assert t.tolist() == pytest.approx([0.3, 0.1, 0.5])
    assert s.tolist() == pytest.approx([0.6, 0.8, 0.5])


@pytest.mark.parametrize("features", ["fourier", "embedding", "plain"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_slope_is_that_of_forward_differentiation(activation: str, features: str):
    network = Experiment.from_flat({"activation": activation, "time_features": features, "width": "16"}).network
    module = VelocityField(network, torch.Generator().manual_seed(1), spans=True).double()
    rng = torch.Generator().manual_seed(2)
    x, v = torch.randn(2, 9, 2, generator=rng, dtype=torch.float64)
    t, s = torch.rand(2, 9, generator=rng, dtype=torch.float64).sort(0).values
    value, slope = value_and_slope(module, x, t, s, v)
    wanted, turned = torch.autograd.functional.jvp(lambda x, t: module(x, t, s=s), (x, t), (v, torch.ones_like(t)))
    torch.testing.assert_close(value, wanted)
    torch.testing.assert_close(slope, turned)
    assert not slope.requires_grad
    value.sum().backward()
    assert all(p.grad is not None for p in module.parameters())


class Analytic(nn.Module):
    """The average velocity of the flow from N(0, I) to N(0, λ I) on the linear path: x goes to x √(c(s)/c(t))."""

    def __init__(self, lam: float) -> None:
        super().__init__()
        self.lam = lam

    def variance(self, t: Tensor) -> Tensor:
        return t**2 * self.lam + (1 - t) ** 2

    def forward(self, x: Tensor, t: Tensor, s: Tensor) -> Tensor:
        return x * (((self.variance(s) / self.variance(t)).sqrt() - 1) / (s - t))[:, None]


@pytest.mark.parametrize("lam", [0.1, 1.0, 4.0])
def test_the_average_velocity_of_a_gaussian_solves_the_identity(lam: float):
    """u = v + (s − t)(∂_t + v·∇)u with the marginal velocity; with the wrong sign of the slope it does not."""
    mean = torch.zeros(1, 2, dtype=torch.float64)
    one = torch.ones(1, dtype=torch.float64)
    field, u = ExactField(PATHS["linear"](), JointMixture(one, mean, one, mean, lam * one)), Analytic(lam)
    rng = torch.Generator().manual_seed(3)
    x = torch.randn(20, 2, generator=rng, dtype=torch.float64)
    t, s = torch.tensor(0.2, dtype=torch.float64), torch.tensor(0.9, dtype=torch.float64)
    v, times, ends = field.velocity(x, t), t.expand(20), s.expand(20)
    found, slope = torch.autograd.functional.jvp(lambda x, t: u(x, t, ends), (x, times.clone()), (v, torch.ones_like(times)))
    torch.testing.assert_close(found, v + (s - t) * slope)
    torch.testing.assert_close(Averaged(field).average(x, t, s), found, rtol=1e-4, atol=1e-4)
    if lam != 1.0:
        assert float((found - (v - (s - t) * slope)).abs().max()) > 0.1


@pytest.mark.slow
def test_it_learns_the_velocity_that_flow_matching_learns_and_takes_one_step():
    field = {}
    for method in ("meanflow", "flow-matching"):
        experiment = Experiment.from_flat({**ONE, "method": method, "steps": "1500", "lr": "0.002"})
        *_, last = train(experiment)
        field[method] = learned_field(experiment, last.weights)
    x0, x1 = samples(experiment, 500, 0)
    probe = known(experiment).probe
    found = [torch.cat([f.velocity(x, t) for x, t in zip(probe.x.float(), probe.t, strict=True)]) for f in field.values()]
    assert float(torch.cosine_similarity(*(v.ravel() for v in found), dim=0)) > 0.9
    one = wasserstein2(solve(field["meanflow"], x0, solver="average", steps=1).x[-1], x1)
    euler = wasserstein2(solve(field["flow-matching"], x0, solver="euler", steps=1).x[-1], x1)
    assert one < 0.5 * euler


def test_an_exact_flow_takes_average_steps_of_any_length():
    field = known(Experiment(target="moons")).field
    x0 = torch.randn(50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    wanted = solve(field, x0, solver="rk4", steps=64).x[-1]
    averaged = Averaged(field)
    for steps in (1, 3):
        assert float((solve(averaged, x0, solver="average", steps=steps).x[-1] - wanted).norm(dim=1).max()) < 0.02
    assert averaged.nfe > 100
    plain = learned_field(Experiment(), untrained_weights(Experiment()))
    for without in (field, plain):
        with pytest.raises(ValueError, match="needs a field that knows its average velocity"):
            solve(without, x0, solver="average")


def test_pictures_quality_and_refusals():
    experiment = Experiment.from_flat({**ONE, "width": "16"})
    field = learned_field(experiment, untrained_weights(experiment))
    view = View(particles=50, solver="average", solver_steps=2)
    exact, learned = exact_scene(experiment, view), learned_scene(experiment, field, 0, view)
    assert learned.nfe == 2
    assert exact.nfe == 4 * 2 * 8
    assert "mean flow" in learned.title
    points = [samples(experiment, 40, 0)]
    assert {q.solver for q in quality_against_steps(field, points, evaluations=(1, 4))} >= {"euler", "average"}
    assert floor_of(experiment) is None
    assert METHODS["meanflow"] is MeanFlow
    with pytest.raises(ValueError, match="learns no classes here"):
        Experiment.from_flat({"method": "meanflow", "classes": "within"})
    assert len(nearest({"method": "meanflow", "classes": "within"})[1]) == 1
    assert len(nearest({"meanflow_same": "0.5"})[1]) == 1


@pytest.mark.parametrize("square", [0.0, 1e-8, 1e12])
def test_the_adaptive_weight_is_finite(square: float):
    weight = MeanFlow().weight(torch.tensor([square]))
    assert np.isfinite(float(weight))
    assert float(MeanFlow(adaptive=0.0).weight(torch.tensor([square]))) == 1.0

"""Divergence and log density along the way: Hutchinson's estimate is unbiased, and one way gives what the other gives."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from flowviz.experiment import Experiment
from flowviz.figures.ways import divergence_figure, running_figure
from flowviz.known import known
from flowviz.measures import PROBES, measured_ways
from flowviz.metrics import hutchinson_divergence, log_likelihood, velocity_and_divergence, ways
from flowviz.metrics.likelihood import probed_divergence, rademacher
from flowviz.networks import learned_field
from flowviz.training import untrained_weights


class Linear:
    """v = A x, whose divergence is tr A everywhere."""

    def __init__(self, a: Tensor) -> None:
        self.a = a

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return x @ self.a.T


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


ZERO = torch.zeros((), dtype=torch.float64)


@pytest.mark.parametrize("d", [1, 2, 3, 7])
def test_the_estimate_is_unbiased_and_its_variance_falls_with_the_probes(d: int):
    a = torch.randn(d, d, generator=rng(d), dtype=torch.float64)
    x = torch.randn(4000, d, generator=rng(1), dtype=torch.float64)
    # E over signs of the square of Σ_{i≠j} J_ij ε_i ε_j; every point has a probe of its own.
    variance = float((a + a.T).triu(1).square().sum())
    for probes in (1, 4):
        found = hutchinson_divergence(Linear(a), x, ZERO, probes, rng(2))
        error = (variance / probes / len(x)) ** 0.5
        assert abs(float(found.mean() - a.trace())) <= 4 * error + 1e-12
        assert float(found.var()) == pytest.approx(variance / probes, rel=0.15, abs=1e-12)


@pytest.mark.parametrize("probes", [1, 3])
def test_one_probe_of_signs_is_exact_where_the_jacobian_is_diagonal(probes: int):
    a = torch.diag(torch.tensor([1.5, -2.0, 0.25], dtype=torch.float64))
    x = torch.randn(5, 3, generator=rng(), dtype=torch.float64)
    assert torch.equal(hutchinson_divergence(Linear(a), x, ZERO, probes, rng()), torch.full((5,), -0.25, dtype=torch.float64))


def test_an_estimate_needs_a_probe():
    with pytest.raises(ValueError, match="at least 1; got 0"):
        hutchinson_divergence(Linear(torch.eye(2)), torch.zeros(1, 2), torch.zeros(()), 0, rng())


@pytest.mark.parametrize(
    "flat", [{}, {"path": "trig"}, {"source": "two-gaussians"}, {"target": "moons"}, {"target": "trefoil"}], ids=str
)
def test_the_running_density_of_the_exact_flow_is_its_density(flat: dict[str, str]):
    """Where a mixture stands in for the target, the flow is the mixture's, and so is the density."""
    found = measured_ways(Experiment.from_flat(flat), None, n=6)
    assert torch.allclose(found.ways.running, found.exact, atol=1e-3)


@pytest.mark.parametrize("flat", [{}, {"method": "diffusion"}, {"target": "trefoil"}], ids=str)
def test_forward_and_backward_agree(flat: dict[str, str]):
    experiment = Experiment.from_flat(flat)
    field = learned_field(experiment, untrained_weights(experiment), dtype=torch.float64)
    found = measured_ways(experiment, field, n=5)
    source = experiment.source_distribution.mixture()
    interval = float(found.ways.t[0]), float(found.ways.t[-1])
    back = log_likelihood(field, found.ways.x[-1], source, steps=60, interval=interval)
    assert torch.allclose(found.ways.running[-1], back, atol=1e-4)


def test_what_is_told_of_the_way_is_the_divergence_there_and_probes_are_nested():
    experiment = Experiment()
    field = known(experiment).field
    found = measured_ways(experiment, None, n=3, steps=8).ways
    there = velocity_and_divergence(field, found.x[3], found.t[3])[1]
    assert torch.allclose(found.divergence[3], there)
    assert set(found.estimates) == set(found.estimated) == set(PROBES)
    # In the plane a probe has two answers, tr J ± b, so the mean of four lies at −1, −½, 0, ½ or 1 times b.
    one, four = (found.estimates[m][2:6] - found.divergence[2:6] for m in (1, 4))
    share = (2 * four / one)[one.abs() > 1e-3]
    assert len(share) > 3
    assert torch.allclose(share.round(), share, atol=1e-6)


def test_a_probe_says_the_same_by_a_product_of_its_own_and_from_the_jacobian():
    experiment = Experiment.from_flat({"target": "trefoil"})
    field = known(experiment).field
    x0 = experiment.source_distribution.sample(5, rng()).double()
    found = ways(field, x0, experiment.source_distribution.mixture(), rng(4), probes=(3,), steps=2)
    by_products = probed_divergence(field, found.x[1], found.t[1], rademacher(3, x0, rng(4))).mean(0)
    assert torch.allclose(found.estimates[3][1], by_products)


def test_one_particle_and_a_field_without_an_end_do_not_raise():
    class Nowhere:
        def velocity(self, x: Tensor, t: Tensor) -> Tensor:
            return x / 0.0

    source = Experiment().source_distribution.mixture()
    found = ways(Nowhere(), torch.ones(1, 2, dtype=torch.float64), source, rng(), steps=3)
    assert not bool(found.running[-1].isfinite().all())


def test_figures_name_their_units_and_leave_gaps():
    t, values = np.linspace(0, 1, 5), np.array([1.0, 2.0, np.nan, 4.0, 5.0])
    figure = divergence_figure(t, values, {1: values + 1, 16: values})
    assert [trace["name"] for trace in figure["data"]] == ["1 probe", "16 probes", "exact trace"]
    assert figure["data"][-1]["y"][2] is None
    assert "per unit of t" in figure["layout"]["yaxis"]["title"]["text"]
    running = running_figure(t, values, values - 1, "exact log p_t")
    assert [trace["line"]["dash"] for trace in running["data"]] == ["solid", "dash"]
    assert "nats" in running["layout"]["yaxis"]["title"]["text"]

"""The likelihood map: densities that add up to 1, the exact flow's own, and an entropy that nobody gets below."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from flowviz.experiment import Experiment
from flowviz.figures.maps import DEEP, WIDE, difference_figure, log_density_figure
from flowviz.known import known
from flowviz.measures import divergence_from_exact, likelihood_map, no_map
from flowviz.metrics import log_density, log_likelihood, negative_log_likelihood, stratified
from flowviz.networks import learned_field
from flowviz.solvers import solve
from flowviz.training import untrained_weights


@pytest.mark.parametrize("path", ["linear", "trig", "poly", "si-linear"])
def test_the_exact_flows_likelihood_is_the_targets(path: str):
    experiment = Experiment.from_flat({"path": path})
    field, source = known(experiment).field, experiment.source_distribution.mixture()
    x = stratified(experiment.target_distribution, 60, torch.Generator().manual_seed(0))[0].double()
    found = log_likelihood(field, x, source, steps=150)
    assert torch.allclose(found, log_density(experiment.target_distribution.mixture(), x), atol=1e-3)


def test_forward_and_backward_agree():
    """log p1 where particles end is log p0 where they began, less what the divergence took: one way gives the other."""
    experiment = Experiment()
    field, source = known(experiment).field, experiment.source_distribution.mixture()
    x0 = experiment.source_distribution.sample(8, torch.Generator().manual_seed(1)).double()
    x1 = solve(field, x0, solver="rk4", steps=150).x[-1]
    # Forward: the log of the Jacobian's determinant, by finite differences of the whole flow.
    h = 1e-5
    moved = [
        solve(field, x0 + h * e, solver="rk4", steps=150).x[-1] - solve(field, x0 - h * e, solver="rk4", steps=150).x[-1]
        for e in torch.eye(2).double()
    ]
    jacobian = torch.stack(moved, 2) / (2 * h)
    forward = log_density(source, x0) - torch.linalg.slogdet(jacobian)[1]
    assert torch.allclose(log_likelihood(field, x1, source, steps=150), forward, atol=1e-4)


@pytest.mark.parametrize(
    "flat",
    [{}, {"target": "moons"}, {"target": "checkerboard"}, {"path": "vp"}, {"source": "two-gaussians"}, {"method": "diffusion"}],
)
def test_densities_add_up_to_one_and_nobody_gets_below_the_entropy(flat: dict[str, str]):
    experiment = Experiment.from_flat(flat)
    field = learned_field(experiment, untrained_weights(experiment))
    found = likelihood_map(experiment, field, side=64, steps=12)
    assert found.learned is not None
    assert found.learned.shape == found.exact.shape == (64, 64)
    assert found.mass(found.exact) == pytest.approx(1, abs=0.03)  # a checkerboard's edges are finer than a cell
    assert found.mass(found.learned) <= 1.02
    assert divergence_from_exact(found) > 0
    assert found.cross_entropy(found.learned) == pytest.approx(found.entropy + divergence_from_exact(found))


def test_the_entropy_is_the_closed_form_and_the_cross_entropy_that_of_samples():
    experiment = Experiment()
    field = learned_field(experiment, untrained_weights(experiment))
    found = likelihood_map(experiment, field)
    assert found.learned is not None
    x1 = stratified(experiment.target_distribution, 4000, torch.Generator().manual_seed(2))[0]
    by_samples = negative_log_likelihood(field, x1, experiment.source_distribution.mixture(), steps=20)
    assert found.cross_entropy(found.learned) == pytest.approx(by_samples, abs=0.05)
    truth = -float(log_density(experiment.target_distribution.mixture(), x1.double()).mean())
    assert found.entropy == pytest.approx(truth, abs=0.04)
    assert math.isnan(divergence_from_exact(likelihood_map(experiment, None, side=8)))


@pytest.mark.parametrize(
    ("flat", "words"),
    [
        ({"target": "trefoil"}, "drawn in the plane"),
        ({"source": "moons", "target": "circles"}, "has no closed form"),
        ({"target": "two-points"}, "has no density"),
    ],
)
def test_where_there_is_no_map_a_sentence_says_why(flat: dict[str, str], words: str):
    assert words in no_map(Experiment.from_flat(flat))
    assert no_map(Experiment()) == ""


def test_maps_have_units_one_scale_and_leave_out_where_nobody_is():
    p = np.array([[0.0, -20.0], [-1.0, -2.0]])
    figure = log_density_figure(p, (-1, 1, -1, 1), top=0.0)
    (trace,) = figure["data"]
    assert trace["z"] == [[0.0, -DEEP], [-1.0, -2.0]]
    assert (trace["zmin"], trace["zmax"]) == (-DEEP, 0.0)
    assert trace["colorbar"]["title"]["text"] == "nats"
    assert [trace["x0"], trace["dx"]] == [-0.5, 1.0]
    other = difference_figure(p + np.array([[9.0, 0.5], [0.5, -0.25]]), p, (-1, 1, -1, 1), top=0.0)
    assert other["data"][0]["z"] == [[WIDE, None], [0.5, -0.25]]

"""The weights behind a place against the exact field, Monte Carlo and Bayes' rule written out."""

from __future__ import annotations

import math

import pytest
import torch

from flowviz.distributions import distributions_in
from flowviz.distributions.base import uniform_mixture
from flowviz.distributions.gaussians import Gaussian
from flowviz.exact import JointMixture
from flowviz.lessons import draw_pairs, posterior
from flowviz.paths import PATHS, Path
from flowviz.paths.straight import Linear
from flowviz.spaces import PLANE
from tests.lessons.laws import CASES, LAWS, at, field_of

EVERY_LAW = pytest.mark.parametrize(("path", "source"), LAWS, ids=str)


def passing(path: Path, source: str, target: str, t: float, n: int, rng: torch.Generator):
    """x_t and u of n pairs at one time."""
    x0, x1 = draw_pairs(field_of(path, source, target).law, n, rng)
    z = torch.randn(n, 2, generator=rng, dtype=torch.float64)
    return path.point(x0, x1, at(t), z), path.target(x0, x1, at(t), z)


@EVERY_LAW
@pytest.mark.parametrize("t", [0.0, 0.05, 0.5, 0.95, 1.0])
def test_mean_arrow_is_the_exact_velocity(path: Path, source: str, t: float, rng: torch.Generator) -> None:
    field, xt = field_of(path, source), passing(path, source, "8gaussians", t, 100, rng)[0]
    behind = posterior(path, field.law, xt, at(t))
    assert torch.allclose(behind.weights.sum(1), torch.ones(100, dtype=torch.float64), rtol=0, atol=1e-12)
    assert torch.allclose(behind.velocity, field.velocity(xt, at(t)), rtol=1e-10, atol=1e-10)
    x1 = (behind.weights[:, :, None] * behind.x1).sum(1)
    assert torch.allclose(x1, field.expected_x1(xt, at(t)), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("source", distributions_in(PLANE))
@pytest.mark.parametrize("target", ["8gaussians", "moons", "two-points"])
def test_mean_arrow_of_every_source(source: str, target: str, rng: torch.Generator) -> None:
    field, xt = field_of(Linear(), source, target), passing(Linear(), source, target, 0.4, 20, rng)[0]
    found = posterior(field.path, field.law, xt, at(0.4)).velocity
    assert torch.allclose(found, field.velocity(xt, at(0.4)), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("target", distributions_in(PLANE))
def test_mean_arrow_to_every_target(target: str, rng: torch.Generator) -> None:
    field, xt = field_of(Linear(), "gaussian", target), passing(Linear(), "gaussian", target, 0.9, 20, rng)[0]
    found = posterior(field.path, field.law, xt, at(0.9)).velocity
    assert torch.allclose(found, field.velocity(xt, at(0.9)), rtol=1e-9, atol=1e-9)


@EVERY_LAW
@pytest.mark.parametrize("t", [0.1, 0.9])
def test_mean_and_variance_are_those_of_the_pairs_that_pass_by(path: Path, source: str, t: float, rng: torch.Generator) -> None:
    """Among the 200 nearest to each of 12 places, u − u_t averages to nothing and ‖u − u_t‖² to the variance, within 4.5 SE."""
    law = field_of(path, source).law
    xt, u = passing(path, source, "8gaussians", t, 8_000, rng)
    behind = posterior(path, law, xt, at(t))
    rest = u - behind.velocity
    excess = rest.square().sum(1) - behind.variance
    for centre in xt[:12]:
        near = (xt - centre).norm(dim=1).topk(200, largest=False).indices
        for values in (rest[near], excess[near, None]):
            assert float((values.mean(0).abs() / (values.std(0) / math.sqrt(200))).max()) < 4.5


@pytest.mark.parametrize("path", CASES, ids=str)
def test_weights_of_points_are_bayes_rule(path: Path, rng: torch.Generator) -> None:
    """w_k ∝ N(x; α μ_k, (σ² s + γ²) I), and each arrow is the velocity of the path from x0 through x to μ_k."""
    t, points = at(0.4), 3 * torch.randn(5, 2, generator=rng, dtype=torch.float64)
    x = torch.randn(7, 2, generator=rng, dtype=torch.float64)
    behind = posterior(
        path, JointMixture.independent(Gaussian(std=path.source_std).mixture(), uniform_mixture(points, 0.0)), x, t
    )
    width = path.sigma(t) ** 2 * path.source_std**2 + path.gamma(t) ** 2
    density = torch.exp(-0.5 * (x[:, None] - path.alpha(t) * points).square().sum(2) / width)
    assert torch.allclose(behind.weights, density / density.sum(1, keepdim=True), rtol=1e-10, atol=1e-12)
    assert torch.allclose(behind.x1, points.expand(7, 5, 2), rtol=0, atol=0)
    if not path.noisy:
        way = path.alpha(t) * behind.x1 + path.sigma(t) * behind.x0
        assert torch.allclose(way, x[:, None].expand(7, 5, 2), rtol=1e-10, atol=1e-10)
        arrow = path.d_alpha(t) * behind.x1 + path.d_sigma(t) * behind.x0
        assert torch.allclose(behind.velocities, arrow, rtol=1e-9, atol=1e-9)
        assert float(behind.variances.abs().max()) < 1e-9  # given x and x1 there is one pair only


def test_each_place_may_have_its_own_time(rng: torch.Generator) -> None:
    field, xt = field_of(Linear()), torch.randn(6, 2, generator=rng, dtype=torch.float64)
    times = torch.linspace(0.1, 0.9, 6, dtype=torch.float64)
    together = posterior(field.path, field.law, xt, times)
    for i, t in enumerate(times):
        alone = posterior(field.path, field.law, xt[i : i + 1], t)
        assert torch.allclose(together.velocity[i], alone.velocity[0], rtol=1e-12, atol=1e-12)
        assert torch.allclose(together.variance[i], alone.variance[0], rtol=1e-12, atol=1e-12)
    with pytest.raises(ValueError, match=r"one for each of the 6 places; got shape \(3,\)"):
        posterior(field.path, field.law, xt, times[:3])


def test_no_path_is_left_out() -> None:
    assert {path.slug for path in CASES} == set(PATHS)

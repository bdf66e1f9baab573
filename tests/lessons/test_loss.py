"""The parts of the loss against closed forms, plain Monte Carlo, and each other."""

from __future__ import annotations

import math

import pytest
import torch

from flowviz.experiment import Experiment
from flowviz.known import floor_of
from flowviz.lessons import (
    Constant,
    OneBell,
    Still,
    best_constant,
    draw_pairs,
    losses_parts,
    mean_and_variance,
    mean_velocity,
    posterior,
    quadrature,
    spread_pairs,
)
from flowviz.paths import Path
from flowviz.paths.straight import Linear
from tests.lessons.laws import LAWS, at, field_of, loss_parts, target_power

EVERY_LAW = pytest.mark.parametrize(("path", "source"), LAWS, ids=str)


def test_floor_of_the_default_pair(rng: torch.Generator) -> None:
    """REFERENCE §3: mean 9.80; at t = 0 the variance of the data, 25 + 2·√.1 = 25.63, since there x_t = x0 tells nothing."""
    field = field_of(Linear())
    parts = loss_parts(field, Still(), rng)
    assert parts.floor_total.mean == pytest.approx(9.80, abs=0.01)
    assert parts.floor_total.spread < 0.01
    assert float(parts.floor[0]) == pytest.approx(25 + 2 * math.sqrt(0.1), abs=1e-10)
    assert float(parts.floor[-1]) == pytest.approx(2.0, abs=0.01)  # at t = 1 x_t = x1, and x0 is free
    by_t = torch.tensor(
        [float(mean_and_variance(field.path, field.law, *pairs_at(field, t, 4096, rng))[1].mean()) for t in (0.25, 0.5, 0.75)]
    )
    assert torch.allclose(by_t, torch.tensor([17.1, 4.3, 2.7]), rtol=0.02)  # given to 1 % or so


def pairs_at(field, t: float, n: int, rng: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    x0, x1, z = spread_pairs(field.law, n, rng)
    return field.path.point(x0, x1, at(t), z if field.path.noisy else None), at(t)


@EVERY_LAW
def test_both_parts_make_the_whole_loss(path: Path, source: str, rng: torch.Generator) -> None:
    """For v = 0 the whole is E‖u‖², known in closed form; 5 standard errors, and 1 in 1,000 for the means over t."""
    field = field_of(path, source)
    parts = loss_parts(field, Still(), rng, points=128)
    t, share = quadrature(path.interval, 25)
    whole = float(share @ target_power(field, t))
    error = math.hypot(parts.learnable_total.spread, parts.floor_total.spread)
    assert parts.total == pytest.approx(whole, abs=5 * error + 1e-3 * whole)


@EVERY_LAW
def test_the_floor_is_the_mean_square_of_what_is_left(path: Path, source: str, rng: torch.Generator) -> None:
    """E‖u − u_t(x_t)‖² by plain Monte Carlo, and nothing of it is correlated with any function of x_t."""
    field, t = field_of(path, source), at(0.3)
    x0, x1 = draw_pairs(field.law, 5_000, rng)
    z = torch.randn(x0.shape, generator=rng, dtype=torch.float64)
    xt, u = path.point(x0, x1, t, z), path.target(x0, x1, t, z)
    mean, variance = mean_and_variance(path, field.law, xt, t)
    excess = (u - mean).square().sum(1) - variance
    cross = ((u - mean) * (OneBell(path, field.law).velocity(xt, t) - mean)).sum(1)
    for values in (excess, cross):
        assert abs(float(values.mean())) < 4.5 * float(values.std()) / math.sqrt(len(values))


@EVERY_LAW
@pytest.mark.parametrize("t", [0.0, 0.5, 1.0])
def test_the_quick_mean_and_variance_are_the_posterior_s(path: Path, source: str, t: float, rng: torch.Generator) -> None:
    law = field_of(path, source).law
    if not bool(torch.isfinite(path.d_sigma(at(t)) + path.d_gamma(at(t)))):
        return  # the loss is infinite there, and no mean over t asks for it
    x = 3 * torch.randn(50, 2, generator=rng, dtype=torch.float64)
    mean, variance = mean_and_variance(path, law, x, at(t))
    behind = posterior(path, law, x, at(t))
    assert torch.allclose(mean, behind.velocity, rtol=1e-9, atol=1e-9)
    assert torch.allclose(variance, behind.variance, rtol=1e-8, atol=1e-8)


@EVERY_LAW
def test_candidates_are_ordered_and_the_exact_field_has_nothing_left_to_learn(
    path: Path, source: str, rng: torch.Generator
) -> None:
    field = field_of(path, source)
    four = {"zero": Still(), "one": best_constant(field), "bell": OneBell(path, field.law), "exact": field}
    zero, one, bell, exact = losses_parts(field, four, rng, times=9, points=32).values()
    assert exact.learnable_total.mean < 1e-18
    assert bell.learnable_total.mean < one.learnable_total.mean <= zero.learnable_total.mean + 1e-9
    assert zero.floor_total == one.floor_total == bell.floor_total == exact.floor_total


def test_one_bell_is_the_exact_field_between_two_bells() -> None:
    field = field_of(Linear(), "gaussian", "gaussian")
    x = torch.randn(40, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    assert torch.allclose(OneBell(field.path, field.law).velocity(x, at(0.3)), field.velocity(x, at(0.3)), rtol=1e-10, atol=1e-10)


@EVERY_LAW
def test_no_linear_field_is_better_than_one_bell(path: Path, source: str, rng: torch.Generator) -> None:
    """What it leaves of u is uncorrelated with x_t, in each of the four pairs of coordinates, within 4.5 standard errors."""
    field, t = field_of(path, source, "moons"), at(0.4)
    x0, x1 = draw_pairs(field.law, 5_000, rng)
    z = torch.randn(x0.shape, generator=rng, dtype=torch.float64)
    xt, u = path.point(x0, x1, t, z), path.target(x0, x1, t, z)
    rest = u - OneBell(path, field.law).velocity(xt, t)
    products = (rest[:, :, None] * (xt - xt.mean(0))[:, None, :]).flatten(1)
    assert float((products.mean(0).abs() / (products.std(0) / math.sqrt(len(products)))).max()) < 4.5


@EVERY_LAW
def test_mean_velocity_is_the_mean_of_u(path: Path, source: str, rng: torch.Generator) -> None:
    field, t = field_of(path, source, "moons"), at(0.4)
    x0, x1 = draw_pairs(field.law, 5_000, rng)
    u = path.target(x0, x1, t, torch.randn(x0.shape, generator=rng, dtype=torch.float64))
    error = u.std(0) / math.sqrt(len(u))
    assert float(((u.mean(0) - mean_velocity(path, field.law, t)).abs() / error).max()) < 4.5


def test_the_best_constant_is_the_way_between_the_means() -> None:
    field = field_of(Linear(), "two-gaussians", "moons")
    way = (field.law.weights[:, None] * (field.law.mu - field.law.m)).sum(0)
    assert torch.allclose(best_constant(field).value, way, rtol=1e-12, atol=1e-12)
    assert isinstance(best_constant(field), Constant)


@pytest.mark.parametrize("target", ["grid25", "moons", "checkerboard", "two-points"])
def test_the_floor_agrees_with_the_playground_s(target: str, rng: torch.Generator) -> None:
    """The Playground's estimate draws from the target itself and at random, so it may differ by some percent."""
    experiment = Experiment(target=target)
    parts = loss_parts(field_of(Linear(), target=target), Still(), rng, points=128)
    assert parts.floor_total.mean == pytest.approx(floor_of(experiment), rel=0.06)


@pytest.mark.parametrize("draw", [draw_pairs, spread_pairs], ids=["random", "spread"])
def test_pairs_have_the_law_s_moments(draw, rng: torch.Generator) -> None:
    law = field_of(Linear(), "two-gaussians", "moons").law
    x0, x1 = draw(law, 8192, rng)[:2]
    w = law.weights[:, None]
    for x, means, widths in ((x0, law.m, law.s), (x1, law.mu, law.lam)):
        mean = (w * means).sum(0)
        variance = (w * (widths[:, None] + (means - mean) ** 2)).sum(0)
        assert torch.allclose(x.mean(0), mean, atol=0.05)
        assert torch.allclose(x.var(0), variance, rtol=0.03)


def test_the_same_seed_gives_the_same_parts() -> None:
    field = field_of(Linear())
    one, two = (loss_parts(field, Still(), torch.Generator().manual_seed(5), points=64) for _ in range(2))
    assert one.total == two.total
    with pytest.raises(ValueError, match="`n` must be at least 0; got -1"):
        draw_pairs(field.law, -1, torch.Generator())

"""Both terms of the continuity equation against finite differences of density and flux, and their sum against 0."""

from __future__ import annotations

import pytest
import torch

from flowviz.distributions import distributions_in
from flowviz.lessons import continuity_terms, density_change, draw_pairs, flux_divergence
from flowviz.paths import Path
from flowviz.paths.diffusion import VariancePreserving
from flowviz.paths.straight import Linear
from flowviz.spaces import PLANE
from tests.lessons.laws import LAWS, at, field_of

EVERY_LAW = pytest.mark.parametrize(("path", "source"), LAWS, ids=str)
RELATIVE = 1e-10
"""Both are exact derivatives: only rounding, some 1e-16 for each of few components, stands between them."""


def places(field, t: float, n: int, rng: torch.Generator) -> torch.Tensor:
    x0, x1 = draw_pairs(field.law, n, rng)
    z = torch.randn(n, 2, generator=rng, dtype=torch.float64)
    return field.path.point(x0, x1, at(t), z)


@EVERY_LAW
@pytest.mark.parametrize("t", [0.0, 0.05, 0.5, 0.95, 1.0])
def test_terms_add_up_to_nothing(path: Path, source: str, t: float, rng: torch.Generator) -> None:
    field = field_of(path, source)
    found = continuity_terms(field, places(field, t, 200, rng), at(t))
    # Where a path stands still (trig at its ends, poly at t = 0) both terms are rounding: hold it against p = 0.1.
    size = max(float(found.change.abs().max()), float(found.outflow.abs().max()), 1e-3)
    assert bool(found.sum.isfinite().all())
    assert float(found.sum.abs().max()) < RELATIVE * size


@pytest.mark.parametrize("target", distributions_in(PLANE))
@pytest.mark.parametrize("t", [0.2, 0.9])
def test_terms_add_up_to_nothing_for_every_target(target: str, t: float, rng: torch.Generator) -> None:
    field = field_of(Linear(), target=target)
    found = continuity_terms(field, places(field, t, 100, rng), at(t))
    assert float(found.sum.abs().max()) < RELATIVE * float(found.change.abs().max())


@pytest.mark.parametrize("source", distributions_in(PLANE))
def test_terms_add_up_to_nothing_for_every_source(source: str, rng: torch.Generator) -> None:
    field = field_of(Linear(), source, "moons")
    found = continuity_terms(field, places(field, 0.6, 20, rng), at(0.6))
    assert float(found.sum.abs().max()) < RELATIVE * float(found.change.abs().max())


@EVERY_LAW
@pytest.mark.parametrize("t", [0.1, 0.5, 0.9])
def test_change_is_the_slope_of_the_density_in_t(path: Path, source: str, t: float, rng: torch.Generator) -> None:
    field, h = field_of(path, source), 1e-5
    x = places(field, t, 100, rng)
    slope = (field.log_density(x, at(t + h)).exp() - field.log_density(x, at(t - h)).exp()) / (2 * h)
    # h² of third derivatives (up to 1e4 of p ≈ 0.1), and rounding of 1e-16 / h
    assert torch.allclose(density_change(field, x, at(t)), slope, rtol=1e-6, atol=1e-7)


@EVERY_LAW
@pytest.mark.parametrize("t", [0.1, 0.5, 0.9])
def test_outflow_is_the_divergence_of_the_flux(path: Path, source: str, t: float, rng: torch.Generator) -> None:
    field, h = field_of(path, source), 1e-5
    x = places(field, t, 100, rng)

    def flux(x: torch.Tensor) -> torch.Tensor:
        return field.log_density(x, at(t)).exp()[:, None] * field.velocity(x, at(t))

    steps = h * torch.eye(2, dtype=torch.float64)
    divergence = sum((flux(x + steps[i]) - flux(x - steps[i]))[:, i] / (2 * h) for i in range(2))
    assert torch.allclose(flux_divergence(field, x, at(t)), divergence, rtol=1e-6, atol=1e-7)


def test_the_end_of_the_diffusion_path_is_finite() -> None:
    """σ' → −∞ at t = 1, but σσ' is not."""
    path = VariancePreserving()
    assert not bool(path.d_sigma(at(1.0)).isfinite())
    x = torch.randn(50, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    found = continuity_terms(field_of(path), 3 * x, at(1.0))
    assert bool(found.change.isfinite().all())
    assert bool(found.outflow.isfinite().all())


def test_no_places_no_terms() -> None:
    assert density_change(field_of(Linear()), torch.zeros(0, 2, dtype=torch.float64), at(0.5)).shape == (0,)

"""Every path: its coefficients are each other's derivatives, its ends are where it says, and others agree."""

from __future__ import annotations

import math
from typing import Any, Literal, get_args, get_origin

import pytest
import torch
from torch import Tensor
from torchcfm.conditional_flow_matching import (
    ConditionalFlowMatcher,
    SchrodingerBridgeConditionalFlowMatcher,
    TargetConditionalFlowMatcher,
    VariancePreservingConditionalFlowMatcher,
)

from flowviz.paths import PATHS, Path
from flowviz.paths.diffusion import Cosine, VarianceExploding, VariancePreserving
from flowviz.paths.interpolants import BrownianBridge, StochasticInterpolant
from flowviz.paths.straight import Linear, LipmanOT, Polynomial, Trigonometric

TIMES = torch.linspace(0.02, 0.98, 97, dtype=torch.float64)
ENDS = torch.tensor([0.0, 1.0], dtype=torch.float64)


def variants(kind: type[Path]) -> list[Path]:
    """A path with its defaults, and with each option at each of its choices, or at both ends of its range."""
    found = [kind()]
    for name, info in kind.__pydantic_fields__.items():  # type: ignore[attr-defined]
        values: list[Any] = list(get_args(info.annotation)) if get_origin(info.annotation) is Literal else []
        for rule in info.metadata:
            values += [getattr(rule, bound) for bound in ("ge", "le") if hasattr(rule, bound)]
            values += [1e-3] if getattr(rule, "gt", None) == 0 else []
        found += [kind(**{name: value}) for value in values]
    return found


CASES = [path for kind in PATHS.values() for path in variants(kind)]
EVERY = pytest.mark.parametrize("path", CASES, ids=str)


def slope(f: Any, t: Tensor, h: float = 1e-6) -> Tensor:
    """Central difference; error h² f'''/6 and rounding 1e-16/h, both far below 1e-7 on TIMES."""
    return (f(t + h) - f(t - h)) / (2 * h)


def pairs(n: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """x0, x1, z, shape (n, 2), and t, shape (n,), in [.02, .98]."""
    x0, x1, z = torch.randn(3, n, 2, generator=rng, dtype=torch.float64)
    return x0, 3 * x1 + 1, z, 0.02 + 0.96 * torch.rand(n, generator=rng, dtype=torch.float64)


def test_every_option_of_every_path_is_varied() -> None:
    assert {type(path) for path in CASES} == set(PATHS.values())
    assert len(CASES) > 2 * len(PATHS)


@pytest.mark.parametrize("slug", PATHS)
def test_a_path_is_a_value_with_its_words(slug: str) -> None:
    kind = PATHS[slug]
    assert kind.slug == slug
    assert kind() == kind()
    assert hash(kind()) == hash(kind())
    assert kind.label
    assert kind.formula
    assert kind.remark.endswith(".")


@EVERY
@pytest.mark.parametrize("name", ["alpha", "sigma", "gamma"])
def test_derivative_is_the_slope(path: Path, name: str) -> None:
    difference = slope(getattr(path, name), TIMES)
    stated = getattr(path, f"d_{name}")(TIMES)
    assert torch.allclose(difference, stated, rtol=1e-6, atol=1e-7)  # see `slope`


@EVERY
@pytest.mark.parametrize("name", ["sigma", "gamma"])
def test_product_with_the_derivative_is_half_the_slope_of_the_square(path: Path, name: str) -> None:
    value, product = getattr(path, name), getattr(path, f"{name}_d_{name}")(TIMES)
    assert torch.allclose(slope(lambda t: 0.5 * value(t) ** 2, TIMES), product, rtol=1e-6, atol=1e-7)  # see `slope`
    assert torch.allclose(value(TIMES) * getattr(path, f"d_{name}")(TIMES), product, rtol=1e-12, atol=1e-12)


@EVERY
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_products_are_finite_on_the_closed_interval(path: Path, dtype: torch.dtype) -> None:
    t = torch.linspace(0, 1, 1001, dtype=dtype)
    assert path.sigma_d_sigma(t).isfinite().all()
    assert path.gamma_d_gamma(t).isfinite().all()
    # At the ends they go on from where they were: one thousandth away they differ by no more than their slope allows.
    for product in (path.sigma_d_sigma, path.gamma_d_gamma):
        steps = product(t).diff().abs()
        assert steps[[0, -1]].max() <= 3 * steps[1:-1].max() + 1e-6


@EVERY
def test_coefficients_are_finite_on_the_closed_interval(path: Path) -> None:
    t = torch.linspace(0, 1, 1001)
    for name in ("alpha", "d_alpha", "sigma", "gamma"):
        assert getattr(path, name)(t).isfinite().all(), name


@EVERY
def test_interval_leaves_out_exactly_the_ends_where_the_loss_is_infinite(path: Path) -> None:
    first, last = path.interval
    assert 0 <= first < 0.1
    assert 0.9 < last <= 1

    def steepness(t: float) -> float:
        there = torch.tensor(t, dtype=torch.float64)
        return float(path.d_sigma(there) ** 2 + path.d_gamma(there) ** 2)

    for end, cut in ((0.0, first > 0), (1.0, last < 1)):
        # A thousand times nearer to an infinite end the loss is about a thousand times larger; elsewhere it is the same.
        near, nearer = steepness(abs(end - 1e-6)), steepness(abs(end - 1e-9))
        assert cut == (nearer > 100 * near), f"t = {end}"
        assert math.isfinite(steepness(end)) or cut


@EVERY
def test_coefficients_keep_shape_and_type_and_agree_in_float32(path: Path) -> None:
    for name in ("alpha", "d_alpha", "sigma", "d_sigma", "gamma", "d_gamma", "sigma_d_sigma", "gamma_d_gamma"):
        f = getattr(path, name)
        for t in (TIMES.float(), TIMES.float()[:, None], torch.tensor(0.5)):
            assert (f(t).shape, f(t).dtype) == (t.shape, torch.float32)
        # 1 − t loses up to 6e-8/.02 of itself next to the end; a sine near its zero loses as much as one near its top.
        exact = f(TIMES.float().double())
        assert torch.allclose(f(TIMES.float()).double(), exact, rtol=2e-5, atol=2e-6 * float(exact.abs().max())), name


@EVERY
def test_noise_of_the_path_vanishes_at_both_ends(path: Path) -> None:
    """The source article's interpolant (1 − α) x0 + α x1 + σz has σz at the ends as well, so it has neither end."""
    assert torch.equal(path.gamma(ENDS), torch.zeros(2, dtype=torch.float64)) or float(path.gamma(ENDS).abs().max()) < 1e-30
    inside = path.gamma(TIMES)
    assert bool((inside > 0).all()) if path.noisy else not bool(inside.any())


@EVERY
def test_target_gains_the_slope_of_the_noise(path: Path, rng: torch.Generator) -> None:
    """The other half of the article's mistake: with γ z in the point there is γ' z in its velocity."""
    x0, x1, z, t = pairs(64, rng)
    assert torch.allclose(path.target(x0, x1, t, z) - path.target(x0, x1, t), path.d_gamma(t)[:, None] * z, atol=1e-12, rtol=1e-9)


# Where a path does not start at x0 or end at x1, and what its classes say instead: (α, σ) there.
def _start(path: Path) -> tuple[float, float]:
    if isinstance(path, VariancePreserving):
        noising = 0.5 * (path.beta_max + path.beta_min)
        return math.exp(-noising / 2), math.sqrt(1 - math.exp(-noising))
    if isinstance(path, Cosine):
        return path.alpha_0, math.sqrt(1 - path.alpha_0**2)
    return (1.0 if isinstance(path, VarianceExploding) else 0.0), 1.0


def _end(path: Path) -> tuple[float, float]:
    if isinstance(path, VarianceExploding):
        return 1.0, path.sigma_min / path.sigma_max
    return 1.0, path.sigma_min if isinstance(path, LipmanOT) else 0.0


@EVERY
def test_path_starts_at_x0_and_ends_at_x1(path: Path, rng: torch.Generator) -> None:
    x0, x1, z, _ = pairs(16, rng)
    for end, (alpha, sigma) in zip(ENDS, (_start(path), _end(path)), strict=True):
        assert torch.allclose(path.point(x0, x1, end, z), alpha * x1 + sigma * x0, atol=1e-14, rtol=1e-12)


@EVERY
def test_target_is_the_velocity_of_the_point(path: Path, rng: torch.Generator) -> None:
    x0, x1, z, t = pairs(64, rng)
    difference = slope(lambda s: path.point(x0, x1, s, z), t)
    assert torch.allclose(difference, path.target(x0, x1, t, z), rtol=1e-6, atol=1e-6)  # see `slope`, times |x|


@EVERY
def test_one_time_for_all_is_the_same_time_for_each(path: Path, rng: torch.Generator) -> None:
    x0, x1, z, _ = pairs(8, rng)
    t = torch.tensor(0.3, dtype=torch.float64)
    assert torch.equal(path.point(x0, x1, t, z), path.point(x0, x1, t.expand(8), z))
    assert torch.equal(path.target(x0, x1, t, z), path.target(x0, x1, t.expand(8), z))


@pytest.mark.parametrize(
    "path", [path for path in CASES if isinstance(path, Trigonometric | VariancePreserving | Cosine)], ids=str
)
def test_variance_is_preserved(path: Path) -> None:
    t = torch.linspace(0, 1, 101, dtype=torch.float64)
    assert torch.allclose(path.alpha(t) ** 2 + path.sigma(t) ** 2, torch.ones_like(t), atol=1e-14)


@pytest.mark.parametrize("path", [path for path in CASES if isinstance(path, VariancePreserving)], ids=str)
def test_vp_is_the_diffusion_with_its_time_turned_round(path: VariancePreserving) -> None:
    """dx = −½β(s) x ds + √β(s) dW with s = 1 − t and β linear from β_min to β_max (Song et al. 2021, equation 32)."""
    beta = path.beta_min + (1 - TIMES) * (path.beta_max - path.beta_min)
    assert torch.allclose(path.d_alpha(TIMES) / path.alpha(TIMES), beta / 2, rtol=1e-10)
    # dσ²/ds = β (1 − σ²), so σσ' = −½ β (1 − σ²)
    assert torch.allclose(path.sigma_d_sigma(TIMES), -0.5 * beta * (1 - path.sigma(TIMES) ** 2), rtol=1e-9, atol=1e-12)


def test_vp_reaches_almost_pure_noise() -> None:
    assert float(VariancePreserving().alpha(torch.tensor(0.0))) == pytest.approx(0.00657, abs=5e-6)


@pytest.mark.parametrize("s", [0.001, 0.008, 0.1])
def test_cosine_is_the_published_schedule_where_it_is_not_clipped(s: float) -> None:
    """ᾱ(τ) = f(τ)/f(0) with f(τ) = cos²((τ + s)/(1 + s) · π/2) and τ = 1 − t (Nichol & Dhariwal 2021, equation 17)."""

    def f(tau: Tensor) -> Tensor:
        return torch.cos((tau + s) / (1 + s) * math.pi / 2) ** 2

    published = (f(1 - TIMES) / f(torch.zeros(()))).sqrt()
    path = Cosine(s=s, alpha_0=0.001)
    # The angle begins at arcsin α(0) instead of 0: α is no further from theirs than α(0) itself, and nowhere below.
    assert bool((path.alpha(TIMES) >= published - 1e-7).all())
    assert float((path.alpha(TIMES) - published).max()) < 0.001
    wide = Cosine(s=s, alpha_0=0.1)
    assert float(wide.alpha(torch.tensor(0.0, dtype=torch.float64))) == pytest.approx(0.1, abs=1e-15)
    assert float(wide.sigma(torch.tensor(1.0))) == 0


def test_cosine_takes_its_noise_away_more_evenly_than_vp() -> None:
    """What it was made for: the data are seen early, not in a rush at the end."""
    middle = torch.tensor(0.5, dtype=torch.float64)
    assert float(Cosine().alpha(middle)) > 0.7 > 0.3 > float(VariancePreserving().alpha(middle))


def test_ve_has_the_noise_of_its_schedule() -> None:
    """σ_max (σ_min/σ_max)^t = σ_min^t σ_max^(1 − t), on a source of width σ_max."""
    path = VarianceExploding(sigma_min=0.02, sigma_max=25)
    width = path.source_std * path.sigma(TIMES)
    assert torch.allclose(width, 0.02**TIMES * 25 ** (1 - TIMES), rtol=1e-12)


def test_ve_takes_the_smallest_number_that_there_is() -> None:
    path = VarianceExploding(sigma_min=5e-324)
    assert path.sigma(TIMES).isfinite().all()
    assert path.d_sigma(TIMES).isfinite().all()


@pytest.mark.parametrize("kind", ["sqrt", "sin2", "quadratic"])
def test_interpolant_without_noise_is_linear(kind: Any) -> None:
    assert_same(StochasticInterpolant(kind=kind, a=0), Linear())


def test_polynomial_of_degree_one_is_linear() -> None:
    assert_same(Polynomial(n=1), Linear())


def test_square_root_noise_is_a_brownian_bridge() -> None:
    assert_same(StochasticInterpolant(kind="sqrt", a=0.5), BrownianBridge(s=0.5 * math.sqrt(2)))


def assert_same(first: Path, second: Path) -> None:
    for name in ("alpha", "d_alpha", "sigma", "d_sigma", "gamma", "d_gamma", "sigma_d_sigma", "gamma_d_gamma"):
        assert torch.allclose(getattr(first, name)(TIMES), getattr(second, name)(TIMES), atol=1e-13), name


ORACLES = [
    (Linear(), ConditionalFlowMatcher(sigma=0.0)),
    (LipmanOT(), TargetConditionalFlowMatcher(sigma=0.01)),
    (LipmanOT(sigma_min=0.3), TargetConditionalFlowMatcher(sigma=0.3)),
    (Trigonometric(), VariancePreservingConditionalFlowMatcher(sigma=0.0)),
    (BrownianBridge(), SchrodingerBridgeConditionalFlowMatcher(sigma=1.0)),
    (BrownianBridge(s=0.4), SchrodingerBridgeConditionalFlowMatcher(sigma=0.4)),
]


@pytest.mark.parametrize(("path", "matcher"), ORACLES, ids=lambda value: str(value) if isinstance(value, Path) else "")
def test_point_and_target_are_those_of_torchcfm(path: Path, matcher: ConditionalFlowMatcher, rng: torch.Generator) -> None:
    x0, x1, z, t = pairs(256, rng)
    # Its target path starts from its own noise, so x0 takes that place; elsewhere its noise is z.
    epsilon = x0 if isinstance(path, LipmanOT) else z
    xt = matcher.sample_xt(x0, x1, t, epsilon)
    ut = matcher.compute_conditional_flow(x0, x1, t[:, None], xt)
    assert torch.allclose(path.point(x0, x1, t, z), xt, atol=1e-12)
    # It adds 1e-8 to the denominator of the bridge: on [.02, .98] that is 1e-8/.02 of the target.
    tolerance = 1e-5 if path.noisy else 1e-10
    assert torch.allclose(path.target(x0, x1, t, z), ut, atol=tolerance, rtol=tolerance)

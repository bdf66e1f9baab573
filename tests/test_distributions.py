"""Every distribution keeps its promises, and every stand-in is close to what it stands in for."""

from __future__ import annotations

import math
from dataclasses import fields, replace

import pytest
import torch
from torch import Tensor

from flowviz.distributions import DISTRIBUTIONS, Distribution, Mixture
from flowviz.distributions.curves import Circles, Moons
from flowviz.distributions.gaussians import EightGaussians, Gaussian
from flowviz.distributions.tiles import Checkerboard
from flowviz.metrics import wasserstein2

EVERY = pytest.mark.parametrize("slug", DISTRIBUTIONS)


def sample_of(mixture: Mixture, n: int, rng: torch.Generator) -> Tensor:
    """Points of a mixture whose components are drawn systematically: each as often as its weight says, to within one."""
    place = (torch.arange(n).double() + torch.rand((), generator=rng, dtype=torch.float64)) / n
    which = torch.searchsorted(mixture.weights.cumsum(0), place).clamp(max=len(mixture) - 1)
    noise = torch.randn(n, mixture.means.shape[1], generator=rng, dtype=torch.float64)
    if mixture.axes is not None:
        noise = (noise * mixture.stretch.sqrt()) @ mixture.axes.T
    return mixture.means[which] + mixture.variances[which].sqrt()[:, None] * noise


def moments_of(mixture: Mixture) -> tuple[Tensor, Tensor]:
    mean = mixture.weights @ mixture.means
    centred = mixture.means - mean
    one = torch.eye(mixture.means.shape[1], dtype=torch.float64)
    if mixture.axes is not None:
        one = mixture.axes @ torch.diag(mixture.stretch) @ mixture.axes.T
    spread = (mixture.weights @ mixture.variances) * one
    return mean, (mixture.weights[:, None] * centred).T @ centred + spread


@EVERY
@pytest.mark.parametrize("n", [0, 1, 500])
def test_sample_has_the_size_and_type_that_was_asked_for(slug: str, n: int, rng: torch.Generator) -> None:
    x, label = DISTRIBUTIONS[slug]().draw(n, rng)
    assert (x.shape, x.dtype) == ((n, DISTRIBUTIONS[slug]().space.dim), torch.float32)
    assert (label.shape, label.dtype) == ((n,), torch.int64)
    assert x.isfinite().all()


@EVERY
def test_a_negative_number_of_points_is_refused_with_a_remedy(slug: str, rng: torch.Generator) -> None:
    with pytest.raises(ValueError, match=r"`n` must be at least 0; got -3\. Try"):
        DISTRIBUTIONS[slug]().sample(-3, rng)


@EVERY
def test_points_follow_from_the_seed_alone(slug: str) -> None:
    before = torch.get_rng_state()
    first, again, other = (DISTRIBUTIONS[slug]().sample(64, torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before), "the global generator was used"


@EVERY
def test_sample_is_the_points_of_draw(slug: str) -> None:
    x = DISTRIBUTIONS[slug]().sample(50, torch.Generator().manual_seed(3))
    assert torch.equal(x, DISTRIBUTIONS[slug]().draw(50, torch.Generator().manual_seed(3))[0])


@EVERY
def test_labels_number_the_groups_from_zero_without_gaps(slug: str, rng: torch.Generator) -> None:
    label = DISTRIBUTIONS[slug]().draw(4000, rng)[1]
    found = label.unique().tolist()
    assert found == list(range(len(found)))
    assert 2 <= len(found) <= 32, "each label is a colour that the eye must tell from the others"


@EVERY
def test_a_distribution_is_a_value_with_its_words(slug: str) -> None:
    kind = DISTRIBUTIONS[slug]
    assert kind.slug == slug
    assert kind() == kind()
    assert hash(kind()) == hash(kind())
    assert kind.label
    assert kind.group
    assert kind.__doc__


@EVERY
def test_points_lie_within_the_picture(slug: str, rng: torch.Generator) -> None:
    """Everything is about the same size, so that one choice of axes and one step size serve all."""
    x = DISTRIBUTIONS[slug]().sample(4000, rng)
    assert 1.0 < float(x.norm(dim=1).max()) < 9.0


@EVERY
@pytest.mark.parametrize("components", [16, 64, 256])
def test_mixture_is_a_probability(slug: str, components: int) -> None:
    mixture = DISTRIBUTIONS[slug]().mixture(components)
    assert {mixture.weights.dtype, mixture.means.dtype, mixture.variances.dtype} == {torch.float64}
    assert mixture.means.shape == (len(mixture), DISTRIBUTIONS[slug]().space.dim)
    assert mixture.variances.shape == (len(mixture),)
    assert float(mixture.weights.sum()) == pytest.approx(1, abs=1e-12)
    assert bool((mixture.weights > 0).all())
    # Without a density there are points, of no width; with one there are none.
    assert bool((mixture.variances > 0).all()) == DISTRIBUTIONS[slug].has_density
    if not DISTRIBUTIONS[slug].exact:
        assert len(mixture) <= 1.25 * components + 20, "the cost of an exact field follows from this number"


@EVERY
def test_mixture_has_the_mean_and_covariance_of_the_sampler(slug: str, rng: torch.Generator) -> None:
    distribution = DISTRIBUTIONS[slug]()
    n, some = (
        200_000,
        slice(None, None, -(-distribution.space.dim // 8)),
    )  # of 64 coordinates eight: all their products are two thousand
    x = distribution.sample(n, rng)[:, some].double()
    mean, covariance = moments_of(distribution.mixture())
    mean, covariance = mean[some], covariance[some, some]
    # Five standard errors of the sample; a stand-in may add 2 % of the spread, which no picture shows.
    slack = 0.0 if distribution.exact else 0.02
    spread = x.var(0)
    assert (x.mean(0) - mean).abs().max() < 5 * (spread.max() / n).sqrt() + slack * spread.max().sqrt()
    centred = x - x.mean(0)
    row, column = torch.triu_indices(*covariance.shape)
    products, wanted = centred[:, row] * centred[:, column], covariance[row, column]
    error = (products.mean(0) - wanted).abs()
    assert (error < 5 * (products.var(0) / n).sqrt() + 1e-6 + slack * spread.max()).all(), error


def stratified(distribution: Distribution, n: int, rng: torch.Generator) -> Tensor:
    """About n points in which each label is as frequent as it is in a large sample: no luck in how many fall where."""
    x, label = distribution.draw(40 * n, rng)
    return torch.cat([x[label == k][: round(float((label == k).sum()) / 40)] for k in range(int(label.max()) + 1)])


@pytest.mark.parametrize("slug", [slug for slug, kind in DISTRIBUTIONS.items() if kind.has_density])
def test_mixture_is_as_near_to_the_sampler_as_the_sampler_to_itself(slug: str) -> None:
    """W2 to the mixture, mean of 6, is below the sampling floor, 5 % aside: the two differ by luck alone."""
    distribution = DISTRIBUTIONS[slug]()
    floor, distance = 0.0, 0.0
    for seed in range(6):
        rng = torch.Generator().manual_seed(seed)
        x, again = stratified(distribution, 400, rng), stratified(distribution, 400, rng)
        n = min(len(x), len(again))
        floor += wasserstein2(x[:n], again[:n])
        distance += wasserstein2(x[:n].double(), sample_of(distribution.mixture(), n, rng))
    assert distance < 1.05 * floor


@pytest.mark.parametrize("slug", [s for s, kind in DISTRIBUTIONS.items() if kind.exact and kind.group in ("mode", "point")])
def test_label_of_an_exact_mixture_is_its_component(slug: str, rng: torch.Generator) -> None:
    distribution = DISTRIBUTIONS[slug]()
    x, label = distribution.draw(40_000, rng)
    mixture = distribution.mixture()
    around = x.double() - mixture.means[label]
    # Mean squared distance from the own mode is 2 λ, with standard error 2 λ/√n.
    expected = 2 * float(mixture.variances[0])
    assert float(around.square().sum(1).mean()) == pytest.approx(expected, rel=5 / math.sqrt(len(x)), abs=1e-12)
    share = label.bincount().double() / len(x)
    assert torch.allclose(share, mixture.weights, atol=5 * float(share.max() / len(x)) ** 0.5)


@pytest.mark.parametrize("slug", [s for s, kind in DISTRIBUTIONS.items() if "noise" in {f.name for f in fields(kind)}])  # type: ignore[arg-type]
def test_without_noise_the_points_lie_on_the_stand_ins_curve_and_fill_it(slug: str, rng: torch.Generator) -> None:
    curve = replace(DISTRIBUTIONS[slug](), noise=0.0)  # type: ignore[type-var]
    x, knots = curve.sample(4000, rng).double(), curve.mixture(192).means
    between = torch.cdist(knots, knots).fill_diagonal_(math.inf).min(1).values.max()
    apart = torch.cdist(x, knots)
    # No point is further from a knot than the widest gap (ends and corners included), and no knot is left alone.
    assert float(apart.min(1).values.max()) < 1.05 * float(between)
    assert float(apart.min(0).values.max()) < 1.05 * float(between)


def test_gaussian_has_the_stated_width(rng: torch.Generator) -> None:
    x = Gaussian(std=3.0).sample(50_000, rng)
    assert float(x.std()) == pytest.approx(3, rel=5 / math.sqrt(2 * x.numel()))  # five standard errors
    assert float(Gaussian(std=3.0).mixture().variances[0]) == 9


def test_eight_gaussians_are_those_of_torchcfm() -> None:
    """Radius 5, and `var=.1` is √.1 as variance, so std .562."""
    mixture = EightGaussians().mixture()
    assert torch.allclose(mixture.means.norm(dim=1), torch.tensor(5.0, dtype=torch.float64), atol=1e-12)
    assert float(mixture.variances[0]) == pytest.approx(math.sqrt(0.1), rel=1e-12)


def test_checkerboard_is_uniform_on_area_32(rng: torch.Generator) -> None:
    x, label = Checkerboard().draw(64_000, rng)
    cell = torch.floor((x + 4) / 2).long()
    assert bool(((cell >= 0) & (cell < 4)).all())
    assert bool(((cell.sum(1) % 2) == 0).all()), "only every other cell is filled"
    # Thirty-two unit squares: the plug-in entropy is low by (bins − 1)/2n = 2.4e-4, and has standard error 1e-4.
    square = torch.floor(x + 4).long()
    share = (8 * square[:, 1] + square[:, 0]).bincount(minlength=64).double() / len(x)
    filled = share[share > 0]
    assert len(filled) == 32
    assert float(-(filled * filled.log()).sum()) == pytest.approx(math.log(32), abs=1e-3)
    assert len(set(zip(label.tolist(), map(tuple, cell.tolist()), strict=True))) == 8, "one label for each cell"


def test_circles_are_as_likely_as_they_are_long(rng: torch.Generator) -> None:
    x, ring = replace(Circles(), noise=0.0).draw(30_000, rng)
    assert torch.allclose(x.norm(dim=1), 2.0 + 2.0 * ring, atol=1e-5)
    assert float(ring.float().mean()) == pytest.approx(2 / 3, abs=5 * 0.47 / math.sqrt(30_000))  # five standard errors


def test_moons_are_half_circles_stretched_by_three(rng: torch.Generator) -> None:
    x, moon = replace(Moons(), noise=0.0).draw(4000, rng)
    unit = (x + 1) / 3
    centre = torch.stack([moon, 0.5 * moon], 1)
    assert torch.allclose((unit - centre).norm(dim=1), torch.ones(4000), atol=1e-5)
    assert bool((unit[moon == 0, 1] >= -1e-5).all())
    assert bool((unit[moon == 1, 1] <= 0.5 + 1e-5).all())


@pytest.mark.parametrize(
    ("slug", "floor", "spread"), [("8gaussians", 0.598, 0.128), ("moons", 0.321, 0.044), ("checkerboard", 0.404, 0.069)]
)
def test_sampling_floor_is_the_known_one(slug: str, floor: float, spread: float) -> None:
    """W2 between two independent samples at n = 1000, mean of 6 within three standard errors."""
    distribution, pairs = DISTRIBUTIONS[slug](), 6
    found = []
    for seed in range(pairs):
        rng = torch.Generator().manual_seed(100 + seed)
        found.append(wasserstein2(distribution.sample(1000, rng), distribution.sample(1000, rng)))
    assert sum(found) / pairs == pytest.approx(floor, abs=3 * spread / math.sqrt(pairs))

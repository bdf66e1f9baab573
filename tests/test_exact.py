"""The exact fields against Monte Carlo, finite differences and each other. All in float64 unless it says otherwise."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from flowviz.couplings import COUPLINGS, ExactOT, Independent
from flowviz.distributions import DISTRIBUTIONS, Distribution, distributions_in
from flowviz.distributions.gaussians import EightGaussians, Gaussian, TwoGaussians, TwoPoints
from flowviz.exact import ExactField, JointMixture, exact_field, irreducible_loss
from flowviz.metrics import wasserstein2
from flowviz.paths import PATHS, Path
from flowviz.paths.interpolants import BrownianBridge, StochasticInterpolant
from flowviz.paths.straight import Linear, Trigonometric
from flowviz.solvers import solve
from flowviz.spaces import PLANE

CASES: list[Path] = [kind() for kind in PATHS.values()]
CASES += [StochasticInterpolant(kind="sqrt"), StochasticInterpolant(kind="quadratic", a=2.0), BrownianBridge(s=0.3)]
EVERY = pytest.mark.parametrize("path", CASES, ids=str)
INSIDE = [0.05, 0.3, 0.5, 0.8, 0.95]
SOURCES = {path.slug: ["gaussian"] if path.gaussian_source else ["gaussian", "two-gaussians"] for path in CASES}
EVERY_LAW = pytest.mark.parametrize(
    ("path", "source"), [(path, source) for path in CASES for source in SOURCES[path.slug]], ids=str
)


def source_of(path: Path, slug: str = "gaussian", dim: int = 2) -> Distribution:
    return Gaussian(std=path.source_std, dim=dim) if slug == "gaussian" else DISTRIBUTIONS[slug]()


def field_of(path: Path, source: str = "gaussian", target: str = "8gaussians") -> ExactField:
    end = DISTRIBUTIONS[target]()
    return exact_field(source_of(path, source, end.space.dim), end, path, Independent())


def at(t: float) -> Tensor:
    return torch.tensor(t, dtype=torch.float64)


def draws(path: Path, source: str, target: str, t: Tensor, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """x0, x1, x_t and u of n pairs at one time."""
    x0 = source_of(path, source).sample(n, rng).double()
    x1 = DISTRIBUTIONS[target]().sample(n, rng).double()
    z = torch.randn(n, 2, generator=rng, dtype=torch.float64)
    return x0, x1, path.point(x0, x1, t, z), path.target(x0, x1, t, z)


def slope(f: object, x: Tensor, h: float = 1e-5) -> Tensor:
    """∂f_j/∂x_i by central differences, shape (n, 2, values of f)."""
    steps = h * torch.eye(2, dtype=x.dtype)
    return torch.stack([(f(x + step) - f(x - step)).reshape(len(x), -1) / (2 * h) for step in steps], 1)  # type: ignore[operator]


@EVERY_LAW
@pytest.mark.parametrize("t", [0.1, 0.5, 0.9])
def test_velocity_is_the_mean_of_the_targets_that_pass_by(path: Path, source: str, t: float, rng: torch.Generator) -> None:
    """E[u | x_t ≈ x]: among the 500 nearest to each of 12 places, u − u_t(x_t) averages to nothing within its standard error."""
    _, _, xt, u = draws(path, source, "8gaussians", at(t), 50_000, rng)
    rest = u - field_of(path, source).velocity(xt, at(t))
    for centre in xt[:12]:
        near = rest[(xt - centre).norm(dim=1).topk(500, largest=False).indices]
        assert float((near.mean(0).abs() / (near.std(0) / math.sqrt(len(near)))).max()) < 4.5  # 24 numbers at once


@EVERY_LAW
@pytest.mark.parametrize("t", [0.1, 0.5, 0.9])
def test_expected_x1_is_the_mean_of_the_data_points_of_those_that_pass_by(
    path: Path, source: str, t: float, rng: torch.Generator
) -> None:
    _, x1, xt, _ = draws(path, source, "8gaussians", at(t), 50_000, rng)
    rest = x1 - field_of(path, source).expected_x1(xt, at(t))
    for centre in xt[:12]:
        near = rest[(xt - centre).norm(dim=1).topk(500, largest=False).indices]
        assert float((near.mean(0).abs() / (near.std(0) / math.sqrt(len(near)))).max()) < 4.5  # 24 numbers at once


@EVERY_LAW
@pytest.mark.parametrize("t", INSIDE)
def test_continuity_equation_holds(path: Path, source: str, t: float, rng: torch.Generator) -> None:
    """∂p/∂t + div(p u) = 0, divided by p: ∂ log p/∂t + div u + u·∇ log p = 0, each term by central differences."""
    field = field_of(path, source)
    xt = draws(path, source, "8gaussians", at(t), 200, rng)[2]
    h = 1e-5
    change = (field.log_density(xt, at(t + h)) - field.log_density(xt, at(t - h))) / (2 * h)
    jacobian = slope(lambda x: field.velocity(x, at(t)), xt)
    gradient = slope(lambda x: field.log_density(x, at(t)), xt)[:, :, 0]
    terms = [change, jacobian[:, 0, 0] + jacobian[:, 1, 1], (field.velocity(xt, at(t)) * gradient).sum(1)]
    size = torch.stack(terms).abs().sum(0) + 1
    # Differences are good to h² of third derivatives, which are about 1/width³ ≈ 1e3: 1e-7, and rounding to 1e-16/h·|log p|.
    assert float((sum(terms) / size).abs().max()) < 2e-6


@EVERY_LAW
@pytest.mark.parametrize("t", [0.0, *INSIDE, 1.0])
def test_score_is_the_gradient_of_the_log_density(path: Path, source: str, t: float, rng: torch.Generator) -> None:
    field = field_of(path, source)
    xt = draws(path, source, "8gaussians", at(t), 200, rng)[2]
    gradient = slope(lambda x: field.log_density(x, at(t)), xt)[:, :, 0]
    assert torch.allclose(field.score(xt, at(t)), gradient, rtol=1e-6, atol=1e-6)  # h² and rounding/h, as above


@EVERY
@pytest.mark.parametrize("t", [0.05, 0.3, 0.5, 0.8, 0.95])
def test_score_follows_from_the_velocity(path: Path, t: float, rng: torch.Generator) -> None:
    """∇ log p = [α (u − σ'm0) − α'(x − σ m0)] / (α'c − αh), c = σ² s0² + γ², h = c'/2, m0 = 0."""
    field = field_of(path)
    xt, width = draws(path, "gaussian", "8gaussians", at(t), 200, rng)[2], path.source_std**2
    c = path.sigma(at(t)) ** 2 * width + path.gamma(at(t)) ** 2
    h = path.sigma_d_sigma(at(t)) * width + path.gamma_d_gamma(at(t))
    above = path.alpha(at(t)) * field.velocity(xt, at(t)) - path.d_alpha(at(t)) * xt
    score = above / (path.d_alpha(at(t)) * c - path.alpha(at(t)) * h)
    assert torch.allclose(score, field.score(xt, at(t)), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(("path", "source"), [(p, s) for p in CASES for s in SOURCES[p.slug] if not p.noisy], ids=str)
@pytest.mark.parametrize("t", INSIDE)
def test_velocity_is_made_of_the_expected_ends(path: Path, source: str, t: float, rng: torch.Generator) -> None:
    """Without γ: x = α E[x1|x] + σ E[x0|x] and u = α' E[x1|x] + σ' E[x0|x]."""
    field = field_of(path, source)
    xt = draws(path, source, "8gaussians", at(t), 200, rng)[2]
    x1 = field.expected_x1(xt, at(t))
    x0 = (xt - path.alpha(at(t)) * x1) / path.sigma(at(t))
    assert torch.allclose(path.d_alpha(at(t)) * x1 + path.d_sigma(at(t)) * x0, field.velocity(xt, at(t)), rtol=1e-8, atol=1e-8)


@EVERY_LAW
@pytest.mark.parametrize("t", [0.0, 0.4, 1.0])
def test_density_integrates_to_one(path: Path, source: str, t: float) -> None:
    """A sum over a fine lattice: for Gaussians of width w and spacing h its error is exp(−2π² w²/h²), far below 1e-6."""
    field = field_of(path, source)
    reach, k = (14.0 if path.source_std == 1 else 60.0), 501
    axis = torch.linspace(-reach, reach, k, dtype=torch.float64)
    density = field.log_density(torch.cartesian_prod(axis, axis), at(t)).exp()
    assert float(density.sum() * (axis[1] - axis[0]) ** 2) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("slug", [slug for slug, kind in distributions_in(PLANE).items() if kind.has_density])
def test_density_of_every_target_integrates_to_one(slug: str) -> None:
    field = field_of(Linear(), target=slug)
    axis = torch.linspace(-9, 9, 361, dtype=torch.float64)
    density = field.log_density(torch.cartesian_prod(axis, axis), at(1.0)).exp()
    assert float(density.sum() * 0.05**2) == pytest.approx(1, abs=1e-6)


@EVERY_LAW
@pytest.mark.parametrize("t", [0.0, 0.01, 0.5, 0.99, 1.0])
def test_float32_is_close_to_float64(path: Path, source: str, t: float, rng: torch.Generator) -> None:
    field = field_of(path, source)
    first, last = field.path.interval
    t = min(max(t, first), last)
    xt = draws(path, source, "8gaussians", at(t), 500, rng)[2].float()
    for name in ("velocity", "score", "expected_x1", "log_density"):
        f = getattr(field, name)
        wide, narrow = f(xt.double(), torch.tensor(t).double()), f(xt, torch.tensor(t))
        assert narrow.dtype == torch.float32
        # |x − M|²/C is of the order 100 and loses 1e-5 of itself; weights and what they average lose as much.
        assert float((narrow - wide).abs().max()) < 3e-4 * float(wide.abs().max() + 1), name


@EVERY
def test_every_field_is_finite_on_its_interval(path: Path, rng: torch.Generator) -> None:
    for target in ("8gaussians", "two-points", "spirals"):
        field = field_of(path, target=target)
        first, last = field.interval
        for t in (first, 0.5, last):
            x = draws(path, "gaussian", target, at(t), 100, rng)[2]
            for name in ("velocity", "score", "expected_x1", "log_density"):
                assert getattr(field, name)(x, at(t)).isfinite().all(), (target, t, name)


@EVERY
def test_no_points_have_no_velocities(path: Path) -> None:
    none = torch.zeros(0, 2)
    field = field_of(path)
    assert field.velocity(none, torch.tensor(0.5)).shape == (0, 2)
    assert field.log_density(none, torch.tensor(0.5)).shape == (0,)


def test_many_points_are_handled_in_blocks_like_few(rng: torch.Generator) -> None:
    field = field_of(Linear(), target="spirals")
    x = 3 * torch.randn(5000, 2, generator=rng, dtype=torch.float64)
    whole = field.velocity(x, at(0.7))
    # The order of additions in a matrix product may depend on its shape.
    assert torch.allclose(whole, torch.cat([field.velocity(part, at(0.7)) for part in x.split(7)]), atol=1e-10)


@EVERY
@pytest.mark.parametrize("t", [0.0, 1.0])
def test_law_of_the_ends_is_that_of_source_and_target(path: Path, t: float, rng: torch.Generator) -> None:
    """At each end x_t is α x1 + σ x0 and nothing else, so its log density is that of the blurred, shrunk mixture."""
    field, target = field_of(path), EightGaussians().mixture()
    x = draws(path, "gaussian", "8gaussians", at(t), 100, rng)[2]
    alpha, sigma = float(path.alpha(at(t))), float(path.sigma(at(t)))
    variance = alpha**2 * target.variances + (sigma * path.source_std) ** 2
    away = torch.cdist(x, alpha * target.means).square()
    log_density = torch.logsumexp(-0.5 * away / variance - torch.log(2 * math.pi * variance) + target.weights.log(), 1)
    assert torch.allclose(field.log_density(x, at(t)), log_density, atol=1e-9)


@EVERY
def test_a_set_of_points_is_left_out_at_its_end(path: Path) -> None:
    """λ = 0: where the path ends on the points the velocity is not finite everywhere, so the interval stops short."""
    ends_on_points = float(path.sigma(at(1.0))) * path.source_std < 1e-6
    assert field_of(path, target="two-points").interval == ((0.0, 0.999) if ends_on_points else (0.0, 1.0))
    assert field_of(path).interval == (0.0, 1.0)


@EVERY
def test_near_its_end_a_set_of_points_draws_everything_to_the_nearest(path: Path, rng: torch.Generator) -> None:
    field = field_of(path, target="two-points")
    t = at(field.interval[1])
    near = draws(path, "gaussian", "two-points", t, 100, rng)[2]
    nearest = torch.stack([2 * near[:, 0].sign(), torch.zeros(100, dtype=torch.float64)], 1)
    assert torch.allclose(field.expected_x1(near, t), nearest, atol=1e-6)
    # At t = 1 itself too the answer is a data point and no garbage, also for trig with its σ = 6e-17.
    assert torch.allclose(field.expected_x1(near, at(1.0)), nearest, atol=1e-6)


@pytest.mark.parametrize("path", [Linear(), Trigonometric()], ids=str)
def test_a_flow_to_points_reaches_them(path: Path, rng: torch.Generator) -> None:
    field = field_of(path, target="two-points")
    x = Gaussian().sample(200, rng).double()
    end = solve(field, x, solver="dopri5", interval=field.interval, tolerance=1e-8).x[-1]
    t = at(field.interval[1])
    away = torch.cdist(end, path.alpha(t) * TwoPoints().mixture().means).min(1).values
    # What is left is σ(t) times noise, and of 200 points in the plane the furthest is about √(2 log 200) = 3.3 widths out.
    assert float(away.max()) < 4.5 * float(path.sigma(t))


@pytest.mark.slow
@EVERY_LAW
def test_flow_carries_the_law_of_its_start_to_that_of_its_end(path: Path, source: str, rng: torch.Generator) -> None:
    """Particles that start as x_0 is distributed end as x_1 is: W2 at n = 1000 within the sampling floor, .60 ± .13."""
    field = field_of(path, source)
    start = draws(path, source, "8gaussians", at(0.0), 1000, rng)[2]
    end = draws(path, source, "8gaussians", at(1.0), 1000, rng)[2]
    carried = solve(field, start, solver="rk4", steps=100, interval=field.interval).x[-1]
    assert wasserstein2(carried, end) < 0.598 + 3 * 0.128
    assert float(field.log_density(carried, at(1.0)).mean()) == pytest.approx(
        float(field.log_density(end, at(1.0)).mean()),
        abs=5 * math.sqrt(2 / 1000),  # five standard errors, each of std 1 nat
    )


@pytest.mark.parametrize("slug", DISTRIBUTIONS)
def test_flow_reaches_every_target(slug: str, rng: torch.Generator) -> None:
    """Mean, second moments and mean log density of what arrives are the mixture's own, within five standard errors."""
    field, n = field_of(Linear(), target=slug), 1000
    t = at(field.interval[1])
    mixture = DISTRIBUTIONS[slug]().mixture()
    d = mixture.means.shape[1]
    carried = solve(field, Gaussian(dim=d).sample(n, rng).double(), solver="rk4", steps=40, interval=field.interval).x[-1]
    which = torch.multinomial(mixture.weights, n, replacement=True, generator=rng)
    z = torch.randn(2, n, d, generator=rng, dtype=torch.float64)
    own = z[0] if mixture.axes is None else (z[0] * mixture.stretch.sqrt()) @ mixture.axes.T
    x1 = mixture.means[which] + mixture.variances[which].sqrt()[:, None] * own
    drawn = field.path.point(z[1], x1, t)
    seen = []
    for x in (carried, drawn):
        row, column = torch.triu_indices(d, d)
        products = x[:, row] * x[:, column]
        # On a set of points the log density says only how well the last step resolved σ = .001: left out there.
        density = field.log_density(x, t)[:, None] if DISTRIBUTIONS[slug].has_density else x[:, :0]
        seen.append(torch.cat([x, products, density], 1))
    error = ((seen[0].var(0) + seen[1].var(0)) / n).sqrt()
    assert ((seen[0].mean(0) - seen[1].mean(0)).abs() < 5 * error).all()


def test_variance_exploding_from_the_source_alone_comes_nearer_as_sigma_max_grows() -> None:
    """Its x_0 is data + noise; to start from noise alone is an approximation, and the class says when it is good."""
    distances = []
    for sigma_max in (2.0, 5.0, 50.0):
        path = PATHS["ve"](sigma_max=sigma_max)  # type: ignore[call-arg]
        rng = torch.Generator().manual_seed(0)
        field, start = field_of(path), source_of(path).sample(600, rng).double()
        carried = solve(field, start, solver="rk4", steps=100).x[-1]
        distances.append(wasserstein2(carried, EightGaussians().sample(600, rng).double()))
    assert distances[0] > 1.5 * distances[2]
    assert distances == sorted(distances, reverse=True)


@pytest.mark.parametrize(
    ("t", "loss", "spread"), [(0.0, 25.8, 0.3), (0.25, 17.1, 0.25), (0.5, 4.3, 0.1), (0.75, 2.7, 0.06), (1.0, 2.0, 0.04)]
)
def test_irreducible_loss_is_the_known_one(t: float, loss: float, spread: float, rng: torch.Generator) -> None:
    """By t for N(0, I) → 8 gaussians, found independently: to about two of its standard errors."""
    field = field_of(Linear())
    found = irreducible_loss(field, Gaussian(), EightGaussians(), torch.tensor([t]), rng, points=40_000)
    assert found == pytest.approx(loss, abs=spread)


def test_irreducible_loss_at_the_ends_is_the_spread_of_the_other_end(rng: torch.Generator) -> None:
    """At t = 0 only x1 is open, at t = 1 only x0: E‖x1 − E x1‖² = 25 + 2√.1 and E‖x0‖² = 2, within five standard errors."""
    field, n = field_of(Linear()), 40_000
    ends = [irreducible_loss(field, Gaussian(), EightGaussians(), torch.tensor([t]), rng, points=n) for t in (0.0, 1.0)]
    assert ends[0] == pytest.approx(25 + 2 * math.sqrt(0.1), abs=5 * 5.7 / math.sqrt(n))
    assert ends[1] == pytest.approx(2, abs=5 * 2 / math.sqrt(n))


def test_irreducible_loss_on_average_is_the_known_one(rng: torch.Generator) -> None:
    times = (torch.arange(500) + 0.5) / 500  # even times, so that their luck plays no part
    found = irreducible_loss(field_of(Linear()), Gaussian(), EightGaussians(), times, rng, points=500)
    assert found == pytest.approx(9.80, abs=0.06)  # two standard errors: 12/√250,000, and of the table's last digit


def test_mixture_of_pairs_is_the_product_of_its_mixtures() -> None:
    source, target = TwoGaussians().mixture(), EightGaussians().mixture()
    law = JointMixture.independent(source, target)
    assert len(law.weights) == 16
    assert float(law.weights.sum()) == pytest.approx(1, abs=1e-12)
    assert {(tuple(m), tuple(mu)) for m, mu in zip(law.m.tolist(), law.mu.tolist(), strict=True)} == {
        (tuple(m), tuple(mu)) for m in source.means.tolist() for mu in target.means.tolist()
    }


@pytest.mark.parametrize("coupling", COUPLINGS)
@pytest.mark.parametrize(("source", "target"), [("gaussian", "8gaussians"), ("gaussian", "moons"), ("moons", "star")])
def test_field_says_whether_it_is_exact_and_what_stands_in(coupling: str, source: str, target: str) -> None:
    ends = DISTRIBUTIONS[source](), DISTRIBUTIONS[target]()
    field = exact_field(*ends, Linear(), COUPLINGS[coupling]())
    assert field.exact == (coupling == "independent" and ends[0].exact and ends[1].exact)
    assert bool(field.note) != field.exact
    if coupling == "independent":
        for end in ends:
            assert (end.label in field.note.partition("stands in for")[2]) != end.exact
    else:
        assert "no closed form" in field.note


def test_stand_in_of_a_coupling_follows_from_its_seed() -> None:
    first, again, other = (
        exact_field(Gaussian(), EightGaussians(), Linear(), ExactOT(), batch=64, seed=seed).law.mu for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_stand_in_of_optimal_transport_flows_almost_straight(rng: torch.Generator) -> None:
    """What the coupling is for: its field's first step already points to where the particle ends."""
    x = Gaussian().sample(300, rng)
    bend = {}
    for coupling in (Independent(), ExactOT()):
        field = exact_field(Gaussian(), EightGaussians(), Linear(), coupling)
        path = solve(field, x, steps=50)
        bend[coupling.slug] = float((path.x[-1] - x - field.velocity(x, torch.tensor(0.0))).square().sum(1).mean())
    assert bend["ot"] < 0.05 * bend["independent"]


@pytest.mark.parametrize("name", ["velocity", "score", "log_density", "expected_x1"])
def test_field_asked_at_many_times_says_what_one_says_that_was_asked_nothing_before(name: str, rng: torch.Generator) -> None:
    """It keeps the law of the last few times: by time and type, never by turn."""
    asked, x = field_of(CASES[0]), torch.randn(50, 2, generator=rng, dtype=torch.float64)
    for t in (0.3, 0.3, 0.7, 0.3, 0.1, 0.2, 0.4, 0.5, 0.3):
        for dtype in (torch.float64, torch.float32):
            points, time = x.to(dtype), torch.tensor(t, dtype=dtype)
            assert torch.equal(getattr(asked, name)(points, time), getattr(field_of(CASES[0]), name)(points, time))


def test_slope_of_the_density_over_time_is_there_although_the_time_was_asked_for_before(rng: torch.Generator) -> None:
    field, x = field_of(CASES[0]), torch.randn(5, 2, generator=rng, dtype=torch.float64)
    field.log_density(x, at(0.4))
    t = at(0.4).requires_grad_()
    (slope,) = torch.autograd.grad(field.log_density(x, t).sum(), t)
    h = 1e-5
    difference = (field.log_density(x, at(0.4 + h)) - field.log_density(x, at(0.4 - h))).sum() / (2 * h)
    torch.testing.assert_close(slope, difference, rtol=1e-6, atol=1e-6)  # central differences err by h²

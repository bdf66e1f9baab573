"""Every coupling keeps both marginals; optimal transport is optimal, and the entropic plan is POT's."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from flowviz.couplings import COUPLINGS, ExactOT, Independent, Sinkhorn, optimal_assignment, sinkhorn_plan
from flowviz.distributions import DISTRIBUTIONS, distributions_in
from flowviz.distributions.gaussians import EightGaussians, Gaussian
from flowviz.spaces import PLANE

EVERY = pytest.mark.parametrize("slug", COUPLINGS)
SIZES = [2, 3, 17, 64, 256]


def squared(x0: Tensor, x1: Tensor) -> np.ndarray:
    """Costs ‖x0 − x1‖² in float64, from differences: nothing cancels."""
    return (x0.double()[:, None] - x1.double()[None]).square().sum(2).numpy()


def batches(n: int, seed: int = 0, source: str = "gaussian", target: str = "8gaussians") -> tuple[Tensor, Tensor]:
    rng = torch.Generator().manual_seed(seed)
    return DISTRIBUTIONS[source]().sample(n, rng), DISTRIBUTIONS[target]().sample(n, rng)


@EVERY
def test_a_coupling_is_a_value_with_its_words(slug: str) -> None:
    kind = COUPLINGS[slug]
    assert kind.slug == slug
    assert kind() == kind()
    assert hash(kind()) == hash(kind())
    assert kind.label
    assert kind.formula
    assert kind.remark.endswith(".")
    assert kind().uses >= 1


@EVERY
@pytest.mark.parametrize("n", SIZES)
def test_every_source_point_gets_one_partner(slug: str, n: int, rng: torch.Generator) -> None:
    x0, x1 = batches(n)
    before = torch.get_rng_state()
    partners = COUPLINGS[slug]().partners(x0.clone(), x1.clone(), rng)
    assert (partners.shape, partners.dtype) == ((n,), torch.int64)
    assert bool(((partners >= 0) & (partners < n)).all())
    assert torch.equal(torch.get_rng_state(), before), "the global generator was used"


@EVERY
def test_pairs_follow_from_the_seed_and_leave_the_points_alone(slug: str) -> None:
    x0, x1 = batches(64)
    kept = x0.clone(), x1.clone()
    first, again = (COUPLINGS[slug]().partners(x0, x1, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(first, again)
    assert torch.equal(x0, kept[0])
    assert torch.equal(x1, kept[1])


@EVERY
def test_points_that_coincide_are_coupled_too(slug: str, rng: torch.Generator) -> None:
    """`two-points` as source and target: half of the batch is one point."""
    x0, x1 = batches(64, source="two-points", target="two-points")
    partners = COUPLINGS[slug]().partners(x0, x1, rng)
    assert bool(((partners >= 0) & (partners < 64)).all())
    zero = torch.zeros(8, 2)
    assert len(COUPLINGS[slug]().partners(zero, zero, rng)) == 8


@EVERY
def test_marginals_are_kept_in_the_mean_over_batches(slug: str) -> None:
    """Every x1 is used once on average: over 200 batches of one point set each count is 200, with standard error √200."""
    x0, x1 = batches(32)
    rng, count = torch.Generator().manual_seed(1), torch.zeros(32)
    for _ in range(200):
        x0 = Gaussian().sample(32, rng)
        count += COUPLINGS[slug]().partners(x0, x1, rng).bincount(minlength=32)
    assert float(count.sum()) == 200 * 32
    # 4.5 standard errors for 32 counts at once; Sinkhorn's columns may be off by a further .5 %.
    assert float((count - 200).abs().max()) < 4.5 * math.sqrt(200) + 1


@pytest.mark.parametrize("kind", [Independent, ExactOT])
@pytest.mark.parametrize("n", SIZES)
def test_partners_are_a_permutation(kind: type, n: int, rng: torch.Generator) -> None:
    x0, x1 = batches(n)
    assert kind().partners(x0, x1, rng).sort().values.tolist() == list(range(n))


@EVERY
def test_labels_travel_with_the_data_points(slug: str, rng: torch.Generator) -> None:
    x0 = Gaussian().sample(200, rng)
    x1, label = EightGaussians().draw(200, rng)
    partners = COUPLINGS[slug]().partners(x0, x1, rng)
    around = x1[partners].double() - EightGaussians().mixture().means[label[partners]]
    assert float(around.norm(dim=1).max()) < 5 * EightGaussians().std


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize(
    ("source", "target"),
    [("gaussian", "8gaussians"), ("moons", "checkerboard"), ("grid25", "two-points"), ("two-points", "two-points")],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_optimal_assignment_costs_what_pot_and_scipy_say(n: int, source: str, target: str, seed: int) -> None:
    x0, x1 = batches(n, seed, source, target)
    cost = squared(x0, x1)
    found = float(cost[np.arange(n), optimal_assignment(x0, x1).numpy()].sum())
    rows, columns = linear_sum_assignment(cost)
    even = np.full(n, 1 / n)
    # Ties are decided in float32 (6e-8 of a cost of about 50), POT stops at 1e-9 of its own.
    assert found == pytest.approx(float(cost[rows, columns].sum()), rel=1e-6, abs=1e-6)
    assert found == pytest.approx(n * float((ot.emd(even, even, cost) * cost).sum()), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("scale", "shift"), [(50.0, 0.0), (1e-3, 0.0), (1.0, 100.0)])
def test_optimal_assignment_does_not_depend_on_scale_and_place(scale: float, shift: float) -> None:
    """The variance exploding source has width 50; far from the origin float32 leaves 100²·6e-8 of a cost."""
    x0, x1 = batches(128)
    x0, x1 = scale * x0 + shift, scale * x1 + shift
    cost = squared(x0, x1)
    found = float(cost[np.arange(128), optimal_assignment(x0, x1).numpy()].sum())
    rows, columns = linear_sum_assignment(cost)
    assert found == pytest.approx(float(cost[rows, columns].sum()), rel=1e-6 if shift == 0 else 1e-4)


@pytest.mark.parametrize("shift", [30.0, 1e2, 1e4])
@pytest.mark.parametrize("n", [32, 256])
def test_optimal_assignment_is_optimal_far_from_the_origin(n: int, shift: float, rng: torch.Generator) -> None:
    """In float32 the products of far points have no digits left for their differences."""
    x0, x1 = torch.randn(2, n, 2, generator=rng) * 0.5 + torch.tensor([shift, -shift])
    cost = ot.dist(x0.double().numpy(), x1.double().numpy())
    partners = optimal_assignment(x0, x1).numpy()
    assert sorted(partners) == list(range(n))
    least = ot.emd2(np.full(n, 1 / n), np.full(n, 1 / n), cost)
    assert cost[np.arange(n), partners].mean() == pytest.approx(least, rel=1e-5)  # rounding of products near the origin


@pytest.mark.parametrize("seed", range(5))
def test_optimal_assignment_is_scipys_own_where_there_are_no_ties(seed: int) -> None:
    x0, x1 = batches(200, seed)
    assert optimal_assignment(x0, x1).tolist() == linear_sum_assignment(squared(x0, x1))[1].tolist()


def test_no_swap_of_two_partners_shortens_the_way(rng: torch.Generator) -> None:
    x0, x1 = batches(100, 7)
    cost = torch.from_numpy(squared(x0, x1[ExactOT().partners(x0, x1, rng)]))
    kept, swapped = cost.diagonal()[:, None] + cost.diagonal(), cost + cost.T
    assert bool((swapped >= kept - 1e-5).all())


@pytest.mark.parametrize("epsilon", [0.5, 2.0, 10.0, 100.0])
@pytest.mark.parametrize("n", [16, 128])
def test_sinkhorn_plan_is_pots_log_domain_plan(epsilon: float, n: int) -> None:
    x0, x1 = (x.double() for x in batches(n, 3))
    even = np.full(n, 1 / n)
    expected = ot.sinkhorn(even, even, squared(x0, x1), epsilon, method="sinkhorn_log", numItermax=20_000, stopThr=1e-12)
    found = sinkhorn_plan(x0, x1, epsilon, tolerance=1e-9).numpy()
    assert np.abs(found - expected).max() < 1e-7 / n  # a plan's entries are about 1/n² to 1/n


@pytest.mark.parametrize("epsilon", [0.05, 0.2, 2.0, 100.0])
@pytest.mark.parametrize(
    ("source", "target"),
    [("gaussian", "8gaussians"), ("moons", "checkerboard"), ("gaussian", "two-points"), ("two-points", "two-points")],
)
def test_sinkhorn_plan_has_both_marginals(epsilon: float, source: str, target: str) -> None:
    """In float32 as in training: rows to rounding, columns to the stated tolerance."""
    plan = sinkhorn_plan(*batches(128, 1, source, target), epsilon)
    assert bool((plan >= 0).all())
    assert torch.allclose(128 * plan.sum(1), torch.ones(128), atol=1e-5)
    assert float((128 * plan.sum(0) - 1).abs().max()) < 5e-3 + 1e-5


def test_sinkhorn_goes_from_optimal_transport_to_chance() -> None:
    x0, x1 = (x.double() for x in batches(64, 4))
    cost = torch.from_numpy(squared(x0, x1))
    costs = [float((sinkhorn_plan(x0, x1, epsilon) * cost).sum()) for epsilon in (0.05, 0.5, 2.0, 10.0, 100.0)]
    rows, columns = linear_sum_assignment(cost.numpy())
    best = float(cost[torch.from_numpy(rows), torch.from_numpy(columns)].mean())
    assert costs == sorted(costs)
    # The entropy costs at most ε log n more than the optimum (Cuturi 2013).
    assert best * (1 - 1e-3) <= costs[0] <= best + 0.05 * math.log(64)
    assert float((sinkhorn_plan(x0, x1, 1e5) * 64**2 - 1).abs().max()) < 0.01  # ε far above every cost: independent


@pytest.mark.parametrize("epsilon", [1.0, 2.0, 8.0])
def test_sinkhorn_couples_gaussians_as_the_schroedinger_bridge_does(epsilon: float, rng: torch.Generator) -> None:
    """For N(0, 1) with itself the correlation c maximises 2c + (ε/2) log(1 − c²), so 2c² + εc − 2 = 0."""
    x0, x1 = (torch.randn(1000, 2, generator=rng, dtype=torch.float64) for _ in range(2))
    expected = (math.sqrt(epsilon**2 + 16) - epsilon) / 4
    correlation = float((sinkhorn_plan(x0, x1, epsilon) * (x0 @ x1.T)).sum() / 2)
    # The moments of 1000 points are off by √(2/2000) = 3 %, both clouds alike.
    assert correlation == pytest.approx(expected, abs=0.05)


def test_sinkhorn_draws_partners_from_the_rows_of_the_plan() -> None:
    x0, x1 = batches(16, 2)
    coupling, draws = Sinkhorn(epsilon=20.0), 4000
    expected = 16 * sinkhorn_plan(x0, x1, 20.0).double()
    rng, count = torch.Generator().manual_seed(0), torch.zeros(16, 16, dtype=torch.float64)
    for _ in range(draws):
        count[torch.arange(16), coupling.partners(x0, x1, rng)] += 1
    error = (count - draws * expected) / (draws * expected * (1 - expected)).clamp(min=1).sqrt()
    assert float(error.abs().max()) < 5  # 256 counts at once


def test_optimal_pairs_travel_less_than_independent_ones(rng: torch.Generator) -> None:
    x0, x1 = batches(256)
    way = {slug: float((x0 - x1[kind().partners(x0, x1, rng)]).square().sum(1).mean()) for slug, kind in COUPLINGS.items()}
    assert way["ot"] < way["sinkhorn"] < way["independent"]


def log_sum_exp(a: np.ndarray, axis: int) -> np.ndarray:
    """log Σ exp(a) along an axis; SciPy's takes six times as long for arrays this small."""
    top = a.max(axis, keepdims=True)
    return np.log(np.exp(a - top).sum(axis)) + top.squeeze(axis)


def log_domain_plan(cost: np.ndarray, epsilon: float) -> np.ndarray:
    """The entropic plan of a cost by soft-min updates in float64, ε halved from the mean cost down: slow, and nothing is clamped."""
    n, m = cost.shape
    f, g, stages = np.zeros(n), np.zeros(m), [epsilon]
    while 2 * stages[0] < cost.mean():
        stages.insert(0, 2 * stages[0])
    for stage in stages:
        for round_ in range(50 if stage != epsilon else 20_000):
            f = -stage * (log_sum_exp((g - cost) / stage, 1) - math.log(m))
            g = -stage * (log_sum_exp((f[:, None] - cost) / stage, 0) - math.log(n))
            if round_ % 50 == 49:
                plan = np.exp((f[:, None] + g - cost) / stage) / (n * m)
                if np.abs(n * plan.sum(1) - 1).max() < 1e-5:
                    break
    return np.exp((f[:, None] + g - cost) / epsilon) / (n * m)


CORNERS = [
    ("8gaussians", "grid25", 1.0, 0.1, 24),
    ("two-gaussians", "8gaussians", 1.0, 0.05, 24),
    ("gaussian", "8gaussians", 1.0, 0.05, 128),
    ("gaussian", "8gaussians", 6.0, 2.0, 128),
    ("gaussian", "moons", 50.0, 0.05, 32),
    ("gaussian", "spirals", 50.0, 5.0, 64),
    ("gaussian", "8gaussians", 1.0, 100.0, 128),
    ("two-points", "moons", 1.0, 0.05, 2),
    ("checkerboard", "smiley", 1.0, 0.2, 64),
]


@pytest.mark.parametrize(("source", "target", "std", "epsilon", "n"), CORNERS)
def test_sinkhorn_plan_is_right_where_epsilon_is_small_against_the_costs(
    source: str, target: str, std: float, epsilon: float, n: int
) -> None:
    """In float32 as in training: not only are the sums right, the plan is the entropic optimum."""
    x0, x1 = batches(n, 5, source, target)
    x0 = std * x0
    cost, plan = squared(x0, x1), sinkhorn_plan(x0, x1, epsilon).double().numpy()
    assert 0.5 * np.abs(plan - log_domain_plan(cost, epsilon)).sum() <= 0.02
    rows, columns = linear_sum_assignment(cost)
    best, spent = float(cost[rows, columns].mean()), float((plan * cost).sum())
    # Columns may be off by half a per cent, and so may what their points cost.
    assert best - 5e-3 * float(cost.mean()) <= spent <= best + epsilon * math.log(n) * (1 + 1e-6) + 5e-3 * epsilon


@pytest.mark.slow
@pytest.mark.parametrize("target", distributions_in(PLANE))
@pytest.mark.parametrize("std", [1.0, 50.0])
def test_sinkhorn_spends_no_more_than_the_entropy_allows(target: str, std: float) -> None:
    """Every target, the least ε, the narrowest and the widest source: at most ε log n above the optimum (Cuturi 2013)."""
    x0, x1 = batches(128, 6, "gaussian", target)
    x0 = std * x0
    cost = squared(x0, x1)
    rows, columns = linear_sum_assignment(cost)
    spent = float((sinkhorn_plan(x0, x1, 0.05).double().numpy() * cost).sum())
    assert spent <= float(cost[rows, columns].mean()) + 0.05 * math.log(128) + 1e-5 * std**2


def test_a_sinkhorn_plan_that_did_not_converge_says_so() -> None:
    x0, x1 = batches(64, 1, "8gaussians", "grid25")
    with pytest.warns(UserWarning, match=r"After 8 scalings .* off by \d+\.\d%"):
        sinkhorn_plan(x0, x1, 0.05, most=8)

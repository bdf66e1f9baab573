"""The measures against POT, closed forms, and numbers found independently for the exact field."""

from __future__ import annotations

import math

import numpy as np
import ot
import pytest
import torch
from torch import Tensor

from flowviz.couplings import Independent
from flowviz.distributions.gaussians import EightGaussians, Gaussian
from flowviz.exact import ExactField, exact_field
from flowviz.metrics import (
    Probe,
    field_error,
    normalised_path_energy,
    path_energy,
    share_in_modes,
    straightness,
    wasserstein2,
)
from flowviz.paths.straight import Linear
from flowviz.solvers import solve

W2_SQUARED = 14.38
"""W2² between N(0, I) and the 8 Gaussians."""


class Constant:
    """Everything moves with one velocity."""

    def __init__(self, v: tuple[float, float]) -> None:
        self.v = torch.tensor(v, dtype=torch.float64)

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return self.v.to(x.dtype).expand_as(x)


class Rotation:
    """Everything turns about the origin by `angle` in unit time."""

    def __init__(self, angle: float) -> None:
        self.angle = angle

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return self.angle * torch.stack([-x[:, 1], x[:, 0]], 1)


class Rush:
    """Everything moves along x at the speed t."""

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return torch.stack([t.expand(len(x)), torch.zeros(len(x), dtype=x.dtype)], 1)


def cloud(n: int, rng: torch.Generator) -> Tensor:
    return torch.randn(n, 2, generator=rng, dtype=torch.float64)


@pytest.mark.parametrize("n", [1, 2, 50, 300])
def test_w2_is_pots(n: int, rng: torch.Generator) -> None:
    x, y = cloud(n, rng), 2 * cloud(n, rng) + 1
    even = np.full(n, 1 / n)
    expected = float(ot.emd2(even, even, ot.dist(x.numpy(), y.numpy()))) ** 0.5  # type: ignore[arg-type]
    assert wasserstein2(x, y) == pytest.approx(expected, rel=1e-9)


def test_w2_of_a_shift_is_its_length(rng: torch.Generator) -> None:
    x = cloud(100, rng)
    assert wasserstein2(x, x + torch.tensor([3.0, -4.0])) == pytest.approx(5, rel=1e-12)


def test_w2_of_a_stretch_is_what_each_point_moves(rng: torch.Generator) -> None:
    """x → a x is the gradient of a convex function, so it is optimal: W2² = (a − 1)² E‖x‖²."""
    x = cloud(100, rng)
    assert wasserstein2(x, 2.5 * x) == pytest.approx(1.5 * float(x.square().sum(1).mean().sqrt()), rel=1e-12)


def test_w2_approaches_the_closed_form_of_gaussians(rng: torch.Generator) -> None:
    """W2² = ‖m0 − m1‖² + d (s0 − s1)² for isotropic Gaussians; at n = 1000 sampling adds less than a tenth."""
    x, y = cloud(1000, rng), 3 * cloud(1000, rng) + torch.tensor([4.0, 0.0])
    assert wasserstein2(x, y) == pytest.approx(math.sqrt(16 + 2 * 4), rel=0.05)


def test_w2_does_not_depend_on_the_order_of_points_or_samples(rng: torch.Generator) -> None:
    x, y = cloud(80, rng), cloud(80, rng) + 1
    there = wasserstein2(x, y)
    assert wasserstein2(y, x) == pytest.approx(there, rel=1e-12)
    assert wasserstein2(x.flip(0), y[torch.randperm(80, generator=rng)]) == pytest.approx(there, rel=1e-12)
    assert wasserstein2(x, x.flip(0)) == pytest.approx(0, abs=1e-7)  # the root of rounding in ‖x‖² + ‖y‖² − 2xy


def test_w2_obeys_the_triangle_inequality(rng: torch.Generator) -> None:
    x, y, z = cloud(60, rng), cloud(60, rng) + 1, 2 * cloud(60, rng)
    assert wasserstein2(x, z) <= wasserstein2(x, y) + wasserstein2(y, z) + 1e-12


def test_w2_of_samples_of_different_size_is_refused(rng: torch.Generator) -> None:
    with pytest.raises(ValueError, match=r"got \(5, 2\) and \(6, 2\)\. Cut the longer one\."):
        wasserstein2(cloud(5, rng), cloud(6, rng))


def test_energy_of_a_constant_flow_is_its_squared_length(rng: torch.Generator) -> None:
    flow = solve(Constant((3, 4)), cloud(20, rng), steps=7)
    assert path_energy(Constant((3, 4)), flow.x, flow.t) == pytest.approx(25, rel=1e-12)


def test_energy_of_a_rotation_is_that_of_a_circle(rng: torch.Generator) -> None:
    x = cloud(50, rng)
    flow = solve(Rotation(2.0), x, solver="rk4", steps=200)
    assert path_energy(Rotation(2.0), flow.x, flow.t) == pytest.approx(4 * float(x.square().sum(1).mean()), rel=1e-7)


def test_energy_is_an_integral_over_uneven_times_too(rng: torch.Generator) -> None:
    """∫ t² dt = 1/3; the trapezoidal rule is high by h²/6."""
    t = torch.linspace(0, 1, 201, dtype=torch.float64) ** 2
    assert path_energy(Rush(), torch.zeros(201, 4, 2, dtype=torch.float64), t) == pytest.approx(1 / 3, abs=1e-4)


def test_a_constant_flow_is_straight(rng: torch.Generator) -> None:
    flow = solve(Constant((1, -2)), cloud(20, rng), steps=5)
    assert straightness(Constant((1, -2)), flow.x, flow.t) == pytest.approx(0, abs=1e-24)


def test_straightness_also_counts_a_change_of_speed(rng: torch.Generator) -> None:
    """Along a straight line at the speed t: ∫ (½ − t)² dt = 1/12."""
    flow = solve(Rush(), cloud(4, rng), solver="rk4", steps=400)
    assert straightness(Rush(), flow.x, flow.t) == pytest.approx(1 / 12, rel=1e-4)


def test_straightness_of_a_rotation_is_the_closed_form(rng: torch.Generator) -> None:
    """‖x(1) − x(0)‖² = 2(1 − cos ω) r², and the mean of v over time is x(1) − x(0): S = (ω² − 2(1 − cos ω)) E r²."""
    x, angle = cloud(50, rng), 2.0
    flow = solve(Rotation(angle), x, solver="rk4", steps=400)
    expected = (angle**2 - 2 * (1 - math.cos(angle))) * float(x.square().sum(1).mean())
    # The trapezoidal rule is off by h²/12 times the change of slope, 4 ω² (1 − cos ω) r²: 1.1e-5 of the whole.
    assert straightness(Rotation(angle), flow.x, flow.t) == pytest.approx(expected, rel=2e-5)


def test_normalised_path_energy_is_the_relative_distance_from_w2() -> None:
    assert normalised_path_energy(15.0, 10.0) == pytest.approx(0.5)
    assert normalised_path_energy(5.0, 10.0) == pytest.approx(0.5)
    assert normalised_path_energy(10.0, 10.0) == 0


def test_an_optimal_flow_has_no_normalised_path_energy(rng: torch.Generator) -> None:
    x = cloud(100, rng)
    flow = solve(Constant((3, 4)), x, steps=4)
    energy = path_energy(Constant((3, 4)), flow.x, flow.t)
    assert normalised_path_energy(energy, wasserstein2(x, flow.x[-1]) ** 2) == pytest.approx(0, abs=1e-9)


def test_error_of_a_field_is_the_root_of_the_mean_square(rng: torch.Generator) -> None:
    x, t = torch.randn(5, 30, 2, generator=rng, dtype=torch.float64), torch.linspace(0, 1, 5, dtype=torch.float64)
    assert field_error(Constant((3, 4)), Constant((0, 0)), x, t) == pytest.approx(5, rel=1e-12)
    assert field_error(Rotation(1.0), Rotation(1.0), x, t) == 0
    assert field_error(Rotation(1.0), Constant((0, 0)), x, t) == pytest.approx(float(x.square().sum(2).mean().sqrt()), rel=1e-12)


def test_probe_knows_the_error_of_a_field(rng: torch.Generator) -> None:
    x, t = torch.randn(5, 30, 2, generator=rng, dtype=torch.float64), torch.linspace(0, 1, 5, dtype=torch.float64)
    known = Rotation(1.5)
    probe = Probe(t, x, torch.stack([known.velocity(xt, s) for xt, s in zip(x, t, strict=True)]))
    assert probe.error(known) == 0
    assert probe.error(Rush()) == pytest.approx(field_error(Rush(), known, x, t), rel=1e-12)


def test_share_in_modes_of_the_target_itself_is_the_closed_form(rng: torch.Generator) -> None:
    """Within 3 std of a mode in the plane: 1 − exp(−9/2) = .989, and of others next to nothing."""
    n = 20_000
    share = share_in_modes(EightGaussians().sample(n, rng), EightGaussians().mixture())
    assert share == pytest.approx(1 - math.exp(-4.5), abs=5 * math.sqrt(0.011 / n))  # five standard errors
    assert share_in_modes(torch.zeros(10, 2), EightGaussians().mixture()) == 0


# Numbers found independently for N(0, I) → 8 Gaussians, independent coupling, n = 1000, not stratified.


@pytest.fixture(scope="module")
def field() -> ExactField:
    return exact_field(Gaussian(), EightGaussians(), Linear(), Independent())


@pytest.mark.parametrize(
    ("steps", "w2", "error"),
    # Two standard errors of the mean of 3 draws here and 3 there, each with a spread of .13 where modes are hit by chance
    # and of .05 where one step leaves no modes.
    [(1, 5.06, 0.05), (2, 1.70, 0.2), (4, 0.97, 0.2), (8, 0.67, 0.2), (20, 0.54, 0.2)],
)
def test_w2_of_the_exact_field_by_euler_steps_is_the_known_one(field: ExactField, steps: int, w2: float, error: float) -> None:
    found = []
    for seed in range(1 if steps == 1 else 3):  # one step leaves one point, which is slow to assign
        rng = torch.Generator().manual_seed(seed)
        x0, x1 = Gaussian().sample(1000, rng), EightGaussians().sample(1000, rng)
        found.append(wasserstein2(solve(field, x0, steps=steps).x[-1], x1))
    assert sum(found) / len(found) == pytest.approx(w2, abs=error)


def test_one_euler_step_lands_every_particle_on_the_mean_of_the_data(field: ExactField, rng: torch.Generator) -> None:
    end = solve(field, cloud(500, rng), steps=1).x[-1]
    assert float(end.abs().max()) < 1e-12
    to_data = wasserstein2(end[:500], EightGaussians().sample(500, rng).double())
    # W2 = √(25 + 2 × .316), with the standard error of a mean of ‖x1‖² over 500 points.
    assert to_data == pytest.approx(5.063, abs=4 * 5.7 / (2 * 5.06 * math.sqrt(500)))


def test_energy_of_the_exact_flow_is_the_known_one(field: ExactField, rng: torch.Generator) -> None:
    flow = solve(field, cloud(4000, rng), solver="rk4", steps=60)
    assert normalised_path_energy(path_energy(field, flow.x, flow.t), W2_SQUARED) == pytest.approx(0.24, abs=0.005)


def test_straightness_of_the_exact_flow_is_the_known_one(field: ExactField, rng: torch.Generator) -> None:
    """3.454 with ever finer steps, 3.55 with 20 Euler steps; found independently is 3.50, on a grid between the two."""
    x = cloud(4000, rng)
    fine, coarse = solve(field, x, solver="rk4", steps=100), solve(field, x, solver="euler", steps=20)
    found = [straightness(field, flow.x, flow.t) for flow in (fine, coarse)]
    assert found[0] == pytest.approx(3.454, abs=0.012)  # the spread at n = 4000 is .003, the grid adds .005
    assert found[0] < 3.50 < found[1]
    assert found[1] == pytest.approx(3.50, abs=0.07)


def test_w2_between_source_and_target_is_the_known_one(rng: torch.Generator) -> None:
    """W2² = 14.38, here the mean of 2 with a spread of .2 each at n = 1000: within three standard errors."""
    found = [wasserstein2(Gaussian().sample(1000, rng), EightGaussians().sample(1000, rng)) ** 2 for _ in range(2)]
    assert sum(found) / 2 == pytest.approx(W2_SQUARED, abs=0.4)

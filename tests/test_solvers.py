"""Every solver against torchdiffeq, scipy and solutions in closed form."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest
import torch
import torchdiffeq
from scipy.integrate import solve_ivp
from torch import Tensor

from flowviz.couplings import Independent
from flowviz.distributions.gaussians import EightGaussians, Gaussian
from flowviz.exact import ExactField, exact_field
from flowviz.paths.diffusion import VariancePreserving
from flowviz.paths.straight import Trigonometric
from flowviz.solvers import (
    ADAPTIVE,
    FIXED,
    FRAMES,
    GRIDS,
    MOST_EVALUATIONS,
    ODE,
    SOLVERS,
    Field,
    SolverName,
    Trajectory,
    interpolate,
    solve,
    time_grid,
)

CLOSE = {"bosh3": 1e-7, "adaptive-heun": 1e-5}
"""Tolerances that solvers of low order reach within the evaluations that they are given; others take 1e-8."""
EVERY = pytest.mark.parametrize("method", ODE)
ORDERS = {"euler": 1, "midpoint": 2, "heun": 2, "rk4": 4}


class Swing:
    """dx/dt = ω cos(3t) J x: a turn to and fro, x(t) = R(ω sin(3t)/3) x(0)."""

    omega = 2.0

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return self.omega * torch.cos(3 * t) * torch.stack([-x[:, 1], x[:, 0]], 1)

    def at(self, x: Tensor, t: float) -> Tensor:
        angle = self.omega * math.sin(3 * t) / 3
        turn = [[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]]
        return x @ torch.tensor(turn, dtype=x.dtype)


class Witness:
    """A field that keeps the times at which it was asked."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.times: list[float] = []

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        assert t.shape == ()
        self.times.append(float(t))
        return self.field.velocity(x, t)


@pytest.fixture
def x0(rng: torch.Generator) -> Tensor:
    return torch.randn(20, 2, generator=rng, dtype=torch.float64)


@pytest.fixture(scope="module")
def exact() -> ExactField:
    return exact_field(Gaussian(), EightGaussians(), Trigonometric(), Independent())


@pytest.fixture(scope="module")
def ends(exact: ExactField) -> Tensor:
    """Where SciPy carries `x0` on the exact flow."""
    x0 = torch.randn(20, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def velocity(t: float, x: np.ndarray) -> np.ndarray:
        return exact.velocity(torch.from_numpy(x).view(-1, 2), torch.tensor(t, dtype=torch.float64)).view(-1).numpy()

    return torch.from_numpy(
        solve_ivp(velocity, (0, 1), x0.view(-1).numpy(), method="DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
    ).view(-1, 2)


@EVERY
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_trajectory_begins_at_x0_and_keeps_its_type(method: str, dtype: torch.dtype, x0: Tensor) -> None:
    flow = solve(Swing(), x0.to(dtype), solver=method, steps=12)
    assert torch.equal(flow.x[0], x0.to(dtype))
    assert flow.x.dtype == flow.t.dtype == dtype
    assert flow.x.shape == (len(flow.t), 20, 2)
    assert (float(flow.t[0]), float(flow.t[-1])) == (0, 1)
    assert bool((flow.t.diff() > 0).all())


@EVERY
def test_trajectory_ends_at_the_solution(method: str, x0: Tensor) -> None:
    flow = solve(Swing(), x0, solver=method, steps=400)
    # Euler is off by about h/2 |x''| = 1/800 × 10 × |x|; dopri5's tolerance is 1e-5 a step.
    assert torch.allclose(flow.x[-1], Swing().at(x0, 1), atol=0.1 if method == "euler" else 1e-4)


@pytest.mark.parametrize("method", FIXED)
def test_error_falls_with_the_order_of_the_method(method: str, x0: Tensor) -> None:
    # For this field Heun's leading term is small, and the next one counts for longer.
    steps = [1600, 3200, 6400] if method == "heun" else [100, 200, 400]
    errors = [float((solve(Swing(), x0, solver=method, steps=k).x[-1] - Swing().at(x0, 1)).norm()) for k in steps]
    order = [math.log2(coarse / fine) for coarse, fine in pairwise(errors)]
    # The next order still counts for some h: a hundredth of about ten.
    assert order == pytest.approx([ORDERS[method]] * 2, abs=0.15)


@pytest.mark.parametrize("method", FIXED)
def test_error_on_the_exact_flow_falls_with_the_order_of_the_method(
    method: str, exact: ExactField, x0: Tensor, ends: Tensor
) -> None:
    coarse, fine = (float((solve(exact, x0, solver=method, steps=k).x[-1] - ends).norm()) for k in (100, 200))
    # A flow with sharp turns: the leading term is not yet alone at h = 1/100.
    assert math.log2(coarse / fine) == pytest.approx(ORDERS[method], abs=0.5)


@pytest.mark.parametrize("method", FIXED)
@pytest.mark.parametrize("steps", [1, 3, 60])
def test_fixed_step_methods_count_their_evaluations(method: str, steps: int, x0: Tensor) -> None:
    witness = Witness(Swing())
    flow = solve(witness, x0, solver=method, steps=steps)
    assert flow.nfe == len(witness.times) == steps * (SOLVERS[method].evaluations or 0)
    assert SOLVERS[method].order == ORDERS[method]
    assert len(flow.t) == steps + 1


@pytest.mark.parametrize("method", ADAPTIVE)
def test_adaptive_solvers_count_their_evaluations_and_keep_their_steps(method: str, x0: Tensor) -> None:
    witness = Witness(Swing())
    flow = solve(witness, x0, solver=method)
    assert flow.nfe == len(witness.times) > 12
    assert flow.steps == tuple(sorted(flow.steps))
    assert flow.steps[-1] == 1
    # Each attempt asks at the time where it would end.
    assert all(any(abs(end - time) < 1e-9 for time in witness.times) for end in flow.rejected)
    assert len(flow.steps) + len(flow.rejected) <= flow.nfe
    assert all(any(abs(step - time) < 1e-12 for time in witness.times) for step in flow.steps)
    assert len(flow.t) == FRAMES
    assert torch.allclose(flow.t[[15, 30, 45]], torch.tensor([0.25, 0.5, 0.75], dtype=torch.float64), atol=1e-15)


@EVERY
def test_field_is_asked_only_within_the_interval(method: str, x0: Tensor) -> None:
    for interval in ((0.0, 1.0), (0.25, 0.75), (1.0, 0.0)):
        witness = Witness(Swing())
        solve(witness, x0, solver=method, steps=7, interval=interval)
        # A step added up from the left may round past the end by one part in 2⁵³.
        assert min(interval) - 1e-15 <= min(witness.times)
        assert max(witness.times) <= max(interval) + 1e-15


@pytest.mark.parametrize("method", ADAPTIVE)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_no_adaptive_solver_asks_vp_beyond_the_data(dtype: torch.dtype, method: str, x0: Tensor) -> None:
    """torchdiffeq steps over the end by itself, and there the path is the root of a negative number."""
    witness = Witness(exact_field(Gaussian(), EightGaussians(), VariancePreserving(), Independent()))
    flow = solve(witness, x0.to(dtype), solver=method)
    assert max(witness.times) <= 1
    assert flow.x.isfinite().all()


def test_torchdiffeq_left_alone_asks_beyond_the_end(x0: Tensor) -> None:
    """If this ever fails, the options that keep it inside are no longer needed."""
    witness = Witness(Swing())
    t = torch.tensor([0.0, 1.0], dtype=torch.float64)
    torchdiffeq.odeint(lambda time, x: witness.velocity(x, time), x0, t, method="dopri5", rtol=1e-3, atol=1e-3)
    assert max(witness.times) > 1


@pytest.mark.parametrize("method", ["euler", "midpoint"])
def test_fixed_step_methods_are_torchdiffeqs(method: str, exact: ExactField, x0: Tensor) -> None:
    """(Its "rk4" is another one, the 3/8 rule.)"""
    flow = solve(exact, x0, solver=method, steps=25)
    theirs = torchdiffeq.odeint(lambda t, x: exact.velocity(x, t), x0, flow.t, method=method)
    assert torch.allclose(flow.x, torch.as_tensor(theirs), atol=1e-10)


def test_rk4_agrees_with_the_three_eighths_rule_on_a_linear_field(x0: Tensor) -> None:
    """Every fourth-order method of four stages is the same polynomial of h there."""

    class Turn:
        def velocity(self, x: Tensor, t: Tensor) -> Tensor:
            return 3 * torch.stack([-x[:, 1], x[:, 0]], 1)

    flow = solve(Turn(), x0, solver="rk4", steps=10)
    theirs = torchdiffeq.odeint(lambda t, x: Turn().velocity(x, t), x0, flow.t, method="rk4")
    assert torch.allclose(flow.x, torch.as_tensor(theirs), atol=1e-12)


@pytest.mark.parametrize(
    ("method", "tolerance"), [("rk4", 1e-5), ("dopri5", 1e-5), ("rk45", 1e-6), ("dop853", 1e-6), ("bosh3", 1e-3)]
)
def test_exact_flow_is_scipys(method: str, tolerance: float, exact: ExactField, x0: Tensor, ends: Tensor) -> None:
    ours = solve(exact, x0, solver=method, steps=200, tolerance=CLOSE.get(method, 1e-8)).x[-1]
    assert torch.allclose(ours, ends, atol=tolerance)


@EVERY
def test_flow_runs_backwards_to_where_it_came_from(method: str, exact: ExactField, x0: Tensor) -> None:
    tolerance = CLOSE.get(method, 1e-8)
    steps = 100 if method == "rk4" else 400
    end = solve(exact, x0, solver=method, steps=steps, tolerance=tolerance).x[-1]
    back = solve(exact, end, solver=method, steps=steps, interval=(1.0, 0.0), tolerance=tolerance)
    assert (float(back.t[0]), float(back.t[-1])) == (1, 0)
    # What was drawn together by a factor of ten on the way comes apart again: errors too grow tenfold.
    allowed = {"euler": 0.2, "midpoint": 5e-3, "heun": 5e-3, "adaptive-heun": 5e-3}.get(method, 1e-4)
    assert float((back.x[-1] - x0).norm(dim=1).max()) < allowed


@EVERY
def test_answers_at_chosen_times_are_those_of_the_flow(method: str, x0: Tensor) -> None:
    t = torch.tensor([0.0, 0.1, 0.55, 1.0], dtype=torch.float64)
    flow = solve(Swing(), x0, solver=method, steps=200, t=t, tolerance=CLOSE.get(method, 1e-8))
    assert torch.equal(flow.t, t)
    # A fixed method answers on the line between its steps, h²/8 |x''| away; Euler's own error is larger.
    for time, x in zip(t.tolist(), flow.x, strict=True):
        assert torch.allclose(x, Swing().at(x0, time), atol=0.1 if method == "euler" else 5e-4)


@pytest.mark.parametrize("method", FIXED)
def test_times_of_the_steps_get_the_steps_themselves(method: str, x0: Tensor) -> None:
    flow = solve(Swing(), x0, solver=method, steps=8)
    again = solve(Swing(), x0, solver=method, steps=8, t=flow.t)
    assert torch.allclose(again.x, flow.x, atol=1e-14)
    assert again.nfe == flow.nfe


def test_interpolation_lies_on_the_lines_between(x0: Tensor) -> None:
    flow = Trajectory(torch.tensor([0.0, 0.5, 1.0]).double(), torch.stack([x0, x0 + 1, x0 + 5]), 2)
    found = interpolate(flow, torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0]).double())
    assert torch.allclose(found, torch.stack([x0, x0 + 0.5, x0 + 1, x0 + 3, x0 + 5]), atol=1e-14)
    turned = Trajectory(flow.t.flip(0), flow.x.flip(0), 2)
    assert torch.allclose(interpolate(turned, torch.tensor([1.0, 0.75]).double()), torch.stack([x0 + 5, x0 + 3]), atol=1e-14)


@EVERY
def test_one_particle_and_none_are_carried_too(method: str) -> None:
    for n in (0, 1):
        assert solve(Swing(), torch.ones(n, 2), solver=method, steps=5).x.shape[1:] == (n, 2)


@EVERY
def test_points_are_carried_alone_as_together(method: str, x0: Tensor) -> None:
    tolerance = CLOSE.get(method, 1e-9)
    whole = solve(Swing(), x0, solver=method, steps=20, tolerance=tolerance).x[-1]
    alone = torch.cat([solve(Swing(), x[None], solver=method, steps=20, tolerance=tolerance).x[-1] for x in x0[:2]])
    # An adaptive solver chooses its steps for all of them at once.
    assert torch.allclose(whole[:2], alone, atol=10 * tolerance + 1e-7)


@EVERY
def test_solving_needs_no_gradients_and_changes_nothing(method: str, x0: Tensor) -> None:
    kept = x0.clone()
    flow = solve(Swing(), x0.requires_grad_(), solver=method, steps=3)
    assert not flow.x.requires_grad
    assert torch.equal(x0, kept)


def test_an_unknown_method_is_refused_with_the_list(x0: Tensor) -> None:
    with pytest.raises(ValueError, match=r"unknown solver 'leapfrog'; choose one of euler, midpoint, heun, rk4, dopri5, "):
        solve(Swing(), x0, solver="leapfrog")


@EVERY
@pytest.mark.parametrize("steps", [0, -3])
def test_no_steps_are_refused_with_a_remedy(method: str, steps: int, x0: Tensor) -> None:
    with pytest.raises(ValueError, match=rf"`steps` must be at least 1; got {steps}\. Try 60"):
        solve(Swing(), x0, solver=method, steps=steps)


class Explodes:
    """dx/dt = x² for each coordinate: x(t) = x(0)/(1 − t x(0)), infinite at t = 1/x(0)."""

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return x * x


class Stiff:
    """dx/dt = −10⁵ x: an explicit solver needs some 30,000 steps to stay stable."""

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return -1e5 * x


class Breaks:
    """One unit per t, and no number after t = ½."""

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return torch.ones_like(x) if float(t) <= 0.5 else torch.full_like(x, math.nan)


@pytest.mark.parametrize("method", ADAPTIVE)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_an_adaptive_solver_that_gives_up_says_where_and_keeps_what_it_has(dtype: torch.dtype, method: str) -> None:
    start = torch.tensor([[2.0, 1.0], [0.5, -1.0]], dtype=dtype)
    found = solve(Explodes(), start, solver=method)
    assert "gave up at t = 0.5" in found.gave_up
    assert found.nfe <= MOST_EVALUATIONS
    whole = found.x.isfinite().flatten(1).all(1)
    assert whole.tolist() == sorted(whole.tolist(), reverse=True)  # nothing comes back once it is lost
    early = found.t <= 0.45
    assert whole[early].all()
    assert not whole[found.t > 0.51].any()
    truth = torch.stack([start / (1 - t * start) for t in found.t[early]])
    assert torch.allclose(found.x[early], truth, rtol=0.05)  # lines between the solver's own points


@pytest.mark.parametrize("method", ADAPTIVE)
@pytest.mark.parametrize(("field", "words"), [(Stiff(), "evaluations"), (Breaks(), "not finite")])
def test_a_field_too_steep_or_not_a_number_ends_with_a_sentence(field: Field, words: str, method: str, x0: Tensor) -> None:
    found = solve(field, x0, solver=method)
    assert words in found.gave_up
    assert found.nfe <= MOST_EVALUATIONS
    assert torch.equal(found.x[0], x0)
    assert found.x[-1].isnan().all()


def test_an_adaptive_solver_gives_up_backwards_too() -> None:
    class Mirrored:
        def velocity(self, x: Tensor, t: Tensor) -> Tensor:
            return -x * x

    start = torch.tensor([[2.0, 1.0]], dtype=torch.float64)
    forward, found = solve(Explodes(), start, solver="dopri5"), solve(Mirrored(), start, solver="dopri5", interval=(1.0, 0.0))
    assert "gave up at t = 0.5" in found.gave_up
    assert torch.allclose(found.x, forward.x, equal_nan=True)


@EVERY
def test_who_reaches_the_end_has_nothing_to_say(method: str, x0: Tensor, exact: ExactField) -> None:
    assert solve(exact, x0, solver=method).gave_up == ""


def test_fields_may_hold_every_solver_that_there_is() -> None:
    assert get_args(SolverName) == tuple(SOLVERS)
    assert all(solver.slug == slug for slug, solver in SOLVERS.items())


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("interval", [(0.0, 1.0), (0.001, 0.999), (1.0, 0.0)])
def test_time_grids_run_from_end_to_end_without_turning(grid: str, interval: tuple[float, float]) -> None:
    t = time_grid(grid, 40, interval)
    assert (float(t[0]), float(t[-1])) == interval
    steps = t.diff() * (interval[1] - interval[0])
    assert bool((steps > 0).all())
    # Where the steps are short: at neither end, at both, at the first, at the last.
    short = {"even": (False, False), "cosine": (True, True), "early": (True, False), "late": (False, True)}[grid]
    mean = steps.mean()
    assert (bool(steps[0] < 0.5 * mean), bool(steps[-1] < 0.5 * mean)) == short


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("method", FIXED)
def test_the_order_holds_on_every_grid(method: str, grid: str, exact: ExactField, x0: Tensor, ends: Tensor) -> None:
    steps = (50, 100) if method == "rk4" else (100, 200)
    errors = [float((solve(exact, x0, solver=method, steps=k, grid=grid).x[-1] - ends).norm()) for k in steps]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(ORDERS[method], abs=0.5)


def test_an_unknown_grid_is_refused_with_the_list(x0: Tensor) -> None:
    with pytest.raises(ValueError, match=r"unknown time grid 'log'; choose one of even, cosine, early, late\."):
        solve(Swing(), x0, grid="log")

"""The round trip: closed form, another library's integration, the orders of the solvers, and flows that come to no end."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp

from flowviz.experiment import Experiment
from flowviz.known import known, points_at_end
from flowviz.measures import RoundTrip, round_trips, samples
from flowviz.solvers import ADAPTIVE, FIXED, GRIDS, MIRRORED, interval_of, time_grid

BOTH = (torch.float32, torch.float64)


class Stretch:
    """dx/dt = a x, whose every step multiplies by a polynomial of a h."""

    def __init__(self, a: float = 1.5) -> None:
        self.a = a

    def velocity(self, x, t):
        return self.a * x


class Lost(Stretch):
    """Not finite below t = ½."""

    def velocity(self, x, t):
        return x * (float("nan") if float(t) < 0.5 else 1.0)


def trips(field, x1, **how) -> dict[str, RoundTrip]:
    return {trip.solver: trip for trip in round_trips(dict.fromkeys(BOTH, field), x1, **{"steps": 8, **how})}


def exact_and_data(flat: dict[str, str], n: int = 100):
    experiment = Experiment.from_flat(flat)
    field = known(experiment).field
    x1 = samples(experiment, n, 0)[1].double()
    return field, points_at_end(experiment, x1, interval_of(field)[1], torch.Generator().manual_seed(0))


@pytest.mark.parametrize("solver", FIXED)
def test_a_linear_field_is_stretched_by_the_solvers_own_polynomial(solver: str, rng):
    """Each step multiplies by R(ah) on the way forward and by R(−ah) on the way back: all n of them leave (R(ah) R(−ah))ⁿ."""
    x1, n = torch.randn(50, 2, generator=rng, dtype=torch.float64), 8
    order = {"euler": 1, "midpoint": 2, "heun": 2, "rk4": 4}[solver]
    step = [sum((sign * 1.5 / n) ** k / math.factorial(k) for k in range(order + 1)) for sign in (1, -1)]
    left = abs(1 - (step[0] * step[1]) ** n) * float(x1.square().sum(1).mean().sqrt())
    trip = trips(Stretch(), x1, steps=n, solvers=[solver])[solver]
    assert trip.double == pytest.approx(left, rel=1e-9)
    assert trip.single == pytest.approx(left, rel=1e-2, abs=1e-6)  # rounding of some 16 steps
    assert trip.nfe == 2 * n * {"euler": 1, "midpoint": 2, "heun": 2, "rk4": 4}[solver]


def test_scipy_alone_leaves_as_much():
    field, x1 = exact_and_data({}, 20)
    trip = trips(field, x1, solvers=["rk45"])["rk45"]

    def velocity(t: float, flat: np.ndarray) -> np.ndarray:
        return field.velocity(torch.from_numpy(flat).view(-1, 2), torch.tensor(t, dtype=torch.float64)).reshape(-1).numpy()

    how = {"method": "RK45", "rtol": 1e-5, "atol": 1e-5, "first_step": 0.01}
    back = solve_ivp(velocity, (1.0, 0.0), x1.numpy().ravel(), **how).y[:, -1]
    on = solve_ivp(velocity, (0.0, 1.0), back, **how).y[:, -1]
    assert trip.double == pytest.approx(float(np.sqrt(((on.reshape(-1, 2) - x1.numpy()) ** 2).sum(1).mean())), rel=1e-3)


@pytest.mark.parametrize(
    ("solver", "least", "most"), [("euler", 0.85, 1.4), ("midpoint", 2.4, 4.5), ("heun", 2.4, 4.5), ("rk4", 4, 7)]
)
def test_the_error_falls_with_the_steps(solver: str, least: float, most: float):
    """Of an even order the leading error there and back cancels, so it falls faster than on one way; Euler's adds up."""
    field, x1 = exact_and_data({"target": "two-gaussians"})
    few, many = (trips(field, x1, steps=n, solvers=[solver])[solver].double for n in (80, 160))
    assert few is not None
    assert many is not None
    assert least < math.log2(few / many) < most


def test_float32_is_the_limit_of_an_exact_solver():
    trip = trips(*exact_and_data({}), steps=100, solvers=["rk4"])["rk4"]
    assert trip.single is not None
    assert trip.double is not None
    assert trip.double < 0.1 * trip.single < 1e-4


@pytest.mark.parametrize("grid", GRIDS)
def test_the_way_back_takes_the_same_times(grid: str):
    back = time_grid(MIRRORED[grid], 7, (0.9, 0.1)).flip(0)
    assert torch.allclose(back, time_grid(grid, 7, (0.1, 0.9)), atol=1e-12)


@pytest.mark.parametrize("field", [Lost(), Stretch(1e5)], ids=["not finite", "too fast"])
def test_who_comes_to_no_end_says_so(field, rng):
    lost_at_once = isinstance(field, Lost)  # a field that is too fast costs 2,000 evaluations a way
    solvers = (*FIXED, *ADAPTIVE) if lost_at_once else ("euler", "rk4", "dopri5", "dop853")
    found = trips(field, torch.randn(5, 2, generator=rng, dtype=torch.float64) + 1, steps=100, solvers=solvers)
    assert tuple(found) == solvers
    for trip in found.values():
        lost = trip.single is None or trip.double is None
        assert bool(trip.gave_up) == lost
        assert all(error is None or math.isfinite(error) for error in (trip.single, trip.double))
        assert not lost or trip.gave_up.endswith(".")
    if lost_at_once:
        assert all(trip.double is None for trip in found.values())


@pytest.mark.parametrize(
    "flat", [{"target": "two-points"}, {"path": "vp"}, {"source": "moons", "path": "trig"}, {"path": "bridge"}], ids=str
)
def test_every_field_is_carried_from_its_own_last_time(flat: dict[str, str]):
    field, x1 = exact_and_data(flat, 30)
    assert field.interval[1] <= 1
    for trip in trips(field, x1, steps=40, solvers=["rk4", "dopri5"]).values():
        assert trip.double is not None, trip.gave_up
        assert trip.double < 0.2

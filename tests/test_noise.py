"""Noise on the way: the same densities as the flow's, in both directions; each error of sign or size is found."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from flowviz.exact import ExactField
from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.metrics import wasserstein2
from flowviz.networks import learned_field
from flowviz.paths import PATHS
from flowviz.solvers import GRIDS, NOISY, SHAPES, Noise, WithScore, carry, finished, interval_of, solve, time_grid
from flowviz.training import untrained_weights

N, STEPS = 700, 60
SPREAD = 4.0
"""Standard errors that a mean log density may be off."""


def on(path: str) -> tuple[Experiment, ExactField]:
    experiment = Experiment.from_flat({"path": path})
    return experiment, known(experiment).field


def drawn(experiment: Experiment, field: ExactField, t: float, seed: int) -> Tensor:
    """Points of p_t by their definition, shape (N, 2), float64."""
    rng = torch.Generator().manual_seed(seed)
    x0, x1 = (end.sample(N, rng).double() for end in (experiment.source_distribution, experiment.target_distribution))
    z = torch.randn(x0.shape, generator=rng, dtype=torch.float64)
    return experiment.path.point(x0, x1, torch.tensor(t).double().expand(N), z if experiment.path.noisy else None)


@lru_cache(maxsize=64)
def truly(experiment: Experiment, t: float) -> tuple[Tensor, Tensor, float]:
    """Draws of p_t, their log densities, and how far other draws lie from them."""
    field = known(experiment).field
    truth = drawn(experiment, field, t, 8)
    floors = [wasserstein2(drawn(experiment, field, t, seed), drawn(experiment, field, t, seed + 50)) for seed in range(9, 14)]
    # How many points fall to which mode makes W2 scatter by a third; the log density is the sharp test, W2 the one that sees modes.
    floor = 1.2 * max(floors)
    return truth, field.log_density(truth, torch.tensor(t).double()), floor


def is_spread_as_the_flow(experiment: Experiment, field: ExactField, x: Tensor, t: float) -> bool:
    """Whether points have the mean log density of p_t, and lie as near to draws of it as other draws do."""
    if not bool(x.isfinite().all()):
        return False
    truth, wanted, floor = truly(experiment, t)
    found = field.log_density(x.double(), torch.tensor(t).double())
    error = math.hypot(float(wanted.std()), float(found.std())) / math.sqrt(N)
    return abs(float(wanted.mean() - found.mean())) < SPREAD * error and wasserstein2(x.double(), truth) < floor


@pytest.mark.parametrize("path", PATHS)
def test_the_score_follows_from_the_velocity(path: str) -> None:
    experiment, field = on(path)
    low, high = experiment.path.interval
    x = 3 * torch.randn(60, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for t in torch.linspace(max(low, 0.005), min(high, 0.995), 11, dtype=torch.float64):
        assert torch.allclose(WithScore(field, experiment.path).score(x, t), field.score(x, t), atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("size", [0.0, 0.5, 1.0, 2.0])
def test_with_any_noise_the_particles_are_spread_as_by_the_flow(path: str, size: float) -> None:
    experiment, field = on(path)
    low, high = interval_of(field)
    start = drawn(experiment, field, low, 3)  # where the path begins, not at x0 alone
    found = solve(
        field, start, solver="heun", steps=STEPS, interval=(low, high), noise=Noise(size), rng=torch.Generator().manual_seed(4)
    )
    middle = float(found.t[STEPS // 2])
    assert middle == pytest.approx(0.5, abs=0.01)
    for t, x in ((middle, found.x[STEPS // 2]), (high, found.x[-1])):
        assert is_spread_as_the_flow(experiment, field, x, t)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("solver", NOISY)
@pytest.mark.parametrize(("path", "last"), [("linear", 0.98), ("linear", 1.0), ("trig", 1.0), ("bridge", 1.0)])
def test_noise_runs_backward_too(solver: str, shape: str, path: str, last: float) -> None:
    experiment, field = on(path)
    start = drawn(experiment, field, last, 3)
    found = solve(
        field,
        start,
        solver=solver,
        steps=2 * STEPS,
        interval=(last, 0.0),
        noise=Noise(1.0, shape, until=last),
        rng=torch.Generator().manual_seed(4),
    )
    assert is_spread_as_the_flow(experiment, field, found.x[-1], 0.0)


def test_of_two_who_start_together_the_noise_parts_them_and_none_does_not() -> None:
    _, field = on("linear")
    x0 = torch.zeros(40, 2)
    with_noise = solve(field, x0, noise=Noise(1.0), rng=torch.Generator().manual_seed(1)).x[-1]
    assert float(with_noise.std(0).min()) > 1
    assert float(solve(field, x0, noise=Noise(0.0)).x[-1].std(0).max()) == 0


Wrong = Callable[[ExactField, Tensor, Tensor, float], Tensor]
SIZE = 1.0
ERRORS: dict[str, Wrong] = {
    "none": lambda f, x, t, h: x + h * (f.velocity(x, t) + 0.5 * SIZE**2 * f.score(x, t)),
    "drift": lambda f, x, t, h: x + h * (f.velocity(x, t) - 0.5 * SIZE**2 * f.score(x, t)),
    "half": lambda f, x, t, h: x + h * (f.velocity(x, t) + SIZE**2 * f.score(x, t)),
    "time": lambda f, x, t, h: x + h * (-f.velocity(x, 1 - t) + 0.5 * SIZE**2 * f.score(x, 1 - t)),
    "noise": lambda f, x, t, h: x + h * (f.velocity(x, t) + 0.5 * SIZE**2 * f.score(x, t)),
}


@pytest.mark.parametrize("error", ERRORS)
def test_each_error_of_sign_or_size_is_found(error: str) -> None:
    """Drift, half, time and noise: each alone makes the particles be spread otherwise."""
    experiment, field = on("linear")
    x, rng = drawn(experiment, field, 0.0, 3), torch.Generator().manual_seed(4)
    for t, s in pairwise(time_grid("even", 2 * STEPS)):
        h = float(s - t)
        kick = SIZE * math.sqrt(h) * (2 if error == "noise" else 1)
        x = ERRORS[error](field, x, t, h) + kick * torch.randn(x.shape, generator=rng, dtype=x.dtype)
    assert is_spread_as_the_flow(experiment, field, x, 1.0) == (error == "none")


@settings(max_examples=40)
@given(
    solver=st.sampled_from(sorted(NOISY)),
    grid=st.sampled_from(sorted(GRIDS)),
    path=st.sampled_from(sorted(PATHS)),
    size=st.floats(0, 3),
    shape=st.sampled_from(sorted(SHAPES)),
    steps=st.integers(1, 30),
)
def test_particles_stay_numbers_at_both_ends(solver: str, grid: str, path: str, size: float, shape: str, steps: int) -> None:
    experiment, field = on(path)
    x0 = experiment.source_distribution.sample(5, torch.Generator().manual_seed(0))
    learned = WithScore(learned_field(experiment, untrained_weights(experiment)), experiment.path)
    for one in (field, learned):
        rng = torch.Generator().manual_seed(1)
        found = carry(one, x0, solver=solver, steps=steps, grid=grid, noise=Noise(size, shape), rng=rng)
        assert bool(finished(one, found).x.isfinite().all())


@pytest.mark.parametrize(("solver", "each"), [("euler", 1), ("heun", 2)])
def test_the_score_costs_no_evaluation_of_its_own(solver: str, each: int) -> None:
    experiment = Experiment()
    field, asked = learned_field(experiment, untrained_weights(experiment)), []

    class Witness:
        def velocity(self, x: Tensor, t: Tensor) -> Tensor:
            asked.append(float(t))
            return field.velocity(x, t)

    scored = WithScore(Witness(), experiment.path)
    found = solve(scored, torch.zeros(3, 2), solver=solver, steps=9, noise=Noise(1.0), rng=torch.Generator())
    assert found.nfe == len(asked) == each * 9 - (solver == "heun")  # whose last step is Euler–Maruyama's


def test_what_takes_no_noise_says_so() -> None:
    _, field = on("linear")
    x0 = torch.zeros(2, 2)
    with pytest.raises(ValueError, match="solver 'rk4' takes no noise; choose one of euler, heun"):
        solve(field, x0, solver="rk4", noise=Noise(1.0), rng=torch.Generator())
    with pytest.raises(ValueError, match="hand over a generator as `rng`"):
        solve(field, x0, noise=Noise(1.0))
    with pytest.raises(ValueError, match="a field that knows its score"):
        solve(learned_field(Experiment(), untrained_weights(Experiment())), x0, noise=Noise(1.0), rng=torch.Generator())

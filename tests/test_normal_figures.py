"""What is normal for each family on 8 Gaussians, as inequalities that hold with three seeds (the page Families teaches them)."""

from __future__ import annotations

import math
from functools import cache

import pytest
import torch

from flowviz.experiment import Experiment
from flowviz.measures import samples
from flowviz.metrics import InModes, in_modes, modes_of, wasserstein2
from flowviz.networks import learned_field
from flowviz.solvers import solve
from flowviz.training import train
from flowviz.ui.families.contestants import CONTESTANTS, PRESETS

pytestmark = pytest.mark.slow
SEEDS = (0, 1, 2)


@cache
def trained(slug: str, seed: int, steps: int = 1000):
    """A training of one of the page's methods, and its field."""
    run = Experiment.from_flat({**CONTESTANTS[slug].flat, "steps": str(steps), "seed": str(seed)})
    *_, last = train(run, every=math.inf)
    return run, learned_field(run, last.weights)


def found(slug: str, seed: int, solver: str, steps: int = 1) -> tuple[InModes, float]:
    """How 1,000 samples lie among the modes, and their W2 to the data."""
    run, field = trained(slug, seed)
    modes = modes_of(run.target_distribution)
    assert modes is not None
    x0, x1 = samples(run, 1000, 0)
    made = solve(field, x0, solver=solver, steps=steps, rng=torch.Generator().manual_seed(seed)).x[-1]
    return in_modes(made, modes), wasserstein2(made, x1)


def test_the_preset_collapses_with_every_seed_and_the_plain_gan_with_none() -> None:
    assert PRESETS["collapse"].choices["methods"].split(",") == ["flow", "gan", "gan-critic"]
    for seed in SEEDS:
        assert found("gan", seed, "one-step")[0].found == 8
        assert found("gan-critic", seed, "one-step")[0].found <= 5


def test_a_vae_leaves_bridges_and_a_flow_does_not() -> None:
    for seed in SEEDS:
        vae, flow = found("vae", seed, "one-step")[0], found("flow", seed, "rk4", 15)[0]
        assert vae.found == flow.found == 8
        assert 0.5 < vae.near < flow.near - 0.05


def test_a_diffusion_needs_steps() -> None:
    for seed in SEEDS:
        ddim = [found("diffusion", seed, "ddim", steps)[1] for steps in (1, 4, 60)]
        assert ddim[0] > 1.5 * ddim[1] > 1.5 * ddim[2]


def test_meanflow_is_better_in_one_step_than_the_flow_that_it_generalises() -> None:
    for seed in SEEDS:
        assert found("meanflow", seed, "average")[1] < 0.8 * found("flow", seed, "euler")[1]

"""What one training of a generative model comes to, by the measures of the article's table."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from flowviz.experiment import Experiment, usual_solver
from flowviz.measures.measure import likelihood_of, samples, samples_by
from flowviz.measures.quality import Quality, quality_against_steps
from flowviz.methods import VAE
from flowviz.metrics import InModes, energy_distance, in_modes, modes_of, share_near_data, wasserstein2
from flowviz.networks import LearnedDecoder, learned_field
from flowviz.training import Snapshot

POINTS = 1000
STEPS = 60
"""Steps of the solver that makes the samples of all rows but the speed."""
ENOUGH = 1.2
"""Times its best W2: a method that has come so near needs no more evaluations."""


@dataclass(frozen=True)
class FamilyRun:
    """What one training of a method came to.

    Attributes:
        seed: Its seed.
        w2: W2 of its samples to the data, in units of x.
        energy: Energy distance to the data, in units of x.
        modes: How the samples lie among the modes; None where the target has none.
        near: Share of the samples within three standard deviations of a mode, or as near to the data as data are.
        likelihood: Mean negative log-likelihood of fresh data in nats, or a bound on it; None where there is neither.
        curve: W2 against evaluations, for each solver that the method has.
        ms: Milliseconds for 1,000 samples with as many evaluations as are enough.
        seconds: Training time, s.
        loss: The loss of each step.
        note: Why there is no likelihood, or that it is a bound; empty where it is exact.
    """

    seed: int
    w2: float
    energy: float
    modes: InModes | None
    near: float
    likelihood: float | None
    curve: tuple[Quality, ...]
    ms: float
    seconds: float
    loss: Tensor
    note: str = ""

    @property
    def enough(self) -> Quality:
        """The fewest evaluations after which W2 is within 1.2 times the least that the method reaches."""
        known = [point for point in self.curve if point.w2 is not None]
        best = min(point.w2 or math.inf for point in known)
        return min((point for point in known if (point.w2 or 0) <= ENOUGH * best), key=lambda point: (point.nfe, point.w2))


@dataclass(frozen=True)
class Family:
    """One method of the table, over its seeds.

    Attributes:
        name: What it is called.
        experiment: Its choices, with the first seed.
        runs: What its trainings came to, seed by seed.
        failed: Seeds whose training diverged, with what was said.
    """

    name: str
    experiment: Experiment
    runs: tuple[FamilyRun, ...] = ()
    failed: Mapping[int, str] | None = None

    @property
    def seeds(self) -> int:
        """Trainings that have ended, well or not."""
        return len(self.runs) + len(self.failed or {})


def family_run(experiment: Experiment, snapshot: Snapshot, *, n: int = POINTS) -> FamilyRun:
    """Measure one training.

    Args:
        experiment: What was trained.
        snapshot: Its weights.
        n: Points in each sample.

    Raises:
        ValueError: If the samples are out of all bounds.
    """
    solver = usual_solver(experiment.method.slug)
    field = learned_field(experiment, snapshot.weights)
    x0, x1 = samples(experiment, n, 0)
    ends = samples_by(field, x0, solver, STEPS).x[-1]
    if not bool(ends.isfinite().all()):
        raise ValueError("the flow carries particles out of all bounds.")
    modes = modes_of(experiment.target_distribution)
    among = None if modes is None else in_modes(ends, modes)
    near = share_near_data(ends, x1, samples(experiment, n, 1)[1]) if among is None else among.near
    likelihood, note = _likelihood(experiment, snapshot, n)
    found = FamilyRun(
        experiment.seed, wasserstein2(ends, x1), energy_distance(ends, x1), among, near, likelihood,
        tuple(quality_against_steps(field, [(x0, x1)])), 0.0, snapshot.seconds, torch.tensor(snapshot.losses), note,
    )  # fmt: skip
    best = found.enough
    begin = time.perf_counter()
    samples_by(field, x0, best.solver, best.steps)
    return FamilyRun(**{**vars(found), "ms": 1e6 / n * (time.perf_counter() - begin)})


def _likelihood(experiment: Experiment, snapshot: Snapshot, n: int) -> tuple[float | None, str]:
    """Return the mean NLL of fresh data, or a bound on it, and what must be known of it."""
    if experiment.method.slug == "vae":
        return _bound(experiment, snapshot, n), "a bound: the NLL itself is lower"
    found = likelihood_of(experiment, learned_field(experiment, snapshot.weights), [samples(experiment, n, 0)])
    return found.value, found.note


def _bound(experiment: Experiment, snapshot: Snapshot, n: int) -> float:
    """Return the bound of a VAE on fresh data, in nats, with one code drawn for each point."""
    method, rng = experiment.method, torch.Generator().manual_seed(0)
    assert isinstance(method, VAE)
    networks = LearnedDecoder(experiment.network, snapshot.weights)
    x1 = samples(experiment, n, 0)[1]
    mean, log_var = networks.module.codes(x1)
    made = networks.made(mean + (0.5 * log_var).exp() * torch.randn(mean.shape, generator=rng))
    return float(sum(method.terms(x1, made, mean, log_var)))


def lost_a_mode(run: FamilyRun, experiment: Experiment) -> bool:
    """Return whether a training has not found all modes of its target."""
    modes = modes_of(experiment.target_distribution)
    return modes is not None and run.modes is not None and run.modes.found < len(modes)

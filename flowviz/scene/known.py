"""What is known about an experiment before anything is trained: exact field, points to compare at, least loss."""

from functools import lru_cache

import torch
from torch import Tensor

from flowviz.couplings import Pairs
from flowviz.exact import ExactField, exact_field, irreducible_loss, made_by_exact_flow
from flowviz.experiment import Experiment, Training
from flowviz.metrics import Probe

WIDE_LAW = 1_024
"""Components of a law above which sums over it are dear."""


def what_is_exact(experiment: Experiment) -> Experiment:
    """The part of an experiment that its exact field depends on, with all else at its default."""
    batch = Training.model_fields["batch"].default if experiment.coupling.slug == "independent" else experiment.training.batch
    return Experiment(
        source=experiment.source,
        target=experiment.target,
        path=experiment.path,
        coupling=experiment.coupling,
        training=Training(batch=batch),
        seed=experiment.seed,
        method=experiment.method,
    )


@lru_cache(maxsize=64)
def _exact(experiment: Experiment) -> ExactField:
    source, target = experiment.source_distribution, experiment.target_distribution
    return exact_field(
        source, target, experiment.path, experiment.coupling, batch=experiment.training.batch, seed=experiment.seed
    )


def exact_of(experiment: Experiment) -> ExactField:
    """The exact field of an experiment, or what stands in for it; kept for the next who asks."""
    return _exact(what_is_exact(experiment))


def path_draws(experiment: Experiment, t: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """Draws from the path, x_t and conditional velocity u, at given times, for the experiment's own coupling.

    Args:
        experiment: The experiment.
        t: Times, shape (k,).
        n: Pairs at each time (the same pairs at all).

    Returns:
        x_t, shape (k, n, 2), and u, shape (k, n, 2).
    """
    rng = torch.Generator().manual_seed(2)
    x0 = experiment.source_distribution.sample(n, rng)
    x1 = experiment.target_distribution.sample(n, rng)
    if isinstance(experiment.coupling, Pairs):
        x1 = made_by_exact_flow(
            experiment.source_distribution, experiment.target_distribution, experiment.path, experiment.coupling, x0
        )
    elif experiment.coupling.slug != "independent":
        batch = experiment.training.batch
        pairs = zip(x0.split(batch), x1.split(batch), strict=True)
        x1 = torch.cat([b[experiment.coupling.partners(a, b, rng)] for a, b in pairs])
    z = torch.randn(x0.shape, generator=rng) if experiment.path.noisy else None
    times = [s.expand(n) for s in t]
    x = torch.stack([experiment.path.point(x0, x1, s, z) for s in times])
    return x, torch.stack([experiment.path.target(x0, x1, s, z) for s in times])


@lru_cache(maxsize=64)
def _probe(experiment: Experiment) -> Probe:
    field = _exact(experiment)
    low, high = experiment.path.interval
    t = torch.linspace(max(low, 0.02), min(high, 0.98), 8)
    x = path_draws(experiment, t, 256)[0]
    return Probe(t, x, torch.stack([field.velocity(xt, s) for xt, s in zip(x, t, strict=True)]))


def probe_of(experiment: Experiment) -> Probe:
    """Points drawn from the path with the exact velocities there: what a learned field is held against."""
    return _probe(what_is_exact(experiment))


@lru_cache(maxsize=64)
def _floor(experiment: Experiment, kind: str) -> float:
    field, rng = _exact(experiment), torch.Generator().manual_seed(3)
    dear = len(field.law.weights) > WIDE_LAW
    share = (torch.arange(24 if dear else 96) + 0.5) / (24 if dear else 96)
    # Evenly through the distribution of t: drawn at random, the times alone would make the estimate jump by a tenth.
    low, high = experiment.path.interval
    times = low + (high - low) * (share if kind == "uniform" else torch.sigmoid(torch.special.ndtri(share)))
    source, target = experiment.source_distribution, experiment.target_distribution
    return irreducible_loss(field, source, target, times, rng, points=192 if dear else 512, method=experiment.method)


def floor_of(experiment: Experiment) -> float | None:
    """The least loss that any network can reach, estimated from draws; None where the coupling has no closed form."""
    if experiment.coupling.slug != "independent":
        return None
    return _floor(what_is_exact(experiment), experiment.training.time_sampling)

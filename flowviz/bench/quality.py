"""How soon a flow is good: the share of samples in a mode, by seconds of training."""

import statistics
import time
from collections.abc import Iterator, Mapping

import numpy as np
import torch

from flowviz.bench.loops import torchcfm_loop, torchcfm_matcher
from flowviz.bench.report import Aim, Row, missing
from flowviz.experiment import Experiment
from flowviz.metrics import share_in_modes
from flowviz.networks import learned_field
from flowviz.solvers import solve
from flowviz.training import train

SHARE = 0.85
POINTS = 2000


def share_of(experiment: Experiment, weights: Mapping[str, np.ndarray]) -> float:
    """Return the share of samples within three standard deviations of a mode, by 60 Euler steps."""
    rng = torch.Generator().manual_seed(experiment.seed + 1_000_000)
    x0 = experiment.source_distribution.sample(POINTS, rng)
    x = solve(learned_field(experiment, weights), x0, steps=60).x[-1]
    return share_in_modes(x, experiment.target_distribution.mixture())


def seconds_to_share(experiment: Experiment, share: float = SHARE) -> tuple[float, int, float]:
    """Train until so many samples lie in a mode; sampling stands outside the clock.

    Returns:
        Seconds (infinite if never), steps, and the share then.
    """
    seconds, reached = 0.0, 0.0
    step = 0
    snapshots = train(experiment, every=0.02)
    while True:
        start = time.perf_counter()
        snapshot = next(snapshots, None)
        if snapshot is None:
            return float("inf"), step, reached
        seconds += time.perf_counter() - start
        step, reached = snapshot.step, share_of(experiment, snapshot.weights)
        if reached >= share:
            return seconds, step, reached


def quality(quick: bool) -> Iterator[Row]:
    """Measure seconds until 85 % of the samples lie in a mode of 8 Gaussians; torchcfm's loop gets the same seconds."""
    seeds = range(1 if quick else 3)
    experiments = [Experiment(seed=seed) for seed in seeds]
    found = [seconds_to_share(experiment) for experiment in experiments]
    seconds = statistics.median(s for s, _, _ in found)
    steps = statistics.median(k for _, k, _ in found)
    note = f"8 Gaussians, default experiment, {len(found)} seed{'s' * (len(found) > 1)}, after {steps:,.0f} steps"
    yield Row(f"seconds until {SHARE:.0%} of samples are in a mode", seconds, None, "s", None, Aim("≤", 1.5, "ours"), note)
    name = "share in a mode at that second, against torchcfm"
    try:
        matcher = torchcfm_matcher("ConditionalFlowMatcher")
    except ModuleNotFoundError as error:
        yield Row(name, note=missing(error))
        return
    mine = statistics.median(share for _, _, share in found)
    theirs = []
    for experiment, (at, _, _) in zip(experiments, found, strict=True):
        model = torchcfm_loop(matcher, experiment, 10**9, seconds=min(at, 30.0))
        weights = {key: value.detach().numpy() for key, value in model.state_dict().items()}
        theirs.append(share_of(experiment, weights))
    other = statistics.median(theirs)
    yield Row(name, 100 * mine, 100 * other, "%", mine / max(other, 1 / POINTS), note="the same network from the same weights")

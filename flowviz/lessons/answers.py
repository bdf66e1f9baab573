"""What the answers to questions share: what an answer is, the usual pair, ends of flows and their distance from the data."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowviz.distributions import DISTRIBUTIONS, Distribution
from flowviz.exact import ExactField, JointMixture
from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.metrics import Spread, sampling_floor, straightness, stratified, wasserstein2
from flowviz.paths import PATHS
from flowviz.solvers import Field, Trajectory, solve

POINTS = 500
"""Points of every W2 here: fewer scatter too much, more take too long for a picture that is computed on the spot."""
LINES = 60
"""Particles whose ways are drawn."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a question's paragraph and picture are made of.

    Attributes:
        numbers: Every number that the paragraph or the picture's labels say, by name.
        arrays: What the picture draws, by name.
    """

    numbers: Mapping[str, float]
    arrays: Mapping[str, np.ndarray]


def usual(**flat: str) -> Experiment:
    """Return the pair that most answers show, N(0, I) → 8 Gaussians, with some choices of its own."""
    return Experiment.from_flat(flat)


def start_points(n: int = POINTS, seed: int = 0) -> Tensor:
    """Return points of N(0, I) with every sector's share, shape (n, 2), float64: chance must not decide which mode gets more."""
    return stratified(DISTRIBUTIONS["gaussian"](), n, torch.Generator().manual_seed(seed))[0].double()


def data(n: int = POINTS, target: str = "8gaussians", seed: int = 1) -> Tensor:
    """Return points of a target with every mode's share, shape (n, 2), float64: what ends of flows are held against."""
    return stratified(DISTRIBUTIONS[target](), n, torch.Generator().manual_seed(seed))[0].double()


def ways(field: Field, x0: Tensor, *, steps: int = 40, solver: str = "midpoint", last: float = 1.0) -> Trajectory:
    """Return the ways of particles from t = 0 to the end."""
    return solve(field, x0, solver=solver, steps=steps, interval=(0.0, last))


def distance(x: Tensor, target: str = "8gaussians") -> float:
    """Return W2 between points and as many fresh ones of a target, in units of x."""
    return wasserstein2(x, data(len(x), target))


@lru_cache(maxsize=16)
def floor(target: str = "8gaussians", n: int = POINTS) -> Spread:
    """Return W2 between two samples of the target itself: what a perfect flow would show."""
    kind: Distribution = DISTRIBUTIONS[target]()
    return sampling_floor(kind, n, torch.Generator().manual_seed(2), repeats=3)


def bending(field: Field, x0: Tensor | None = None, *, steps: int = 24) -> float:
    """Return the straightness S of a flow from some points, or else from N(0, I), in squared units of x: 0 is straight."""
    found = ways(field, start_points(256, seed=3) if x0 is None else x0, steps=steps)
    return straightness(field, found.x, found.t)


def exact(**flat: str) -> ExactField:
    """Return the exact field of the usual pair with some choices of its own, or what stands in for it."""
    return known(usual(**flat)).field


def beginnings(source: str, n: int = POINTS, seed: int = 3) -> Tensor:
    """Return points of a source with every mode's share, shape (n, 2), float64."""
    return stratified(DISTRIBUTIONS[source](), n, torch.Generator().manual_seed(seed))[0].double()


BLUR = 0.15


def paired_field(path: str = "linear", **flat: str) -> ExactField:
    """Return what stands in for the field of a coupling without a closed form.

    2,048 of its pairs, blurred by `BLUR` at both ends.

    The Playground's own stand-in blurs the source more, for smooth arrows; straightness would then measure that blur.
    """
    law = exact(**flat).law
    return blurred(law.m, law.mu, path)


def blurred(x0: Tensor, x1: Tensor, path: str = "linear") -> ExactField:
    """Return a path's field of some pairs, shape (n, 2) each, every point blurred so that it is defined everywhere."""
    wide = torch.full((len(x0),), BLUR**2, dtype=torch.float64)
    return ExactField(PATHS[path](), JointMixture(torch.full_like(wide, 1 / len(wide)), x0, wide, x1, wide), exact=False)


def lines(found: Trajectory, most: int = LINES) -> np.ndarray:
    """Return the ways of the first particles, shape (k, most, 2)."""
    return found.x[:, :most].numpy()

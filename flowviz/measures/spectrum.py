"""The power spectrum of made series beside that of the data, and how near so many fresh ones would come."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from flowviz.distributions import Distribution
from flowviz.experiment import Experiment
from flowviz.metrics.spectrum import misplaced, powers
from flowviz.solvers import Field, carry, finished

SEED = 40_000
DRAWN, REPEATS = 20_000, 8
"""Series of the data whose mean stands for the law's spectrum, and samples from which the floor is averaged."""


@dataclass(frozen=True, eq=False)
class Spectra:
    """Two spectra; each value is a mean power at 0, 1, … 32 periods a window.

    Attributes:
        made: Of the made series, shape (33,).
        real: Of the data, shape (33,).
        error: Standard error of the mean of as many fresh series, shape (33,).
        misplaced: The share of power by which `made` differs.
        floor: The same of as many fresh series, a mean.
        n: How many were made.
    """

    made: Tensor
    real: Tensor
    error: Tensor
    misplaced: float
    floor: float
    n: int


@lru_cache(maxsize=16)
def data_spectrum(target: Distribution) -> tuple[Tensor, Tensor]:
    """Return the mean power of the data at each frequency, and its standard deviation from series to series, shape (33,) each."""
    found = powers(target.sample(DRAWN, torch.Generator().manual_seed(SEED)))
    return found.mean(0), found.std(0)


def misplaced_in(target: Distribution, x: Tensor) -> float:
    """Return the share of power by which series, shape (n, d), differ from the data; not a number where one is lost."""
    return misplaced(powers(x).mean(0), data_spectrum(target)[0])


@lru_cache(maxsize=16)
def spectrum_floor(target: Distribution, n: int) -> float:
    """Return the share of misplaced power of n fresh series, a mean over 8 samples."""
    rng = torch.Generator().manual_seed(SEED + 1)
    return sum(misplaced_in(target, target.sample(n, rng)) for _ in range(REPEATS)) / REPEATS


def spectra(experiment: Experiment, field: Field, *, n: int = 500, solver: str = "euler", steps: int = 60) -> Spectra:
    """Compare the series that a flow makes with the data.

    Args:
        experiment: The experiment, of series.
        field: Its field without classes, exact or learned.
        n: How many are made.
        solver: What carries them.
        steps: Its steps.
    """
    rng, target = torch.Generator().manual_seed(SEED + 2), experiment.target_distribution
    x0 = experiment.source_distribution.sample(n, rng)
    made = powers(finished(field, carry(field, x0, solver=solver, steps=steps, rng=rng)).x[-1]).mean(0)
    real, deviation = data_spectrum(target)
    return Spectra(made, real, deviation / n**0.5, misplaced(made, real), spectrum_floor(target, n), n)

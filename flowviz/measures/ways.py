"""The ways of an experiment's first particles, with their log densities beside the exact ones."""

from dataclasses import dataclass

import torch
from torch import Tensor

from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.measures.measure import SEED, WHOLE, likelihood_interval, samples
from flowviz.metrics import Ways, ways
from flowviz.solvers import Field

PARTICLES, STEPS = 24, 60
PROBES = (1, 4, 16)


@dataclass(frozen=True, eq=False)
class MeasuredWays:
    """Ways, and what the exact flow says of the places on them.

    Attributes:
        ways: What the particles meet.
        exact: log p_t(x_t) of the exact flow, or of what stands in for it, shape (k, n).
        note: Why that may differ from the exact field's own running density, a sentence; empty where it does not.
        stands_in: Whether a mixture stands in for the exact flow.
    """

    ways: Ways
    exact: Tensor
    note: str
    stands_in: bool

    def spread(self, probes: int) -> float:
        """Return the root mean square over the particles of what so many probes do to log p1, in nats."""
        last = self.ways.estimated[probes][-1] - self.ways.running[-1]
        return float(last.square().mean().sqrt())


def measured_ways(experiment: Experiment, learned: Field | None, *, n: int = PARTICLES, steps: int = STEPS) -> MeasuredWays:
    """Follow the first particles of an experiment, the same ones every time.

    Args:
        experiment: The experiment; `no_likelihood` must have nothing against it.
        learned: Its learned field, for float64 points; None for the exact one.
        n: Particles, at least 1.
        steps: Runge–Kutta steps.
    """
    exact = known(experiment).field
    field = exact if learned is None else learned
    x0, source = samples(experiment, n, 0)[0].double(), experiment.source_distribution.mixture(WHOLE)
    rng = torch.Generator().manual_seed(SEED - 3)
    found = ways(field, x0, source, rng, probes=PROBES, steps=steps, interval=likelihood_interval(field))
    true = torch.stack([exact.log_density(xt, t) for xt, t in zip(found.x, found.t, strict=True)])
    beginning = "" if known(experiment).beginning is None else "The particles begin at x₀ alone, and the path does not."
    return MeasuredWays(found, true, exact.note or beginning, not exact.exact)

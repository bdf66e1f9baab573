"""What it costs to start a flow at x0 alone where its path begins elsewhere: measured, never assumed."""

from dataclasses import dataclass

import torch

from flowviz.exact import ExactField, carried_to_data
from flowviz.experiment import Experiment
from flowviz.metrics import sampling_floor, stratified, wasserstein2

POINTS = 500
STEPS = 30
"""Steps of the midpoint rule."""
NEGLIGIBLE = 0.05
"""Share of the source's width below which what is left of the data at t = 0 is not mentioned."""


@dataclass(frozen=True)
class Beginning:
    """Where a path begins, and how far from the data its exact flow ends if it starts at x0 alone.

    Attributes:
        alpha: α(0).
        sigma: σ(0): the path begins at α(0) x1 + σ(0) x0.
        alone: W2 between the end of the flow that starts at x0 alone and the target, in units of x.
        floor: W2 between two samples of the target: where the flow ends that starts where the path does.
    """

    alpha: float
    sigma: float
    alone: float
    floor: float

    @property
    def sentence(self) -> str:
        """The cost in numbers."""
        return (
            f"At t = 0 this path is {self.alpha:.2g} x₁ + {self.sigma:.2g} x₀, but the particles start at x₀ alone: they end "
            f"W2 = {self.alone:.2f} from the data; two samples of the data lie {self.floor:.2f} apart (n = {POINTS})."
        )


def measured_beginning(experiment: Experiment, field: ExactField) -> Beginning | None:
    """Carry particles from x0 alone along an exact field, where its path does not begin there.

    Args:
        experiment: Source, target and path.
        field: Its exact field.

    Returns:
        The beginning; None where it is x0 alone, or too near to it for a picture to show.
    """
    path, rng = experiment.path, torch.Generator().manual_seed(4)
    alpha, sigma = path.beginning
    if alpha == 0:
        return None
    x1 = stratified(experiment.target_distribution, POINTS, rng)[0]
    width = float(x1.square().mean().sqrt())
    if alpha * width <= NEGLIGIBLE * sigma * path.source_std:
        return None
    x0 = stratified(experiment.source_distribution, POINTS, rng)[0]
    alone = wasserstein2(carried_to_data(field, x0, STEPS), x1)
    return Beginning(alpha, sigma, alone, sampling_floor(experiment.target_distribution, POINTS, rng).mean)

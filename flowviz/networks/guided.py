"""Classifier-free guidance of a network that tells classes apart."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from flowviz.experiment import Experiment
from flowviz.networks.velocity import LearnedField


@dataclass(frozen=True, eq=False)
class Guidance:
    """Which class each particle is asked to become, and how strongly.

    Attributes:
        y: One class for all, shape (), or one for each particle, shape (n,).
        weight: w: 0 forgets the class, 1 is the flow of the class, more exaggerates it.
    """

    y: Tensor
    weight: float


class Guided:
    """A network under classifier-free guidance: v(x, t, ∅) + w (v(x, t, y) − v(x, t, ∅)).

    References:
        Ho & Salimans, "Classifier-Free Diffusion Guidance", 2022, arXiv 2207.12598, equation 6, whose w is one less.

    Args:
        network: A network that tells classes apart.
        guidance: Which class, and how strongly.
    """

    def __init__(self, network: LearnedField, guidance: Guidance) -> None:
        self.network = network
        self.guidance = guidance

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the guided output, shape (n, d), at a point for each class in the guidance, and one time t, shape ()."""
        w, y = self.guidance.weight, self.guidance.y
        if w == 1:
            return self.network.of_class(x, t, y)
        free = self.network.velocity(x, t)
        return free if w == 0 else free + w * (self.network.of_class(x, t, y) - free)


def guided_field(experiment: Experiment, field: Any, guidance: Guidance) -> Any:
    """Return the velocity field of an experiment that learns classes, under guidance; `field` is what `learned_field` made."""
    return experiment.method.field(experiment.path, Guided(getattr(field, "network", field), guidance))

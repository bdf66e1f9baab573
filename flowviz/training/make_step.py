"""Which way of making gradient steps an experiment takes."""

from collections.abc import Callable

import torch

from flowviz.experiment import Experiment
from flowviz.methods import CNF, GAN, VAE, MeanFlow, Method
from flowviz.training.average_step import AverageStep, HandAverageStep
from flowviz.training.gan_step import GanStep
from flowviz.training.likelihood_steps import CnfStep, VaeStep
from flowviz.training.steps import AutogradStep, HandStep, Step

OWN: dict[type[Method], Callable[[Experiment, torch.device], Step]] = {
    MeanFlow: AverageStep,
    GAN: GanStep,
    VAE: VaeStep,
    CNF: CnfStep,
}
"""Methods whose step is no plain regression."""

BY_HAND: dict[type[Method], type[HandStep]] = {MeanFlow: HandAverageStep}
"""Those of them that have a hand-written step beside it."""


def make_step(experiment: Experiment, device: torch.device) -> Step:
    """Return the hand-written step where it covers the experiment, else its autograd twin."""
    network, training, method = experiment.network, experiment.training, type(experiment.method)
    covered = network.activation == "silu" and network.time_features != "embedding"
    if covered and not training.weight_norm and training.clip == 0 and (method in BY_HAND or method not in OWN):
        return BY_HAND.get(method, HandStep)(experiment, device)
    return OWN.get(method, AutogradStep)(experiment, device)

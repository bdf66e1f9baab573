"""Which way of making gradient steps an experiment takes."""

from collections.abc import Callable

import torch

from flowviz.experiment import Experiment
from flowviz.methods import CNF, GAN, VAE, MeanFlow, Method
from flowviz.training.average_step import AverageStep
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


def make_step(experiment: Experiment, device: torch.device) -> Step:
    """The hand-written step where it covers the experiment, else its autograd twin."""
    network, training = experiment.network, experiment.training
    if (own := OWN.get(type(experiment.method))) is not None:
        return own(experiment, device)
    covered = network.activation == "silu" and network.time_features != "embedding"
    if covered and not training.weight_norm and training.clip == 0:
        return HandStep(experiment, device)
    return AutogradStep(experiment, device)

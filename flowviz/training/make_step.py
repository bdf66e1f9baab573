"""Which way of making gradient steps an experiment takes."""

import torch

from flowviz.experiment import Experiment
from flowviz.methods import MeanFlow
from flowviz.training.average_step import AverageStep
from flowviz.training.steps import AutogradStep, HandStep, Step


def make_step(experiment: Experiment, device: torch.device) -> Step:
    """The hand-written step where it covers the experiment, else its autograd twin."""
    network, training = experiment.network, experiment.training
    if isinstance(experiment.method, MeanFlow):
        return AverageStep(experiment, device)
    covered = network.activation == "silu" and network.time_features != "embedding"
    if covered and not training.weight_norm and training.clip == 0:
        return HandStep(experiment, device)
    return AutogradStep(experiment, device)

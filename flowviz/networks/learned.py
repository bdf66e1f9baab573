"""What an experiment's method makes of weights."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from flowviz.experiment import Experiment
from flowviz.networks.adversarial import Adversarial, LearnedGenerator
from flowviz.networks.autoencoder import Autoencoder, LearnedDecoder
from flowviz.networks.velocity import LearnedField, VelocityField


def network_of(experiment: Experiment, rng: torch.Generator | None = None) -> nn.Module:
    """Return the networks that an experiment trains; `rng` draws their first weights, None leaves them as they are."""
    dim = experiment.space.dim
    if experiment.method.slug in LEARNED:
        latent = experiment.method.latent_size(dim)
        return LEARNED[experiment.method.slug][0](experiment.network, rng, dim=dim, latent=latent)
    return VelocityField(experiment.network, rng, dim=dim, classes=experiment.class_count, spans=experiment.method.spans)


LEARNED: dict[str, tuple[Any, Any]] = {"gan": (Adversarial, LearnedGenerator), "vae": (Autoencoder, LearnedDecoder)}
"""Methods whose networks are other than a velocity field: while they train, and when they are trained."""


def learned_field(experiment: Experiment, weights: Mapping[str, np.ndarray], *, dtype: torch.dtype = torch.float32) -> Any:
    """Return the velocity field that an experiment's method makes of trained weights.

    Args:
        experiment: What was trained.
        weights: Arrays by parameter name, as in `Snapshot.weights`.
        dtype: Of the network's arithmetic, and so of the points that the field takes.

    Returns:
        A field `velocity(x, t)`, where classes are learned that without a class; with method "meanflow" it knows
        its `average` too, with "diffusion" it is a `Denoiser`, which also knows `expected_x1`, and where samples come of one
        evaluation it is a `Jump`, which knows no velocity.
    """
    if experiment.method.slug in LEARNED:
        return experiment.method.field(experiment.path, LEARNED[experiment.method.slug][1](experiment.network, weights, dtype))
    network = LearnedField(experiment.network, weights, dtype, spans=experiment.method.spans)
    return experiment.method.field(experiment.path, network)

"""Networks: a velocity field of [x, features of t], and what a method makes of trained weights."""

from flowviz.networks.adversarial import Adversarial, LearnedGenerator
from flowviz.networks.autoencoder import Autoencoder, LearnedDecoder
from flowviz.networks.guided import Guidance, Guided, guided_field
from flowviz.networks.learned import learned_field, network_of
from flowviz.networks.velocity import (
    ACTIVATIONS,
    EMBEDDING,
    FREQUENCIES,
    LearnedField,
    VelocityField,
    one_hot,
    time_features,
    time_slope,
)

__all__ = [
    "ACTIVATIONS",
    "EMBEDDING",
    "FREQUENCIES",
    "Adversarial",
    "Autoencoder",
    "Guidance",
    "Guided",
    "LearnedDecoder",
    "LearnedField",
    "LearnedGenerator",
    "VelocityField",
    "guided_field",
    "learned_field",
    "network_of",
    "one_hot",
    "time_features",
    "time_slope",
]

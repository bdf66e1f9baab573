"""How one learns to make data: methods, by slug. A method says what the network predicts, and how samples come from that."""

from flowviz.methods.base import Jump, Method
from flowviz.methods.cnf import CNF, minus_log_density, velocity_and_divergence
from flowviz.methods.diffusion import Denoiser, Diffusion, noise_weight
from flowviz.methods.distilled import Distilled
from flowviz.methods.flow_matching import FlowMatching
from flowviz.methods.gan import GAN
from flowviz.methods.meanflow import MeanFlow, later_times
from flowviz.methods.vae import VAE

METHODS: dict[str, type[Method]] = {
    method.slug: method for method in (FlowMatching, Diffusion, MeanFlow, Distilled, GAN, VAE, CNF)
}

__all__ = [
    "CNF",
    "GAN",
    "METHODS",
    "VAE",
    "Denoiser",
    "Distilled",
    "Jump",
    "MeanFlow",
    "Method",
    "later_times",
    "minus_log_density",
    "noise_weight",
    "velocity_and_divergence",
]

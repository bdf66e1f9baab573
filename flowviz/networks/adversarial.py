"""The two networks of a GAN."""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from flowviz.experiment import Network
from flowviz.networks.pair import LearnedPair
from flowviz.networks.velocity import draw_weights, perceptron


class Adversarial(nn.Module):
    """A generator G(z), from R^k to R^d, and a discriminator D(x) = σ(d(x)): two perceptrons of one shape.

    Args:
        network: Its choices; a time it is not told.
        rng: Source of the initial weights; None leaves them as they are.
        dim: Number of coordinates d of data.
        latent: Number of coordinates k of z; d unless given.
    """

    def __init__(self, network: Network, rng: torch.Generator | None = None, *, dim: int = 2, latent: int | None = None) -> None:
        super().__init__()
        self.net = perceptron(latent or dim, dim, network)
        self.critic = perceptron(dim, 1, network)
        if rng is not None:
            draw_weights(self, rng)

    def logits(self, x: Tensor) -> Tensor:
        """Return the discriminator before its sigmoid, d(x) = log D − log(1 − D), shape (n,)."""
        return self.critic(x)[:, 0]


class LearnedGenerator(LearnedPair):
    """The trained networks of a GAN, without gradients."""

    kind: ClassVar[Any] = Adversarial

    def judged(self, x: Tensor) -> Tensor:
        """Return D(x), the probability that x is data, shape (n,), at points x, shape (n, d)."""
        return torch.sigmoid(self.module.logits(x))

"""The two networks of a variational autoencoder."""

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from flowviz.experiment import Network
from flowviz.networks.pair import LearnedPair
from flowviz.networks.velocity import draw_weights, perceptron


class Autoencoder(nn.Module):
    """An encoder from R^d to means and log variances of codes in R^k, and a decoder back: two perceptrons of one shape.

    Args:
        network: Its choices; a time it is not told.
        rng: Source of the initial weights; None leaves them as they are.
        dim: Number of coordinates d of data.
        latent: Number of coordinates k of codes; d unless given.
    """

    def __init__(self, network: Network, rng: torch.Generator | None = None, *, dim: int = 2, latent: int | None = None) -> None:
        super().__init__()
        self.net = perceptron(latent or dim, dim, network)
        self.encoder = perceptron(dim, 2 * (latent or dim), network)
        if rng is not None:
            draw_weights(self, rng)

    def codes(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return means and log variances of the codes of points, shape (n, k) each."""
        mean, log_var = self.encoder(x).chunk(2, 1)
        return mean, log_var


class LearnedDecoder(LearnedPair):
    """The trained networks of a VAE, without gradients."""

    kind: ClassVar[Any] = Autoencoder

    def codes(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Return a code drawn for each point, shape (n, k)."""
        mean, log_var = self.module.codes(x)
        return mean + (0.5 * log_var).exp() * torch.randn(mean.shape, generator=rng, dtype=mean.dtype)

"""The two networks of a variational autoencoder."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from flowviz.experiment import Network
from flowviz.networks.velocity import draw_weights, perceptron


class Autoencoder(nn.Module):
    """An encoder from R^d to means and log variances of codes in R^d, and a decoder back: two perceptrons of one shape.

    Args:
        network: Its choices; a time it is not told.
        rng: Source of the initial weights; None leaves them as they are.
        dim: Number of coordinates d, of data and of codes.
    """

    def __init__(self, network: Network, rng: torch.Generator | None = None, *, dim: int = 2) -> None:
        super().__init__()
        self.net = perceptron(dim, dim, network)
        self.encoder = perceptron(dim, 2 * dim, network)
        if rng is not None:
            draw_weights(self, rng)

    def codes(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Means and log variances of the codes of points, shape (n, d) each."""
        mean, log_var = self.encoder(x).chunk(2, 1)
        return mean, log_var


class LearnedDecoder:
    """The trained networks of a VAE, without gradients.

    Args:
        network: The choices that the weights belong to.
        weights: Arrays by parameter name, as in `Snapshot.weights`.
        dtype: Of its arithmetic.
    """

    def __init__(self, network: Network, weights: Mapping[str, np.ndarray], dtype: torch.dtype = torch.float32) -> None:
        self.dim = len(weights[f"net.{2 * network.depth}.bias"])
        self.module = Autoencoder(network, dim=self.dim)
        self.module.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
        self.module.to(dtype).requires_grad_(False)

    def made(self, z: Tensor) -> Tensor:
        """The decoder's mean x̂(z), shape (n, d), for codes z, shape (n, d)."""
        return self.module.net(z)

    def codes(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """A code drawn for each point, shape (n, d)."""
        mean, log_var = self.module.codes(x)
        return mean + (0.5 * log_var).exp() * torch.randn(mean.shape, generator=rng, dtype=mean.dtype)

"""Two networks that were trained together, without gradients, of which one makes samples."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from flowviz.experiment import Network


class LearnedPair:
    """Trained networks, without gradients; the one called `net` makes a sample of each source point.

    Args:
        network: The choices that the weights belong to.
        weights: Arrays by parameter name, as in `Snapshot.weights`.
        dtype: Of its arithmetic.
    """

    kind: ClassVar[Any]
    """The networks while they train."""

    def __init__(self, network: Network, weights: Mapping[str, np.ndarray], dtype: torch.dtype = torch.float32) -> None:
        self.dim = len(weights[f"net.{2 * network.depth}.bias"])
        self.module = self.kind(network, dim=self.dim, latent=weights["net.0.weight"].shape[1])
        self.module.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
        self.module.to(dtype).requires_grad_(False)

    def made(self, z: Tensor) -> Tensor:
        """Return the sample of each point z, shape (n, k), as shape (n, d): G(z), or the decoder's mean."""
        return self.module.net(z)

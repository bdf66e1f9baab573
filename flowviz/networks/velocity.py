"""The learned velocity field: a multilayer perceptron on [x, features of t]."""

import math
from collections.abc import Callable, Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from flowviz.experiment import Network

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "silu": nn.SiLU,
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "selu": nn.SELU,
}
FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "silu": functional.silu,
    "relu": functional.relu,
    "tanh": torch.tanh,
    "gelu": functional.gelu,
    "selu": functional.selu,
}
"""The same as plain functions."""
RECENT = 4
"""Times of which a learned field keeps what they add to its first layer: the steps of a solver ask for one and the same time twice."""
FREQUENCIES = 8
EMBEDDING = 64


def time_features(t: Tensor, kind: str) -> Tensor:
    """Return features of t that hold no weights.

    Args:
        t: Times, shape (n,).
        kind: "fourier" for cos and sin of πjt, j = 1 … 8; anything else for t itself.

    Returns:
        Features, shape (n, 16) or (n, 1).
    """
    if kind != "fourier":
        return t[:, None]
    angle = t[:, None] * (math.pi * torch.arange(1, FREQUENCIES + 1, dtype=t.dtype, device=t.device))
    return torch.cat([torch.cos(angle), torch.sin(angle)], 1)


def time_slope(t: Tensor, kind: str) -> Tensor:
    """Return how the features of t change with t; arguments and shape as in `time_features`."""
    if kind != "fourier":
        return torch.ones_like(t)[:, None]
    rate = math.pi * torch.arange(1, FREQUENCIES + 1, dtype=t.dtype, device=t.device)
    angle = t[:, None] * rate
    return torch.cat([-rate * torch.sin(angle), rate * torch.cos(angle)], 1)


def one_hot(y: Tensor, classes: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Return classes as the network is told them, shape (n, K): a 1 in the column of the class, all 0 where y = K."""
    return (y[:, None] == torch.arange(classes, device=y.device)).to(dtype)


def _linear(inputs: int, outputs: int) -> nn.Module:
    """Return a layer without first weights: torch would draw them from the global generator, which nobody here touches.

    torch's own `skip_init` gives the same, and loads SymPy for it: half a second of every new process.
    """
    layer = nn.Linear(inputs, outputs, device="meta")
    layer.weight, layer.bias = nn.Parameter(torch.empty(outputs, inputs)), nn.Parameter(torch.empty(outputs))
    return layer


def perceptron(inputs: int, outputs: int, network: Network) -> nn.Sequential:
    """Return a multilayer perceptron without first weights."""
    layers: list[nn.Module] = []
    for _ in range(network.depth):
        layers += [_linear(inputs, network.width), ACTIVATIONS[network.activation]()]
        inputs = network.width
    return nn.Sequential(*layers, _linear(inputs, outputs))


def draw_weights(module: nn.Module, rng: torch.Generator) -> None:
    """Draw the first weights of all layers, uniform in ±1/√inputs as in torch."""
    for layer in module.modules():
        if isinstance(layer, nn.Linear):
            bound = layer.in_features**-0.5
            layer.weight.data.uniform_(-bound, bound, generator=rng)
            layer.bias.data.uniform_(-bound, bound, generator=rng)


class VelocityField(nn.Module):
    """v(x, t): a multilayer perceptron on [x, features of t].

    With `time_features="embedding"`, width 128 and SiLU it is the network of the source article: t through a layer of 64,
    SiLU and another layer of 64.

    Args:
        network: Its choices.
        rng: Source of the initial weights, uniform in ±1/√inputs as in torch; None leaves them as they are.
        dim: Number of coordinates d.
        classes: Number of classes K whose velocities are told apart; 0 for a network without classes.
        spans: Whether it is told a second time, and so learns the average velocity until then.
    """

    def __init__(
        self,
        network: Network,
        rng: torch.Generator | None = None,
        *,
        dim: int = 2,
        classes: int = 0,
        spans: bool = False,
    ) -> None:
        super().__init__()
        self.kind = network.time_features
        self.embed: nn.Sequential | None = None
        timed = 2 * FREQUENCIES if self.kind == "fourier" else 1
        if self.kind == "embedding":
            self.embed = nn.Sequential(_linear(1, EMBEDDING), nn.SiLU(), _linear(EMBEDDING, EMBEDDING))
            timed = EMBEDDING
        self.classes, self.spans = classes, spans
        inputs = dim + timed * (1 + spans) + classes
        self.net = perceptron(inputs, dim, network)
        if rng is not None:
            draw_weights(self, rng)

    def features(self, t: Tensor) -> Tensor:
        """Return features of times, shape (n,), or of spans between two; shape (n, F)."""
        found = time_features(t, self.kind)
        return found if self.embed is None else self.embed(found)

    def forward(self, x: Tensor, t: Tensor, y: Tensor | None = None, s: Tensor | None = None) -> Tensor:
        """Return velocities per unit of t.

        Args:
            x: Points, shape (n, d).
            t: Times, shape (n,) or ().
            y: Classes from 0 to K, where K is none of them, shape (n,); only for a network that tells classes apart.
            s: Later times, shape (n,); only for a network of two times.

        Returns:
            Velocities, shape (n, d).
        """
        t = t.expand(len(x)).to(x.dtype)
        told = [] if s is None else [self.features(s - t)]
        told += [] if y is None else [one_hot(y, self.classes, x.dtype)]
        return self.net(torch.cat([x, self.features(t), *told], 1))


class LearnedField:
    """A trained network as a field `velocity(x, t)`, without gradients.

    Args:
        network: The choices that the weights belong to.
        weights: Arrays by parameter name, as in `Snapshot.weights`.
        dtype: Of its arithmetic.
        spans: Whether it is a network of two times.
    """

    def __init__(
        self, network: Network, weights: Mapping[str, np.ndarray], dtype: torch.dtype = torch.float32, *, spans: bool = False
    ) -> None:
        # The last layer's bias has as many parts as a point has coordinates; what the first layer has left is for classes.
        self.dim = len(weights[f"net.{2 * network.depth}.bias"])
        plain = VelocityField(network, dim=self.dim, spans=spans)
        self.classes = weights["net.0.weight"].shape[1] - plain.net[0].in_features
        self.module = VelocityField(network, dim=self.dim, classes=self.classes, spans=spans) if self.classes else plain
        self.module.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
        self.module.to(dtype).requires_grad_(False)
        # Bare functions and weights: torch's modules, called anew for every layer, take as long as the arithmetic of 250 points.
        self._activation = FUNCTIONS[network.activation]
        self._linear = [(layer.weight, layer.bias) for layer in self.module.net if isinstance(layer, nn.Linear)]
        self._recent: tuple[tuple[tuple[float, torch.dtype], Tensor], ...] = ()

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the learned velocity.

        Args:
            x: Points, shape (n, d).
            t: One time for all points, shape ().

        Returns:
            Velocities per unit of t, shape (n, d).
        """
        return self._from(x, t, None)

    def until(self, x: Tensor, t: Tensor, s: Tensor) -> Tensor:
        """Return the learned average velocity from t to s, shape (n, d), of a network of two times; shapes as in `velocity`."""
        return self._from(x, t, None, s)

    def of_class(self, x: Tensor, t: Tensor, y: Tensor) -> Tensor:
        """Return the learned velocity of a class, shape (n, d).

        One class for all points, shape (), or one for each, shape (n,).
        """
        return self._from(x, t, y)

    def _timed(self, t: Tensor, dtype: torch.dtype, s: Tensor | None) -> Tensor:
        """Return what one time for all adds to the first layer, shape (width,), its bias included; `s` as in `_from`."""
        if s is not None or t.requires_grad:
            return self._first(t, dtype, s)
        asked = float(t), dtype
        for key, found in self._recent:
            if key == asked:
                return found
        found = self._first(t, dtype, None)
        # A whole new tuple: threads share a field.
        self._recent = ((asked, found), *self._recent[: RECENT - 1])
        return found

    def _first(self, t: Tensor, dtype: torch.dtype, s: Tensor | None) -> Tensor:
        """Return the same, computed."""
        module, t = self.module, t.reshape(1).to(dtype)
        features = module.features(t)
        if module.spans:
            features = torch.cat([features, module.features(torch.zeros_like(t) if s is None else s.to(dtype) - t)], 1)
        weight, bias = self._linear[0]
        return bias + features[0] @ weight[:, self.dim : self.dim + features.shape[1]].T

    def _from(self, x: Tensor, t: Tensor, y: Tensor | None, s: Tensor | None = None) -> Tensor:
        """Return the velocity of one class for all points, shape (), or of one for each, shape (n,); None for no class.

        A network of two times is told the later one, or that both are the same.
        """
        weight, timed = self._linear[0][0], self.module.net[0].in_features - self.classes
        added = self._timed(t, x.dtype, s)
        if y is not None:
            added = added + weight[:, timed:].T[y]
        x = torch.addmm(added, x, weight[:, : self.dim].T)
        for weight, bias in self._linear[1:]:
            x = functional.linear(self._activation(x), weight, bias)
        return x

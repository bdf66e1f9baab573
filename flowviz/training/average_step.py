"""A gradient step of MeanFlow, twice: as autograd says it, and written out by hand."""

import torch
from torch import Tensor, nn

from flowviz.experiment import Experiment
from flowviz.methods import MeanFlow
from flowviz.networks import VelocityField, time_features, time_slope
from flowviz.training.draws import Pool
from flowviz.training.steps import AutogradStep, HandStep


class AverageStep(AutogradStep):
    """A step of MeanFlow: the target holds the network's own slope along (v, 1), written out layer by layer beside the values.

    References:
        Geng et al., 2025, arXiv 2505.13447, algorithm 1.
    """

    def losses(self, batch: Pool) -> tuple[Tensor, Tensor]:
        assert batch.s is not None
        assert isinstance(self.experiment.method, MeanFlow)
        found, slope = value_and_slope(self.module, batch.xt, batch.t, batch.s, batch.u)
        square = (found - (batch.u + (batch.s - batch.t)[:, None] * slope)).square().sum(1)
        return square.mean(), (self.experiment.method.weight(square) * square).mean()


class HandAverageStep(HandStep):
    """The same step written out: the slope goes through the layers beside the values, and nothing goes back through it."""

    def __init__(self, experiment: Experiment, device: torch.device) -> None:
        super().__init__(experiment, device)
        self.slope = [torch.empty_like(values) for values in self.pre]

    def use(self, pool: Pool) -> None:
        assert pool.s is not None
        device, batch, kind = self.flat.device, self.experiment.training.batch, self.experiment.network.time_features
        span = pool.s - pool.t
        inputs = torch.cat([pool.xt, time_features(pool.t, kind), time_features(span, kind)], 1)
        changes = torch.cat([pool.u, time_slope(pool.t, kind), -time_slope(span, kind)], 1)
        self.inputs, self.changes = inputs.to(device).split(batch), changes.to(device).split(batch)
        self.u, self.span = pool.u.to(device).split(batch), span[:, None].to(device).split(batch)

    def error(self, number: int, loss: Tensor) -> Tensor:
        assert isinstance(self.experiment.method, MeanFlow)
        slope = self.changes[number]
        for pre, into, (_, weight_t, _, _, _) in zip(self.pre, self.slope, self.layers, strict=True):
            torch.mm(slope, weight_t, out=into)
            slope = into if pre is self.pre[-1] else torch.ops.aten.silu_backward.grad_input(into, pre, grad_input=into)
        error = torch.sub(self.pre[-1], slope.mul_(self.span[number]).add_(self.u[number]), out=self.back[-1])
        square = error.square().sum(1)
        torch.mean(square, 0, out=loss)
        return error.mul_(2.0).mul_((self.experiment.method.weight(square) * (1.0 / len(square)))[:, None])


def value_and_slope(module: VelocityField, x: Tensor, t: Tensor, s: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """Return a network of two times, u(x, t, s), and its slope (∂_t + v·∇) u; no gradient goes through the slope.

    Args:
        module: The network.
        x: Points, shape (n, d).
        t: Times, shape (n,).
        s: Later times, shape (n,).
        v: Velocities of the points, shape (n, d).

    Returns:
        Values and slopes, shape (n, d) each.
    """
    (at, turned), (span, shrunk) = features_and_slope(module, t), features_and_slope(module, s - t)
    return through(module.net, torch.cat([x, at, span], 1), torch.cat([v, turned, -shrunk], 1))


def features_and_slope(module: VelocityField, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return features of times or spans, shape (n,), and how they change with them, shape (n, F) each."""
    value, slope = time_features(t, module.kind), time_slope(t, module.kind)
    return (value, slope) if module.embed is None else through(module.embed, value, slope)


def through(layers: nn.Sequential, value: Tensor, slope: Tensor) -> tuple[Tensor, Tensor]:
    """Return what layers make of values, shape (n, w), and of their slopes along one direction; the slopes are constants."""
    for layer in layers:
        if isinstance(layer, nn.Linear):
            slope = slope @ layer.weight.detach().T
        else:
            with torch.enable_grad():
                inside = value.detach().requires_grad_()
                slope = torch.autograd.grad(layer(inside), inside, slope)[0]
        value = layer(value)
    return value, slope

"""One gradient step, twice: as autograd says it, and written out by hand. They agree to rounding; a test holds them to it."""

import math
from typing import Any, ClassVar, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from flowviz.experiment import Experiment
from flowviz.networks import network_of, one_hot, time_features
from flowviz.training.draws import SEED_STRIDE, Pool

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
MOMENTS = ("params", "exp_avg", "exp_avg_sq", "average")

Arrays = dict[str, list[np.ndarray]]


class Step(Protocol):
    """What the training loop needs of a way to make gradient steps."""

    @property
    def parts(self) -> Tensor:
        """What is shown beside the loss of the last step, shape (len(method.parts),)."""
        ...

    def use(self, pool: Pool) -> None:
        """Take the pairs of the coming steps from this pool."""
        ...

    def step(self, number: int, lr: float, decay: float, loss: Tensor) -> None:
        """Make one step on batch `number` of the pool, and write the loss before it into `loss`, shape ()."""
        ...

    def state(self) -> Arrays:
        """Return parameters, Adam's two moments and the moving average."""
        ...

    def restore(self, arrays: Arrays, step: int) -> None:
        """Go back to a state after `step` steps."""
        ...

    def weights(self) -> dict[str, np.ndarray]:
        """Return the averaged weights (the raw ones where averaging is off), by parameter name of `VelocityField`."""
        ...


def first_network(experiment: Experiment) -> Any:
    """Return the untrained networks of an experiment, a function of its seed."""
    return network_of(experiment, torch.Generator().manual_seed(SEED_STRIDE * experiment.seed))


def untrained_weights(experiment: Experiment) -> dict[str, np.ndarray]:
    """Return the weights before the first step, by parameter name."""
    return {name: _array(p) for name, p in first_network(experiment).named_parameters()}


class AutogradStep:
    """The definition: Adam on the loss E‖v(x_t, t) − u‖², by autograd.

    References:
        Lipman et al., 2022, arXiv 2210.02747, equation 9. Kingma & Ba, "Adam", 2014, arXiv 1412.6980.
    """

    betas: ClassVar[tuple[float, float]] = (BETA1, BETA2)
    parts = torch.zeros(0)

    def __init__(self, experiment: Experiment, device: torch.device) -> None:
        self.experiment = experiment
        self.module = first_network(experiment).to(device)
        if experiment.training.weight_norm:
            for layer in list(self.module.modules()):
                if isinstance(layer, nn.Linear):
                    weight_norm(layer)
        self.params = list(self.module.parameters())
        self.average = [p.detach().clone() for p in self.params]
        fused = device.type in ("cpu", "cuda")
        self.adam = torch.optim.Adam(self.params, betas=self.betas, eps=EPSILON, fused=fused)

    def use(self, pool: Pool) -> None:
        device = self.params[0].device
        self.pool = pool.each(lambda part: part.to(device))

    def step(self, number: int, lr: float, decay: float, loss: Tensor) -> None:
        self.adam.param_groups[0]["lr"] = lr
        loss.copy_(self.learn(number).detach())
        with torch.no_grad():
            for average, p in zip(self.average, self.params, strict=True):
                average.lerp_(p, 1 - decay)

    def learn(self, number: int) -> Tensor:
        """Change the parameters by a batch; return the loss before, as it is shown, shape ()."""
        error, minimised = self.losses(self.batch(number))
        self.descend(minimised, self.params)
        return error

    def batch(self, number: int) -> Pool:
        """Return one batch of the pool."""
        size = self.experiment.training.batch
        rows = slice(number * size, (number + 1) * size)
        return self.pool.each(lambda part: part[rows])

    def descend(self, minimised: Tensor, params: list[nn.Parameter]) -> None:
        """Make one step of Adam on some of the parameters."""
        self.adam.zero_grad()
        minimised.backward(inputs=params)
        if clip := self.experiment.training.clip:
            nn.utils.clip_grad_norm_(params, clip)
        self.adam.step()

    def losses(self, batch: Pool) -> tuple[Tensor, Tensor]:
        """Return the loss of a batch as it is shown, and what is minimised; here they are the same."""
        error = (self.module(batch.xt, batch.t, batch.y) - batch.u).square().sum() / len(batch.u)
        return error, error

    def state(self) -> Arrays:
        slots = [self.adam.state[p] for p in self.params]
        return {
            "params": [_array(p) for p in self.params],
            "exp_avg": [
                _array(s["exp_avg"]) if s else np.zeros(p.shape, np.float32) for s, p in zip(slots, self.params, strict=True)
            ],
            "exp_avg_sq": [
                _array(s["exp_avg_sq"]) if s else np.zeros(p.shape, np.float32) for s, p in zip(slots, self.params, strict=True)
            ],
            "average": [_array(a) for a in self.average],
        }

    def restore(self, arrays: Arrays, step: int) -> None:
        with torch.no_grad():
            for i, p in enumerate(self.params):
                p.copy_(torch.from_numpy(arrays["params"][i]))
                self.average[i].copy_(torch.from_numpy(arrays["average"][i]))
                moments = {k: torch.from_numpy(arrays[k][i]).to(p.device, copy=True) for k in ("exp_avg", "exp_avg_sq")}
                self.adam.state[p] = {"step": torch.tensor(float(self.steps_of(p, step)), device=p.device), **moments}

    def steps_of(self, p: nn.Parameter, step: int) -> int:
        """Return how often a parameter has been changed in so many training steps."""
        return step

    def weights(self) -> dict[str, np.ndarray]:
        shown = self.average if self.experiment.training.average else self.params
        kept = [p.detach().clone() for p in self.params]
        with torch.no_grad():
            for p, value in zip(self.params, shown, strict=True):
                p.copy_(value)
            out = {}
            for name, layer in self.module.named_modules():
                if isinstance(layer, nn.Linear):  # `layer.weight` is the product where weight normalisation splits it
                    out[f"{name}.weight"], out[f"{name}.bias"] = _array(layer.weight), _array(layer.bias)
            for p, value in zip(self.params, kept, strict=True):
                p.copy_(value)
        return out


class HandStep:
    """The same step written out: forward and backward of a SiLU perceptron into kept buffers, all parameters one vector.

    Every operation is the one that autograd would call, in its order, so the numbers are the same; only the bookkeeping
    between them is gone (2.3 to 2.8 times faster at these sizes).
    """

    parts = torch.zeros(0)

    def __init__(self, experiment: Experiment, device: torch.device) -> None:
        self.experiment = experiment
        module = first_network(experiment)
        self.names = [name for name, _ in module.named_parameters()]
        self.shapes = [p.shape for p in module.parameters()]
        sizes = [math.ceil(p.numel() / 16) * 16 for p in module.parameters()]  # each begins on a boundary of 64 bytes
        sizes[-1] = self.shapes[-1].numel()
        self.starts = [sum(sizes[:i]) for i in range(len(sizes))]
        total, row = sum(sizes), math.ceil(sum(sizes) / 16) * 16
        self.flat, self.grad, self.exp_avg, self.exp_avg_sq = torch.zeros(4, row, device=device)[:, :total]
        for view, p in zip(self._views(self.flat), module.parameters(), strict=True):
            view.copy_(p.detach())
        self.average = self.flat.clone()
        self.count = torch.zeros((), device=device)
        views, grads = self._views(self.flat), self._views(self.grad)
        transposed = [weight.t() for weight in views[::2]]
        self.layers = list(zip(views[::2], transposed, views[1::2], grads[::2], grads[1::2], strict=True))
        batch = experiment.training.batch
        widths = [len(bias) for bias in views[1::2]]
        self.pre = [torch.empty(batch, w, device=device) for w in widths]
        self.post = [torch.empty(batch, w, device=device) for w in widths[:-1]]
        self.back = [torch.empty(batch, w, device=device) for w in widths]
        self.back_t = [g.t() for g in self.back]

    def _views(self, flat: Tensor) -> list[Tensor]:
        return [flat[i : i + s.numel()].view(s) for i, s in zip(self.starts, self.shapes, strict=True)]

    def use(self, pool: Pool) -> None:
        device = self.flat.device
        features = time_features(pool.t, self.experiment.network.time_features)
        batch = self.experiment.training.batch
        told = [] if pool.y is None else [one_hot(pool.y, self.experiment.class_count)]
        self.inputs = torch.cat([pool.xt, features, *told], 1).to(device).split(batch)
        self.u = pool.u.to(device).split(batch)

    def step(self, number: int, lr: float, decay: float, loss: Tensor) -> None:
        x, last = self.inputs[number], len(self.layers) - 1
        for i, (_, weight_t, bias, _, _) in enumerate(self.layers):
            torch.addmm(bias, x, weight_t, out=self.pre[i])
            if i < last:
                x = torch.ops.aten.silu.out(self.pre[i], out=self.post[i])
        self.go_back(self.inputs[number], self.error(number, loss))
        self.count += 1
        torch._fused_adam_(  # pyright: ignore[reportPrivateImportUsage]  (what Adam(fused=True) calls, without its bookkeeping)
            [self.flat], [self.grad], [self.exp_avg], [self.exp_avg_sq], [], [self.count],
            lr=lr, beta1=BETA1, beta2=BETA2, weight_decay=0.0, eps=EPSILON, amsgrad=False, maximize=False,
        )  # fmt: skip
        self.average.lerp_(self.flat, 1 - decay)

    def error(self, number: int, loss: Tensor) -> Tensor:
        """Write the loss, shape (); return how what is minimised changes with the network's values, shape (batch, d)."""
        error = torch.sub(self.pre[-1], self.u[number], out=self.back[-1])
        torch.div(error.square().sum(), len(error), out=loss)
        return error.mul_(2.0).mul_(1.0 / len(error))

    def go_back(self, inputs: Tensor, g: Tensor) -> None:
        """Go back through the layers from that change, `g`, to the gradient of every parameter."""
        for i in range(len(self.layers) - 1, -1, -1):
            weight, _, _, d_weight, d_bias = self.layers[i]
            torch.mm(self.back_t[i], self.post[i - 1] if i else inputs, out=d_weight)
            torch.sum(g, 0, out=d_bias)
            if i:
                torch.mm(g, weight, out=self.back[i - 1])
                g = torch.ops.aten.silu_backward.grad_input(self.back[i - 1], self.pre[i - 1], grad_input=self.back[i - 1])

    def state(self) -> Arrays:
        parts = (self.flat, self.exp_avg, self.exp_avg_sq, self.average)
        return {name: [_array(part)] for name, part in zip(MOMENTS, parts, strict=True)}

    def restore(self, arrays: Arrays, step: int) -> None:
        for name, part in zip(MOMENTS, (self.flat, self.exp_avg, self.exp_avg_sq, self.average), strict=True):
            part.copy_(torch.from_numpy(arrays[name][0]))
        self.count.fill_(step)

    def weights(self) -> dict[str, np.ndarray]:
        shown = self._views(self.average if self.experiment.training.average else self.flat)
        return {name: _array(view) for name, view in zip(self.names, shown, strict=True)}


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy().copy()

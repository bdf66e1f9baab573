"""A continuous normalizing flow trained by likelihood: the solver stands inside the loss."""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import ClassVar

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from flowviz.methods.base import Method, Network
from flowviz.paths import Path


@dataclass(frozen=True)
class CNF(Method):
    """The network is a velocity, and −E log p_1(x_1) is minimised: data are carried back to N(0, I), and log p_1 = log p_0 − ∫ ∇·v dt.

    References:
        Chen et al., "Neural Ordinary Differential Equations", 2018, arXiv 1806.07366, equations 8 and 9.
        Grathwohl et al., "FFJORD", 2018, arXiv 1810.01367, equation 2.
    """

    slug: ClassVar[str] = "cnf"
    label: ClassVar[str] = "CNF by likelihood"
    noun: ClassVar[str] = "CNF"
    on_path: ClassVar[bool] = False
    pathless: ClassVar[bool] = True
    labels: ClassVar[bool] = False
    known_floor: ClassVar[bool] = False
    parts: ClassVar[tuple[str, ...]] = ("evaluations",)
    counts: ClassVar[str] = "network evaluations"
    unused: ClassVar[tuple[str, ...]] = ("time_sampling",)
    defaults: ClassVar[Mapping[str, float | int | str]] = MappingProxyType(
        # Between two of the few times that the solver asks at, fast features of t let the network hide what it does: the loss falls
        # far below the entropy, and the samples are wrong. So t itself, as in FFJORD.
        {"steps": 400, "activation": "tanh", "time_features": "plain"}
    )
    loss: ClassVar[str] = "−E log p₁(x₁), nats"
    formula: ClassVar[str] = (
        r"-\mathbb{E}\Bigl[\log p_0(x_0) - \int_0^1 \nabla\cdot v(x_t, t)\,\mathrm{d}t\Bigr], \qquad \tfrac{\mathrm{d}x_t}{\mathrm{d}t} = v(x_t, t)"
    )
    asked: ClassVar[str] = (
        "No path is given. The network carries each data point back to the noise, and is asked to make it likely there:"
    )
    answered: ClassVar[str] = (
        "Any flow that takes the noise to the data is as good as any other: the loss knows only the ends. Every training step runs the "
        "solver, and the gradient goes back through all of it; that is what flow matching does without."
    )
    remark: ClassVar[str] = (
        "The network is a velocity, trained by the likelihood of the data: each step of training carries a batch back to the noise, "
        "through the solver."
    )
    on_loss: ClassVar[str] = (
        "The loss is the mean of −log p of each batch, in nats. No flow’s falls below the entropy of the data: where this one does, "
        "the network has learned the error of too few solver steps."
    )
    legal: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        {"path": ("linear",), "coupling": ("independent",), "source": ("gaussian",)}
    )

    midpoints: int = Field(
        default=8,
        ge=1,
        le=64,
        title="Solver steps in training",
        description="Steps of the midpoint rule that carry each batch back, two evaluations each.",
    )
    adjoint: bool = Field(
        default=False,
        title="Adjoint",
        description="Gradients by a second equation backward in time, as in the paper: less memory, more evaluations.",
    )

    def given(self, path: Path, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        return x1

    def target(self, path: Path, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        return x0

    def field(self, path: Path, network: Network) -> Network:
        return network


def minus_log_density(moving: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]], x: Tensor, steps: int) -> Tensor:
    """Return −log p_1 at points, by the midpoint rule from t = 1 to 0 and N(0, I) there.

    Args:
        moving: Velocities and their divergences, shapes (n, d) and (n,), at points, shape (n, d), and one time, shape ().
        x: Data, shape (n, d).
        steps: Steps of the rule.

    Returns:
        Values in nats, shape (n,).
    """
    h, spread = 1.0 / steps, x.new_zeros(len(x))
    for k in range(steps, 0, -1):
        velocity, _ = moving(x, x.new_tensor(k * h))
        velocity, divergence = moving(x - 0.5 * h * velocity, x.new_tensor((k - 0.5) * h))
        x, spread = x - h * velocity, spread + h * divergence
    return 0.5 * x.square().sum(1) + 0.5 * x.shape[1] * math.log(2 * math.pi) + spread


def velocity_and_divergence(velocity: Callable[[Tensor, Tensor], Tensor], x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return a velocity and its exact divergence, one row of the Jacobian after the other; gradients go through both.

    Args:
        velocity: The field.
        x: Points, shape (n, d).
        t: One time, shape ().

    Returns:
        Velocities, shape (n, d), and divergences, shape (n,).
    """
    x = x if x.requires_grad else x.detach().requires_grad_()
    v = velocity(x, t)
    rows = (torch.autograd.grad(v[:, i].sum(), x, create_graph=True)[0][:, i] for i in range(x.shape[1]))
    return v, torch.stack(list(rows)).sum(0)

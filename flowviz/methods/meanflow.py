"""MeanFlow: regression on the average velocity between two times, so that one evaluation is a whole step."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from flowviz.methods.base import Known, Method, Network
from flowviz.paths import Path
from flowviz.solvers import AVERAGING, ODE

LEAST = 1e-3
"""Keeps the adaptive weight finite where the error is nothing."""


class AverageField:
    """A network u(x, t, s) as the velocity field u(x, t, t), which also knows the average velocity until a later time.

    Args:
        network: A network of two times.
    """

    def __init__(self, network: Any) -> None:
        self.network = network

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the velocity at one time, shape (n, d), at points x, shape (n, d), and one time t, shape ()."""
        return self.network.velocity(x, t)

    def average(self, x: Tensor, t: Tensor, s: Tensor) -> Tensor:
        """Return the average velocity from t to s of a particle that is at x at t, shape (n, d)."""
        return self.network.until(x, t, s)


@dataclass(frozen=True)
class MeanFlow(Method):
    """The network learns the average velocity u(x, t, s) = 1/(s − t) ∫ v dτ from t to s, by what its slope must be.

    Differentiated in t along a particle's way, (s − t) u = ∫ v dτ says u = v + (s − t)(∂_t + v·∇)u. The right side, with the
    velocity of one pair for v and the network's own slope, is the target; no gradient goes through it. At s = t it is flow
    matching.

    References:
        Geng et al., "Mean Flows for One-step Generative Modeling", 2025, arXiv 2505.13447, equations 6, 9 and 22; its time
        runs the other way.
    """

    slug: ClassVar[str] = "meanflow"
    label: ClassVar[str] = "MeanFlow"
    noun: ClassVar[str] = "mean flow"
    predicts: ClassVar[str] = "average"
    sign: ClassVar[str] = "u"
    spans: ClassVar[bool] = True
    labels: ClassVar[bool] = False
    known_floor: ClassVar[bool] = False
    loss: ClassVar[str] = "E‖u − target‖²"
    formula: ClassVar[str] = (
        r"\mathbb{E}\,\bigl\lVert u(x_t, t, s) - \mathrm{sg}\bigl[v + (s - t)(\partial_t + v\cdot\nabla)\,u(x_t, t, s)\bigr] \bigr\rVert^2,"
        r"\quad v = \dot\alpha_t\,x_1 + \dot\sigma_t\,x_0"
    )
    asked: ClassVar[str] = (
        "A network is asked, at a random place and for two random times t ≤ s, for the average velocity between them:"
    )
    answered: ClassVar[str] = (
        "The average velocity until s takes a particle there in one step. What it must be follows from how it changes as t moves on: "
        "that slope is the network’s own, so the target moves while it learns."
    )
    trained_on: ClassVar[str] = "Trained on t in [{low:g}, {high:g}], since the loss is infinite on [0, 1]."
    remark: ClassVar[str] = (
        "The network learns the average velocity between two times, so that one evaluation takes a particle all the way; at equal "
        "times it is the velocity, which any ODE solver takes."
    )
    legal: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({})
    solvers: ClassVar[tuple[str, ...]] = (*AVERAGING, *ODE)
    one_step: ClassVar[str] = "average"

    same: float = Field(
        default=0.75,
        ge=0.0,
        le=1.0,
        title="Equal times",
        description="Share of pairs with s = t, which learn as in flow matching.",
    )
    adaptive: float = Field(
        default=1.0,
        ge=0.0,
        le=2.0,
        title="Adaptive weight",
        description="Each error counts by its square to the power of minus this: 0 weighs all alike, 1 lets large ones count no more.",
    )

    def times(self, t: Tensor, draw: Callable[[], Tensor], rng: torch.Generator) -> tuple[Tensor, Tensor]:
        return later_times(t, draw(), torch.rand(len(t), generator=rng) < self.same)

    def target(self, path: Path, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        return path.target(x0, x1, t, z)

    def best(self, path: Path, known: Known, x: Tensor, t: Tensor) -> Tensor:
        return known.velocity(x, t)

    def field(self, path: Path, network: Network) -> AverageField:
        return AverageField(network)

    def weight(self, square: Tensor) -> Tensor:
        """Return the adaptive weight of squared errors, shape (n,); no gradient goes through it."""
        return (square.detach() + LEAST).pow(-self.adaptive)


def later_times(t: Tensor, other: Tensor, same: Tensor) -> tuple[Tensor, Tensor]:
    """Return two times t ≤ s for each pair.

    Args:
        t: Times, shape (n,).
        other: As many more.
        same: Where s = t, shape (n,), bool.

    Returns:
        The earlier and the later time, shape (n,) each.
    """
    return torch.where(same, t, torch.minimum(t, other)), torch.where(same, t, torch.maximum(t, other))

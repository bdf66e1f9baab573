"""Distillation: a flow is trained, and a network learns to do in one evaluation what the flow does in many."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

import torch
from torch import Tensor

from flowviz.methods.base import Jump, Method, Network
from flowviz.paths import Path
from flowviz.solvers import JUMPING


@dataclass(frozen=True)
class Distilled(Method):
    """The network learns the whole way of a particle from its start: E‖x_0 + v_θ(x_0, 0) − Φ(x_0)‖², Φ a trained flow.

    References:
        Liu et al., "Flow Straight and Fast", 2022, arXiv 2209.03003, section 2.2; Luhman & Luhman, "Knowledge Distillation in
        Iterative Generative Models for Improved Sampling Speed", 2021, arXiv 2101.02388.
    """

    slug: ClassVar[str] = "distilled"
    label: ClassVar[str] = "Distilled flow"
    noun: ClassVar[str] = "distilled flow"
    on_path: ClassVar[bool] = False
    jumps: ClassVar[bool] = True
    distils: ClassVar[bool] = True
    labels: ClassVar[bool] = False
    known_floor: ClassVar[bool] = False
    no_likelihood: ClassVar[str] = "A distilled flow knows no density: the network makes points, and cannot be followed back."
    loss: ClassVar[str] = "E‖x₀ + v − Φ(x₀)‖²"
    formula: ClassVar[str] = r"\mathbb{E}\,\lVert x_0 + v(x_0, 0) - \Phi(x_0) \rVert^2, \qquad x_t = x_0 \text{ at } t = 0"
    asked: ClassVar[str] = (
        "A flow Φ is trained first, as above. Then a second network is asked for the whole way of a particle, from its start alone:"
    )
    answered: ClassVar[str] = (
        "Each x₀ has one right answer, where the flow takes it. Neighbours that the flow parts leave the network a jump to learn, and "
        "what it cannot bend so sharply lies between the modes."
    )
    trained_on: ClassVar[str] = "The flow was trained on t in [{low:g}, {high:g}], since its loss is infinite on [0, 1]."
    remark: ClassVar[str] = (
        "A flow is trained first; then a network learns from 16,384 of its pairs to make each whole way in one evaluation."
    )
    on_loss: ClassVar[str] = (
        "Each x₀ has one right answer, so the loss could fall to zero: what is left is what the network cannot bend so sharply."
    )
    legal: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({"coupling": ("independent", "pairs")})
    solvers: ClassVar[tuple[str, ...]] = JUMPING
    one_step: ClassVar[str] = "one-step"

    def times(self, t: Tensor, draw: Callable[[], Tensor], rng: torch.Generator) -> tuple[Tensor, Tensor | None]:
        return torch.zeros_like(t), None

    def given(self, path: Path, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        return x0

    def target(self, path: Path, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        return x1 - x0

    def field(self, path: Path, network: Network) -> Any:
        return Jump(lambda x: x + network.velocity(x, torch.zeros((), dtype=x.dtype)), network)

"""Flow matching: regression on the velocity of one pair."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from flowviz.methods.base import Known, Method, Network
from flowviz.paths import Path


@dataclass(frozen=True)
class FlowMatching(Method):
    """The network learns the velocity: E‖v_θ(x_t, t) − u‖² with u = α' x1 + σ' x0 + γ' z.

    References:
        Lipman et al., "Flow Matching for Generative Modeling", 2022, arXiv 2210.02747, equation 9.
    """

    slug: ClassVar[str] = "flow-matching"
    label: ClassVar[str] = "Flow matching"
    noun: ClassVar[str] = "flow"
    loss: ClassVar[str] = "E‖v − u‖²"
    formula: ClassVar[str] = r"\mathbb{E}\,\lVert v(x_t, t) - (\dot\alpha_t\,x_1 + \dot\sigma_t\,x_0) \rVert^2"
    asked: ClassVar[str] = "A network is asked, at a random time and place on such a path, for the velocity of that one pair:"
    answered: ClassVar[str] = (
        "Many pairs pass through one point, so the best answer is their average: the *marginal* velocity. That average moves the "
        "whole source onto the data."
    )
    trained_on: ClassVar[str] = "Trained on t in [{low:g}, {high:g}], since the loss is infinite on [0, 1]."
    remark: ClassVar[str] = "The network learns the velocity of each pair; an ODE solver carries particles along what it learned."

    def loss_of(self, path: Path) -> str:
        noise = r" + \dot\gamma_t\,z" if path.noisy else ""
        return self.formula.replace(r"\dot\sigma_t\,x_0", rf"\dot\sigma_t\,x_0{noise}")

    def target(self, path: Path, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        return path.target(x0, x1, t, z)

    def best(self, path: Path, known: Known, x: Tensor, t: Tensor) -> Tensor:
        return known.velocity(x, t)

    def field(self, path: Path, network: Network) -> Network:
        return network

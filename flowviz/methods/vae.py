"""A variational autoencoder: an encoder and a decoder, trained on a bound of the likelihood."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from flowviz.methods.base import Jump, Method
from flowviz.paths import Path
from flowviz.solvers import DRAWING, JUMPING


class Decoded(Jump):
    """A decoder as a jump from z to its mean, or to a draw from N(mean, s² I)."""

    def __init__(self, network: Any, std: float) -> None:
        super().__init__(network.made, network)
        self.std = std

    def drawn(self, z: Tensor, rng: torch.Generator) -> Tensor:
        """Return a draw of the decoder for each z, shape (n, d)."""
        return self.made(z) + self.std * torch.randn(z.shape, generator=rng, dtype=z.dtype)


@dataclass(frozen=True)
class VAE(Method):
    """An encoder N(μ(x), diag σ²(x)) and a decoder N(x̂(z), s² I), by the bound −log p(x) ≤ E[−log p(x|z)] + KL(q(z|x) ‖ N(0, I)).

    References:
        Kingma & Welling, "Auto-Encoding Variational Bayes", 2013, arXiv 1312.6114, equations 3 and 10.
    """

    slug: ClassVar[str] = "vae"
    label: ClassVar[str] = "VAE"
    noun: ClassVar[str] = "VAE"
    predicts: ClassVar[str] = "sample"
    sign: ClassVar[str] = "x̂"
    on_path: ClassVar[bool] = False
    pathless: ClassVar[bool] = True
    jumps: ClassVar[bool] = True
    encodes: ClassVar[bool] = True
    labels: ClassVar[bool] = False
    known_floor: ClassVar[bool] = False
    parts: ClassVar[tuple[str, ...]] = ("reconstruction", "KL divergence of the codes")
    unused: ClassVar[tuple[str, ...]] = ("time_features", "time_sampling")
    no_likelihood: ClassVar[str] = "Of a VAE’s likelihood only a bound is known: its loss is never below the mean of −log p."
    loss: ClassVar[str] = "bound on −log p, nats"
    formula: ClassVar[str] = (
        r"\mathbb{E}\Bigl[\tfrac{1}{2s^2}\lVert x_1 - \hat x(z) \rVert^2 + \tfrac12\sum_i\bigl(\mu_i^2 + \sigma_i^2 - 1 -"
        r" \log\sigma_i^2\bigr)\Bigr] + d\log\bigl(s\sqrt{2\pi}\bigr), \quad z = \mu(x_1) + \sigma(x_1)\,\varepsilon,"
        r"\quad \text{no } x_t"
    )
    asked: ClassVar[str] = (
        "An encoder is asked where in N(0, I) a data point could come from, and a decoder to make the point again from there:"
    )
    answered: ClassVar[str] = (
        "The first term wants every point made again, the second wants the codes of all data to fill N(0, I) together. Where codes of "
        "different modes overlap the decoder can only answer with their mean, which lies between them."
    )
    remark: ClassVar[str] = (
        "An encoder and a decoder learn to make data again from a code that looks like noise; samples are decoded noise. There is no "
        "way between z and x̂(z): the clock moves each dot straight, and only its ends are real."
    )
    on_loss: ClassVar[str] = (
        "The loss is a bound: the mean of −log p of the data lies below it, by as much as the codes differ from what they should be."
    )
    legal: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        {"path": ("linear",), "coupling": ("independent",), "source": ("gaussian",)}
    )
    solvers: ClassVar[tuple[str, ...]] = (*JUMPING, *DRAWING)
    one_step: ClassVar[str] = "one-step"

    std: float = Field(
        default=0.5,
        ge=0.05,
        le=2.0,
        title="Decoder’s width s",
        description="Standard deviation of the decoder, in units of x: how near a point made again must come.",
    )

    def given(self, path: Path, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        return x1

    def target(self, path: Path, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        return x0

    def field(self, path: Path, network: Any) -> Any:
        return Decoded(network, self.std)

    def terms(self, x: Tensor, made: Tensor, mean: Tensor, log_var: Tensor) -> tuple[Tensor, Tensor]:
        """Return the two terms of the bound, in nats.

        Args:
            x: Data, shape (n, d).
            made: The same points made again, shape (n, d).
            mean: Means of their codes, shape (n, d).
            log_var: Logarithms of the variances of their codes, shape (n, d).

        Returns:
            Reconstruction and divergence, shape () each.
        """
        width = x.shape[1] * math.log(self.std * math.sqrt(2 * math.pi))
        near = (x - made).square().sum(1).mean() / (2 * self.std**2) + width
        return near, 0.5 * (mean.square() + log_var.exp() - 1 - log_var).sum(1).mean()

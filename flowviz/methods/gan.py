"""A generative adversarial network: a generator against a discriminator, with no path between noise and data."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor, cat
from torch.nn.functional import softplus

from flowviz.methods.base import Jump, Method
from flowviz.methods.latent import latent_points
from flowviz.paths import Path
from flowviz.solvers import JUMPING


@dataclass(frozen=True)
class GAN(Method):
    """A generator G and a discriminator D: D minimises −E log D(x_1) − E log(1 − D(G(z))), and G minimises −E log D(G(z)).

    References:
        Goodfellow et al., "Generative Adversarial Nets", 2014, arXiv 1406.2661, equation 1 and section 3 (the non-saturating loss).
        Mescheder, Geiger & Nowozin, "Which Training Methods for GANs do actually Converge?", 2018, arXiv 1801.04406, equation 9.
        Salimans et al., "Improved Techniques for Training GANs", 2016, arXiv 1606.03498, section 3.4.
    """

    slug: ClassVar[str] = "gan"
    label: ClassVar[str] = "GAN"
    noun: ClassVar[str] = "GAN"
    predicts: ClassVar[str] = "sample"
    sign: ClassVar[str] = "G"
    on_path: ClassVar[bool] = False
    pathless: ClassVar[bool] = True
    jumps: ClassVar[bool] = True
    labels: ClassVar[bool] = False
    known_floor: ClassVar[bool] = False
    parts: ClassVar[tuple[str, ...]] = ("of the generator",)
    unused: ClassVar[tuple[str, ...]] = ("time_features", "time_sampling")
    defaults: ClassVar[Mapping[str, float | int | str]] = MappingProxyType({"lr": 1e-3, "activation": "relu"})
    no_likelihood: ClassVar[str] = "A GAN knows no density: the generator makes points, and cannot be followed back."
    loss: ClassVar[str] = "of the discriminator"
    formula: ClassVar[str] = (
        r"\min_D\; -\mathbb{E}\log D(x_1) - \mathbb{E}\log\bigl(1 - D(G(z))\bigr), \qquad \min_G\; -\mathbb{E}\log D(G(z)),"
        r"\qquad z = x_0,\; \text{no } x_t"
    )
    asked: ClassVar[str] = "A generator G makes a point of each z, and a discriminator D is asked whether a point is data:"
    answered: ClassVar[str] = (
        "Where D is as good as can be it says p/(p + q), with p the density of the data and q that of G(z): one half everywhere once "
        "they are equal. Nothing asks G for all of the data: a mode that it leaves out costs nothing as long as D cannot tell."
    )
    remark: ClassVar[str] = (
        "A generator makes a point of each z in one evaluation, and a discriminator tells made points from data. There is no way "
        "between z and G(z): the clock moves each dot straight, and only its ends are real."
    )
    on_loss: ClassVar[str] = (
        "Neither loss says how good the samples are: each is measured against the other network. Where D cannot tell, its loss is "
        "log 4 = 1.39 and that of the generator log 2 = 0.69."
    )
    legal: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({"path": ("linear",), "coupling": ("independent",)})
    solvers: ClassVar[tuple[str, ...]] = JUMPING
    one_step: ClassVar[str] = "one-step"

    critic_steps: int = Field(
        default=1,
        ge=1,
        le=10,
        title="Discriminator steps",
        description="Steps of the discriminator before each one of the generator.",
    )
    r1: float = Field(
        default=0.0,
        ge=0.0,
        le=100.0,
        title="R1 penalty",
        description="γ of ½γ E‖∇d(x₁)‖², which keeps the discriminator flat at the data; 0 leaves it out.",
    )
    smoothing: float = Field(
        default=0.0,
        ge=0.0,
        le=0.5,
        title="Label smoothing",
        description="One-sided: data are to be called data with probability 1 minus this.",
    )

    latent: int = Field(
        default=0,
        ge=0,
        le=64,
        title="Latent dimension",
        description="Coordinates of z: first those of the source point, then more of N(0, 1); 0 for as many as the data have.",
    )

    def loss_of(self, path: Path) -> str:
        return self.formula.replace("z = x_0", rf"z \in \mathbb{{R}}^{{{self.latent}}}") if self.latent else self.formula

    def latent_size(self, dim: int) -> int:
        return self.latent or dim

    def on_starts(self, dim: int) -> str:
        size = self.latent_size(dim)
        if size > dim:
            return f"z has {size} coordinates: a dot starts at the first {dim} of them, the others are not seen."
        if size < dim:
            return f"z has {size} of the {dim} coordinates of a start: dots whose starts differ in the others alone end in one place."
        return ""

    def given(self, path: Path, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        return (x0 if z is None else cat([x0, z], 1))[:, : self.latent_size(x0.shape[1])]

    def target(self, path: Path, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        return x1

    def field(self, path: Path, network: Any) -> Any:
        return Jump(lambda x0: network.made(latent_points(x0, self.latent_size(x0.shape[1]))), network)

    def critic_loss(self, data: Tensor, made: Tensor) -> Tensor:
        """Return what the discriminator minimises, without the penalty.

        Args:
            data: The logits d(x_1), shape (n,).
            made: The logits d(G(z)), shape (n,).

        Returns:
            The loss, shape ().
        """
        real = (1 - self.smoothing) * softplus(-data) + self.smoothing * softplus(data) if self.smoothing else softplus(-data)
        return real.mean() + softplus(made).mean()

    @staticmethod
    def generator_loss(made: Tensor) -> Tensor:
        """Return what the generator minimises, −E log D(G(z)), shape (), of logits d(G(z)), shape (n,)."""
        return softplus(-made).mean()

"""Denoising diffusion: regression on the noise in a point."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor

from flowviz.methods.base import Known, Method, Network
from flowviz.paths import Path
from flowviz.solvers import DENOISING, ODE


def _gain(path: Path, t: Tensor) -> Tensor:
    """Return σ' − α'σ/α: how far the velocity moves for each unit of predicted noise."""
    return path.d_sigma(t) - path.d_alpha(t) / path.alpha(t) * path.sigma(t)


def noise_weight(path: Path, t: Tensor) -> Tensor:
    """Return w(t) = (σ' − α'σ/α)², with which ‖v̂ − u‖² = w(t) ‖ε̂ − ε‖²; shape as t.

    In the velocity (α'/α) x + (σ' − α'σ/α) ε the first term is known, so velocities differ only as far as noises do.

    References:
        Kingma & Gao, "Understanding Diffusion Objectives as the ELBO with Simple Data Augmentation", 2023, arXiv 2303.00848.
    """
    return _gain(path, t) ** 2


class Denoiser:
    """A network that predicts the noise ε in x_t = α x1 + σ ε, as a velocity field and as an estimate of the data.

    x̂1 = (x − σ ε̂)/α, and the velocity of the probability-flow ODE is α' x̂1 + σ' ε̂ = (α'/α) x + (σ' − α'σ/α) ε̂.

    References:
        Song et al., "Score-Based Generative Modeling through Stochastic Differential Equations", 2021,
        arXiv 2011.13456, section 4.3.

    Args:
        path: A path whose α never vanishes and that has no noise of its own.
        network: What predicts the noise.
    """

    def __init__(self, path: Path, network: Network) -> None:
        self.path = path
        self.network = network

    @property
    def interval(self) -> tuple[float, float]:
        """The times between which the velocity is finite: on `vp` σ' is infinite at t = 1."""
        return self.path.interval

    def noise(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the predicted noise ε̂, shape (n, d), at points x, shape (n, d), and one time t, shape ()."""
        return self.network.velocity(x, t)

    def expected_x1(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the data point that the noise leaves, x̂1; shapes as in `noise`."""
        t = t.to(x.dtype)
        return (x - self.path.sigma(t) * self.noise(x, t)) / self.path.alpha(t)

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the velocity of the probability-flow ODE, per unit of t; shapes as in `noise`."""
        t = t.to(x.dtype)
        path = self.path
        return path.d_alpha(t) / path.alpha(t) * x + _gain(path, t) * self.noise(x, t)


@dataclass(frozen=True)
class Diffusion(Method):
    """The network learns the noise: E‖ε_θ(x_t, t) − ε‖² with x_t = α x1 + σ ε on a variance preserving path.

    References:
        Ho et al., "Denoising Diffusion Probabilistic Models", 2020, arXiv 2006.11239, equation 14.
        Song, Meng & Ermon, "Denoising Diffusion Implicit Models", 2020, arXiv 2010.02502, equations 12 and 16.
    """

    slug: ClassVar[str] = "diffusion"
    label: ClassVar[str] = "Diffusion"
    noun: ClassVar[str] = "diffusion"
    predicts: ClassVar[str] = "noise"
    sign: ClassVar[str] = "ε"
    loss: ClassVar[str] = "E‖ε̂ − ε‖²"
    formula: ClassVar[str] = r"\mathbb{E}\,\lVert \varepsilon_\theta(x_t, t) - x_0 \rVert^2"
    weighting: ClassVar[str] = (
        r"\lVert \hat v - u \rVert^2 = w(t)\,\lVert \varepsilon_\theta - x_0 \rVert^2, \quad "
        r"w(t) = \left(\dot\sigma_t - \frac{\dot\alpha_t}{\alpha_t}\,\sigma_t\right)^2"
    )
    asked: ClassVar[str] = "A network is asked, at a random time and place on such a path, which noise ε = x₀ is in the point:"
    answered: ClassVar[str] = (
        "Many pairs pass through one point, so the best answer is their average, E[x₀ | x_t]. From it follow the data point to "
        "expect, x̂₁, and the velocity that moves the whole source onto the data."
    )
    trained_on: ClassVar[str] = "Trained on t in [{low:g}, {high:g}]: at t = 1 no noise is left to be seen."
    remark: ClassVar[str] = (
        "The network learns which noise is in a point; DDIM goes straight towards the data point to expect, with η above 0 "
        "it adds fresh noise at every step, with η = 1 as much as DDPM, and the probability-flow ODE takes any solver."
    )
    legal: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        {"path": ("vp", "cosine"), "coupling": ("independent",), "source": ("gaussian",)}
    )
    one_step: ClassVar[str] = "ddim"
    solvers: ClassVar[tuple[str, ...]] = (*DENOISING, *ODE)

    def target(self, path: Path, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        return x0

    def best(self, path: Path, known: Known, x: Tensor, t: Tensor) -> Tensor:
        t = t.to(x.dtype)
        return (x - path.alpha(t) * known.expected_x1(x, t)) / path.sigma(t).clamp(min=torch.finfo(x.dtype).tiny)

    def field(self, path: Path, network: Network) -> Denoiser:
        return Denoiser(path, network)

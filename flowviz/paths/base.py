"""What every path promises."""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor


class Path(ABC):
    """A path x_t = α(t) x1 + σ(t) x0 + γ(t) z with z ~ N(0, I), and its velocity u = α'(t) x1 + σ'(t) x0 + γ'(t) z.

    Times are tensors of any shape and floating-point type; every coefficient has the shape and type of `t`.
    Where σ' or γ' is infinite the products σσ' and γγ' stay finite: exact fields use only those.

    References:
        Lipman et al., "Flow Matching for Generative Modeling", 2022, arXiv 2210.02747, equations 10 to 15.
        Albergo et al., "Stochastic Interpolants", 2023, arXiv 2303.08797, definition 2.1.
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    formula: ClassVar[str]
    """x_t in LaTeX."""
    remark: ClassVar[str]
    """One sentence for the page, true for all values of the path's options; `caption` adds what these values do."""
    gaussian_source: ClassVar[bool] = False
    """Whether the path means something only for a Gaussian source."""

    @property
    def interval(self) -> tuple[float, float]:
        """The times at which the path may be trained: outside, its loss is infinite."""
        return 0.0, 1.0

    @property
    def noisy(self) -> bool:
        """Whether γ is not zero, so that the path needs a fresh z."""
        return False

    @property
    def caption(self) -> str:
        """The remark, and what the values of the path's options make of it, in numbers."""
        return " ".join([self.remark, *self._in_numbers()])

    @property
    def beginning(self) -> tuple[float, float]:
        """α(0) and σ(0): the path begins at α(0) x1 + σ(0) x0, which is x0 alone where they are 0 and 1.

        The law of α(0) x1 + σ(0) x0 lies within W2 ≤ α(0) √E‖x1‖² of that of σ(0) x0: they share their x0.
        """
        start = torch.zeros((), dtype=torch.float64)
        return float(self.alpha(start)), float(self.sigma(start))

    def _in_numbers(self) -> list[str]:
        """Return sentences about what is left of the data at t = 0, and about the path's own noise.

        None where there is neither.
        """
        alpha, sigma = self.beginning
        sentences = []
        if alpha:
            where = f"At t = 0 it stands at {alpha:.2g} x₁ + {sigma:.2g} x₀; starting at x₀ alone leaves out {alpha:.2g} x₁"
            sentences.append(f"{where}, beside a source of width {sigma * self.source_std:.2g}.")
        if self.noisy:
            sentences.append(f"Half-way its noise has width γ(½) = {float(self.gamma(torch.tensor(0.5))):.2g}.")
        return sentences

    @property
    def bridge_epsilon(self) -> float | None:
        """The ε of the entropic coupling (cost ‖x0 − x1‖²) with which this path is a Schrödinger bridge; None where none is."""
        return None

    @property
    def source_std(self) -> float:
        """The standard deviation that the path demands of a Gaussian source."""
        return 1.0

    @abstractmethod
    def alpha(self, t: Tensor) -> Tensor: ...

    @abstractmethod
    def d_alpha(self, t: Tensor) -> Tensor: ...

    @abstractmethod
    def sigma(self, t: Tensor) -> Tensor: ...

    @abstractmethod
    def d_sigma(self, t: Tensor) -> Tensor: ...

    def gamma(self, t: Tensor) -> Tensor:
        return torch.zeros_like(t)

    def d_gamma(self, t: Tensor) -> Tensor:
        return torch.zeros_like(t)

    def sigma_d_sigma(self, t: Tensor) -> Tensor:
        """Return the product σ(t) σ'(t), finite on all of [0, 1]."""
        return self.sigma(t) * self.d_sigma(t)

    def gamma_d_gamma(self, t: Tensor) -> Tensor:
        """Return the product γ(t) γ'(t), finite on all of [0, 1]."""
        return self.gamma(t) * self.d_gamma(t)

    def point(self, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        """Return x_t for pairs of points.

        Args:
            x0: Source points, shape (n, d).
            x1: Data points, shape (n, d).
            t: Times, shape (n,) or ().
            z: Noise, shape (n, d); needed where `noisy`.

        Returns:
            Points on the path, shape (n, d).
        """
        t = t[..., None]
        x = self.alpha(t) * x1 + self.sigma(t) * x0
        return x if z is None else x + self.gamma(t) * z

    def target(self, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        """Return the conditional velocity u, which the network learns to predict; shapes as in `point`."""
        t = t[..., None]
        u = self.d_alpha(t) * x1 + self.d_sigma(t) * x0
        return u if z is None else u + self.d_gamma(t) * z

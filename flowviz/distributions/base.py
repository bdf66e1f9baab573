"""What every distribution promises, and the Gaussian mixture that stands behind the exact fields."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import torch
from torch import Tensor

from flowviz.spaces import PLANE, Space


@dataclass(frozen=True, eq=False)
class Mixture:
    """A mixture of Gaussians of one shape, Σ_k w_k N(μ_k, λ_k Q diag(r) Qᵀ); λ_k = 0 is a point. Most are isotropic: Q and r are I and 1.

    Args:
        weights: w, shape (K,), sums to one.
        means: μ, shape (K, d).
        variances: λ, shape (K,), at least 0.
        axes: The columns of Q, orthonormal, shape (d, d); None where all are isotropic.
        stretch: r, the variances along them, shape (d,), above 0; there where `axes` is.
    """

    weights: Tensor
    means: Tensor
    variances: Tensor
    axes: Tensor | None = None
    stretch: Tensor | None = None

    def __len__(self) -> int:
        return len(self.weights)

    def to(self, dtype: torch.dtype) -> "Mixture":
        """Return the same mixture in another floating-point type."""
        shape = (None if part is None else part.to(dtype) for part in (self.axes, self.stretch))
        return Mixture(self.weights.to(dtype), self.means.to(dtype), self.variances.to(dtype), *shape)


def uniform_mixture(means: Tensor, std: float) -> Mixture:
    """Return equal weights and one width: what a curve or a point set looks like through a Gaussian blur."""
    k = len(means)
    means = means.double()
    return Mixture(torch.full((k,), 1.0 / k, dtype=torch.float64), means, torch.full((k,), std**2, dtype=torch.float64))


class Distribution(ABC):
    """A probability distribution in the plane, or in the space that it names.

    `draw` uses nothing but torch, math and the object's own fields: "Show the code" copies its source.
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    group: ClassVar[str]
    """What a label of this distribution numbers: mode, arm, ring, …"""
    exact: ClassVar[bool] = False
    """Whether `mixture` is the distribution itself; otherwise it is a stand-in for the exact fields."""
    has_density: ClassVar[bool] = True
    defaults: ClassVar[Mapping[str, float | int | str]] = MappingProxyType({})
    """Fields of network and training whose default is another where this is the target."""

    @property
    def space(self) -> Space:
        """What one sample is."""
        return PLANE

    @property
    def data(self) -> tuple[Tensor, Tensor] | None:
        """The points that it is made of, shape (m, d), and their labels, shape (m,); None where it is no data set."""
        return None

    @property
    def held_out(self) -> tuple[Tensor, Tensor] | None:
        """More of the same that is never drawn, as `data`; None where nothing was kept back."""
        return None

    @property
    def entropy(self) -> float | None:
        """Differential entropy in nats, where it has a closed form."""
        return None

    @abstractmethod
    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw points with their labels.

        Args:
            n: Number of points, at least 0.
            rng: Source of randomness.

        Returns:
            Points, shape (n, d), float32, and labels, shape (n,), int64.
        """

    @abstractmethod
    def mixture(self, components: int = 256) -> Mixture:
        """Return the Gaussian mixture that is this distribution, or stands in for it, with about `components` parts (float64)."""

    def sample(self, n: int, rng: torch.Generator) -> Tensor:
        """Draw points.

        Args:
            n: Number of points, at least 0.
            rng: Source of randomness.

        Returns:
            Points, shape (n, d), float32.

        Raises:
            ValueError: If `n` is negative.
        """
        if n < 0:
            raise ValueError(f"`n` must be at least 0; got {n}. Try 1000 points.")
        return self.draw(n, rng)[0]

"""Rows of a table of any width as a distribution: what the estimator learns from."""

from __future__ import annotations

import hashlib
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from flowviz.distributions.base import Distribution, Mixture, uniform_mixture
from flowviz.spaces import Space, columns_space


class Rows(Distribution):
    """The empirical distribution of some rows, each as likely, without blur. It is too large for links, and stands in none.

    Args:
        points: The rows, shape (n, d), n at least 1, all finite; kept as float32.

    Raises:
        ValueError: If there is no row or no column, or a number is not finite.

    >>> rows = Rows(np.array([[0.0, 1.0, 2.0, 3.0], [1.0, 0.0, 0.0, 0.0]]))
    >>> rows.space.dim, rows.draw(5, torch.Generator().manual_seed(0))[0].shape
    (4, torch.Size([5, 4]))
    """

    label: ClassVar[str] = "Rows of a table"
    group: ClassVar[str] = "row"
    exact: ClassVar[bool] = True
    has_density: ClassVar[bool] = False

    def __init__(self, points: np.ndarray) -> None:
        points = np.ascontiguousarray(points, np.float32)
        if points.ndim != 2 or 0 in points.shape or not np.isfinite(points).all():
            raise ValueError(f"rows are finite numbers of shape (n, d); got shape {points.shape}, or some that are not finite.")
        self.points = points
        self.slug = f"rows-{hashlib.sha256(repr(points.shape).encode() + points.tobytes()).hexdigest()[:10]}"  # type: ignore[misc]
        self._means = torch.from_numpy(points.copy())

    @property
    def space(self) -> Space:
        return columns_space(self.points.shape[1])

    @property
    def data(self) -> tuple[Tensor, Tensor]:
        return self._means, torch.zeros(len(self._means), dtype=torch.int64)

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        which = torch.randint(len(self._means), (n,), generator=rng)
        return self._means[which], torch.zeros(n, dtype=torch.int64)

    def mixture(self, components: int = 4096) -> Mixture:
        """Return the rows as points; of more than `components` rows as many, evenly taken."""
        chosen = torch.linspace(0, len(self._means) - 1, min(components, len(self._means))).round().long()
        return uniform_mixture(self._means[chosen], 0.0)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and self.slug == other.slug

    def __hash__(self) -> int:
        return hash(self.slug)

    def __reduce__(self) -> tuple[Any, ...]:
        return Rows, (self.points,)

    def __repr__(self) -> str:
        return f"<{self.slug}: {len(self.points):,} rows of {self.points.shape[1]} columns>"

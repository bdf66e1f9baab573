"""The exact field of each class of the data, and what guidance makes of them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from flowviz.distributions import Distribution, label_shares
from flowviz.exact.field import ExactField
from flowviz.exact.law import JointMixture
from flowviz.paths import Path

DRAWN, NEAR = 8_192, 15
"""Draws, and how many of the nearest say which class a place belongs to."""
SHARED = 2.0
"""Times its share of the data: a class whose components weigh more than that shares them with others."""
JOINED = 128
"""Components of all classes together up to which one evaluation serves every class."""


def classes_at(target: Distribution, places: Tensor) -> Tensor:
    """Return the class that most of the data near each place belong to; of a data set the class of the point itself.

    Args:
        target: The data.
        places: Shape (m, d).

    Returns:
        Classes, shape (m,), int64.
    """
    x, labels = target.data or target.draw(DRAWN, torch.Generator().manual_seed(4))
    near = NEAR if target.data is None else 1
    found = [labels[torch.cdist(some, x).topk(near, largest=False).indices].mode(1).values for some in places.to(x).split(512)]
    return torch.cat(found)


def class_fields(field: ExactField, target: Distribution) -> tuple[ExactField | None, ...]:
    """Return the exact field of each class: that of the pairs whose data point belongs to it.

    The classes' laws, weighted by how likely they are, add up to the law of the whole field.

    Args:
        field: The field of all pairs.
        target: The data; it says which class a component's mean belongs to.

    Returns:
        A field for each class; None for a class without components of its own: it has none, or they are the data of other
        classes too, as one Gaussian is that of eight directions.
    """
    law, of = field.law, classes_at(target, field.law.mu)
    return tuple(_part(field, law, (of == y).nonzero().squeeze(1), share) for y, share in enumerate(label_shares(target)))


def _part(field: ExactField, law: JointMixture, rows: Tensor, share: float) -> ExactField | None:
    weights = law.weights[rows]
    if not len(rows) or float(weights.sum()) > SHARED * share:
        return None
    part = JointMixture(weights / weights.sum(), law.m[rows], law.s[rows], law.mu[rows], law.lam[rows], law.axes)
    return ExactField(field.path, part, exact=field.exact, note=field.note)


class GuidedExact:
    """The exact field under classifier-free guidance: u(x, t) + w (u(x, t, y) − u(x, t)).

    References:
        Ho & Salimans, 2022, arXiv 2207.12598, equation 6, whose w is one less.

    Args:
        field: The field of all data.
        parts: `class_fields` of it.
        y: One class for all points, shape (), or one for each, shape (n,); classes without a field are not guided.
        weight: w.
    """

    def __init__(self, field: ExactField, parts: Sequence[ExactField | None], y: Tensor, weight: float) -> None:
        self.field = field
        self.parts = parts
        self.y = y
        self.weight = weight
        self._joined: tuple[ExactField, Tensor] | None = None
        if y.ndim and sum(len(self._part(int(label)).law.weights) for label in y.unique()) <= JOINED:
            self._joined = self._join()

    @property
    def path(self) -> Path:
        """The path of all fields."""
        return self.field.path

    @property
    def interval(self) -> tuple[float, float]:
        """The times between which every velocity is finite."""
        return 0.0, min(field.interval[1] for field in (self.field, *self.parts) if field is not None)

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the guided velocity, shape (n, d), at points x, shape (n, d), and one time t, shape ()."""
        return self._guided("velocity", x, t)

    def expected_x1(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the data point that guidance heads for; shapes as in `velocity`."""
        return self._guided("expected_x1", x, t)

    def _part(self, label: int) -> ExactField:
        return self.parts[label] or self.field

    def _join(self) -> tuple[ExactField, Tensor]:
        """Return the components of all classes asked for as one field, and for each point the odds that leave those of its own.

        So one evaluation serves every class: one for each, of a few points, takes several times as long.
        """
        laws = {int(label): self._part(int(label)).law for label in self.y.unique()}
        names = ("weights", "m", "s", "mu", "lam")
        law = JointMixture(
            *(torch.cat([getattr(one, name) for one in laws.values()]) for name in names), axes=self.field.law.axes
        )
        of = torch.cat([torch.full((len(one.weights),), label) for label, one in laws.items()])
        return ExactField(self.path, law), torch.zeros(len(self.y), len(of)).masked_fill_(of != self.y[:, None], -torch.inf)

    def _of_class(self, name: str, x: Tensor, t: Tensor) -> Tensor:
        """Return what the field of each point's own class says."""
        if self.y.ndim == 0:
            return getattr(self._part(int(self.y)), name)(x, t)
        if self._joined is not None:
            joined, odds = self._joined
            return getattr(joined, name)(x, t, odds.to(x.dtype))
        out = torch.empty_like(x)
        for label in self.y.unique():
            rows = (self.y == label).nonzero().squeeze(1)
            out[rows] = getattr(self._part(int(label)), name)(x[rows], t)
        return out

    def _guided(self, name: str, x: Tensor, t: Tensor) -> Tensor:
        of_class = self._of_class(name, x, t)
        if self.weight == 1:
            return of_class
        free = getattr(self.field, name)(x, t)
        return free + self.weight * (of_class - free)

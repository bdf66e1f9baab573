"""Which class each particle is asked to become, and the field that takes it there."""

from typing import Protocol

import torch
from torch import Tensor

from flowviz.distributions import label_shares
from flowviz.exact import ExactField, GuidedExact
from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.networks import Guidance, guided_field
from flowviz.solvers import Field
from flowviz.spaces import Space
from flowviz.training.draws import SEED_STRIDE

ALL = -1
"""The class of a view that asks each particle for one of its own, as often as the data have it."""
ASKED = "Colours are the classes of the data that the particles are asked to become."
COLUMNS = 10
"""Pictures in each row of a sheet."""
LINES = 5
"""Series in each row of a sheet: they are twice as wide as they are high."""
ASKED_ROWS = "Each row is asked to become one class of the data."
MOST = 100_000
"""Particles that classes are drawn for: so each keeps its own, however many are shown."""


def columns_of(space: Space) -> int:
    """Return how many samples stand in each row of a sheet of a space."""
    return LINES if space.series else COLUMNS


class Asking(Protocol):
    """The part of a view that says what is asked for."""

    @property
    def guidance(self) -> float: ...

    @property
    def of_class(self) -> int: ...


def classes_asked(experiment: Experiment, view: Asking, n: int) -> Tensor | None:
    """Return the class that each of n ≤ 100,000 particles is asked for, shape (n,), int64; None where none is."""
    if not experiment.class_count or view.guidance == 0:
        return None
    if view.of_class != ALL:
        return torch.full((n,), view.of_class)
    if experiment.space.sheet:  # it has one row a class
        there = torch.tensor([y for y, share in enumerate(label_shares(experiment.target_distribution)) if share > 0])
        return there[torch.arange(n) // columns_of(experiment.space) % len(there)]
    rng = torch.Generator().manual_seed(SEED_STRIDE * experiment.seed + SEED_STRIDE - 11)
    shares = torch.tensor(label_shares(experiment.target_distribution))
    return torch.multinomial(shares, MOST, replacement=True, generator=rng)[:n]


def asked_field(experiment: Experiment, field: Field, view: Asking, y: Tensor | None) -> Field:
    """Return the field that takes particles to the classes that they are asked for.

    The field itself where they are asked for none.

    Args:
        experiment: The experiment.
        field: Its field without classes, exact or learned.
        view: How strongly they are asked.
        y: `classes_asked`; or one class for points anywhere, shape ().
    """
    if y is None:
        return field
    if isinstance(field, ExactField):
        return GuidedExact(field, known(experiment).class_fields, y, view.guidance)
    return guided_field(experiment, field, Guidance(y, view.guidance))


def shown_field(experiment: Experiment, field: Field, view: Asking) -> Field:
    """Return the field whose arrows are drawn: that of the class asked for, or where there are several that without classes."""
    one = experiment.class_count and view.guidance and view.of_class != ALL
    return asked_field(experiment, field, view, torch.tensor(view.of_class)) if one else field

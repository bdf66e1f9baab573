"""Arrows and density of exact flows: no solver, number of steps or noise changes them, so they are made once and cached (LRU)."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowviz.exact import ExactField
from flowviz.known import WIDE_LAW, Bounds, Known, cell_centres, path_draws
from flowviz.scene.asked import ALL, Asking
from flowviz.scene.grids import counted_density, field_on_grid

DENSITY_SIDE = 64
SLOW_TIMES = 21
"""Times at which field and density are stored; the player moves smoothly between them."""


def slow_times(about: Known) -> Tensor:
    """Return times of the grids of an exact flow, shape (21,)."""
    return torch.linspace(0, about.field.interval[1], SLOW_TIMES)


def exact_arrows(about: Known, view: Asking, bounds: Bounds) -> np.ndarray:
    """Return the arrows of the field that `shown_field` gives, shape (21, 16, 16, 2)."""
    free = _arrows(about, ALL, bounds)
    if not about.experiment.class_count or not view.guidance or view.of_class == ALL:
        return free
    of_class = _arrows(about, view.of_class, bounds)
    return of_class if view.guidance == 1 else free + np.float32(view.guidance) * (of_class - free)


def exact_density(about: Known, view: Asking, bounds: Bounds) -> np.ndarray | None:
    """Return the density of the particles in closed form, shape (21, 64, 64).

    None where guidance takes them to none that is known.
    """
    if not about.experiment.class_count or view.guidance == 0:
        return _density(about, ALL, bounds)
    return _density(about, view.of_class, bounds) if view.guidance == 1 else None


def _field(about: Known, of_class: int) -> ExactField | None:
    return about.field if of_class == ALL else about.class_fields[of_class]


@lru_cache(maxsize=32)
def _arrows(about: Known, of_class: int, bounds: Bounds) -> np.ndarray:
    """Return the arrows of one class, or of all; of a class without a field of its own those of all."""
    return _shared(field_on_grid(_field(about, of_class) or about.field, bounds, slow_times(about)))


@lru_cache(maxsize=32)
def _density(about: Known, of_class: int, bounds: Bounds) -> np.ndarray | None:
    field, t = _field(about, of_class), slow_times(about)
    if field is None:
        return None
    if len(field.law.weights) <= WIDE_LAW:
        points = cell_centres(bounds, DENSITY_SIDE)
        density = torch.stack([field.log_density(points, s) for s in t]).exp()
        return _shared(density.view(len(t), DENSITY_SIDE, DENSITY_SIDE).numpy())
    x = path_draws(about.experiment, t, 20_000)[0]
    return _shared(counted_density(x.numpy(), bounds, DENSITY_SIDE))


def _shared(grid: np.ndarray) -> np.ndarray:
    """Return a grid that many pictures hold, and none may change."""
    grid.flags.writeable = False
    return grid

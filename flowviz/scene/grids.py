"""What stands behind the particles: the field on a grid, and a density counted in cells."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from flowviz.known import Bounds, cell_centres
from flowviz.solvers import Field
from flowviz.spaces import PLANE

FIELD_SIDE = 16


def field_on_grid(field: Field, bounds: Bounds, t: Tensor) -> np.ndarray:
    """Return velocities at the centres of a grid; shape (k, 16, 16, 2)."""
    points = cell_centres(bounds, FIELD_SIDE)
    with torch.no_grad():
        values = torch.stack([field.velocity(points, s) for s in t])
    return values.view(len(t), FIELD_SIDE, FIELD_SIDE, 2).numpy()


def judged_on_grid(judged: Callable[[Tensor], Tensor], bounds: Bounds, side: int) -> np.ndarray:
    """Return what a discriminator says at the centres of a grid; shape (side, side)."""
    with torch.no_grad():
        return judged(cell_centres(bounds, side)).view(side, side).numpy()


def counted_density(x: np.ndarray, bounds: Bounds, side: int) -> np.ndarray:
    """Return the kernel estimate of a density: points counted in cells, then smoothed by Scott's rule.

    Args:
        x: Points, shape (k, n, 2).
        bounds: xmin, xmax, ymin, ymax.
        side: Cells on each side.

    Returns:
        Probability per unit area, shape (k, side, side), rows with y ascending.
    """
    from scipy.ndimage import gaussian_filter

    k, n, _ = x.shape
    low, size = np.array(bounds[::2]), np.array([bounds[1] - bounds[0], bounds[3] - bounds[2]]) / side
    cell = np.floor((x - low) / size)
    inside = np.isfinite(cell).all(2) & (cell >= 0).all(2) & (cell < side).all(2)
    column, row = np.moveaxis(np.nan_to_num(cell).clip(0, side - 1).astype(np.int64), 2, 0)
    index = np.arange(k)[:, None] * side * side + row * side + column
    counts = np.bincount(index[inside], minlength=k * side * side).reshape(k, side, side)
    # Scott's n^(−1/6) on a mode's width, not on the whole spread, which would smear the modes together.
    width = 0.6 * PLANE.scott(n) / size
    return gaussian_filter(counts / (n * size.prod()), (0, width[1], width[0]), mode="constant").astype(np.float32)

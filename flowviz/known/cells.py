"""The cells of a square: where maps, fields and densities are asked for."""

import torch
from torch import Tensor


def widened(bounds: tuple[float, ...], times: float) -> tuple[float, ...]:
    """Return the square about the same middle, so many times as wide."""
    middles = [(bounds[i] + bounds[i + 1]) / 2 for i in (0, 2)]
    half = times * (bounds[1] - bounds[0]) / 2
    return tuple(end for middle in middles for end in (middle - half, middle + half))


def cell_centres(bounds: tuple[float, ...], side: int) -> Tensor:
    """Return centres of a grid's cells, shape (side², 2), rows with y ascending.

    Args:
        bounds: xmin, xmax, ymin, ymax.
        side: Cells on each side.
    """
    middles = (torch.arange(side) + 0.5) / side
    y, x = torch.meshgrid(
        bounds[2] + (bounds[3] - bounds[2]) * middles, bounds[0] + (bounds[1] - bounds[0]) * middles, indexing="ij"
    )
    return torch.stack([x.ravel(), y.ravel()], 1)

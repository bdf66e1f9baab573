"""The cells of a square: where maps, fields and densities are asked for."""

import torch
from torch import Tensor


def cell_centres(bounds: tuple[float, ...], side: int) -> Tensor:
    """Centres of a grid's cells, shape (side², 2), rows with y ascending.

    Args:
        bounds: xmin, xmax, ymin, ymax.
        side: Cells on each side.
    """
    middles = (torch.arange(side) + 0.5) / side
    y, x = torch.meshgrid(
        bounds[2] + (bounds[3] - bounds[2]) * middles, bounds[0] + (bounds[1] - bounds[0]) * middles, indexing="ij"
    )
    return torch.stack([x.ravel(), y.ravel()], 1)

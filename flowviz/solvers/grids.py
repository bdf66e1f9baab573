"""Time grids of a solver that is told its steps."""

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

GridName = Literal["even", "cosine", "early", "late"]
"""The slugs of `GRIDS`, for fields that hold one."""
GRIDS: dict[str, Callable[[Tensor], Tensor]] = {
    "even": lambda s: s,
    "cosine": lambda s: (1 - torch.cos(math.pi * s)) / 2,
    "early": lambda s: s**2,
    "late": lambda s: 1 - (1 - s) ** 2,
}
"""By slug, where the share s of all steps ends, as a share of the interval: monotone, from 0 to 1."""

MIRRORED: dict[str, str] = {"even": "even", "cosine": "cosine", "early": "late", "late": "early"}
"""By slug, the grid whose steps from the last time to the first are those of this one from the first to the last."""


def time_grid(grid: str, steps: int, interval: tuple[float, float] = (0.0, 1.0), dtype: torch.dtype = torch.float64) -> Tensor:
    """Return the times at which steps begin and end.

    Args:
        grid: "even"; "cosine", short steps at both ends (1 − cos πs)/2; "early", short at the beginning, s²; "late", short at
            the end, 1 − (1 − s)².
        steps: Number of steps.
        interval: First and last time.
        dtype: Of the times.

    Returns:
        Times, shape (steps + 1,).

    Raises:
        ValueError: If there is no such grid.
    """
    if grid not in GRIDS:
        raise ValueError(f"unknown time grid {grid!r}; choose one of {', '.join(GRIDS)}.")
    first, last = interval
    if grid == "even":
        return torch.linspace(first, last, steps + 1, dtype=dtype)
    share = GRIDS[grid](torch.linspace(0, 1, steps + 1, dtype=torch.float64))
    times = first + (last - first) * share
    times[-1] = last  # exactly
    return times.to(dtype)

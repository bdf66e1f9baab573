"""Points of another dimension than the data's, for a generator that is started in the picture."""

import torch
from torch import Tensor

GOLDEN, FIRST, SECOND = (value - 2**64 for value in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
"""Constants of splitmix64 (Steele, Lea & Flood, "Fast Splittable Pseudorandom Number Generators", 2014), as signed numbers."""


def latent_points(x0: Tensor, size: int) -> Tensor:
    """Return points z of which a source point is the beginning: its first coordinates, and where it has too few, more of N(0, 1).

    Those more follow from the point's own bits. So a point has the same z in every picture, however many stand beside it, and
    two points have nothing to do with one another.

    Args:
        x0: Source points, shape (n, d).
        size: Number of coordinates of z.

    Returns:
        Points z, shape (n, size).
    """
    more = size - x0.shape[1]
    if more <= 0:
        return x0[:, :size]
    state = torch.zeros(len(x0), dtype=torch.int64, device=x0.device)
    for bits in x0.double().contiguous().view(torch.int64).unbind(1):
        state = _mixed(state + GOLDEN ^ bits)
    drawn = _mixed(state[:, None] + GOLDEN * torch.arange(1, more + 1, device=x0.device))
    even = (_shifted(drawn, 11).double() + 0.5) * 2.0**-53
    return torch.cat([x0, torch.special.ndtri(even).to(x0.dtype)], 1)


def _mixed(state: Tensor) -> Tensor:
    """Return what splitmix64 makes of its state."""
    state = (state ^ _shifted(state, 30)) * FIRST
    state = (state ^ _shifted(state, 27)) * SECOND
    return state ^ _shifted(state, 31)


def _shifted(state: Tensor, by: int) -> Tensor:
    """Return bits moved to the right, zeros after them."""
    return (state >> by) & ((1 << (64 - by)) - 1)

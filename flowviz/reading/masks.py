"""From grey values to points: evenly spread, more where it is darker, the same every time."""

import numpy as np

from flowviz.distributions.content import morton

SIDE = 256
"""Pixels on the longer side of a picture that points are taken from."""
THRESHOLD = 0.08
"""Weights below this are paper, noise and compression."""


def spread(weights: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points of a picture, in proportion to its weights.

    They are taken at equal shares of the weight along a curve through all pixels that keeps neighbours together: as even
    as a blue noise, without a seed.

    Args:
        weights: Shape (h, w), top row first, at least 0.
        most: How many points.

    Returns:
        Points in pixels, y upwards, shape (n, 2), and the index of each one's pixel in `weights.ravel()`, shape (n,).
    """
    weights = np.where(weights < THRESHOLD, 0, weights)
    row, column = np.nonzero(weights)
    if len(row) == 0:
        return np.zeros((0, 2)), np.zeros(0, np.int64)
    order = np.argsort(morton(np.stack([column, row], 1)), kind="stable")
    row, column = row[order], column[order]
    total = np.cumsum(weights[row, column])
    n = min(most, len(row))
    place = np.searchsorted(total, (np.arange(n) + 0.5) / n * total[-1])
    place = np.minimum(place, len(row) - 1)
    index = row[place] * weights.shape[1] + column[place]
    return np.stack([column[place], weights.shape[0] - 1.0 - row[place]], 1).astype(np.float64), index

"""What samples make of the modes of a target: which they find, what lies between, how wide each is; and the energy distance."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from flowviz.distributions import Distribution, Mixture
from flowviz.metrics.distance import share_in_modes

RADIUS = 3.0
"""Standard deviations within which a point belongs to a mode."""
APART = 6.0
"""Standard deviations that the centres of two modes must lie apart to be two."""
LEAST = 0.01
"""Share of what a mode ought to have, from which on it counts as found."""


def modes_of(target: Distribution) -> Mixture | None:
    """Return the modes of a target: the components of its mixture, where there are several and all lie apart; else None."""
    if not (target.exact and target.has_density):
        return None
    found = target.mixture()
    if len(found) < 2:
        return None
    widest = 1.0 if found.stretch is None else found.stretch.max()
    std, apart = (widest * found.variances).sqrt(), torch.cdist(found.means, found.means)
    apart.fill_diagonal_(math.inf)
    return found if bool((apart >= APART * torch.maximum(std[:, None], std[None])).all()) else None


@dataclass(frozen=True)
class InModes:
    """How samples lie among the modes of a target.

    Attributes:
        near: Share of the points within 3 standard deviations of some mode; of the target's own in the plane 1 − exp(−9/2) = .989.
        found: Modes that have at least a hundredth of the points that they ought to have, and at least one.
        width: Variance about the centre of a mode over the target's own there; None where no mode holds two points.
    """

    near: float
    found: int
    width: float | None


def in_modes(x: Tensor, modes: Mixture) -> InModes:
    """Return how points, shape (n, d), lie among modes."""
    x, means, std = x.double(), modes.means.double(), modes.variances.double().sqrt()
    away, which = (torch.cdist(x, means) / std).min(1)
    inside = away <= RADIUS
    counts = torch.bincount(which[inside], minlength=len(means))
    wanted = (LEAST * len(x) * modes.weights.double()).clamp(min=1)
    found = int((counts >= wanted).sum())
    own, degrees = 0.0, 0
    for k in range(len(means)):
        points = x[inside & (which == k)]
        if len(points) > 1:
            own += float(((points - points.mean(0)) / std[k]).square().sum())
            degrees += len(points) - 1
    return InModes(share_in_modes(x, modes, radius=RADIUS), found, own / degrees / _kept(x.shape[1]) if degrees else None)


def _kept(d: int) -> float:
    """Return E‖z‖² of z ~ N(0, I) in d dimensions given ‖z‖ ≤ 3: what is left of the variance d when the rest is cut off."""
    half = torch.tensor(RADIUS**2 / 2, dtype=torch.float64)
    inside, more = (torch.special.gammainc(torch.tensor(a, dtype=torch.float64), half) for a in (d / 2, d / 2 + 1))
    return float(d * more / inside)


def energy_distance(x: Tensor, y: Tensor) -> float:
    """Return the energy distance between two samples, 2 E‖X − Y‖ − E‖X − X'‖ − E‖Y − Y'‖, in units of x.

    0 only for equal samples.

    References:
        Székely & Rizzo, "Energy Statistics", 2013, equation 5.

    Args:
        x: Points, shape (n, d).
        y: Points, shape (m, d).
    """
    x, y = x.double(), y.double()
    return float(2 * torch.cdist(x, y).mean() - torch.cdist(x, x).mean() - torch.cdist(y, y).mean())


def share_near_data(x: Tensor, data: Tensor, more: Tensor, *, quantile: float = 0.95) -> float:
    """Return the share of points no farther from the data than fresh data are, at a quantile.

    Args:
        x: Points, shape (n, d).
        data: The data, shape (m, d).
        more: Fresh data, shape (k, d), whose distances to `data` say what is near.
        quantile: Share of the fresh data that count as near.
    """
    away = torch.cdist(more.double(), data.double()).min(1).values.quantile(quantile)
    return float((torch.cdist(x.double(), data.double()).min(1).values <= away).double().mean())

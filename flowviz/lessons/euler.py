"""A few steps of Euler's rule on a field: where they land, and how far that is from the data."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from flowviz.metrics import wasserstein2
from flowviz.solvers import Field, Trajectory, solve


@dataclass(frozen=True)
class Landing:
    """Where n steps of Euler's rule land.

    Attributes:
        steps: n.
        trajectory: Positions at t = 0, 1/n, …, 1, shape (n + 1, points, d).
        w2: W2 from the ends to a sample of the data, in units of x; to be held against the floor of that sample's size.
        spread: Root-mean-square distance of the ends from their mean: 0 where all land on one place.
    """

    steps: int
    trajectory: Trajectory
    w2: float
    spread: float


def euler_ends(field: Field, x0: Tensor, steps: Sequence[int]) -> dict[int, Trajectory]:
    """Carry the same points from t = 0 to 1 in several numbers of Euler steps, x ← x + h u_t(x).

    Euler's rule never asks for the velocity at t = 1, so a point set as data is no exception. From a Gaussian source the
    first step of length one lands on x0 + u_0(x0) = x0 + α'(0) E[x1] + σ'(0) x0: where α'(0) = 1 and σ'(0) = −1, as on
    `linear`, that is the mean of the data for every x0.

    References:
        Liu et al., 2022, arXiv 2209.03003, section 2.1: one step is exact where the flow is straight.

    Args:
        field: The field, exact or learned.
        x0: Points at t = 0, shape (n, d).
        steps: How many steps, each at least 1.

    Returns:
        Trajectories by number of steps, in the order given.

    Raises:
        ValueError: If a number of steps is below 1.
    """
    return {n: solve(field, x0, solver="euler", steps=n) for n in steps}


def landings(field: Field, x0: Tensor, x1: Tensor, steps: Sequence[int]) -> list[Landing]:
    """Return the ends of `euler_ends` with their distance from a sample of the data.

    Args:
        field: The field, exact or learned.
        x0: Points at t = 0, shape (n, d); best `stratified`.
        x1: Sample of the data, shape (n, d); best `stratified`, as `sampling_floor` is.
        steps: How many steps, each at least 1.

    Returns:
        One landing for each number of steps, in the order given.
    """
    found = []
    for n, trajectory in euler_ends(field, x0, steps).items():
        end = trajectory.x[-1]
        spread = float((end - end.mean(0)).double().square().sum(1).mean().sqrt())
        found.append(Landing(n, trajectory, wasserstein2(end, x1), spread))
    return found

"""How good a flow is: pure functions of points and fields.

A W2 without its n is meaningless: two independent samples of one distribution are not at distance 0.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from flowviz.distributions import Mixture
from flowviz.solvers import Field


def wasserstein2(x: Tensor, y: Tensor) -> float:
    """The 2-Wasserstein distance between two samples of equal size, by exact optimal transport.

    W2² = min over permutations p of (1/n) Σ ‖x_i − y_p(i)‖² (Villani, "Optimal Transport", 2009, definition 6.1).

    Args:
        x: Points, shape (n, d).
        y: Points, shape (n, d).

    Returns:
        The distance, in units of x.

    Raises:
        ValueError: If the samples differ in size.
    """
    from scipy.optimize import linear_sum_assignment

    if x.shape != y.shape:
        raise ValueError(f"both samples must have one shape; got {tuple(x.shape)} and {tuple(y.shape)}. Cut the longer one.")
    cost = torch.cdist(x.double(), y.double()).square()
    rows, columns = linear_sum_assignment(cost.numpy())
    return float(cost[torch.from_numpy(rows), torch.from_numpy(columns)].mean().sqrt())


def field_error(learned: Field, exact: Field, x: Tensor, t: Tensor) -> float:
    """Root-mean-square difference of two fields, √E‖v(x, t) − u_t(x)‖².

    Args:
        learned: One field.
        exact: The other.
        x: Points, shape (k, n, d): where to compare, drawn from p_t.
        t: Times, shape (k,).

    Returns:
        The difference, in units of x per unit of t.
    """
    with torch.no_grad():
        squares = [(learned.velocity(xt, s) - exact.velocity(xt, s)).square().sum(1).mean() for xt, s in zip(x, t, strict=True)]
    return float(torch.stack(squares).mean().sqrt())


def path_energy(field: Field, x: Tensor, t: Tensor) -> float:
    """The energy of a flow, ∫ E‖v_t(x_t)‖² dt, by the trapezoidal rule along a trajectory.

    Args:
        field: The field.
        x: Positions that it made, shape (k, n, d).
        t: Their times, shape (k,).
    """
    with torch.no_grad():
        power = torch.stack([field.velocity(xt, s).square().sum(1).mean() for xt, s in zip(x, t, strict=True)])
    return float(torch.trapezoid(power.double(), t.double()))


def normalised_path_energy(energy: float, w2_squared: float) -> float:
    """NPE = |∫ E‖v‖² dt − W2²(q0, q1)| / W2²(q0, q1): 0 is a perfect optimal-transport flow.

    References:
        Tong et al., 2023, arXiv 2302.00482, section 5.1.
    """
    return abs(energy - w2_squared) / w2_squared


def straightness(field: Field, x: Tensor, t: Tensor) -> float:
    """S = ∫ E‖(x(1) − x(0)) − v_t(x(t))‖² dt along a flow's own trajectory: 0 means that one Euler step is exact.

    Args:
        field: The field.
        x: Positions that it made, shape (k, n, d).
        t: Their times, shape (k,).

    References:
        Liu et al., 2022, arXiv 2209.03003, equation 6.
    """
    with torch.no_grad():
        way = x[-1] - x[0]
        bend = torch.stack([(way - field.velocity(xt, s)).square().sum(1).mean() for xt, s in zip(x, t, strict=True)])
    return float(torch.trapezoid(bend.double(), t.double()))


def share_in_modes(x: Tensor, modes: Mixture, *, radius: float = 3.0) -> float:
    """The share of points within `radius` standard deviations of some mode.

    Args:
        x: Points, shape (n, d).
        modes: The modes; for 8 Gaussians and radius 3 the target's own share is 1 − exp(−9/2) = .989.
        radius: In standard deviations.
    """
    near = torch.cdist(x.double(), modes.means.double()) <= radius * modes.variances.double().sqrt()
    return float(near.any(1).double().mean())


@dataclass(frozen=True, eq=False)
class Probe:
    """Points where a field is known, so that others can be held against it often and cheaply.

    Attributes:
        t: Times, shape (k,).
        x: Points, shape (k, n, d).
        u: The known velocities there, shape (k, n, d).
    """

    t: Tensor
    x: Tensor
    u: Tensor

    def error(self, field: Field) -> float:
        """Root-mean-square difference of a field from the known one, in units of x per unit of t."""
        with torch.no_grad():
            v = torch.stack([field.velocity(xt, s) for xt, s in zip(self.x, self.t, strict=True)])
        return float((v - self.u).square().sum(2).mean().sqrt())

"""What a field does to the points it carries: energy, bending, distance from another field."""

from dataclasses import dataclass

import torch
from torch import Tensor

from flowviz.solvers import Field


def field_error(learned: Field, exact: Field, x: Tensor, t: Tensor) -> float:
    """Return the root-mean-square difference of two fields, √E‖v(x, t) − u_t(x)‖².

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
    """Return the energy of a flow, ∫ E‖v_t(x_t)‖² dt, by the trapezoidal rule along a trajectory.

    Args:
        field: The field.
        x: Positions that it made, shape (k, n, d).
        t: Their times, shape (k,).
    """
    with torch.no_grad():
        power = torch.stack([field.velocity(xt, s).square().sum(1).mean() for xt, s in zip(x, t, strict=True)])
    return float(torch.trapezoid(power.double(), t.double()))


def normalised_path_energy(energy: float, w2_squared: float) -> float:
    """Return NPE = |∫ E‖v‖² dt − W2²(q0, q1)| / W2²(q0, q1): 0 is a perfect optimal-transport flow.

    References:
        Tong et al., 2023, arXiv 2302.00482, section 5.1.
    """
    return abs(energy - w2_squared) / w2_squared


def straightness(field: Field, x: Tensor, t: Tensor) -> float:
    """Return S = ∫ E‖(x(1) − x(0)) − v_t(x(t))‖² dt along a flow's own trajectory: 0 means that one Euler step is exact.

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
        """Return the root-mean-square difference of a field from the known one, in units of x per unit of t."""
        with torch.no_grad():
            v = torch.stack([field.velocity(xt, s) for xt, s in zip(self.x, self.t, strict=True)])
        return float((v - self.u).square().sum(2).mean().sqrt())

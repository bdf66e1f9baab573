"""Which x0 goes with which x1: four couplings, by slug. A coupling is not a path."""

import math
import warnings
from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np
import torch
from pydantic import Field
from pydantic.dataclasses import dataclass
from torch import Tensor

from flowviz.inexact import InexactWarning
from flowviz.threads import one_thread

REUSE = Field(
    default=2,
    ge=1,
    le=8,
    title="Steps per pairing",
    description="For how many training steps each batch's pairing is used, every time with fresh t.",
)


class Coupling(ABC):
    """A joint distribution π(x0, x1) made from two independent batches by pairing them."""

    slug: ClassVar[str]
    label: ClassVar[str]
    short: ClassVar[str]
    """The label where room is scarce."""
    formula: ClassVar[str]
    remark: ClassVar[str]
    draws: ClassVar[bool] = False
    """Whether pairing draws at random; where it does not, batches may be paired in any order."""
    closed_form: ClassVar[bool] = False
    """Whether exact fields have a closed form where those of source and target have."""
    made: ClassVar[bool] = False
    """Whether x1 is not data but made from x0 by another flow, trained first."""
    max_batch: ClassVar[int | None] = None
    """The largest batch whose pairing is still affordable; None where it costs nothing."""

    @property
    def uses(self) -> int:
        """How many training steps each pairing serves."""
        return 1

    @property
    def flows_before(self) -> int:
        """How many flows are trained before this one, to make its pairs."""
        return 0

    @property
    def parent(self) -> "Coupling":
        """The coupling of the flow that makes the pairs.

        Raises:
            ValueError: If no flow makes them.
        """
        raise ValueError(f"coupling {self.slug!r} has no parent; only 'pairs' are made by another flow.")

    def caption(self, x0: Tensor, x1: Tensor) -> str:
        """Return the remark, and how far the points of some pairs lie apart, between the least possible and chance.

        Args:
            x0: Source points of the pairs, shape (n, d).
            x1: The data point of each, shape (n, d).
        """
        costs = torch.cdist(x0.double(), x1.double()).square()
        least = float(costs[torch.arange(len(x0)), optimal_assignment(x0, x1)].mean())
        numbers = f"{float(costs.diagonal().mean()):.3g} (least possible {least:.3g}, by chance {float(costs.mean()):.3g})"
        return f"{self.remark} Mean ‖x₀ − x₁‖² of these pairs: {numbers}."

    @abstractmethod
    def partners(self, x0: Tensor, x1: Tensor, rng: torch.Generator) -> Tensor:
        """Choose a partner for every source point.

        Args:
            x0: Source points, shape (n, d).
            x1: Data points, shape (n, d).
            rng: Source of randomness.

        Returns:
            Indices j, shape (n,), int64: x0[i] goes with x1[j[i]].
        """


@dataclass(frozen=True)
class Independent(Coupling):
    """Every x0 with any x1: π = q0 × q1.

    References:
        Lipman et al., 2022, arXiv 2210.02747.
    """

    slug: ClassVar[str] = "independent"
    closed_form: ClassVar[bool] = True
    label: ClassVar[str] = "Independent"
    short: ClassVar[str] = "Independent"
    formula: ClassVar[str] = r"\pi(x_0, x_1) = q_0(x_0)\,q_1(x_1)"
    remark: ClassVar[str] = "Any source point with any data point: lines cross, so the field must average."

    def partners(self, x0: Tensor, x1: Tensor, rng: torch.Generator) -> Tensor:
        return torch.arange(len(x0))


@dataclass(frozen=True)
class ExactOT(Coupling):
    """Exact optimal transport within each batch: the permutation that minimises Σ‖x0 − x1‖².

    References:
        Tong et al., 2023, arXiv 2302.00482, section 3.2.3.
        Pooladian et al., "Multisample Flow Matching", 2023, arXiv 2304.14772.
    """

    slug: ClassVar[str] = "ot"
    label: ClassVar[str] = "Exact OT"
    short: ClassVar[str] = "OT"
    formula: ClassVar[str] = r"\min_{\text{permutations } p} \sum_i \lVert x_0^i - x_1^{p(i)} \rVert^2"
    remark: ClassVar[str] = "Each batch is paired so that all points together travel least."
    max_batch: ClassVar[int | None] = 1024
    reuse: int = REUSE

    @property
    def uses(self) -> int:
        return self.reuse

    @one_thread()
    def partners(self, x0: Tensor, x1: Tensor, rng: torch.Generator) -> Tensor:
        return optimal_assignment(x0, x1)


@dataclass(frozen=True)
class Sinkhorn(Coupling):
    """Entropic optimal transport within each batch; the partner of x0 is drawn from its row of the plan.

    The cost is ‖x0 − x1‖², so a Brownian bridge of strength s belongs to ε = 2s².

    References:
        Cuturi, "Sinkhorn Distances", 2013, arXiv 1306.0895.
        Schmitzer, "Stabilized Sparse Scaling Algorithms", 2016, arXiv 1610.06519.
        Tong et al., 2023, arXiv 2302.00482, section 3.2.4.
    """

    slug: ClassVar[str] = "sinkhorn"
    label: ClassVar[str] = "Sinkhorn"
    short: ClassVar[str] = "Sinkhorn"
    formula: ClassVar[str] = r"\min_{\pi} \mathbb{E}_\pi\lVert x_0-x_1\rVert^2 + \varepsilon\,\mathrm{KL}(\pi \,\|\, q_0 q_1)"
    draws: ClassVar[bool] = True
    remark: ClassVar[str] = "Between the two: small ε pairs like optimal transport, large ε like chance."
    max_batch: ClassVar[int | None] = 1024
    epsilon: float = Field(
        default=2.0, ge=0.05, le=100, title="Entropy ε", description="Strength of the entropy, in units of squared distance."
    )
    reuse: int = REUSE

    @property
    def uses(self) -> int:
        return self.reuse

    @one_thread()
    def partners(self, x0: Tensor, x1: Tensor, rng: torch.Generator) -> Tensor:
        plan = sinkhorn_plan(x0, x1, self.epsilon)
        share = torch.cumsum(plan, 1)
        # Scaled by the row's own sum, so that rounding never points past the last column.
        wanted = torch.rand(len(x0), 1, generator=rng, dtype=share.dtype) * share[:, -1:]
        return torch.searchsorted(share, wanted).squeeze(1).clamp(max=len(x1) - 1)


@dataclass(frozen=True)
class Pairs(Coupling):
    """Fixed pairs (x0, Φ(x0)), where Φ is the flow of the same experiment after one round less; round 0 is independent.

    No other experiment is named: equal choices but for the rounds are the parent, so there is no missing one and no circle.

    References:
        Liu et al., "Flow Straight and Fast", 2022, arXiv 2209.03003, section 2.1.
    """

    slug: ClassVar[str] = "pairs"
    label: ClassVar[str] = "Reflow pairs"
    short: ClassVar[str] = "Reflow"
    formula: ClassVar[str] = r"x_1 = \Phi(x_0)"
    remark: ClassVar[str] = "A flow is trained first, and each x₀ goes with where that flow took it: paths of a flow never cross."
    made: ClassVar[bool] = True
    rounds: int = Field(
        default=1,
        ge=1,
        le=3,
        title="Rounds",
        description="How many flows are trained before this one, each on the pairs of the last.",
    )

    def partners(self, x0: Tensor, x1: Tensor, rng: torch.Generator) -> Tensor:
        """Return the points as they come: x1[i] has been made from x0[i]."""
        return torch.arange(len(x0))

    @property
    def flows_before(self) -> int:
        return self.rounds

    @property
    def parent(self) -> Coupling:
        return Pairs(rounds=self.rounds - 1) if self.rounds > 1 else Independent()


COUPLINGS: dict[str, type[Coupling]] = {"independent": Independent, "ot": ExactOT, "sinkhorn": Sinkhorn, "pairs": Pairs}


def partners_within(coupling: Coupling, x0: Tensor, x1: Tensor, y: Tensor, rng: torch.Generator) -> Tensor:
    """Pair within each class: source points, which have none, go to the classes by chance, and are paired there.

    A pairing across classes sends each class from a part of the source of its own, and a sampler that asks for one class
    starts everywhere.

    References:
        Cheng & Schwing, "The Curse of Conditions", 2025, arXiv 2503.10636.

    Args:
        coupling: The coupling.
        x0: Source points, shape (n, d).
        x1: Data points, shape (n, d).
        y: Classes of the data points, shape (n,).
        rng: Source of randomness.

    Returns:
        Indices j, shape (n,), int64: x0[i] goes with x1[j[i]].
    """
    found = torch.empty(len(x0), dtype=torch.int64)
    for rows in (torch.nonzero(y == label).squeeze(1) for label in y.unique()):
        found[rows] = rows[coupling.partners(x0[rows], x1[rows], rng)]
    return found


def optimal_assignment(x0: Tensor, x1: Tensor) -> Tensor:
    """Return the permutation p that minimises Σ‖x0[i] − x1[p(i)]‖².

    Shifts of whole rows and columns leave the optimum where it is: |x|² terms are dropped, and approximate dual
    potentials subtracted, so that the exact solver starts almost at its end (three times faster, the same plan).

    Args:
        x0: Source points, shape (n, d).
        x1: Data points, shape (n, d).

    Returns:
        Indices, shape (n,), int64.
    """
    from scipy.optimize import linear_sum_assignment

    if _far_off(x0) or _far_off(x1):  # |x|² terms are dropped, but the products that are left would drown in rounding
        x0, x1 = x0 - x0.mean(0), x1 - x1.mean(0)
    cost = torch.mm(x0, x1.T).neg_()
    cost -= cost.min()
    if len(cost) <= 64:  # nothing to gain
        return torch.from_numpy(linear_sum_assignment(cost.numpy())[1].astype(np.int64))
    reduced = _scaled_down(cost, [0.15] * 3 + [0.04] * 5 + [0.01] * 8 + [0.003] * 8)
    reduced -= reduced.min(1, keepdim=True).values
    reduced -= reduced.min(0).values
    return torch.from_numpy(linear_sum_assignment(reduced.numpy())[1].astype(np.int64))


def _far_off(x: Tensor) -> bool:
    """Return whether the middle of some points lies further from the origin than sixteen times their half width."""
    low, high = (end.tolist() for end in x.aminmax(dim=0))  # two operations: this is asked of every batch
    return max(abs(a + b) for a, b in zip(low, high, strict=True)) > 16 * max(b - a for a, b in zip(low, high, strict=True))


def sinkhorn_plan(x0: Tensor, x1: Tensor, epsilon: float, tolerance: float = 5e-3, most: int = 10_000) -> Tensor:
    """Return the entropic transport plan between two batches, for the cost ‖x0 − x1‖².

    Scalings of the Gibbs kernel at falling ε (Cuturi 2013); potentials that grow are absorbed into the cost, which is kept in
    float64 (Schmitzer 2016, arXiv 1610.06519), and slow scalings are over-relaxed (Lehmann et al. 2021, arXiv 2012.12562).

    Args:
        x0: Source points, shape (n, d).
        x1: Data points, shape (m, d).
        epsilon: Strength of the entropy, in units of squared distance.
        tolerance: Largest relative error of a column's sum at which iterations end.
        most: Most scalings at `epsilon`; where they do not suffice, a warning tells the error reached.

    Returns:
        Plan, shape (n, m); rows sum to 1/n to rounding, columns to 1/m within `tolerance`.
    """
    n, m = len(x0), len(x1)
    a, b = (x0 - x0.mean(0)).double(), (x1 - x1.mean(0)).double()
    # Shifts of whole rows and columns leave the plan where it is, so |x|² and the means are dropped: less to round.
    cost = torch.mm(a, b.T).mul_(-2)
    f, g = _coarse_to_fine(cost, epsilon, float(a.square().sum(1).mean() + b.square().sum(1).mean()) / 4, x0.dtype)
    kernel, u, v = _gibbs(cost, f, g, epsilon, x0.dtype), x0.new_ones(n), x0.new_ones(m)
    relaxation, best, error = 1.0, math.inf, math.inf
    for done in range(8, most + 1, 8):
        u, v = _scaled(kernel, u, v, relaxation, 8)
        error = float((((m / (kernel @ v)) @ kernel) * v / n - 1).abs().max())
        if error < tolerance:
            break
        if done == 16:
            relaxation = 1.7
        elif done % 64 == 0:  # bolder where it is slow, more careful where it overshoots
            bolder = min(1.97, 2 - 0.6 * (2 - relaxation)) if error > best / 2 else relaxation
            relaxation = 1 + (relaxation - 1) / 2 if error > 2 * best else bolder
            best = min(best, error)
        if not math.isfinite(error):  # overshot out of the floating-point range: back to the potentials, by plain steps
            u, v, relaxation = x0.new_ones(n), x0.new_ones(m), 1.0
        elif max(float(part) for w in (u, v) for part in (w.max(), 1 / w.min())) > 1e6:
            f, g = f + epsilon * torch.log(u.double()), g + epsilon * torch.log(v.double())
            kernel, u, v = _gibbs(cost, f, g, epsilon, x0.dtype), x0.new_ones(n), x0.new_ones(m)
    if not error < tolerance:
        warnings.warn(
            f"After {most:,} scalings the columns of a Sinkhorn plan are still off by {error:.1%}; try a larger ε.",
            InexactWarning,
            stacklevel=2,
        )
    u = m / (kernel @ v)
    return u[:, None] * kernel * v / (n * m)


def _coarse_to_fine(cost: Tensor, epsilon: float, wide: float, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Approximate dual potentials of rows and columns, by four scalings each at ε = wide, wide/4, … down to about `epsilon`."""
    f, g = cost.min(1).values, torch.zeros(cost.shape[1], dtype=cost.dtype)
    for stage in [share for k in range(60) if (share := wide / 4**k) > 1.5 * epsilon]:
        u, v = torch.ones(len(f), dtype=dtype), torch.ones(len(g), dtype=dtype)
        u, v = _scaled(_gibbs(cost, f, g, stage, dtype), u, v, 1.0, 4)
        f, g = f + stage * torch.log(u.double()), g + stage * torch.log(v.double())
        f = f + (cost - f[:, None] - g).min(1).values  # every row has an entry of 1 in its kernel: no sum vanishes
    return f, g


def _scaled(kernel: Tensor, u: Tensor, v: Tensor, relaxation: float, rounds: int) -> tuple[Tensor, Tensor]:
    """Scale rows and columns of a kernel in turn towards equal sums, each time beyond the step by a factor of `relaxation`."""
    n, m = kernel.shape
    for _ in range(rounds):
        u = u * (m / (kernel @ v) / u) ** relaxation
        v = v * (n / (u @ kernel) / v) ** relaxation
    return u, v


def _gibbs(cost: Tensor, f: Tensor, g: Tensor, epsilon: float, dtype: torch.dtype) -> Tensor:
    """Return exp(−(cost − f − g)/ε); entries below e^−80 count as e^−80, less than rounding beside the 1 in their row."""
    return (cost - f[:, None] - g).div_(-epsilon).to(dtype).clamp_(min=-80).exp_()


def _kernel(cost: Tensor, epsilon: float) -> Tensor:
    """Return exp(−cost/ε), with the exponent kept in [−60, 60]: below −87 exp is six times slower, above 88 infinite."""
    return torch.div(cost, -epsilon).clamp_(-60, 60).exp_()


def _scaled_down(cost: Tensor, shares: list[float]) -> Tensor:
    """Subtract approximate dual potentials from a square cost, by Sinkhorn scalings at falling ε.

    Args:
        cost: Costs, shape (n, m).
        shares: ε of each scaling, as a share of the mean cost.

    Returns:
        The reduced cost, shape (n, m).
    """
    mean = max(float(cost.mean()), 1e-12)
    cost = cost - cost.min(1, keepdim=True).values
    start = 0
    while start < len(shares):
        epsilon, rounds = shares[start] * mean, shares[start:].count(shares[start])
        kernel = _kernel(cost, epsilon)
        u, v = torch.ones(cost.shape[0], dtype=cost.dtype), torch.ones(cost.shape[1], dtype=cost.dtype)
        for _ in range(rounds):
            u = 1 / (kernel @ v)
            v = 1 / (u @ kernel)
        cost = cost - epsilon * (torch.log(u)[:, None] + torch.log(v))  # dual potentials f = ε log u, g = ε log v
        start += rounds
    return cost

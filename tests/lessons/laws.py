"""What the tests of the lessons share: every path, and a law for each kind of source and target."""

from __future__ import annotations

import torch
from torch import Tensor

from flowviz.exact import ExactField
from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.lessons import LossParts, losses_parts
from flowviz.paths import PATHS, Path
from flowviz.paths.interpolants import BrownianBridge, StochasticInterpolant
from flowviz.solvers import Field

CASES: list[Path] = [kind() for kind in PATHS.values()]
CASES += [StochasticInterpolant(kind="sqrt"), StochasticInterpolant(kind="quadratic", a=2.0), BrownianBridge(s=0.3)]
LAWS = [(path, source) for path in CASES for source in (["gaussian"] if path.gaussian_source else ["gaussian", "two-gaussians"])]


def at(t: float) -> Tensor:
    return torch.tensor(t, dtype=torch.float64)


def field_of(path: Path, source: str = "gaussian", target: str = "8gaussians") -> ExactField:
    return known(Experiment(source=source, target=target, path=path)).field


def loss_parts(field: ExactField, candidate: Field, rng: torch.Generator, *, points: int | None = None) -> LossParts:
    """The parts of one candidate's loss."""
    return losses_parts(field, {"v": candidate}, rng, points=points)["v"]


def target_power(field: ExactField, t: Tensor) -> Tensor:
    """E‖u‖² at given times in closed form, shape (k,): the whole loss of the field that is 0 everywhere.

    α'² E‖x1‖² + σ'² E‖x0‖² + 2 α' σ' E[x0]·E[x1] + γ'² d, with the law's own mean of x0·x1 where pairs depend on one another.
    """
    law, path = field.law, field.path
    d, w = law.m.shape[1], law.weights
    first, second = ((w * (means.square().sum(1) + d * widths)).sum() for means, widths in ((law.m, law.s), (law.mu, law.lam)))
    cross = (w * (law.m * law.mu).sum(1)).sum()
    da, ds, dg = path.d_alpha(t), path.d_sigma(t), path.d_gamma(t)
    return da**2 * second + ds**2 * first + 2 * da * ds * cross + d * dg**2

"""What the tests of the lessons share: every path, and a law for each kind of source and target."""

from __future__ import annotations

import torch
from torch import Tensor

from flowviz.exact import ExactField
from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.paths import PATHS, Path
from flowviz.paths.interpolants import BrownianBridge, StochasticInterpolant

CASES: list[Path] = [kind() for kind in PATHS.values()]
CASES += [StochasticInterpolant(kind="sqrt"), StochasticInterpolant(kind="quadratic", a=2.0), BrownianBridge(s=0.3)]
LAWS = [(path, source) for path in CASES for source in (["gaussian"] if path.gaussian_source else ["gaussian", "two-gaussians"])]


def at(t: float) -> Tensor:
    return torch.tensor(t, dtype=torch.float64)


def field_of(path: Path, source: str = "gaussian", target: str = "8gaussians") -> ExactField:
    return known(Experiment(source=source, target=target, path=path)).field

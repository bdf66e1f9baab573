"""Kits: all that a browser needs to evaluate a field itself, v(x, t) at any place and at fixed times.

What depends on time alone is tabulated here, so that the browser knows no path and no feature of t: it walks from node to node.

| kind | arrays | velocity at node k |
|---|---|---|
| network | scale (K, 2), rows (K, w), first (w, 2), weight1 (w, w), bias1 (w), …, the last (2, w), (2) | scale[k, 0] x + scale[k, 1] net(x) |
| mixture | table (K, 8), weights (C), m (C, 2), s (C), mu (C, 2), lam (C) | that of `exact.law.MixtureAt` and `ExactField.velocity` |

Both have `times` (K), float64; all else is float32.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowviz.exact import ExactField
from flowviz.exact.law import LEAST
from flowviz.experiment import Experiment
from flowviz.networks import LearnedField
from flowviz.scene.value import Kit
from flowviz.solvers import interval_of

NODES = 129
"""Times of a kit: the ends and the middles of 64 steps of RK4."""


class _Constant:
    """A network that says the same everywhere: what a method makes of it are the two factors of its velocity."""

    def __init__(self, value: float) -> None:
        self.value = value

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return torch.full_like(x, self.value)


def network_kit(experiment: Experiment, weights: Mapping[str, np.ndarray], of_class: int | None = None) -> Kit | None:
    """Return the kit of a learned field.

    Args:
        experiment: What was trained, in the plane.
        weights: Arrays by parameter name, as in `Snapshot.weights`.
        of_class: Whose field, where classes are learned; None for the field without them.

    Returns:
        The kit; None where a weight is not finite, or there is no velocity.
    """
    if experiment.method.jumps or not all(np.isfinite(value).all() for value in weights.values()):
        return None
    module = LearnedField(experiment.network, weights, torch.float64, spans=experiment.method.spans).module
    silent, unit = (experiment.method.field(experiment.path, _Constant(value)) for value in (0.0, 1.0))
    times = torch.linspace(*interval_of(silent), NODES, dtype=torch.float64)
    one = torch.ones(1, 2, dtype=torch.float64)
    scale = torch.stack([torch.stack([silent.velocity(one, t)[0, 0], unit.velocity(0 * one, t)[0, 0]]) for t in times])
    features = module.features(times)
    if module.spans:  # at equal times it is the velocity
        features = torch.cat([features, module.features(torch.zeros_like(times))], 1)
    first, *rest = (layer for layer in module.net if isinstance(layer, torch.nn.Linear))
    timed = 2 + features.shape[1]
    rows = first.bias + features @ first.weight[:, 2:timed].T
    rows = rows if of_class is None else rows + first.weight[:, timed + of_class]
    arrays = {"scale": scale, "rows": rows, "first": first.weight[:, :2]}
    for depth, layer in enumerate(rest, 1):
        arrays |= {f"weight{depth}": layer.weight, f"bias{depth}": layer.bias}
    return _kit({"kind": "network", "depth": len(rest), "activation": experiment.network.activation}, times, arrays)


def mixture_kit(field: ExactField) -> Kit | None:
    """Return the kit of an exact field of the plane, or of what stands in for one."""
    times = torch.linspace(*field.interval, NODES, dtype=torch.float64)
    path, law = field.path, field.law
    alpha, sigma, d_alpha = path.alpha(times), path.sigma(times), path.d_alpha(times)
    # σ' may be infinite (vp at t = 1), and times a centred source it is nothing.
    d_sigma = path.d_sigma(times) if bool(law.m.any()) else torch.zeros_like(times)
    products = alpha * d_alpha, path.sigma_d_sigma(times), path.gamma_d_gamma(times)
    table = torch.stack([alpha, sigma, path.gamma(times) ** 2, d_alpha, d_sigma, *products], 1)
    arrays = {"table": table, "weights": law.weights, "m": law.m, "s": law.s, "mu": law.mu, "lam": law.lam}
    return _kit({"kind": "mixture", "least": LEAST}, times, arrays)


def _kit(about: dict[str, Any], times: Tensor, arrays: Mapping[str, Tensor]) -> Kit | None:
    single = {name: array.detach().float().contiguous().numpy() for name, array in arrays.items()}
    if not all(np.isfinite(array).all() for array in single.values()):
        return None
    return Kit(about, {"times": times.numpy(), **single})

"""A path and a law as plain tables in float64: all that is needed to find velocities elsewhere, such as in a browser."""

import numpy as np
import torch

from flowviz.exact import ExactField
from flowviz.paths import Path

TIMES = 401
"""Times of a table: every 1/400, so that ¼, ½ and ¾ are among them."""


def coefficient_table(path: Path, last: float = 1.0, times: int = TIMES) -> dict[str, np.ndarray]:
    """Return a path's coefficients, their slopes and the products that stay finite where a slope does not.

    Args:
        path: The path.
        last: What stands in for t = 1, where a field is infinite there.
        times: How many times.

    Returns:
        t, a = α, s = σ, g = γ, da, ds, dg, and sds = σσ', gdg = γγ', each of shape (times,), float64. Slopes may be infinite.
    """
    t = torch.linspace(0, 1, times, dtype=torch.float64)
    t[-1] = last
    named = {
        "t": t,
        "a": path.alpha(t),
        "s": path.sigma(t),
        "g": path.gamma(t),
        "da": path.d_alpha(t),
        "ds": path.d_sigma(t),
        "dg": path.d_gamma(t),
        "sds": path.sigma_d_sigma(t),
        "gdg": path.gamma_d_gamma(t),
    }
    return {name: values.numpy() for name, values in named.items()}


def law_table(field: ExactField) -> dict[str, np.ndarray]:
    """Return the components of a field's law: lw = log weight (C,), m (C, 2), v = variance of x0 (C,), mu (C, 2), lam (C,).

    Float64.
    """
    law = field.law
    parts = {"lw": torch.log(law.weights.double()), "m": law.m, "v": law.s, "mu": law.mu, "lam": law.lam}
    return {name: values.double().contiguous().numpy() for name, values in parts.items()}


def course(path: Path) -> str:
    """Return how one pair travels on a path.

    "steady" (a straight line at one speed), "straight", "bent", or "noisy" (z bends it).
    """
    t = torch.linspace(0.02, 0.98, 49, dtype=torch.float64)
    if path.noisy:
        return "noisy"
    slopes = torch.stack([path.d_alpha(t), path.d_sigma(t)])
    if float((slopes - slopes[:, :1]).abs().max()) < 1e-9:
        return "steady"
    # On a straight line the velocity keeps its direction: the slopes of α and σ keep their ratio.
    turns = slopes[0] * slopes[1, 0] - slopes[1] * slopes[0, 0]
    return "straight" if float(turns.abs().max()) < 1e-9 else "bent"


def first_step(path: Path) -> tuple[float, float]:
    """Return what one Euler step from a centred Gaussian source makes of x0 and of the mean of the data: the factors of both.

    u_0(x) = α'(0) E[x1] + (σ'(0) + γγ'(0)/s0²) x while α(0) = 0, so one step lands on (1 + σ'(0) + γγ'(0)/s0²) x0 + α'(0) E[x1].
    """
    t = torch.tensor(0.0, dtype=torch.float64)
    noise = float(path.gamma_d_gamma(t)) / path.source_std**2
    return 1 + float(path.d_sigma(t)) + noise, float(path.d_alpha(t))

"""The computations behind the lecture: pure functions of fields, laws and points."""

from flowviz.lessons.continuity import Terms, continuity_terms, density_change, flux_divergence
from flowviz.lessons.draws import draw_pairs, quadrature, spread_pairs
from flowviz.lessons.euler import Landing, euler_ends, landings
from flowviz.lessons.loss import (
    Constant,
    LossParts,
    OneBell,
    Still,
    best_constant,
    losses_parts,
    mean_velocity,
)
from flowviz.lessons.posterior import Posterior, mean_and_variance, posterior
from flowviz.lessons.theorem import Gradients, affordable_sizes, gradients

__all__ = [
    "Constant",
    "Gradients",
    "Landing",
    "LossParts",
    "OneBell",
    "Posterior",
    "Still",
    "Terms",
    "affordable_sizes",
    "best_constant",
    "continuity_terms",
    "density_change",
    "draw_pairs",
    "euler_ends",
    "flux_divergence",
    "gradients",
    "landings",
    "losses_parts",
    "mean_and_variance",
    "mean_velocity",
    "posterior",
    "quadrature",
    "spread_pairs",
]

"""The computations behind the lecture: pure functions of fields, laws and points."""

from flowviz.lessons.draws import draw_pairs, quadrature
from flowviz.lessons.euler import Landing, euler_ends, landings
from flowviz.lessons.posterior import Posterior, law_of_points, posterior

__all__ = ["Landing", "Posterior", "draw_pairs", "euler_ends", "landings", "law_of_points", "posterior", "quadrature"]

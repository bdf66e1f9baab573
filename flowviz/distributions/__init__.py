"""What can be a source or a target: fifteen distributions in the plane, by slug, and the visitor's own points."""

from flowviz.distributions.base import Distribution, Mixture
from flowviz.distributions.curves import Circles, Moons, Pinwheel, SCurve, Smiley, Spirals, Star, SwissRoll
from flowviz.distributions.gaussians import EightGaussians, Gaussian, Grid25, TwoGaussians, TwoPoints
from flowviz.distributions.own import Points
from flowviz.distributions.shares import label_shares, stratified
from flowviz.distributions.tiles import Checkerboard, Uniform

DISTRIBUTIONS: dict[str, type[Distribution]] = {
    "gaussian": Gaussian,
    "uniform": Uniform,
    "two-gaussians": TwoGaussians,
    "8gaussians": EightGaussians,
    "grid25": Grid25,
    "moons": Moons,
    "circles": Circles,
    "spirals": Spirals,
    "pinwheel": Pinwheel,
    "checkerboard": Checkerboard,
    "swissroll": SwissRoll,
    "scurve": SCurve,
    "star": Star,
    "smiley": Smiley,
    "two-points": TwoPoints,
}

__all__ = ["DISTRIBUTIONS", "Distribution", "Mixture", "Points", "label_shares", "stratified"]

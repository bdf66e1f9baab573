"""What can be a source or a target: fifteen distributions in the plane, five in space, one of pictures, four of series, by slug, and the visitor's own points."""

from flowviz.distributions.base import Distribution, Mixture
from flowviz.distributions.curves import Circles, Moons, Pinwheel, SCurve, Smiley, Spirals, Star, SwissRoll
from flowviz.distributions.digits import Digits
from flowviz.distributions.gaussians import EightGaussians, Gaussian, Grid25, TwoGaussians, TwoPoints
from flowviz.distributions.own import Points
from flowviz.distributions.rows import Rows
from flowviz.distributions.shares import label_shares, stratified
from flowviz.distributions.signals import Chirps, Heartbeats, RandomWalks, Sines
from flowviz.distributions.tiles import Checkerboard, Uniform
from flowviz.distributions.volume import Helix, LinkedRings, Sphere, Torus, Trefoil
from flowviz.spaces import Space

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
    "trefoil": Trefoil,
    "linked-rings": LinkedRings,
    "helix": Helix,
    "torus": Torus,
    "sphere": Sphere,
    "digits": Digits,
    "sines": Sines,
    "chirps": Chirps,
    "heartbeats": Heartbeats,
    "random-walks": RandomWalks,
}


def distributions_in(space: Space) -> dict[str, type[Distribution]]:
    """Return the distributions that a space has, by slug; the Gaussian is in all."""
    return {slug: kind for slug, kind in DISTRIBUTIONS.items() if slug == "gaussian" or kind().space == space}


__all__ = ["DISTRIBUTIONS", "Distribution", "Mixture", "Points", "Rows", "distributions_in", "label_shares", "stratified"]

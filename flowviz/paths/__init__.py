"""How x0 becomes x1: nine paths, by slug. A path is not a coupling: which x0 meets which x1 is decided elsewhere."""

from flowviz.paths.base import Path
from flowviz.paths.diffusion import Cosine, VarianceExploding, VariancePreserving
from flowviz.paths.interpolants import BrownianBridge, StochasticInterpolant
from flowviz.paths.straight import Linear, LipmanOT, Polynomial, Trigonometric

PATHS: dict[str, type[Path]] = {
    "linear": Linear,
    "lipman-ot": LipmanOT,
    "trig": Trigonometric,
    "vp": VariancePreserving,
    "cosine": Cosine,
    "ve": VarianceExploding,
    "poly": Polynomial,
    "si-linear": StochasticInterpolant,
    "bridge": BrownianBridge,
}

__all__ = ["PATHS", "Path"]

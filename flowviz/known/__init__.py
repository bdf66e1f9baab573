"""What is known of an experiment before anything is trained: one value for each, computed once and passed on."""

from flowviz.known.beginning import NEGLIGIBLE, POINTS, Beginning
from flowviz.known.cells import cell_centres, widened
from flowviz.known.draws import WIDE_LAW, path_draws, points_at_end
from flowviz.known.value import Bounds, Known, exact_part, floor_of, known, shared_bounds

__all__ = [
    "NEGLIGIBLE",
    "POINTS",
    "WIDE_LAW",
    "Beginning",
    "Bounds",
    "Known",
    "cell_centres",
    "exact_part",
    "floor_of",
    "known",
    "path_draws",
    "points_at_end",
    "shared_bounds",
    "widened",
]

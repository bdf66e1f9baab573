"""The lecture's computed pictures with a tenth of the work: what is asked of every pair and path does not need the finest grid."""

from __future__ import annotations

import pytest

from flowviz.lessons import loss, theorem
from flowviz.ui.caching import SharedCache
from flowviz.ui.learn import arrays, computed

LESS = {
    computed: {"FINE": 16, "COARSE": 12, "WORK": computed.WORK // 10, "SMOOTH": 13, "ROUGH": 9, "SEEDS": 1},
    loss: {"WORK": loss.WORK // 10},
    theorem: {"WORK": theorem.WORK // 10},
    arrays: {"PARTICLES": 100},
}


def compute_roughly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer cells, times, points, particles and networks; what comes out is cached apart from the fine pictures."""
    for module, values in LESS.items():
        for name, value in values.items():
            monkeypatch.setattr(module, name, value)
    for module, name in ((computed, "_maps"), (computed, "_parts"), (computed, "_gradients"), (arrays, "_landed")):
        monkeypatch.setattr(module, name, SharedCache(16))

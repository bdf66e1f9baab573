"""Kits for the page, made once for all who look at the same field: with them the pointer is carried along it in the browser."""

from collections.abc import Sequence
from dataclasses import replace

from flowviz.experiment import Experiment
from flowviz.known import exact_part, known
from flowviz.scene import Kit, Panel
from flowviz.scene.kit import mixture_kit, network_kit
from flowviz.ui.caching import SharedCache
from flowviz.ui.pictures import Look

_kits: SharedCache[Kit | None] = SharedCache(32)


def kit_of(experiment: Experiment, look: Look | None) -> Kit | None:
    """The kit of a learned field, or of the exact one where no weights are given; None in space, and where it is not finite."""
    if not experiment.space.grids:
        return None
    if look is None:
        return _kits.get(exact_part(experiment), lambda: mixture_kit(known(experiment).field))
    return _kits.get((experiment, look.step), lambda: network_kit(experiment, look.weights))


def with_kits(panels: Sequence[Panel], experiment: Experiment, look: Look | None) -> list[Panel]:
    """Panels of one experiment, each with the kit of the field that its first scene shows."""
    return [replace(p, kit=kit_of(experiment, look if p.scenes[0].kind == "learned" else None)) for p in panels]

"""Kits for the page, made once for all who look at the same field: with them the pointer is carried along it in the browser."""

from collections.abc import Sequence
from dataclasses import replace

from flowviz.experiment import Experiment
from flowviz.known import exact_part, known
from flowviz.scene import Kit, Panel
from flowviz.scene.asked import ALL
from flowviz.scene.build import View
from flowviz.scene.kit import mixture_kit, network_kit
from flowviz.ui.caching import SharedCache
from flowviz.ui.pictures import Look

_kits: SharedCache[Kit | None] = SharedCache(32)


def kit_of(experiment: Experiment, look: Look | None, view: View) -> Kit | None:
    """Return the kit of a learned field, or of the exact one where no weights are given.

    None in space, where it is not finite, and where there is no one field: particles of several classes, or guidance, which
    mixes two.
    """
    asked = bool(experiment.class_count and view.guidance)
    if not experiment.space.grids or (asked and (view.of_class == ALL or view.guidance != 1)):
        return None
    y = view.of_class if asked else None
    if look is None:
        return _kits.get((exact_part(experiment), y), lambda: _exact_kit(experiment, y))
    return _kits.get((experiment, look.step, y), lambda: network_kit(experiment, look.weights, y))


def _exact_kit(experiment: Experiment, y: int | None) -> Kit | None:
    field = known(experiment).field if y is None else known(experiment).class_fields[y]
    return None if field is None else mixture_kit(field)


def with_kits(panels: Sequence[Panel], experiment: Experiment, look: Look | None, view: View) -> list[Panel]:
    """Return panels of one experiment, each with the kit of the field that its first scene shows."""
    return [replace(p, kit=kit_of(experiment, look if p.scenes[0].kind == "learned" else None, view)) for p in panels]

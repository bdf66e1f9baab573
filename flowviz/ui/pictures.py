"""Scenes for the page, made once and kept for all who look at the same thing."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from flowviz.engine import Run, shared
from flowviz.engine.run import with_more
from flowviz.experiment import Experiment
from flowviz.known import Bounds, exact_part, known
from flowviz.networks import learned_field
from flowviz.scene import Panel, Scene
from flowviz.scene.build import View, exact_scene
from flowviz.scene.codes import codes_scene
from flowviz.scene.learned import cloud_part, cloud_parts, learned_particles, with_density
from flowviz.training import Snapshot, untrained_weights
from flowviz.ui.caching import SharedCache


class LearnedPicture(NamedTuple):
    """A learned field seen once: its picture and how far it is from the exact one; None where the two cannot be compared."""

    scene: Scene
    error: float | None


_exact: SharedCache[Scene] = SharedCache(32)
_live: SharedCache[LearnedPicture] = SharedCache(32)
_full: SharedCache[LearnedPicture] = SharedCache(32)
_dense: SharedCache[Scene] = SharedCache(32)
_parts: SharedCache[np.ndarray] = SharedCache(64)
_errors: SharedCache[float | None] = SharedCache(64)
_codes: SharedCache[Scene] = SharedCache(32)


def exact(experiment: Experiment, view: View, bounds: Bounds | None = None) -> Scene:
    """Return the exact flow of an experiment."""
    part = exact_part(experiment)
    return _exact.get((part, view, bounds), lambda: exact_scene(part, view, bounds))


class Look(NamedTuple):
    """Weights to look at, and the step that they come from."""

    step: int
    weights: Mapping[str, np.ndarray]


def learned(
    experiment: Experiment,
    look: Look,
    view: View,
    *,
    live: bool = False,
    bounds: Bounds | None = None,
    before_each: Callable[[], object] | None = None,
) -> LearnedPicture:
    """Return the flow of a learned field with its density.

    Args:
        experiment: What is learned.
        look: Its weights.
        view: How it is looked at.
        live: For the light picture of a running training.
        bounds: The axes; its own unless given.
        before_each: Called before each part of the density; it may give up, and the parts that are there are kept.
    """
    question = experiment, look.step, view, bounds
    found = particles(experiment, look, view, live=live, bounds=bounds)
    if found.scene.density is not None or found.scene.density_t is None:
        return found
    if (done := _dense.peek(question)) is not None:
        return LearnedPicture(done, found.error)
    times, others = found.scene.density_t, []
    for rows in cloud_parts(experiment, view, found.scene.x.shape[1]):
        if before_each is not None:
            before_each()
        others.append(_parts.get((*question[:3], rows.start), partial(_part, experiment, look, view, rows, times)))
    return LearnedPicture(_dense.get(question, lambda: with_density(found.scene, others)), found.error)


def particles(
    experiment: Experiment, look: Look, view: View, *, live: bool = False, bounds: Bounds | None = None
) -> LearnedPicture:
    """Return the same without waiting for the density: it may be yet to be counted. Arguments as in `learned`."""

    def find() -> LearnedPicture:
        field = learned_field(experiment, look.weights)
        scene = learned_particles(experiment, field, look.step, view, live=live, bounds=bounds)
        return LearnedPicture(scene, _errors.get((experiment, look.step), lambda: known(experiment).error(field)))

    return (_live if live else _full).get((experiment, look.step, view, bounds), find)


def _part(experiment: Experiment, look: Look, view: View, rows: slice, times: np.ndarray) -> np.ndarray:
    return cloud_part(experiment, learned_field(experiment, look.weights), view, rows, times)


def codes(experiment: Experiment, look: Look, view: View, show: str, *, live: bool = False) -> Scene | None:
    """Return the codes that the encoder draws for data.

    None where there is no encoder, or the arrangement `show` leaves them out.
    """
    if (
        not experiment.method.encodes or show not in CODED or experiment.space.sheet
    ):  # codes are points, and neither pictures nor series
        return None
    return _codes.get(
        (experiment, look.step, view, live),
        lambda: codes_scene(experiment, learned_field(experiment, look.weights), view, live=live),
    )


def latest(run: Run) -> Look:
    """Return the newest weights of a run.

    Before its first snapshot those of the shorter run that it goes on from, or untrained ones.
    """
    experiment, snapshot = run.experiment, run.snapshot
    if snapshot is None and experiment.training.more:
        before = shared().get(with_more(experiment, experiment.training.more - 1).key)
        snapshot = None if before is None else before.snapshot
    return Look(snapshot.step, snapshot.weights) if snapshot is not None else Look(0, untrained_weights(experiment))


def film(run: Run) -> dict[int, Mapping[str, np.ndarray]]:
    """Return weights of a run that has ended, by step, the last included."""
    return {} if run.snapshot is None else film_of(run.snapshot)


def film_of(snapshot: Snapshot) -> dict[int, Mapping[str, np.ndarray]]:
    """Return weights that the last snapshot of a training has kept, by step, its own included."""
    early = snapshot.state.film if snapshot.state is not None else {}
    return {**{step: weights for step, weights in early.items() if step < snapshot.step}, snapshot.step: snapshot.weights}


def arrange(show: str, exact_one: Scene, learned_one: Scene, codes_one: Scene | None = None) -> list[Panel]:
    """Return the panels of a row.

    Args:
        show: "side", "over", "learned" or "exact".
        exact_one: The exact flow.
        learned_one: The learned one.
        codes_one: The codes of the data, which stand last, where there are any.
    """
    rows = {
        "side": [Panel((exact_one,)), Panel((learned_one,))],
        "over": [Panel((replace(learned_one, about="", note=overlaid(exact_one)), replace(exact_one, note="")))],
        "learned": [Panel((learned_one,))],
        "exact": [Panel((exact_one,))],
    }
    return [*rows[show], *([] if codes_one is None else [Panel((codes_one,))])]


def overlaid(exact_one: Scene) -> str:
    """Return what the two signs of an overlaid picture mean."""
    ring, error = ("what stands in for the exact flow", "difference") if exact_one.stands_in else ("exact", "error")
    return f"Filled: learned. Ring: {ring}. The line between the two is the {error}. Arrows and density are the learned field’s."


CODED = ("side", "learned")
"""Arrangements in which the codes of the data have a panel."""
FED: dict[str, int] = {"side": 1, "over": 0, "learned": 0}
"""The first panel of a row that changes while training; those after it change too."""

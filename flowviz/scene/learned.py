"""The flow of a learned field: its picture first; the density behind it, counted from more particles, may follow."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowviz import solvers
from flowviz.experiment import Experiment
from flowviz.known import Bounds, known
from flowviz.scene.asked import asked_field, classes_asked, shown_field
from flowviz.scene.build import (
    FEW,
    FRESH,
    FULL_WORK,
    LIVE_TIMES,
    LIVE_WORK,
    View,
    affordable,
    asked_starts,
    asked_words,
    carried,
    ghosts_shown,
    nearest_data,
    part_shown,
    starts,
    steps_seen,
    wanted,
)
from flowviz.scene.exact_grids import DENSITY_SIDE, SLOW_TIMES
from flowviz.scene.grids import counted_density, field_on_grid, judged_on_grid
from flowviz.scene.value import Scene
from flowviz.solvers import FRAMES, SOLVERS, Trajectory, interpolate
from flowviz.training.draws import SEED_STRIDE

CLOUD = 4_000
"""Particles behind the density of a learned flow."""
PART = 500
"""Of them are carried at a time: so few that whoever waits for the next picture hardly waits for these."""
MIXING = 2_654_435_761
"""Knuth's multiplier: neighbouring numbers times this are far apart in their last 32 bits."""
LEARNED = "The same particles, carried by the network's own field."
"""What every learned scene says of itself."""
LEARNED_PICTURES = "The same noise, carried by the network's own field."
MADE = "The same points, each made into a sample by one evaluation: only the ends are real, nothing was learned of what lies between."


def learned_scene(
    experiment: Experiment, field: solvers.Field, step: int, view: View, *, live: bool = False, bounds: Bounds | None = None
) -> Scene:
    """Return the flow of a learned field, with its density; arguments as in `learned_particles`."""
    scene = learned_particles(experiment, field, step, view, live=live, bounds=bounds)
    if scene.density_t is None or live:
        return scene
    parts = cloud_parts(experiment, view, scene.x.shape[1])
    return with_density(scene, [cloud_part(experiment, field, view, rows, scene.density_t) for rows in parts])


def learned_particles(
    experiment: Experiment,
    field: solvers.Field,
    step: int,
    view: View,
    *,
    live: bool = False,
    bounds: Bounds | None = None,
) -> Scene:
    """Return the flow of a learned field: particles and arrows. Of a full picture the density awaits counting (`with_density`).

    Args:
        experiment: What was trained.
        field: Its learned field, as `learned_field` makes it.
        step: Steps that it has seen.
        view: How it is looked at.
        live: A lighter picture for twice a second: fewer particles where the solver is dear, coarser field and density.
        bounds: The axes; its own unless given.
    """
    about = known(experiment)
    bounds = bounds or about.bounds
    shown = min(wanted(experiment, view), affordable(experiment.network, view, LIVE_WORK if live else FULL_WORK))
    x0, labels, y = asked_starts(experiment, view, shown)
    taken = asked_field(experiment, field, view, y)
    many = shown * (experiment.space.dim if experiment.space.sheet else 1)  # each pixel of a picture is carried by itself
    found = carried(experiment, taken, x0, view, FRAMES if many <= 1000 or not live else 31)
    whole = solvers.finished(taken, found)
    slow = torch.linspace(0, solvers.interval_of(field)[1], LIVE_TIMES if live else SLOW_TIMES)
    side = DENSITY_SIDE // 2 if live else DENSITY_SIDE
    source, target = ghosts_shown(about)
    return Scene(
        t=whole.t.numpy(),
        x=whole.x.numpy(),
        labels=labels,
        bounds=bounds,
        title=f"Learned {experiment.method.noun} after {step:,} step{'s' if step != 1 else ''}",
        kind="learned",
        target=target,
        source=source,
        nfe=whole.nfe,
        **steps_seen(whole, view),
        about=_words(experiment, view, y),
        note=" ".join(
            filter(
                None,
                (
                    found.gave_up or (FRESH if view.draws_on_the_way else FEW if view.few else ""),
                    part_shown(shown, wanted(experiment, view)),
                ),
            )
        ),
        space=experiment.space.slug,
        frame=experiment.frame,
        nearest=nearest_data(experiment, whole.x[-1]),
        judged=_judged(experiment, field, bounds, side),
        **_on_grids(experiment, shown_field(experiment, field, view), bounds, slow),
        density=counted_density(interpolate(found, slow).numpy(), bounds, side) if live and experiment.space.grids else None,
    )


def _words(experiment: Experiment, view: View, y: Tensor | None) -> str:
    """Return what a learned scene says of itself."""
    if SOLVERS[view.solver].jumps:
        return f"{MADE} {experiment.method.on_starts(experiment.space.dim)}".strip()
    return f"{LEARNED_PICTURES if experiment.space.sheet else LEARNED} {asked_words(experiment, view, y)}".strip()


def _on_grids(experiment: Experiment, field: solvers.Field, bounds: Bounds, t: Tensor) -> dict[str, Any]:
    """Return the field as a scene holds it, where there is a velocity, and the times of its density.

    Nothing where the space has no grids.
    """
    if not experiment.space.grids:
        return {}
    times = t.numpy()
    moving = {"field_t": times, "field": field_on_grid(field, bounds, t)} if hasattr(field, "velocity") else {}
    return {**moving, "density_t": times}


def _judged(experiment: Experiment, field: solvers.Field, bounds: Bounds, side: int) -> np.ndarray | None:
    """Return what the discriminator says on a grid; None where there is none, or the space has no grids."""
    judged = getattr(getattr(field, "network", None), "judged", None)
    return None if judged is None or not experiment.space.grids else judged_on_grid(judged, bounds, side)


def cloud_parts(experiment: Experiment, view: View, shown: int) -> list[slice]:
    """Return the particles besides those that are shown, a part at a time.

    Args:
        experiment: What was trained.
        view: How it is looked at.
        shown: How many are shown.
    """
    most = min(CLOUD, affordable(experiment.network, view, FULL_WORK))
    return [slice(first, min(first + PART, most)) for first in range(shown, most, PART)]


def cloud_part(experiment: Experiment, field: solvers.Field, view: View, rows: slice, times: np.ndarray) -> np.ndarray:
    """Carry one part.

    Args:
        experiment: What was trained.
        field: Its learned field.
        view: How it is looked at.
        rows: One of `cloud_parts`.
        times: When they are counted, shape (k,).

    Returns:
        Positions, shape (k, n, 2), float32.
    """
    y = classes_asked(experiment, view, rows.stop)
    taken = asked_field(experiment, field, view, y if y is None else y[rows])
    # Noise of its own, whichever parts were carried before; torch's generator sees 32 bits of its seed, so they are mixed.
    rng = torch.Generator().manual_seed(SEED_STRIDE * experiment.seed + SEED_STRIDE - 15 + MIXING * rows.start)
    found = carried(experiment, taken, starts(experiment, CLOUD)[0][rows], view, len(times), rng)
    return interpolate(found, torch.from_numpy(times)).numpy()


def with_density(scene: Scene, others: Sequence[np.ndarray]) -> Scene:
    """Return a scene whose density awaits counting, with what its own particles and those of all `cloud_parts` make of it."""
    assert scene.density_t is not None
    own = interpolate(Trajectory(torch.from_numpy(scene.t), torch.from_numpy(scene.x), 0), torch.from_numpy(scene.density_t))
    return replace(scene, density=counted_density(np.concatenate([own.numpy(), *others], 1), scene.bounds, DENSITY_SIDE))

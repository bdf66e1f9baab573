"""The flow run backward: data carried to the source, and on to the data again from where they arrived."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from flowviz.exact import ExactField
from flowviz.experiment import Experiment
from flowviz.known import points_at_end
from flowviz.scene.build import FEW, View, steps_seen, thinned
from flowviz.scene.value import Scene
from flowviz.solvers import FRAMES, MIRRORED, ODE, Field, Noise, Trajectory, WithScore, interval_of, solve
from flowviz.training.draws import SEED_STRIDE

BACK = "Fresh data in the colours of their labels: as time falls from 1 to 0, the same field takes them to the source."
FORWARD = (
    "The same points set out again from where they arrived: what they miss of the data is the solver’s error there and back."
)
SHAKEN = "With fresh noise on both ways no point comes home, and the crowd does: its densities are those of the flow."
WITHOUT = "heun"
"""What carries particles instead of a sampler that goes from the source to the data only."""


@dataclass(frozen=True, eq=False)
class ThereAndBack:
    """Two scenes of the same particles, frames of both in the order of t.

    Attributes:
        back: From the data to the source.
        forward: From where they arrived to the data.
    """

    back: Scene
    forward: Scene


def reversible(view: View) -> View:
    """Return the look without classes, and with a solver that also goes backward."""
    return view.model_copy(update={"guidance": 0.0, "solver": view.solver if view.solver in ODE else WITHOUT})


def there_and_back(experiment: Experiment, field: Field, view: View, usual: Scene) -> ThereAndBack:
    """Carry fresh data points to the source and on again.

    Args:
        experiment: What the flow is one of.
        field: Its field, exact or learned, in float32.
        view: How it is looked at, `reversible`.
        usual: The same flow from source to data: axes, arrows and ghosts come from it, and how many particles there are.
    """
    rng = torch.Generator().manual_seed(SEED_STRIDE * experiment.seed + SEED_STRIDE - 11)
    x1, labels = experiment.target_distribution.draw(usual.x.shape[1], rng)
    first, last = interval_of(field)
    x1 = points_at_end(experiment, x1, last, rng)
    how: dict[str, Any] = {"solver": view.solver, "steps": view.solver_steps}
    if view.noise:
        field = field if isinstance(field, ExactField) else WithScore(field, experiment.path)
        how |= {"noise": Noise(view.noise, view.noise_shape, until=last), "rng": rng}
    back = solve(field, x1, interval=(last, first), grid=MIRRORED[view.grid], **how)
    forward = solve(field, back.x[-1], interval=(first, last), grid=view.grid, **how)
    # The density of `usual` is that of particles which began at the source.
    scene = replace(usual, labels=labels.to(torch.uint8).numpy(), density=None, density_t=None, nearest=None, about="")
    words = (BACK, SHAKEN if view.noise else FORWARD)
    return ThereAndBack(*(_carried(scene, found, view, said) for found, said in zip((back, forward), words, strict=True)))


def _carried(scene: Scene, found: Trajectory, view: View, words: str) -> Scene:
    """Show both ways under one clock."""
    seen = steps_seen(found, view)
    found = thinned(found, FRAMES)
    order: Callable[[Tensor], Tensor] = (lambda a: a.flip(0)) if float(found.t[0]) > float(found.t[-1]) else (lambda a: a)
    return replace(
        scene,
        t=order(found.t).numpy(),
        x=order(found.x).numpy(),
        nfe=found.nfe,
        steps=tuple(sorted(seen["steps"])),
        rejected=tuple(sorted(seen["rejected"])),
        note=" ".join(filter(None, (words, found.gave_up or (FEW if view.few else "")))),
    )

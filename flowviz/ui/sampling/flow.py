"""The flow that the page Sampling looks at: the learned one, or the exact one."""

from collections.abc import Callable
from typing import NamedTuple

import torch

from flowviz.engine import Run
from flowviz.experiment import Experiment
from flowviz.known import exact_part, known
from flowviz.networks import learned_field
from flowviz.scene import Scene
from flowviz.scene.build import View
from flowviz.solvers import Field, GridName
from flowviz.training import Snapshot
from flowviz.ui import pictures
from flowviz.ui.pictures import Look
from flowviz.ui.state import Choice

Find = Callable[..., pictures.LearnedPicture]
"""`pictures.learned`, or `pictures.particles` where the density may be counted later."""


class Flow(NamedTuple):
    """What is measured: an experiment, and the weights it has now; None for the exact field."""

    experiment: Experiment
    snapshot: Snapshot | None

    @property
    def key(self) -> tuple[Experiment, int]:
        """Equal for equal curves."""
        if self.snapshot is None:
            return exact_part(self.experiment), -1
        return self.experiment, self.snapshot.step

    @property
    def step(self) -> int:
        """Steps that its weights have seen; −1 for the exact field."""
        return -1 if self.snapshot is None else self.snapshot.step

    @property
    def look(self) -> Look | None:
        """The weights with their step; None for the exact field."""
        return None if self.snapshot is None else Look(self.snapshot.step, self.snapshot.weights)

    def scene(self, view: View, find: Find = pictures.learned) -> Scene:
        """Return its picture, as the page's own player shows it; a learned one as `find` makes it."""
        return pictures.exact(self.experiment, view) if self.look is None else find(self.experiment, self.look, view).scene

    def field(self, dtype: torch.dtype = torch.float64) -> Field:
        """Return the field; in float64 what is left of an error is the solver's, and not that of rounding."""
        if self.snapshot is None:
            return known(self.experiment).field
        return learned_field(self.experiment, self.snapshot.weights, dtype=dtype)


class ToldFlow(NamedTuple):
    """A flow, and what solvers that are told their steps are told."""

    flow: Flow
    steps: int
    grid: GridName

    @property
    def key(self) -> tuple:
        """Equal for equal errors."""
        return self.flow.key, self.steps, self.grid


def flow_of(choice: Choice, run: Run | None) -> Flow:
    """Return the flow of what is on the page: the learned one where there is one and it is shown, else the exact one."""
    return Flow(choice.experiment, run.snapshot if run is not None and choice.show != "exact" else None)

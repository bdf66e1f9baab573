"""What a member of a comparison has beyond its experiment: which flow is shown, and how its particles are carried."""

from typing import Literal

from pydantic import Field

from flowviz.experiment import Leaf, Model, model_leaves
from flowviz.scene.build import View


class Shown(Model, frozen=True):
    """Which of an experiment's two flows a panel shows."""

    flow: Literal["learned", "exact"] = Field(
        default="learned", title="Flow", description="The learned flow, or the exact one, for which nothing is trained."
    )


_LOOKS = model_leaves(View)
OWN: dict[str, Leaf] = {**model_leaves(Shown), **{name: _LOOKS[name] for name in ("solver", "solver_steps", "eta")}}

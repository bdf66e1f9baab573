"""The steps of the lecture, in their order."""

from flowviz.ui.learn.step import Step
from flowviz.ui.learn.steps import continuity, loss, theorem

STEPS: tuple[Step, ...] = (continuity.STEP, loss.STEP, theorem.STEP)

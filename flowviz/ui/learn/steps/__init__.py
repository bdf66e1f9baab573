"""The steps of the lecture, in their order."""

from flowviz.ui.learn.step import Step
from flowviz.ui.learn.steps import average, bell, clouds, continuity, crossing, loss, outlook, pair, sampling, theorem

STEPS: tuple[Step, ...] = (
    clouds.STEP,
    pair.STEP,
    bell.STEP,
    crossing.STEP,
    average.STEP,
    continuity.STEP,
    loss.STEP,
    theorem.STEP,
    sampling.STEP,
    outlook.STEP,
)

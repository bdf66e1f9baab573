"""The steps of the lecture, in their order."""

from flowviz.ui.learn.step import Step
from flowviz.ui.learn.steps import average, bell, clouds, crossing, outlook, pair, sampling

STEPS: tuple[Step, ...] = (
    clouds.STEP,
    pair.STEP,
    bell.STEP,
    crossing.STEP,
    average.STEP,
    sampling.STEP,
    outlook.STEP,
)

"""train(experiment) -> iterator of Snapshot; nothing else trains."""

from flowviz.training.cost import evaluations_per_step
from flowviz.training.draws import Pool, draw_pool
from flowviz.training.loop import Diverged, Snapshot, TrainingState, check_device, train
from flowviz.training.steps import untrained_weights

__all__ = [
    "Diverged",
    "Pool",
    "Snapshot",
    "TrainingState",
    "check_device",
    "draw_pool",
    "evaluations_per_step",
    "train",
    "untrained_weights",
]

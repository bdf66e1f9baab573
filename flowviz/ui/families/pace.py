"""How many steps fit into a time: measured on this machine, once for each kind of training."""

import time
from functools import lru_cache

import torch

from flowviz.experiment import LEAVES, Experiment
from flowviz.threads import one_thread
from flowviz.training import draw_pool
from flowviz.training.make_step import make_step
from flowviz.training.pairs import parent_of

WARM, TRIED, PATIENCE = 2, 60, 0.15
"""Steps before the clock starts, steps that are timed, and the seconds after which no more are."""


def steps_within(experiment: Experiment, seconds: float) -> int:
    """Return steps that take so many seconds here, to two digits; where a flow is trained first, it has as many of its own.

    Args:
        experiment: What is trained; its number of steps does not matter.
        seconds: The time.
    """
    flows = [experiment]
    while flows[-1].made:
        flows.append(parent_of(flows[-1]))
    one = sum(seconds_a_step(flow.changed(steps=1000, seed=0)) for flow in flows)
    most = LEAVES["steps"].bounds[1] or 1
    return int(max(10, min(most, float(f"{seconds / one:.2g}"))))


@lru_cache(maxsize=128)
@one_thread()
def seconds_a_step(experiment: Experiment) -> float:
    """Return seconds that a step of training takes here, the drawing of its pairs included."""
    begin = time.perf_counter()
    plain = experiment if not experiment.made else experiment.changed(coupling="independent")
    pool = draw_pool(plain.changed(method="flow-matching") if plain.method.distils else plain, 0)
    drawn = (time.perf_counter() - begin) / max(1, len(pool.xt) // experiment.training.batch)
    step, loss = make_step(experiment, torch.device("cpu")), torch.zeros(())
    step.use(pool)
    for k in range(WARM):
        step.step(k, 1e-4, 0.9, loss)
    begin, made = time.perf_counter(), 0
    while made < TRIED and time.perf_counter() - begin < PATIENCE:
        step.step(made % 8, 1e-4, 0.9, loss)
        made += 1
    return drawn + (time.perf_counter() - begin) / made

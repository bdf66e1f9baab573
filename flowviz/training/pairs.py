"""Reflow: the flow that makes the pairs is trained first, here, so that `train(experiment)` needs nothing else."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from flowviz.experiment import Experiment
from flowviz.networks import learned_field
from flowviz.solvers import solve
from flowviz.training.draws import SEED_STRIDE
from flowviz.training.snapshot import Diverged, Snapshot, TrainingState

MOST = 16_384
"""Most pairs that are made; every pool of batches goes once through them."""
CHUNK = 1024
"""Pairs that are carried between two questions whether to stop."""
STEPS = 25
"""Steps of Runge–Kutta 4 by which they are carried: off by .002 at worst, far less than what training leaves."""
KEPT_BYTES = 16 * 1024**2
"""Weights of flows trained in this process that are kept, because the next training may want its pairs from them."""

_kept: dict[Experiment, Mapping[str, np.ndarray]] = {}


def parent_of(experiment: Experiment) -> Experiment:
    """Return the flow that makes the pairs of an experiment: the same but for one round less, and no further rounds of steps.

    Of a distilled flow it is the flow itself, with the same choices.

    Raises:
        ValueError: If no flow makes pairs for the experiment.
    """
    values = {name: getattr(experiment, name) for name in type(experiment).model_fields}
    training = experiment.training.model_copy(update={"more": 0})  # pairs stay the same when training goes on
    if experiment.method.distils:
        return Experiment(**values | {"method": "flow-matching", "training": training})
    return Experiment(**values | {"coupling": experiment.coupling.parent, "training": training})


def keep(experiment: Experiment, weights: Mapping[str, np.ndarray]) -> None:
    """Remember a finished training of this process, the latest ones within 16 MB."""
    flow = (
        not experiment.method.pathless
        and not experiment.method.distils
        and (experiment.coupling.closed_form or experiment.coupling.made)
    )
    if not (flow and experiment.training.more == 0):
        return  # no parent of anything
    _kept.pop(experiment, None)
    _kept[experiment] = {name: array.copy() for name, array in weights.items()}
    while sum(array.nbytes for kept in _kept.values() for array in kept.values()) > KEPT_BYTES:
        _kept.pop(next(iter(_kept)))


def make_pairs(
    experiment: Experiment, weights: Mapping[str, np.ndarray], *, stop: Callable[[], bool] = lambda: False
) -> Tensor | None:
    """Carry fresh source points along a flow.

    Args:
        experiment: The experiment that needs the pairs.
        weights: The weights of its parent.
        stop: Asked between chunks.

    Returns:
        x0 and Φ(x0), shape (2, n, 2); None if told to stop.
    """
    field = learned_field(parent_of(experiment), weights)
    # A seed that no pool of training uses: those lie below 50,001 for each seed.
    rng = torch.Generator().manual_seed(SEED_STRIDE * experiment.seed + SEED_STRIDE - 1 - experiment.flows_before)
    training = experiment.training
    x0 = experiment.source_distribution.sample(min(MOST, training.steps * training.batch), rng)
    ends = []
    for chunk in x0.split(CHUNK):
        if stop():
            return None
        ends.append(solve(field, chunk, solver="rk4", steps=STEPS).x[-1])
    return torch.stack([x0, torch.cat(ends)])


def prepare(
    experiment: Experiment,
    first: Snapshot,
    train: Callable[..., Iterator[Snapshot]],
    *,
    every: float,
    state: TrainingState | None,
    stop: Callable[[], bool],
) -> Generator[Snapshot, None, Tensor | None]:
    """Train the parent and let it make the pairs, unless that has been done.

    Args:
        experiment: The experiment that needs the pairs.
        first: A look at it before its first step, with its state.
        train: What trains.
        every: Seconds between looks.
        state: Where the experiment had come to.
        stop: Asked at every step.

    Yields:
        Looks at the experiment, still at step 0, that say in `preparing` what is done; a last one with a state if told to stop.

    Returns:
        The pairs, shape (2, n, 2); None if told to stop.
    """
    if state is not None and state.pairs is not None:
        return torch.from_numpy(state.pairs)
    assert first.state is not None
    start = first.state
    first = replace(first, seconds=0.0, state=None)
    parent, before = parent_of(experiment), state.parent if state is not None else None
    weights = _kept.get(parent)
    name = "the flow to distil" if experiment.method.distils else f"round {parent.coupling.flows_before}"
    if weights is None:
        snapshot = first
        try:
            for snapshot in train(parent, every=every, state=before, stop=stop):
                before = snapshot.state or before
                words = snapshot.preparing or f"{name}: step {snapshot.step:,} of {parent.total_steps:,}"
                yield replace(first, preparing=words)
        except Diverged as error:
            raise Diverged(f"the flow that makes the pairs failed: {error}", first) from None
        weights = snapshot.weights if snapshot.step == parent.total_steps else None
    made = None
    if weights is not None:
        yield replace(first, preparing=f"{name}: making pairs")
        made = make_pairs(experiment, weights, stop=stop)
    if made is None:
        yield replace(first, preparing=f"{name}: stopped", state=replace(start, seconds=0.0, parent=before))
    return made

"""The training of an estimator: a bar where a person looks, and an end where rows that it has not seen are fitted worse."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from flowviz.distributions import Rows
from flowviz.experiment import Experiment
from flowviz.networks import learned_field
from flowviz.training import Snapshot, TrainingState, train
from flowviz.training.draws import SEED_STRIDE

LOOK = 200
"""Steps between two looks at the held-out loss."""
PAIRS = 4096
"""Pairs of noise and held-out rows, with a time each, on which that loss is measured: always the same."""
TIMES = 64


@dataclass(frozen=True)
class Held:
    """Rows that are learned from, and rows that are not.

    Attributes:
        rows: The first, shape (n, d), placed.
        others: The second, shape (m, d).
        patience: Looks without a better loss after which training ends.
        seed: What the split and the pairs follow from.
    """

    rows: np.ndarray
    others: np.ndarray
    patience: int
    seed: int

    @staticmethod
    def split(rows: np.ndarray, share: float, patience: int, seed: int) -> Held:
        """Hold a share of the rows back.

        Raises:
            ValueError: If the share leaves nothing on one side, or `patience` is below 1.
        """
        if not 0 < share < 1:
            raise ValueError(f"`validation_fraction` must lie between 0 and 1; got {share!r}. Try 0.1.")
        if patience < 1:
            raise ValueError(f"`n_iter_no_change` must be at least 1; got {patience!r}. Try 5.")
        count = max(1, round(share * len(rows)))
        if len(rows) - count < 2:
            raise ValueError(f"`validation_fraction` {share:g} leaves fewer than 2 of {len(rows)} rows to learn from; try 0.1.")
        order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(SEED_STRIDE * seed + SEED_STRIDE - 2)).numpy()
        return Held(rows[np.sort(order[count:])], rows[np.sort(order[:count])], patience, seed)

    def loss(self, experiment: Experiment, weights: Mapping[str, np.ndarray]) -> float:
        """Return the loss of these weights on pairs of noise and held-out rows, time by time, as training measures it."""
        rng = torch.Generator().manual_seed(SEED_STRIDE * self.seed + SEED_STRIDE - 4)
        path, method, batch = experiment.path, experiment.method, experiment.training.batch
        x0 = experiment.source_distribution.sample(PAIRS, rng).split(batch)
        x1 = Rows(self.others).draw(PAIRS, rng)[0].split(batch)
        pairs = [experiment.coupling.partners(one, other, rng) for one, other in zip(x0, x1, strict=True)]
        starts, ends = torch.cat(x0), torch.cat([other[j] for other, j in zip(x1, pairs, strict=True)])
        z = torch.randn(starts.shape, generator=rng) if path.noisy else None
        found, total, times = learned_field(experiment, weights), 0.0, torch.linspace(*path.interval, TIMES + 2)[1:-1]
        for k, t in enumerate(times):
            some = slice(k, None, TIMES)
            way = path, starts[some], ends[some], t.expand(len(starts[some])), None if z is None else z[some]
            total += float((found.velocity(method.given(*way), t) - method.target(*way)).square().sum())
        return total / PAIRS


@dataclass
class Learned:
    """What came of a training.

    Attributes:
        weights: Those that are sampled.
        losses: Loss of each step, float32.
        looks: Steps and held-out losses.
    """

    weights: dict[str, np.ndarray]
    losses: np.ndarray
    looks: list[tuple[int, float]] = field(default_factory=list)


def learn(experiment: Experiment, held: Held | None, *, shown: bool | str) -> Learned:
    """Train to the end, or until the rows held back are fitted no better.

    Raises:
        ValueError: If rows are held back and a flow makes the coupling's pairs, which rows have no part in.
        Diverged: If the loss is lost.
    """
    if held is not None and experiment.made:
        raise ValueError(
            f"`early_stopping` measures the loss on rows, and coupling {experiment.coupling.slug!r} learns from pairs that a flow "
            "has made; leave one out."
        )
    bar = _bar(experiment.total_steps, shown)
    try:
        if held is None:
            last = _advance(experiment, None, experiment.total_steps, bar)
            return Learned(last.weights, last.losses)
        return _until_worse(experiment, held, bar)
    finally:
        bar.close()


def _until_worse(experiment: Experiment, held: Held, bar: Any) -> Learned:
    best, state, looks, kept = math.inf, None, [], None
    last, waited = None, 0
    while (done := 0 if last is None else last.step) < experiment.total_steps and waited < held.patience:
        last = _advance(experiment, state, min(done + LOOK, experiment.total_steps), bar)
        state, loss = last.state, held.loss(experiment, last.weights)
        looks.append((last.step, loss))
        waited = 0 if loss < best else waited + 1
        if loss < best:
            best, kept = loss, last.weights
    assert last is not None
    assert kept is not None
    return Learned(kept, last.losses, looks)


def _advance(experiment: Experiment, state: TrainingState | None, until: int, bar: Any) -> Snapshot:
    """Train on to a step; returns the last snapshot, with the state to go on from."""
    step = 0 if state is None else state.step
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return step + asked > until

    last = None
    for last in train(experiment, every=0.25, state=state, **({} if until == experiment.total_steps else {"stop": stop})):
        bar.update(last.step - bar.n)
    assert last is not None
    return last


def _bar(total: int, shown: bool | str) -> Any:
    """Return tqdm's bar; shown where asked for, or by itself in a terminal and in a notebook.

    Raises:
        ValueError: If `shown` is anything else than True, False or "auto".
    """
    if shown not in (True, False, "auto"):
        raise ValueError(f"`verbose` must be True, False or 'auto'; got {shown!r}.")
    from tqdm.auto import tqdm

    looked_at = (sys.stderr is not None and sys.stderr.isatty()) or "ipykernel" in sys.modules
    return tqdm(total=total, unit="step", leave=False, disable=not (looked_at if shown == "auto" else shown))

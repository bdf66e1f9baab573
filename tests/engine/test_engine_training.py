"""The engine with the real training: whatever it does with a run, the losses are those of `train` alone, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from engine_waiting import until

from flowviz.engine import Engine, Run
from flowviz.experiment import Experiment, Network, Training
from flowviz.training import Snapshot, train

pytestmark = pytest.mark.slow  # torch is loaded in each worker

SMALL = Network.model_validate({"width": 16, "depth": 2})


def experiment(seed: int = 0, coupling: str = "independent", **training: float | str) -> Experiment:
    chosen = Training.model_validate({"steps": 1500, "batch": 64, **training})
    return Experiment.model_validate({"seed": seed, "coupling": coupling, "network": SMALL, "training": chosen})


def alone(e: Experiment) -> Snapshot:
    """The last snapshot of an undisturbed training in this process, on one thread as in a worker."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        *_, last = train(e)
    finally:
        torch.set_num_threads(threads)
    return last


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(workers=2) as engine:
        yield engine


def wait_for(engine: Engine, run: Run, status: str) -> Snapshot:
    until(lambda: (now := engine.get(run.id)) is not None and now.status == status)
    now = engine.get(run.id)
    assert now is not None
    assert now.snapshot is not None
    return now.snapshot


def assert_same(one: Snapshot, other: Snapshot) -> None:
    np.testing.assert_array_equal(one.losses, other.losses)
    for name, weight in other.weights.items():
        np.testing.assert_array_equal(one.weights[name], weight)


def test_watched_beside_another_run_gives_what_training_alone_gives(engine: Engine):
    first, second = experiment(1), experiment(2)
    runs = [engine.submit(e, watcher="anna") for e in (first, second)]
    engine.watch(runs[0].id, "ben")
    for e, run in zip((first, second), runs, strict=True):
        assert_same(wait_for(engine, run, "done"), alone(e))


@pytest.mark.parametrize(("coupling", "steps"), [("independent", 20_000), ("ot", 3_000)])  # long enough to be caught twice
def test_paused_cancelled_and_resumed_gives_what_training_alone_gives(engine: Engine, coupling: str, steps: int):
    e = experiment(3, coupling, steps=steps)
    run = engine.submit(e, watcher="anna")
    until(lambda: (now := engine.get(run.id)) is not None and now.step > 0)
    engine.pause(run.id, "anna")
    paused = wait_for(engine, run, "paused")
    engine.resume(run.id, "anna")
    until(lambda: (now := engine.get(run.id)) is not None and now.step > paused.step)
    engine.stop_run(run.id, "anna")
    cancelled = wait_for(engine, run, "cancelled")
    assert 0 < paused.step < cancelled.step < e.total_steps
    engine.submit(e, watcher="anna")
    assert_same(wait_for(engine, run, "done"), alone(e))


def test_more_steps_give_what_training_in_one_go_gives(engine: Engine):
    e, more = experiment(4, steps=300), experiment(4, steps=300, more=1)
    first = wait_for(engine, engine.submit(e, watcher="anna"), "done")
    last = wait_for(engine, engine.submit(more, watcher="anna"), "done")
    assert last.seconds > first.seconds
    assert last.step == 1300
    assert_same(last, alone(more))


def test_a_divergence_fails_with_a_sentence_and_the_last_good_weights(engine: Engine):
    run = engine.submit(experiment(5, lr=10.0, schedule="constant"), watcher="anna")
    snapshot = wait_for(engine, run, "failed")
    failed = engine.get(run.id)
    assert failed is not None
    assert failed.error is not None
    assert "smaller learning rate" in failed.error
    assert all(np.isfinite(weight).all() for weight in snapshot.weights.values())

"""What visitors see of the engine, with real worker processes and a stub of a training."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from engine_steps import experiment
from engine_stub import Training, traces
from engine_waiting import LONG, TRAIN, expected, pids, until, wait_for, wait_for_steps

from flowviz.engine import Engine, Run


def test_a_run_starts_by_itself_and_gives_all_its_losses(engine: Engine):
    run = engine.submit(experiment(), watcher="anna")
    assert (run.status, run.place, run.snapshot, run.watchers) == ("queued", 1, None, 1)
    done = wait_for(engine, run, "done")
    assert done.snapshot is not None
    np.testing.assert_array_equal(done.snapshot.losses, expected(experiment()))
    assert done.finished
    assert done.started is not None
    assert done.elapsed > 0


def test_thirty_who_ask_for_the_same_share_one_training(engine: Engine, tmp_path: Path):
    e = experiment(folder=str(tmp_path), pace=0.002)
    runs: list[Run] = []
    students = [threading.Thread(target=lambda i=i: runs.append(engine.submit(e, watcher=f"student {i}"))) for i in range(30)]
    for student in students:
        student.start()
    for student in students:
        student.join()
    assert len({run.id for run in runs}) == 1
    assert wait_for(engine, runs[0], "done").watchers == 30
    assert traces(e) == ["from 0"]
    assert engine.submit(e, watcher="late").status == "done"
    assert traces(e) == ["from 0"]


def test_places_in_the_queue_move_up(engine: Engine):
    first = engine.submit(experiment(1, training=LONG, pace=0.001), watcher="anna")
    wait_for(engine, first, "running")
    others = [engine.submit(experiment(seed), watcher="anna") for seed in (2, 3)]
    assert [(run.status, run.place, run.starting) for run in others] == [("queued", 1, False), ("queued", 2, False)]
    engine.stop_run(others[0].id, "anna")
    second = engine.get(others[1].id)
    assert second is not None
    assert second.place == 1
    engine.stop_run(first.id, "anna")
    wait_for(engine, others[1], "done")


def test_one_run_at_a_time_is_on_the_gpu_and_those_on_the_cpu_do_not_wait_for_it(engine: Engine):
    first, second = (engine.submit(experiment(seed, device="cuda", training=LONG, pace=0.001), watcher="anna") for seed in (1, 2))
    wait_for_steps(engine, first)
    wait_for(engine, engine.submit(experiment(3), watcher="ben"), "done")
    waiting = engine.get(second.id)
    assert waiting is not None
    assert (waiting.status, waiting.place, waiting.starting) == ("queued", 1, False)
    engine.stop_run(first.id, "anna")
    wait_for_steps(engine, second)


def test_before_the_workers_are_up_a_run_is_starting():
    with Engine(workers=1, train="engine_slow:train") as engine:
        first, second = (engine.submit(experiment(seed), watcher="anna") for seed in (1, 2))
        until(lambda: bool(pids(engine)))
        views = [engine.get(run.id) for run in (first, second)]
        assert [(view.place, view.starting) for view in views if view] == [(1, True), (2, False)]


def test_cancelling_takes_effect_and_keeps_the_result_to_go_on_from(engine: Engine, tmp_path: Path):
    e = experiment(training=LONG, pace=0.001, folder=str(tmp_path))
    run = engine.submit(e, watcher="anna")
    wait_for_steps(engine, run)
    engine.stop_run(run.id, "anna")
    stopped = wait_for(engine, run, "cancelled")
    assert stopped.snapshot is not None
    assert 0 < stopped.step < e.total_steps
    again = engine.submit(e, watcher="anna")
    assert again.step == stopped.step
    wait_for_steps(engine, run, stopped.step + 1)
    assert traces(e) == ["from 0", f"from {stopped.step}"]


def test_two_watchers_pause_together_and_the_worker_is_free(engine: Engine, tmp_path: Path):
    e = experiment(1, training=Training(steps=400), pace=0.001, folder=str(tmp_path))
    run = engine.submit(e, watcher="anna")
    engine.watch(run.id, "ben")
    wait_for_steps(engine, run)
    engine.pause(run.id, "anna")
    wait_for_steps(engine, run, 100)  # one of two has asked: it goes on
    engine.pause(run.id, "ben")
    paused = wait_for(engine, run, "paused")
    assert paused.step < e.total_steps
    wait_for(engine, engine.submit(experiment(2), watcher="carl"), "done")
    engine.resume(run.id, "ben")
    done = wait_for(engine, run, "done")
    assert done.snapshot is not None
    np.testing.assert_array_equal(done.snapshot.losses, expected(e))
    assert traces(e) == ["from 0", f"from {paused.step}"]


def test_a_run_that_nobody_watches_is_cancelled_after_the_grace():
    with Engine(workers=1, train=TRAIN, grace=0.2) as engine:
        alone = engine.submit(experiment(1, training=LONG, pace=0.001))
        left = engine.submit(experiment(2, training=LONG, pace=0.001), watcher="anna")
        engine.unwatch(left.id, "anna")
        wait_for(engine, alone, "cancelled")
        wait_for(engine, left, "cancelled")
        wait_for(engine, engine.submit(experiment(3), watcher="anna"), "done")


def test_more_steps_go_on_from_the_finished_training(engine: Engine, tmp_path: Path):
    first, more = (experiment(training=Training(more=more), folder=str(tmp_path)) for more in (0, 2))
    wait_for(engine, engine.submit(first, watcher="anna"), "done")
    done = wait_for(engine, engine.submit(more, watcher="anna"), "done")
    assert done.snapshot is not None
    np.testing.assert_array_equal(done.snapshot.losses, expected(more))
    assert traces(more) == ["from 20"]


def test_an_exception_becomes_one_sentence_for_the_visitor_and_a_traceback_for_the_log(
    engine: Engine, caplog: pytest.LogCaptureFixture
):
    failed = wait_for(engine, engine.submit(experiment(fault="raise"), watcher="anna"), "failed")
    assert failed.error == "The numbers do not fit."
    assert "Traceback" in caplog.text
    assert "engine_stub.py" in caplog.text


def test_a_result_that_misses_its_tolerance_is_noted_in_the_snapshot_of_its_own_run(engine: Engine):
    """Whichever thread gives the warning; the run that comes after it on the same worker has no such note."""
    noted = wait_for(engine, engine.submit(experiment(fault="inexact"), watcher="anna"), "done")
    assert noted.snapshot is not None
    assert noted.snapshot.notes == ("A plan is off by 7.0%.",)
    for seed in (1, 2):
        clean = wait_for(engine, engine.submit(experiment(seed), watcher="anna"), "done")
        assert clean.snapshot is not None
        assert clean.snapshot.notes == ()


def test_a_divergence_is_one_line_in_the_log(engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture):
    run = wait_for(engine, engine.submit(experiment(fault="diverge", folder=str(tmp_path)), watcher="anna"), "failed")
    said = [record.getMessage() for record in caplog.records if run.id in record.getMessage()]
    assert len(said) == 1
    assert "infinite at step 5" in said[0]
    assert "Traceback" not in caplog.text
    assert "\n" not in said[0]


def test_a_divergence_keeps_the_last_good_weights(engine: Engine, tmp_path: Path):
    e = experiment(fault="diverge", folder=str(tmp_path))
    failed = wait_for(engine, engine.submit(e, watcher="anna"), "failed")
    assert failed.error == "The loss became infinite at step 5."
    assert failed.snapshot is not None
    assert failed.snapshot.weights["w"][0] == 5
    assert engine.submit(e, watcher="ben").status == "failed"
    assert traces(e) == ["from 0"]

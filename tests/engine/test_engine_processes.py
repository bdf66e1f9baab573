"""The engine with real worker processes and a stub of a training."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_stub import Experiment, Training, loss, traces
from engine_waiting import TRAIN, alive, children, until

from flowviz.engine import Engine, Run, crew, shared
from flowviz.engine import engine as module
from flowviz.engine.engine import count_workers

LONG = Training(steps=1_000_000)


def experiment(seed: int = 0, **fields: Any) -> Any:
    return Experiment(seed=seed, **fields)


def status(engine: Engine, run: Run) -> str:
    now = engine.get(run.id)
    return "gone" if now is None else now.status


def wait_for(engine: Engine, run: Run, *statuses: str) -> Run:
    until(lambda: status(engine, run) in statuses)
    now = engine.get(run.id)
    assert now is not None
    return now


def wait_for_steps(engine: Engine, run: Run, steps: int = 1) -> None:
    until(lambda: (now := engine.get(run.id)) is not None and now.step >= steps)


def pids(engine: Engine) -> list[int]:
    assert engine._crew is not None
    return [worker.process.pid for worker in engine._crew.pool if worker.process is not None]


def expected(e: Experiment) -> np.ndarray:
    return np.array([loss(e, step) for step in range(e.total_steps)], np.float32)


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


def test_a_killed_worker_is_replaced_and_its_run_done(engine: Engine, tmp_path: Path):
    e = experiment(training=Training(steps=300), pace=0.001, folder=str(tmp_path))
    run = engine.submit(e, watcher="anna")
    wait_for_steps(engine, run)
    (pid,) = pids(engine)
    os.kill(pid, signal.SIGKILL)
    done = wait_for(engine, run, "done")
    assert done.snapshot is not None
    np.testing.assert_array_equal(done.snapshot.losses, expected(e))
    assert traces(e) == ["from 0", "from 0"]
    assert not alive(pid)


def test_an_idle_worker_that_is_killed_is_replaced(engine: Engine):
    wait_for(engine, engine.submit(experiment(1), watcher="anna"), "done")
    (pid,) = pids(engine)
    os.kill(pid, signal.SIGKILL)
    until(lambda: pids(engine) not in ([pid], []))
    wait_for(engine, engine.submit(experiment(2), watcher="anna"), "done")


@pytest.mark.parametrize("fault", ["die", "memory"])
def test_a_run_whose_worker_dies_twice_fails_with_a_sentence(engine: Engine, tmp_path: Path, fault: str):
    e = experiment(fault=fault, folder=str(tmp_path))
    failed = wait_for(engine, engine.submit(e, watcher="anna"), "failed", "done")
    assert failed.status == "failed"
    assert failed.error is not None
    assert failed.error.startswith("The training process died twice")
    assert traces(e) == ["from 0", "from 0"]
    wait_for(engine, engine.submit(experiment(2), watcher="anna"), "done")


def test_an_exception_becomes_one_sentence_for_the_visitor_and_a_traceback_for_the_log(
    engine: Engine, caplog: pytest.LogCaptureFixture
):
    failed = wait_for(engine, engine.submit(experiment(fault="raise"), watcher="anna"), "failed")
    assert failed.error == "The numbers do not fit."
    assert "Traceback" in caplog.text
    assert "engine_stub.py" in caplog.text


def test_a_divergence_keeps_the_last_good_weights(engine: Engine, tmp_path: Path):
    e = experiment(fault="diverge", folder=str(tmp_path))
    failed = wait_for(engine, engine.submit(e, watcher="anna"), "failed")
    assert failed.error == "The loss became infinite at step 5."
    assert failed.snapshot is not None
    assert failed.snapshot.weights["w"][0] == 5
    assert engine.submit(e, watcher="ben").status == "failed"
    assert traces(e) == ["from 0"]


def test_a_worker_that_does_not_obey_is_killed(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(crew, "OBEY_SECONDS", 0.1)
    run = engine.submit(experiment(training=LONG, pace=0.001), watcher="anna")
    wait_for_steps(engine, run)
    (pid,) = pids(engine)
    os.kill(pid, signal.SIGSTOP)  # as if stuck in one endless step
    engine.stop_run(run.id, "anna")
    assert wait_for(engine, run, "cancelled").step > 0
    until(lambda: not alive(pid))
    wait_for(engine, engine.submit(experiment(2), watcher="anna"), "done")


def test_a_training_that_cannot_be_loaded_fails_those_who_wait(caplog: pytest.LogCaptureFixture):
    with Engine(workers=1, train="no_such_module:train") as engine:
        failed = wait_for(engine, engine.submit(experiment(), watcher="anna"), "failed")
        assert failed.error is not None
        assert "do not start" in failed.error
        assert "no_such_module" in caplog.text


def test_memory_stays_bounded_over_many_runs():
    limit = 400_000
    with Engine(workers=1, train=TRAIN, cache_bytes=limit) as engine:
        for seed in range(60):
            wait_for(engine, engine.submit(experiment(seed, size=50_000), watcher="anna"), "done")
        assert engine._book.cache.bytes <= limit
        assert len(engine._book.cache) <= 8
        assert not engine._book.live
        assert engine.get(experiment(59, size=50_000).key) is not None
        assert engine.get(experiment(0, size=50_000).key) is None


def test_no_descriptor_thread_or_process_is_left_over():
    def census() -> tuple[int, int, set[int]]:
        return len(os.listdir("/proc/self/fd")), threading.active_count(), children()

    before = census()
    for _ in range(3):
        with Engine(workers=2, train=TRAIN) as engine:
            run = engine.submit(experiment(training=LONG, pace=0.001), watcher="anna")
            wait_for_steps(engine, run)
            started = pids(engine)
        assert status(engine, run) == "cancelled"
        assert len(started) == 2
        assert not any(map(alive, started))
    assert census() == before


def test_an_engine_can_be_started_again_and_keeps_what_was_done():
    engine = Engine(workers=1, train=TRAIN)
    with pytest.raises(RuntimeError, match="not running"):
        engine.submit(experiment())
    with engine:
        run = engine.submit(experiment(), watcher="anna")
        wait_for(engine, run, "done")
    with engine:
        assert engine.submit(experiment(), watcher="anna").status == "done"
        wait_for(engine, engine.submit(experiment(2), watcher="anna"), "done")


SCRIPT = """
import sys, time, types
sys.path.insert(0, {here!r})
sys.modules["__main__"] = types.ModuleType("__main__")  # as Streamlit does while a script runs
from flowviz.engine import Engine
from engine_stub import Experiment, Training
engine = Engine(workers=2, train="engine_stub:train").start()
run = engine.submit(Experiment(training=Training(steps=10**6), pace=.001), watcher="anna")
while engine.get(run.id).step < 1:
    time.sleep(.01)
print(*[worker.process.pid for worker in engine._crew.pool], flush=True)
time.sleep(600)
"""


def test_workers_leave_when_the_parent_is_killed_and_do_not_need_its_main():
    here = Path(__file__).parent
    command = [sys.executable, "-c", SCRIPT.format(here=str(here))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=here.parents[1]) as parent:
        assert parent.stdout is not None
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(workers) == 2
        assert all(map(alive, workers))
        parent.kill()
    until(lambda: not any(map(alive, workers)))


def test_the_number_of_workers_is_checked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("FLOWVIZ_WORKERS", raising=False)
    assert count_workers() == os.cpu_count()
    monkeypatch.setenv("FLOWVIZ_WORKERS", "3")
    assert (count_workers(), count_workers(2)) == (3, 2)
    for wrong in ("0", "-1", "two", "1.5", "100000"):
        monkeypatch.setenv("FLOWVIZ_WORKERS", wrong)
        with pytest.raises(ValueError, match=r"FLOWVIZ_WORKERS must be a whole number from 1 to 256; got '"):
            Engine()


def test_shared_is_one_engine_for_all_threads(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_shared", None)
    monkeypatch.setenv("FLOWVIZ_WORKERS", "1")
    monkeypatch.setattr(Engine.__init__, "__defaults__", (None, 1000, 60.0, TRAIN))
    engines: list[Engine] = []
    threads = [threading.Thread(target=lambda: engines.append(shared())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, engines))) == 1
    wait_for(engines[0], engines[0].submit(experiment(), watcher="anna"), "done")
    engines[0].stop()

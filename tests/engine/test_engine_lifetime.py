"""Deaths, ends and new starts, of workers, of the engine and of its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from engine_steps import experiment
from engine_stub import Training, traces
from engine_waiting import LONG, TRAIN, alive, children, expected, pids, status, until, wait_for, wait_for_steps

from flowviz.engine import Engine, crew, shared
from flowviz.engine import engine as module
from flowviz.engine.engine import count_workers


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

"""The bounds of the rules, and what holds whatever happens."""

from __future__ import annotations

import numpy as np
import pytest
from engine_steps import MiB, experiment, finish, snapshot, take

from flowviz.engine import book as book_module
from flowviz.engine.book import Book, QueueFullError
from flowviz.engine.run import Job


def test_a_full_queue_says_so_and_takes_the_same_experiment_still(book: Book, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(book_module, "QUEUE_LIMIT", 3)
    for seed in range(3):
        book.submit(experiment(seed), "anna", 0.0)
    with pytest.raises(QueueFullError, match="3 trainings are waiting"):
        book.submit(experiment(9), "anna", 0.0)
    assert book.submit(experiment(1), "ben", 0.0).status == "queued"
    assert len(book.live) == 3


def test_paused_runs_are_bounded_and_the_longest_paused_go_first(book: Book, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(book_module, "QUEUE_LIMIT", 2)
    jobs = []
    for seed in range(4):
        jobs.append(book.submit(experiment(seed), f"visitor {seed}", 0.0))
        book.pause(jobs[-1], f"visitor {seed}", 0.0)
    assert [job.status for job in jobs] == ["cancelled", "cancelled", "paused", "paused"]
    book.resume(jobs[0], "visitor 0", 0.0)
    assert jobs[0].status == "queued"


def test_paused_runs_are_bounded_in_bytes(book: Book):
    jobs = []
    for seed in range(3):
        jobs.append(book.submit(experiment(seed), "anna", 0.0))
        take(book)
        book.pause(jobs[-1], "anna", 0.0)
        jobs[-1].receive(snapshot(3, np.zeros(MiB // 2 - 50_000, np.uint8)))
        book.ended(jobs[-1], True, 0.0)
    assert [job.status for job in jobs] == ["cancelled", "paused", "paused"]


def test_steps_per_second_are_smoothed_and_time_in_the_queue_is_not_counted(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    take(book, now=100.0)
    for step, seconds in ((2, 1.0), (4, 2.0), (14, 3.0)):
        job.receive(snapshot(step, seconds=seconds))
    rate = job.view(103.0).steps_per_second
    assert rate is not None
    assert 2.0 < rate < 10.0
    assert job.view(103.0).elapsed == 3.0
    book.pause(job, "anna", 103.0)
    book.ended(job, True, 104.0)
    view = job.view(200.0)
    assert (view.status, view.elapsed, view.steps_per_second, view.started) == ("paused", 4.0, None, 1e9)


def test_a_gpu_has_a_queue_of_its_own(book: Book):
    book.submit(experiment(1), "anna", 0.0)
    job = book.submit(experiment(2, device="cuda"), "anna", 0.0)
    assert book.queues["gpu"] == [job]


def test_closing_cancels_what_lives_and_keeps_what_is_done(book: Book):
    done = book.submit(experiment(1), "anna", 0.0)
    finish(book, take(book))
    running, queued = book.submit(experiment(2), "anna", 0.0), book.submit(experiment(3), "anna", 0.0)
    take(book)
    book.close(0.0)
    assert [job.status for job in (done, running, queued)] == ["done", "cancelled", "cancelled"]
    assert not book.live


@pytest.mark.parametrize("seed", range(5))
def test_whatever_visitors_and_workers_do_no_run_is_lost_or_in_two_places(seed: int):
    rng = np.random.default_rng(seed)
    book, running, now = Book(cache_bytes=400_000, grace=5.0), [], 0.0
    visitors = [book.submit, book.watch, book.unwatch, book.pause, book.resume, book.stop]
    for _ in range(3000):
        now += rng.exponential(0.5)
        act, who = visitors[rng.integers(len(visitors))], f"visitor {rng.integers(4)}"
        e = experiment(int(rng.integers(12)))
        job = book.find(e.key)
        if act == book.submit:
            book.submit(e, who, now)
        elif job is not None:
            act(job, who, now)
        book.expire(now)
        while len(running) < 2 and book.queues["cpu"]:
            running.append(take(book, now))
        if running and rng.random() < 0.5:
            worker_event(book, running.pop(rng.integers(len(running))), rng, now)
        check(book, running)


def worker_event(book: Book, job: Job, rng: np.random.Generator, now: float) -> None:
    chance = rng.random()
    if chance < 0.1:
        book.died(job, now)
    elif chance < 0.2:
        book.failed(job, "No luck.", snapshot(2, "bad") if chance < 0.15 else None, now)
    else:
        stopped = job.want != "run"
        job.receive(snapshot(3 if stopped else 20, "state"))
        book.ended(job, stopped, now)


def check(book: Book, running: list[Job]) -> None:
    queue = book.queues["cpu"]
    assert {id(job) for job in running} == {id(job) for job in book.live.values() if job.status == "running"}
    assert {id(job) for job in queue} == {id(job) for job in book.live.values() if job.status == "queued"}
    assert len(queue) == len(set(map(id, queue)))
    assert not set(book.live) & {job.id for job in book.cache}
    assert all(job.view(0.0).finished for job in book.cache)
    for job in book.live.values():
        assert (job.orphaned is None) == bool(job.watchers)
        if job.watchers:
            assert (job.want == "pause") == all(job.watchers.values())
    assert book.cache.bytes <= book.cache.limit

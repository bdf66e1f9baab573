"""The rules about watchers and workers, without processes or clocks."""

from __future__ import annotations

import pytest
from engine_steps import experiment, finish, snapshot, take
from engine_stub import Training

from flowviz.engine.book import Book


def test_the_same_experiment_is_the_same_run(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    assert book.submit(experiment(), "ben", 0.0) is job
    assert (len(job.watchers), len(book.queues["cpu"])) == (2, 1)
    finish(book, take(book))
    assert book.submit(experiment(), "carl", 0.0) is job
    assert (job.status, book.queues["cpu"]) == ("done", [])


def test_a_finished_run_can_be_watched_and_left_without_effect(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    finish(book, take(book))
    for act in (book.pause, book.resume, book.stop, book.watch, book.unwatch):
        act(job, "anna", 0.0)
        assert job.status == "done"
    book.expire(1e6)
    assert book.find(job.id) is job


def test_a_run_pauses_when_all_its_watchers_have_asked(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    book.submit(experiment(), "ben", 0.0)
    take(book)
    book.pause(job, "anna", 0.0)
    assert job.want == "run"
    book.pause(job, "ben", 0.0)
    assert job.want == "pause"
    job.receive(snapshot(3, "three"))
    book.ended(job, True, 0.0)
    assert (job.status, job.state) == ("paused", "three")


def test_a_run_pauses_when_the_only_one_who_has_not_asked_leaves(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    book.submit(experiment(), "ben", 0.0)
    book.pause(job, "anna", 0.0)
    assert job.status == "queued"
    book.unwatch(job, "ben", 0.0)
    assert job.status == "paused"


def test_one_watcher_is_enough_to_go_on_and_a_new_one_has_not_asked_to_pause(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    book.pause(job, "anna", 0.0)
    assert (job.status, book.queues["cpu"]) == ("paused", [])
    book.watch(job, "ben", 0.0)
    assert (job.status, book.queues["cpu"]) == ("queued", [job])


def test_a_resumed_run_goes_to_the_front_and_one_that_never_ran_to_the_back(book: Book):
    first = book.submit(experiment(1), "anna", 0.0)
    take(book)
    second, third = book.submit(experiment(2), "ben", 0.0), book.submit(experiment(3), "carl", 0.0)
    book.pause(first, "anna", 0.0)
    book.ended(first, True, 0.0)
    book.pause(second, "ben", 0.0)
    book.resume(second, "ben", 0.0)
    book.resume(first, "anna", 0.0)
    assert book.queues["cpu"] == [first, third, second]


def test_resuming_before_the_pause_took_effect_goes_on_from_the_checkpoint(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    take(book)
    book.pause(job, "anna", 0.0)
    book.resume(job, "anna", 0.0)
    job.receive(snapshot(3, "three"))
    book.ended(job, True, 0.0)
    assert job.status == "queued"
    assert take(book).state == "three"


def test_a_run_that_reached_its_end_while_being_stopped_is_done(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    take(book)
    book.stop(job, "anna", 0.0)
    job.receive(snapshot(20, "end"))
    book.ended(job, True, 0.0)
    assert job.status == "done"


def test_stop_cancels_at_once_only_for_the_last_watcher(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    book.watch(job, "ben", 0.0)
    book.stop(job, "anna", 0.0)
    assert (job.status, list(job.watchers)) == ("queued", ["ben"])
    book.stop(job, "ben", 0.0)
    assert (job.status, book.live, book.queues["cpu"]) == ("cancelled", {}, [])


@pytest.mark.parametrize("status", ["queued", "running", "paused"])
def test_nobody_watching_for_longer_than_the_grace_cancels(book: Book, status: str):
    job = book.submit(experiment(), "anna", 0.0)
    if status != "queued":
        take(book)
    if status == "paused":
        book.pause(job, "anna", 0.0)
        book.ended(job, True, 0.0)
    assert book.next_expiry() is None
    book.unwatch(job, "anna", 5.0)
    assert book.next_expiry() == 65.0
    book.expire(64.9)
    assert (job.status, job.want != "stop") == (status, True)
    book.expire(65.0)
    assert job.want == "stop" if status == "running" else job.status == "cancelled"
    assert book.next_expiry() is None


def test_coming_back_within_the_grace_stops_the_clock(book: Book):
    job = book.submit(experiment(), None, 0.0)
    assert book.next_expiry() == 60.0
    book.watch(job, "anna", 30.0)
    book.expire(1e6)
    assert (job.status, book.next_expiry()) == ("queued", None)


def test_a_run_wanted_again_while_it_is_being_cancelled_goes_on(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    take(book)
    book.stop(job, "anna", 0.0)
    book.submit(experiment(), "ben", 0.0)
    job.receive(snapshot(3, "three"))
    book.ended(job, True, 0.0)
    assert (job.status, job.state) == ("queued", "three")


def test_asking_again_without_a_watcher_starts_the_run_and_the_grace_anew(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    take(book)
    book.stop(job, "anna", 0.0)
    book.submit(experiment(), None, 50.0)
    assert (job.want, book.next_expiry()) == ("run", 110.0)
    book.pause(job, "anna", 50.0)
    book.ended(job, True, 50.0)
    book.unwatch(job, "anna", 60.0)
    assert job.status == "paused"
    book.submit(experiment(), None, 70.0)
    assert (job.status, book.next_expiry()) == ("queued", 130.0)


def test_a_cancelled_run_keeps_its_result_and_goes_on_from_its_state(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    take(book)
    book.stop(job, "anna", 0.0)
    job.receive(snapshot(3, "three"))
    book.ended(job, True, 0.0)
    assert job.status == "cancelled"
    assert job.view(0.0).step == 3
    again = book.submit(experiment(), "anna", 0.0)
    assert (again.status, len(book.cache)) == ("queued", 0)
    assert take(book).state == "three"


def test_leaving_forgets_the_watcher_everywhere(book: Book):
    done = book.submit(experiment(1), "anna", 0.0)
    finish(book, take(book))
    waiting = book.submit(experiment(2), "anna", 0.0)
    book.leave("anna", 7.0)
    assert (done.watchers, waiting.watchers, waiting.orphaned) == ({}, {}, 7.0)


def test_a_death_is_tried_once_more_from_the_last_state_then_failed(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    take(book)
    job.receive(snapshot(3, "three"))
    book.died(job, 0.0)
    assert book.queues["cpu"] == [job]
    assert take(book).state == "three"
    book.died(job, 0.0)
    assert job.status == "failed"
    assert job.error is not None
    assert "died twice" in job.error


def test_a_failed_run_is_tried_anew_but_a_divergence_is_a_result(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    book.failed(take(book), "No luck.", None, 0.0)
    assert (job.status, job.error) == ("failed", "No luck.")
    assert book.submit(experiment(), "anna", 0.0).status == "queued"
    book.failed(take(book), "Diverged.", snapshot(3, "bad"), 0.0)
    again = book.submit(experiment(), "anna", 0.0)
    assert (again.status, again.error, again.view(0.0).step) == ("failed", "Diverged.", 3)


def test_more_steps_go_on_from_the_longest_finished_training(book: Book):
    for more in (0, 2, 5):
        book.submit(experiment(training=Training(more=more)), "anna", 0.0)
        finish(book, take(book), f"more {more}")
    book.submit(experiment(training=Training(more=4)), "anna", 0.0)
    assert take(book).state == "more 2"
    book.submit(experiment(seed=1, training=Training(more=4)), "anna", 0.0)
    assert take(book).state is None


def test_more_steps_do_not_go_on_from_an_unfinished_training(book: Book):
    job = book.submit(experiment(), "anna", 0.0)
    take(book)
    book.stop(job, "anna", 0.0)
    job.receive(snapshot(3, "three"))
    book.ended(job, True, 0.0)
    book.submit(experiment(training=Training(more=1)), "anna", 0.0)
    assert take(book).state is None

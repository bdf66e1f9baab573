"""The cache that all visitors share: each answer once, no waiting for what is there, no poisoned entries."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from flowviz.ui.caching import SharedCache


def test_many_who_ask_at_once_are_answered_by_one_computation() -> None:
    cache: SharedCache[int] = SharedCache(4)
    computed, everybody = [], threading.Barrier(8)

    def compute() -> int:
        computed.append(1)
        return 7

    def ask(_: int) -> int:
        everybody.wait(10)
        return cache.get("a", compute)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == [7] * 8
    assert len(computed) == 1


def test_what_is_there_is_handed_out_while_something_else_is_computed() -> None:
    cache: SharedCache[str] = SharedCache(4)
    cache.get("ready", lambda: "at once")
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> str:
        begun.set()
        assert go_on.wait(10)
        return "late"

    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(cache.get, "slow", slow)
        assert begun.wait(10)
        assert cache.get("ready", lambda: "computed again") == "at once"
        assert not waiting.done()
        go_on.set()
        assert waiting.result(10) == "late"


def test_different_answers_are_computed_one_after_another() -> None:
    cache: SharedCache[int] = SharedCache(8)
    at_work, most = [0], [0]
    lock = threading.Lock()

    def compute() -> int:
        with lock:
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
        threading.Event().wait(0.01)
        with lock:
            at_work[0] -= 1
        return 1

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda question: cache.get(question, compute), range(6)))
    assert most == [1]


def test_the_least_recently_used_answer_goes_first() -> None:
    cache: SharedCache[str] = SharedCache(2)
    for question in "ab":
        cache.get(question, lambda question=question: question)
    cache.get("a", lambda: "again")
    cache.get("c", lambda: "c")
    assert cache.get("a", lambda: "again") == "a"
    assert cache.get("b", lambda: "again") == "again"


def test_an_error_reaches_all_who_wait_and_is_not_kept() -> None:
    cache: SharedCache[int] = SharedCache(2)

    def fail() -> int:
        raise ValueError("no picture")

    for _ in range(2):
        with pytest.raises(ValueError, match="no picture"):
            cache.get("a", fail)
    assert cache.get("a", lambda: 3) == 3


def test_answers_are_computed_on_one_thread_of_torch_whatever_the_server_has() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert SharedCache(4).get("a", torch.get_num_threads) == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)

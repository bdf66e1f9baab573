from __future__ import annotations

import numpy as np
import pytest
from engine_stub import Experiment, Snapshot

from flowviz.engine.cache import OVERHEAD, Cache, count_bytes, job_bytes
from flowviz.engine.run import Job, read_only


def job(name: str, size: int) -> Job:
    snapshot = Snapshot(1, np.zeros(0, np.float32), {"w": np.zeros(size, np.uint8)}, 0.0)
    return Job(name, Experiment(), snapshot=snapshot)  # type: ignore[arg-type]


def test_bytes_of_losses_weights_and_state_are_counted():
    snapshot = Snapshot(1, np.zeros(3, np.float32), {"a": np.zeros((2, 2))}, 0.0, {"m": [np.zeros(5, np.int8), b"ab"]})
    assert count_bytes(snapshot) == 12 + 32 + 5 + 2


def test_shared_memory_is_counted_once_and_a_view_holds_its_whole_array():
    whole = np.zeros(100, np.uint8)
    assert count_bytes([whole, whole[:10], whole[50:]]) == 100
    assert count_bytes(whole[:10]) == 100


def test_cache_stays_within_its_bytes_and_lets_the_least_recently_used_go():
    one = job_bytes(job("a", 1000))
    cache = Cache(3 * one)
    for name in "abc":
        cache.put(job(name, 1000))
    assert cache.get("a") is not None  # now b is the oldest
    cache.put(job("d", 1000))
    assert [kept.id for kept in cache] == ["c", "a", "d"]
    assert cache.bytes == sum(map(job_bytes, cache)) == 3 * one


def test_a_larger_job_pushes_out_several_and_the_newest_always_stays():
    cache = Cache(4 * OVERHEAD)
    for name in "abc":
        cache.put(job(name, 0))
    cache.put(job("big", 2 * OVERHEAD))
    assert [kept.id for kept in cache] == ["c", "big"]
    cache.put(job("huge", 99 * OVERHEAD))
    assert [kept.id for kept in cache] == ["huge"]


def test_putting_again_and_taking_out_keep_the_count():
    cache = Cache(10 * OVERHEAD)
    cache.put(job("a", 10))
    cache.put(job("a", 20))
    assert cache.bytes == OVERHEAD + 20 + 0
    assert cache.pop("a") is not None
    assert cache.pop("a") is None
    assert (cache.bytes, len(cache)) == (0, 0)


def test_a_page_cannot_change_what_others_see():
    state = {"w": np.zeros(2)}
    snapshot = read_only(Snapshot(1, np.zeros(1), {"w": state["w"]}, 0.0, state))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="read-only"):
        snapshot.weights["w"][0] = 1
    with pytest.raises(ValueError, match="read-only"):
        snapshot.losses[0] = 1
    state["w"][0] = 1  # the state itself stays writable for the worker

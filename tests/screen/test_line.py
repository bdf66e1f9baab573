"""The line before the page scripts: its order, its bounds, and that nobody starves or is forgotten."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from flowviz.ui import caching
from flowviz.ui.caching import SharedCache
from flowviz.ui.line import IN_A_ROW, Line


def wait(what: Callable[[], object]) -> None:
    limit = time.monotonic() + 20
    while not what():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.002)


class Hall:
    """Scripts that stand in a line, one after another, and note when they get their turn."""

    def __init__(self, line: Line) -> None:
        self.line, self.order, self.go = line, [], threading.Event()
        self.threads = ThreadPoolExecutor(64)

    def join(self, name: str, *, pressed: bool) -> None:
        def script() -> None:
            with self.line.turn(pressed=pressed):
                self.order.append(name)
                assert self.go.wait(20)

        before = self.line.waiting + len(self.order)
        self.threads.submit(script)
        wait(lambda: self.line.waiting + len(self.order) > before)

    def end(self) -> list[str]:
        self.go.set()
        self.threads.shutdown()
        return self.order


def test_only_a_few_compute_at_a_time() -> None:
    line, at_work, most, lock = Line(2, 60), [0], [0], threading.Lock()

    def script(_: int) -> None:
        with line.turn(pressed=False):
            with lock:
                at_work[0] += 1
                most[0] = max(most[0], at_work[0])
            time.sleep(0.005)
            with lock:
                at_work[0] -= 1

    with ThreadPoolExecutor(30) as threads:
        list(threads.map(script, range(60)))
    assert most[0] == 2
    assert line.waiting == 0


def test_first_come_first_served_and_presses_go_before_openings() -> None:
    hall = Hall(Line(1, 60))
    hall.join("busy", pressed=False)
    for name in ("open 1", "open 2", "open 3"):
        hall.join(name, pressed=False)
    for name in ("press 1", "press 2"):
        hall.join(name, pressed=True)
    assert hall.end() == ["busy", "press 1", "press 2", "open 1", "open 2", "open 3"]


def test_an_opening_gets_its_turn_however_many_press() -> None:
    hall = Hall(Line(1, 60))
    hall.join("busy", pressed=False)
    hall.join("open", pressed=False)
    for number in range(3 * IN_A_ROW):
        hall.join(f"press {number}", pressed=True)
    assert hall.end().index("open") == 1 + IN_A_ROW


def test_a_long_turn_keeps_nobody_waiting_longer_than_its_bound() -> None:
    hall = Hall(Line(1, 0.1))
    hall.join("long", pressed=True)
    hall.join("next", pressed=False)
    wait(lambda: hall.order == ["long", "next"])
    hall.join("third", pressed=False)
    wait(lambda: hall.order == ["long", "next", "third"])
    hall.end()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_script_that_fails_gives_its_turn_back(error: type[BaseException]) -> None:
    line = Line(1, 60)
    for _ in range(3):
        with pytest.raises(error), line.turn(pressed=True):
            raise error
    with line.turn(pressed=False):
        assert line.waiting == 0


def test_who_waits_for_a_shared_answer_gives_the_turn_back_and_is_the_next_afterwards(monkeypatch) -> None:
    line = Line(1, 60)
    monkeypatch.setattr(caching, "LINE", line)
    cache: SharedCache[str] = SharedCache(4)
    begun, go_on, seen = threading.Event(), threading.Event(), []

    def slow() -> str:
        begun.set()
        assert go_on.wait(20)
        return "answer"

    def asks(name: str) -> None:
        with line.turn(pressed=False):
            seen.append(name)
            assert cache.get("question", slow) == "answer"
            seen.append(f"{name} has it")

    with ThreadPoolExecutor(4) as threads:
        threads.submit(cache.get, "question", slow)  # outside of the line, as the feed does
        assert begun.wait(20)
        first = threads.submit(asks, "first")
        wait(lambda: seen == ["first"])
        second = threads.submit(asks, "second")  # the first waits, and lets the second in
        wait(lambda: seen == ["first", "second"])
        go_on.set()
        first.result(20)
        second.result(20)
    assert set(seen[2:]) == {"first has it", "second has it"}

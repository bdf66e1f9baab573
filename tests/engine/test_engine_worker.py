"""The worker's own rules, in this process."""

from __future__ import annotations

from typing import Any

import pytest

from flowviz.engine.worker import Link, perform, sentence


class Recorder(Link):
    """A link that keeps what is sent, and is told to stop an attempt after so many snapshots."""

    def __init__(self, stop_after: int, attempt: int) -> None:
        self.stopped = 0
        self.sent: list[tuple[Any, ...]] = []
        self._stop_after, self._attempt = stop_after, attempt

    def send(self, *message: Any) -> None:
        self.sent.append(message)
        if len(self.sent) == self._stop_after:
            self.stopped = self._attempt


def count(experiment: Any, *, state: Any, stop: Any):
    for step in range(experiment):
        if stop():
            return
        yield step


def test_cancelling_takes_effect_within_one_step():
    link = Recorder(stop_after=3, attempt=7)
    perform(link, count, 7, 1000, None)
    assert link.sent == [("snapshot", 7, 0), ("snapshot", 7, 1), ("snapshot", 7, 2), ("end", 7, True)]


def test_an_order_to_stop_an_earlier_attempt_is_not_for_this_one():
    link = Recorder(stop_after=1, attempt=6)
    perform(link, count, 7, 3, None)
    assert link.sent[-1] == ("end", 7, False)
    assert len(link.sent) == 4


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("no good"), "No good."),
        (ValueError("Is it?\n  File x, line 3"), "Is it?"),
        (KeyError("unknown path 'x'; choose one of a, b."), "Unknown path 'x'; choose one of a, b."),
        (ZeroDivisionError(), "The training stopped with ZeroDivisionError."),
        (ValueError("x" * 1000), "X" + "x" * 299 + "."),
    ],
)
def test_a_visitor_reads_one_sentence(error: Exception, words: str):
    assert sentence(error) == words

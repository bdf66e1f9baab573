"""Work in threads ends before the process does: one that is inside torch or Agg while Python goes away would abort it."""

import atexit
import threading
from typing import Protocol
from weakref import WeakSet

PATIENCE = 30.0
"""Seconds that the process waits for a thread to come to the end of its present step."""


class Work(Protocol):
    """What has a thread of its own and can be stopped."""

    thread: threading.Thread

    def cancel(self) -> None:
        """Stop soon."""
        ...


_going: WeakSet[Work] = WeakSet()


def ends_with_the_process(work: Work) -> None:
    """Have this work stopped, and waited for, when the process ends."""
    _going.add(work)


@atexit.register
def _end() -> None:
    for work in list(_going):
        work.cancel()
    for work in list(_going):
        work.thread.join(PATIENCE)

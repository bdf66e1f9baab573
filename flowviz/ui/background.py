"""Work in threads: one of a kind at a time, cancelled by a word, ended before the process is."""

import atexit
import threading
from abc import ABC, abstractmethod
from typing import ClassVar
from weakref import WeakSet

PATIENCE = 30.0
"""Seconds that the process waits for a thread to come to the end of its present step."""


class BackgroundTask(ABC):
    """Work in a thread of its own, which begins when its turn comes; it may be looked at from any thread.

    A subclass has a `turn` that all of its kind share, so that they do not take the pictures' time from everybody who
    watches, and calls `begin` once it is ready.
    """

    turn: ClassVar[threading.Semaphore]
    failures: ClassVar[tuple[type[Exception], ...]]
    """What the work may raise: the sentence is then in `error`."""

    def __init__(self) -> None:
        self.error = ""
        self.thread = threading.Thread(target=self._run, daemon=True)
        self._cancelled = threading.Event()

    def begin(self) -> None:
        """Start the thread, and see that it ends before the process: inside torch or Agg it would abort it."""
        _going.add(self)
        self.thread.start()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return not self.thread.is_alive()

    @property
    def cancelled(self) -> bool:
        """Whether it shall stop."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Stop at the end of the present step."""
        self._cancelled.set()

    @abstractmethod
    def work(self) -> None:
        """Do it, and return early once `cancelled`."""

    @abstractmethod
    def release(self) -> None:
        """Let go of what only the work needed."""

    def _run(self) -> None:
        try:
            while not self.turn.acquire(timeout=0.05):
                if self.cancelled:
                    return
            try:
                self.work()
            finally:
                self.turn.release()
        except self.failures as error:
            self.error = str(error).strip("'\"")
        finally:
            self.release()


_going: WeakSet[BackgroundTask] = WeakSet()


@atexit.register
def _end() -> None:
    for task in list(_going):
        task.cancel()
    for task in list(_going):
        task.thread.join(PATIENCE)

"""A cache that all visitors share: each answer is computed once, by one thread, for all who ask for it."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

from cachetools import LRUCache

from flowviz.threads import one_thread
from flowviz.ui.line import LINE

T = TypeVar("T")


class SharedCache(Generic[T]):
    """The answers to the last `most` different questions (LRU).

    Who asks for what is being computed waits for it; who asks for what is there gets it at once. Different answers are
    computed one after another: many at a time would make all of them late.
    """

    def __init__(self, most: int) -> None:
        self._answers: LRUCache[Hashable, Future[T]] = LRUCache(most)
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def get(self, question: Hashable, compute: Callable[[], T]) -> T:
        """Return the cached answer, or the one that `compute` gives; what it raises is raised for all who wait, and not kept."""
        with self._lock:
            answer = self._answers.get(question)
            first = answer is None
            if answer is None:
                answer = self._answers[question] = Future()
        if first:
            self._compute(question, answer, compute)
        elif not answer.done():
            with LINE.aside():  # whoever waits here lets others compute
                return answer.result()
        return answer.result()

    def peek(self, question: Hashable) -> T | None:
        """Return the answer if it is there already; else None, at once."""
        with self._lock:
            answer = self._answers.get(question)
        return answer.result() if answer is not None and answer.done() and answer.exception() is None else None

    def _compute(self, question: Hashable, answer: "Future[T]", compute: Callable[[], T]) -> None:
        try:
            # Of torch's threads one: on two cores that the browser's drawing shares, several wait for each other at every small product.
            with self._turn, one_thread():
                answer.set_result(compute())
        except BaseException as error:
            with self._lock:
                if self._answers.get(question) is answer:
                    del self._answers[question]
            answer.set_exception(error)

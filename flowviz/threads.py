"""Run a piece of work on one thread of torch's, whatever the caller has set: sums come out the same, bit for bit."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Set torch's number of threads to 1, and back to what it was at the end; also a decorator, as ``@one_thread()``.

    The order in which several threads add up depends on how many there are. Networks this small are fastest on one.

    >>> with one_thread():
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    if before != 1:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        if before != 1:
            torch.set_num_threads(before)

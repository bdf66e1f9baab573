"""A line before the page scripts: a few compute at a time, presses before openings, so that a hall that opens a link does not fight.

A hundred threads that share one interpreter make each of them late; in a line the first are done at once and the last no later.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

PLACES = 2
"""Scripts that compute at a time."""
LONGEST = 0.5
"""Seconds after which a turn no longer keeps others waiting: it may be computing something large."""
IN_A_ROW = 4
"""Presses before one who opens a page gets a turn even if more presses wait."""


class Line:
    """Turns, first come first served among presses and among openings.

    Args:
        places: Turns at a time.
        longest: Seconds that a turn counts.
    """

    def __init__(self, places: int = PLACES, longest: float = LONGEST) -> None:
        self._places, self._longest = places, longest
        self._lock = threading.Lock()
        self._waiting: dict[bool, deque[_Ticket]] = {True: deque(), False: deque()}
        self._inside: set[_Ticket] = set()
        self._in_a_row = 0
        self._mine = threading.local()

    @contextmanager
    def turn(self, *, pressed: bool) -> Iterator[None]:
        """Wait for a turn and have it.

        Args:
            pressed: Whether the visitor has pressed something, and not only opened a page.
        """
        ticket = self._mine.ticket = _Ticket(pressed)
        self._enter(ticket)
        try:
            yield
        finally:
            self._mine.ticket = None
            self._leave(ticket)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Give the turn back while waiting for what somebody else computes; afterwards it is the next."""
        ticket: _Ticket | None = getattr(self._mine, "ticket", None)
        if ticket is None:
            yield
            return
        self._leave(ticket)
        try:
            yield
        finally:
            ticket.admitted.clear()
            self._enter(ticket, first=True)

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(map(len, self._waiting.values()))

    def _enter(self, ticket: _Ticket, *, first: bool = False) -> None:
        with self._lock:
            queue = self._waiting[ticket.pressed]
            queue.insert(0 if first else len(queue), ticket)
            self._admit()
        while not ticket.admitted.wait(self._patience()):
            with self._lock:
                self._admit()  # somebody's turn may have become too long to count

    def _leave(self, ticket: _Ticket) -> None:
        with self._lock:
            self._inside.discard(ticket)
            self._admit()

    def _patience(self) -> float:
        """Return seconds until a turn that is had now ceases to count."""
        with self._lock:
            since = min((ticket.since for ticket in self._inside), default=0.0)
        return min(self._longest, max(0.01, since + self._longest - time.monotonic() + 0.001))

    def _admit(self) -> None:
        now = time.monotonic()
        busy = sum(now - ticket.since < self._longest for ticket in self._inside)
        while busy < self._places and (self._waiting[True] or self._waiting[False]):
            pressed = bool(self._waiting[True]) and (self._in_a_row < IN_A_ROW or not self._waiting[False])
            self._in_a_row = self._in_a_row + 1 if pressed else 0
            ticket = self._waiting[pressed].popleft()
            ticket.since = now
            self._inside.add(ticket)
            ticket.admitted.set()
            busy += 1


class _Ticket:
    """One script in the line."""

    def __init__(self, pressed: bool) -> None:
        self.pressed, self.since, self.admitted = pressed, 0.0, threading.Event()


LINE = Line()
"""The one line of this process."""

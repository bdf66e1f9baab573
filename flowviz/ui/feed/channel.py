"""Channels: each computes what is watched once, for all its listeners; a slow listener skips to the newest message."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor

from cachetools import LRUCache

from flowviz.threads import one_thread

LEAST_PAUSE, MOST_PAUSE = 0.5, 4.0
"""Seconds between two messages of a channel: while there is room, and at most."""
SHARE = 1.3
"""Cores that making the messages of all channels may take; torch's part of it runs in parallel."""
REMEMBERED = 4_096
"""Addresses of what has been shown to somebody; those that nobody listens to are forgotten, the oldest first."""
LOOK = 0.1
"""Seconds between two looks whether there is something new."""
SMOOTHING = 0.3

_log = logging.getLogger("flowviz.feed")


class Watched(ABC):
    """Runs and how they are looked at. Any thread may call it."""

    @property
    @abstractmethod
    def key(self) -> str:
        """Equal where all messages are the same."""

    @abstractmethod
    def moment(self) -> Hashable:
        """Return a value that changes when there is something new to send; cheap."""

    @abstractmethod
    def message(self, pause: float) -> bytes:
        """Compute what is to be sent now; `pause` is the seconds between two messages, for the page to say."""


class Listener:
    """One who listens to a channel: what is to be sent next is always the newest."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self.newest: bytes | None = None

    def offer(self, body: bytes) -> None:
        """Put a message in the place of one that has not been sent yet."""
        self.newest = body
        self.wake.set()

    async def take(self, patience: float) -> bytes:
        """Return the newest message, or b"" when none has come within `patience` seconds: a sign of life."""
        try:
            # Not `wait_for`: in Python 3.11 it may swallow a cancellation that comes together with the message.
            async with asyncio.timeout(patience):
                await self.wake.wait()
        except TimeoutError:
            return b""
        self.wake.clear()
        body, self.newest = self.newest, None
        return body or b""


class Channel:
    """All who listen to one thing. Lives on the server's event loop; goes to sleep when the last listener leaves."""

    def __init__(self, hub: Hub, watched: Watched) -> None:
        self.watched, self.seconds = watched, 0.0
        self._hub, self._listeners, self._last = hub, set[Listener](), b""
        self._task: asyncio.Task[None] | None = None

    def join(self) -> Listener:
        """Begin to listen; the last message is there at once."""
        listener = Listener()
        self._listeners.add(listener)
        if self._task is None or self._task.done():
            self._last, self._task = b"", asyncio.create_task(self._go())
        elif self._last:
            listener.offer(self._last)
        return listener

    def leave(self, listener: Listener) -> None:
        """Listen no longer."""
        self._listeners.discard(listener)
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task, self.seconds = None, 0.0

    def __len__(self) -> int:
        return len(self._listeners)

    async def _go(self) -> None:
        loop, before = asyncio.get_running_loop(), None
        while True:
            began, pause = loop.time(), LOOK
            try:
                now = self.watched.moment()
                if now != before:
                    pause = self._hub.pause
                    self._last = await loop.run_in_executor(self._hub.pool, self._make)
                    before = now
                    for listener in self._listeners:
                        listener.offer(self._last)
            except Exception:  # one broken picture must not end the feed of a whole hall
                _log.exception("a message could not be made")
            await asyncio.sleep(max(0.01, pause - (loop.time() - began)))

    def _make(self) -> bytes:
        began = time.thread_time()
        with one_thread():  # the next core has trainings to do
            message = self.watched.message(self._hub.pause)
        spent = time.thread_time() - began
        self.seconds = spent if not self.seconds else (1 - SMOOTHING) * self.seconds + SMOOTHING * spent
        return message


class Hub:
    """All channels of a process.

    Addresses are made with a secret of the process, so that nobody can guess what others look at; a page's script gets them
    by `open`, in any thread. All else happens on the event loop.

    Attributes:
        addresses: How many listen from each network address.
    """

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(2, thread_name_prefix="flowviz-feed")
        self._secret = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._known: LRUCache[str, Watched] = LRUCache(REMEMBERED)
        self._channels: dict[str, Channel] = {}
        self.addresses: Counter[str] = Counter()

    def open(self, watched: Watched) -> str:
        """Return the address of what is watched: the same for equal keys, as long as the process lives."""
        token = hashlib.blake2b(watched.key.encode(), key=self._secret, digest_size=16).hexdigest()
        with self._lock:
            self._known[token] = watched
        return token

    def join(self, token: str) -> tuple[Channel, Listener] | None:
        """Listen to an address; None where there is nothing at it."""
        channel = self._channels.get(token)
        if channel is None:
            with self._lock:
                watched = self._known.get(token)
            if watched is None:
                return None
            channel = self._channels[token] = Channel(self, watched)
        return channel, channel.join()

    def leave(self, token: str, listener: Listener) -> None:
        """Listen no longer; a channel that nobody listens to is given up."""
        channel = self._channels.get(token)
        if channel is not None:
            channel.leave(listener)
            if not channel:
                del self._channels[token]

    @property
    def pause(self) -> float:
        """Seconds between two messages, alike for all: longer when making them would take more than its share of a core."""
        busy = sum(channel.seconds for channel in self._channels.values())
        return min(MOST_PAUSE, max(LEAST_PAUSE, busy / SHARE))

    @property
    def listeners(self) -> int:
        """How many listen, to whatever it is."""
        return sum(map(len, self._channels.values()))

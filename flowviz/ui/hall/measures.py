"""A hall that watches: a server of its own, sixty to five hundred visitors over real sockets, on the same machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import Any

import numpy as np

from flowviz.bench.report import Aim, Row
from flowviz.ui.hall.server import Server, serving
from flowviz.ui.hall.visitor import Visitor

LONG = "steps=50000&more=50"
"""A run that does not end while it is measured."""


async def _all(work: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    return list(await asyncio.gather(*work))


async def _timed(work: Callable[[], Coroutine[Any, Any, Any]], delay: float = 0.0) -> float:
    await asyncio.sleep(delay)
    began = time.monotonic()
    await work()
    return time.monotonic() - began


async def _hall(server: Server, query: str, number: int) -> list[Visitor]:
    """Return visitors who open one link, twenty at a time, and watch."""
    found: list[Visitor] = []
    while len(found) < number:
        some = await _all([Visitor(server.base).open(query) for _ in range(min(20, number - len(found)))])
        found += await _all([visitor.watch() for visitor in some])
    return found


async def _pressed(server: Server, query: str) -> Visitor:
    """Return one who has pressed Train."""
    lecturer = await (await Visitor(server.base).open(query)).watch()
    await lecturer.press("Train")
    return lecturer


async def _lecturer(server: Server, query: str) -> Visitor:
    """Return one who has pressed Train, once the first steps have been made."""
    lecturer, limit = await _pressed(server, query), time.monotonic() + 120
    while not lecturer.steps:
        if time.monotonic() > limit:
            raise RuntimeError("the training did not begin")
        await asyncio.sleep(0.05)
    return lecturer


async def _close(visitors: Sequence[Visitor]) -> None:
    await _all([visitor.close() for visitor in visitors])


class Window:
    """What some visitors hear from now on, until `end`."""

    def __init__(self, server: Server, visitors: Sequence[Visitor]) -> None:
        self._server, self._visitors = server, visitors
        self._from = [len(visitor.heard) for visitor in visitors]
        self._began, self._cpu, self._at = time.monotonic(), server.cpu, visitors[0].steps

    def end(self) -> Window:
        """Close it."""
        self.seconds = time.monotonic() - self._began
        self.cores = (self._server.cpu - self._cpu) / self.seconds
        self.steps = (self._visitors[0].steps - self._at) / self.seconds
        self.heard = [v.heard[start:] for v, start in zip(self._visitors, self._from, strict=True)]
        return self

    @property
    def gaps(self) -> np.ndarray:
        """Seconds between two messages, of all visitors; one who heard nothing has one gap, the whole window."""
        found = [np.diff([h.when for h in heard]) if len(heard) > 1 else np.array([self.seconds]) for heard in self.heard]
        return np.concatenate(found)

    @property
    def seen(self) -> float:
        """The least share of the messages sent, but for the first and the last, that any visitor got."""
        order = list(dict.fromkeys(h.mark for heard in self.heard for h in sorted(heard, key=lambda h: h.when)))
        inner = set(order[1:-1])
        return min(len(inner & {h.mark for h in heard}) for heard in self.heard) / max(1, len(inner))

    @property
    def rate(self) -> float:
        """Bytes a visitor a second."""
        return sum(h.size for heard in self.heard for h in heard) / len(self.heard) / self.seconds


def p95(values: Sequence[float] | np.ndarray) -> float:
    """Return the 95th percentile."""
    return float(np.quantile(np.asarray(values), 0.95))


def watching(quick: bool) -> Iterator[Row]:
    """Measure one run that one, sixty and five hundred watch."""
    seconds, many = (5, 100) if quick else (15, 500)

    async def measured(server: Server) -> list[Row]:
        lecturer = await _lecturer(server, f"{LONG}&seed=1")
        await asyncio.sleep(3)
        alone = Window(server, [lecturer])
        await asyncio.sleep(seconds)
        alone.end()
        sixty = [lecturer, *await _hall(server, f"{LONG}&seed=1", 59)]
        some = Window(server, sixty)
        await asyncio.sleep(seconds)
        some.end()
        rows = [
            Row("60 watch one run: snapshots seen", 100 * some.seen, unit="%", aim=Aim("≥", 99, of="ours")),
            Row("60 watch one run: gap, 95th percentile", p95(some.gaps), unit="s", aim=Aim("≤", 0.7, of="ours")),
            Row("60 watch one run: server", some.cores, unit="cores"),
            Row(
                "training beside 60 watchers, against alone",
                some.steps,
                alone.steps,
                "steps/s",
                some.steps / alone.steps,
                Aim("≥", 0.9),
            ),
            Row("sent to a watcher", some.rate / 1e3, unit="KB/s", aim=Aim("≤", 80, of="ours")),
        ]
        await lecturer.press("Stop training")
        await _close(sixty)
        lecturer = await _lecturer(server, f"{LONG}&seed=2")
        hall = [lecturer, *await _hall(server, f"{LONG}&seed=2", many - 1)]
        await asyncio.sleep(2)
        crowd = Window(server, hall)
        await asyncio.sleep(seconds)
        crowd.end()
        rows += [
            Row(f"{many} watch one run: gap, 95th percentile", p95(crowd.gaps), unit="s", aim=Aim("≤", 0.8, of="ours")),
            Row(f"{many} watch one run: server", crowd.cores, unit="cores", aim=Aim("≤", 0.5, of="ours")),
            Row(f"{many} watch one run: snapshots seen", 100 * crowd.seen, unit="%"),
        ]
        await _close(hall)
        return rows

    with serving() as server:
        yield from asyncio.run(measured(server))


def many_runs(quick: bool) -> Iterator[Row]:
    """Measure many runs asked for at once, ten watchers each; as many train as there are workers, the others wait their turn."""
    runs, seconds = (4, 5) if quick else (20, 15)

    async def measured(server: Server) -> list[Row]:
        queries = [f"{LONG}&seed={10 + i}" for i in range(runs)]
        lecturers = await _all([_pressed(server, query) for query in queries])
        halls = [[lecturer, *await _hall(server, query, 9)] for lecturer, query in zip(lecturers, queries, strict=True)]
        while not any(lecturer.steps for lecturer in lecturers):
            await asyncio.sleep(0.1)
        await asyncio.sleep(3)
        windows = [Window(server, hall) for hall in halls if hall[0].steps]
        await asyncio.sleep(seconds)
        gaps = np.concatenate([window.end().gaps for window in windows])
        cores = windows[0].cores
        await _close([visitor for hall in halls for visitor in hall])
        note = f"of the {len(windows)} that trained meanwhile"
        return [
            Row(
                f"{runs} runs, 10 watchers each: gap, 95th percentile", p95(gaps), unit="s", aim=Aim("≤", 1, of="ours"), note=note
            ),
            Row(f"{runs} runs, 10 watchers each: server", cores, unit="cores"),
        ]

    with serving() as server:
        yield from asyncio.run(measured(server))


def opening(quick: bool) -> Iterator[Row]:
    """Measure the page opened by a whole hall at once, without and with a training under way."""

    async def together(server: Server, number: int) -> float:
        visitors = [Visitor(server.base) for _ in range(number)]
        seconds = await _all([_timed(lambda v=v: v.open("")) for v in visitors])
        await _close(visitors)
        return p95(seconds)

    async def measured(server: Server) -> list[Row]:
        await together(server, 2)  # what the first visitor ever waits for
        sizes = ((60, 1.0),) if quick else ((60, 1.0), (200, 4.0))
        return [
            Row(f"{n} open at once, 95th percentile", await together(server, n), unit="s", aim=Aim("≤", aim, of="ours"))
            for n, aim in sizes
        ]

    with serving() as server:
        yield from asyncio.run(measured(server))


def pressing(quick: bool) -> Iterator[Row]:
    """Measure a press while sixty watch a training and thirty open its link within two seconds."""
    rounds, query = 1 if quick else 4, f"{LONG}&seed=1"

    async def presses(visitors: Sequence[Visitor]) -> list[float]:
        seconds = []
        for visitor in visitors:
            seconds.append(await visitor.press("Stop training"))
            await asyncio.sleep(0.25)
        return seconds

    async def measured(server: Server) -> list[Row]:
        hall, seconds = [await _lecturer(server, query), *await _hall(server, query, 59)], []
        for _ in range(rounds):
            comers = [Visitor(server.base) for _ in range(30)]
            openings = [_timed(lambda v=v: v.open(query), 2 * i / 30) for i, v in enumerate(comers)]
            seconds += (await _all([presses(hall[1:7]), *openings]))[0]
            await _close(comers)
            hall = [hall[0], *hall[7:], *await _hall(server, query, 6)]
        await _close(hall)
        return [Row("a press while 60 watch and 30 open, 95th percentile", p95(seconds), unit="s", aim=Aim("≤", 0.5, of="ours"))]

    with serving() as server:
        yield from asyncio.run(measured(server))

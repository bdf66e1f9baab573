"""A hall of sixty sessions over real sockets, and one of them a real browser: it sees every snapshot of the training."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from flowviz.ui.hall.visitor import Visitor
from tests.screen import starts

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning"),  # Selenium warns of its own call
]

LINK = "steps=50000&seed=95&particles=200"
COMPARISON = "ask=times&steps=50000&seed=96&particles=100"
OTHERS = 59
SEEN = "Number(document.querySelector('[data-messages]')?.dataset.messages ?? 0)"


@pytest.fixture(scope="module")
def do() -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """`do(coroutine)` runs it on a loop of its own, on which the visitors live."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(120)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


async def gather(page: str, link: str, base: str, button: str) -> list[Visitor]:
    """One who presses, and all the others, who open the link while it trains."""
    lecturer = await (await Visitor(base).open(link, page)).watch()
    await lecturer.press(button)
    rest = await asyncio.gather(*[Visitor(base).open(link, page) for _ in range(OTHERS - 1)])
    return [lecturer, *await asyncio.gather(*[visitor.watch() for visitor in rest])]


async def leave(hall: list[Visitor], button: str) -> None:
    """All others leave, and the last one ends the training: nobody else's waits for it."""
    await asyncio.gather(*[visitor.close() for visitor in hall[1:]])
    await hall[0].press(button)
    await hall[0].close()


@pytest.fixture(
    scope="module",
    params=[("", LINK, "Train", "Stop training"), ("compare", COMPARISON, "Train all", "Stop all")],
    ids=["playground", "compare"],
)
def hall(request, serve, do) -> Iterator[tuple[str, list[Visitor]]]:
    page, link, begin, end = request.param
    base = serve("app.py")
    visitors = do(gather(page, link, base.removeprefix("http://"), begin))
    yield f"{base}/{page}?{link}", visitors
    do(leave(visitors, end))


@pytest.fixture(params=["chromium", "firefox", "webkit"])
def tab(request, tmp_path_factory):
    with starts.tab(request.param, request, tmp_path_factory) as found:
        yield found


def test_a_browser_among_sixty_sees_every_snapshot(hall, tab) -> None:
    link, visitors = hall
    tab.open(link)
    tab.until(f"{SEEN} >= 3")
    witness = visitors[-1]
    seen, made = tab.js(SEEN), len(witness.heard)
    limit = time.monotonic() + 60
    while len(witness.heard) < made + 8:
        assert time.monotonic() < limit, "the training does not go on"
        time.sleep(0.05)
    made = len(witness.heard) - made
    tab.until(f"{SEEN} >= {seen + made - 1}")  # one may just have been on its way when we began to count
    assert tab.js(SEEN) - seen <= made + 2
    for visitor in visitors:
        assert {h.mark for h in witness.heard[-7:-1]} <= {h.mark for h in visitor.heard}
    assert tab.errors() == []

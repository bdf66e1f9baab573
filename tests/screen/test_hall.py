"""A hall of sixty sessions over real sockets, real browsers among them: they see every snapshot of the training."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from flowviz.ui.hall.visitor import Visitor
from tests.screen import starts
from tests.screen.browsers import Tab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning"),  # Selenium warns of its own call
]

LINK = "steps=50000&seed=95&particles=200"
COMPARISON = "ask=times&steps=50000&seed=96&particles=100"
OTHERS = 57
SEEN = "Number(document.querySelector('[data-messages]')?.dataset.messages ?? 0)"
RECORD = """(() => {
    const feed = document.querySelector('[data-messages]');
    window.seen = [];
    new MutationObserver(() => window.seen.push(feed.dataset.at)).observe(feed, { attributeFilter: ['data-messages'] });
})()"""


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


@pytest.fixture(scope="module")
def tabs(request, tmp_path_factory) -> Iterator[list[Tab]]:
    here = [name for name in ("firefox", "webkit") if os.environ.get("CI") or not starts.missing(name)]
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(starts.tab(name, request, tmp_path_factory)) for name in ("chromium", *here)]


def test_three_browsers_among_sixty_see_every_snapshot(hall, tabs) -> None:
    link, visitors = hall
    for tab in tabs:
        tab.open(link)
    for tab in tabs:
        tab.until(f"{SEEN} >= 3")
    for tab in tabs:
        tab.js(RECORD)
    witness, made = visitors[-1], set[str]()
    limit = time.monotonic() + 60
    while len(made) < 8:
        assert time.monotonic() < limit, "the training does not go on"
        made.add(str(witness.steps))
        time.sleep(0.05)
    newest = max(made, key=int)
    for tab in tabs:
        tab.until(f"window.seen.includes('{newest}')")
        seen = [int(at) for at in tab.js("window.seen")]
        assert seen == sorted(seen), "none is shown after a newer one"
        assert len(seen) <= len(set(seen)) + 2, "none is shown twice, except where the page has just been run anew"
        assert {at for at in map(int, made) if at >= seen[0]} <= set(seen)
        assert seen[0] <= sorted(map(int, made))[2], "the tab was recorded from the beginning"
    for visitor in visitors:
        assert {h.mark for h in witness.heard[-7:-1]} <= {h.mark for h in visitor.heard}
    assert not any(tab.errors() for tab in tabs)

"""Chromium, Firefox and WebKit: every page opens, plays, trains, lets itself be drawn on, and plays offline, without an error."""

import pytest

from flowviz.export import Options, export
from flowviz.scene import Panel
from tests.export.scenes import swirl
from tests.screen import browsers, starts
from tests.sound import sound

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning"),  # Selenium warns of its own call
]

PAGES = {
    "compare?ask=times&particles=100": "document.querySelectorAll('.fv-sheet').length === 2",
    "questions?q=same-as-rectified-flow": "document.querySelector('.fv-livefig .main-svg')",
    "glossary": "document.querySelectorAll('[class*=st-key-fv_term_] .katex-display').length",
}
"""Addresses of the pages that the other tests leave out, and what tells that they stand."""

CLOCK = "document.querySelector('[data-t]')?.dataset.t"
SHEET = "document.querySelector('[data-testid=fv-sketch]')"
EXCEPTIONS = "[...document.querySelectorAll('[data-testid=stException]')].map(e => e.textContent)"

SEEDS = {browsers.Chromium: 81, browsers.Firefox: 82, browsers.WebKit: 83}
"""One for each: who opens a link that another has trained finds nothing left to train."""


@pytest.fixture(scope="module", params=["chromium", "firefox", "webkit"])
def tab(request, tmp_path_factory):
    with starts.tab(request.param, request, tmp_path_factory) as found:
        yield found


@pytest.fixture
def visited(tab, serve):
    """`visited(address)` opens one of the app's pages. What goes wrong on it fails the test."""
    yield lambda address: tab.open(f"{serve('app.py')}/{address}")
    assert tab.js(EXCEPTIONS) == []
    assert tab.errors() == []


def button(words: str) -> str:
    return f"[...document.querySelectorAll('button')].find(b => b.textContent.includes({words!r}) && b.offsetWidth)"


def says(words: str) -> str:
    return f"document.body.innerText.includes({words!r})"


def plays(tab) -> None:
    tab.until(CLOCK)
    first = tab.js(CLOCK)
    tab.until(f"{CLOCK} !== {first!r}")


@pytest.mark.parametrize("address", PAGES, ids=lambda address: address.split("?")[0])
def test_a_page_opens(tab, visited, address: str) -> None:
    visited(address)
    tab.until(PAGES[address])
    if isinstance(tab, browsers.Chromium):
        sound(tab.page)


def test_it_plays_is_drawn_on_and_trains(tab, visited) -> None:
    visited(f"?steps=200&particles=200&seed={SEEDS[type(tab)]}")
    plays(tab)
    tab.click("document.querySelector('[class*=st-key-fv_pick_target] button')")
    tab.click(button("Draw, type or upload"))
    x, y = tab.place(SHEET)
    tab.drag([(x - 80, y), (x, y - 60), (x + 80, y)])
    tab.until(f"{SHEET}.dataset.strokes === '1'")
    tab.until(says("points of the drawing"))
    tab.click(button("Use as target"))
    tab.until("location.search.includes('target=own')")
    tab.click(button("Train"))
    tab.until(says("Learned flow after 200 steps"))
    plays(tab)


def test_a_handle_is_dragged(tab, visited) -> None:
    visited("learn?step=pair")
    handle = "document.querySelector('[data-handle=x1]')"
    tab.until("document.querySelector('.fv-lesson[data-frames]')")
    x, y = tab.place(handle)
    before = float(tab.js(f"{handle}.dataset.x"))
    tab.drag([(x, y), (x + 30, y + 10), (x + 60, y + 20)])
    tab.until(f"{handle}.dataset.x > {before} + .1")


def test_the_offline_page_plays(tab, tmp_path) -> None:
    export([Panel((swirl(),))], "html", tmp_path / "a.html", Options())
    tab.open((tmp_path / "a.html").as_uri())
    tab.until("document.querySelector('[data-testid=fv-stage]')?.dataset.playing === 'true'")
    plays(tab)
    assert tab.errors() == []

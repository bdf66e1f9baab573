"""A real server for tests of what only a browser can show; the browser itself is in the conftest above."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from tests.screen.browsers import leave, listen

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@pytest.fixture(scope="session", autouse=True)
def scanned_once() -> Iterator[None]:
    """For each new AppTest, Streamlit would read what all installed packages say of themselves: six times the work of a page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(autouse=True)
def unfolded(request, monkeypatch) -> None:
    """AppTest cannot press what folds, so for it everything stands open; a test marked `folded` sees what a visitor sees first."""
    if request.node.get_closest_marker("folded") is None:
        monkeypatch.setattr(ExpanderContainer, "open", property(lambda _: True, lambda _, __: None))


@pytest.fixture(scope="session")
def serve(tmp_path_factory) -> Iterator[Callable[..., str]]:
    """`serve(path_of_app, *flags)` starts `streamlit run` once for each app and set of flags, and gives its base URL."""
    running: dict[tuple[str, ...], str] = {}
    with contextlib.ExitStack() as stack:

        def start(app: str | Path, *flags: str) -> str:
            asked = (str(app), *flags)
            if asked not in running:
                log = tmp_path_factory.mktemp("server") / "log.txt"
                running[asked] = stack.enter_context(_server(Path(app), flags, log))
            return running[asked]

        yield start


@contextlib.contextmanager
def _server(app: Path, flags: tuple[str, ...], log: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true", "--browser.gatherUsageStats", "false"]
    with log.open("w") as out:
        process = subprocess.Popen([*command, *flags], stdout=out, stderr=subprocess.STDOUT, cwd=ROOT)
    base = f"http://127.0.0.1:{port}"
    prefix = next((f"/{f.split('=', 1)[1].strip('/')}" for f in flags if f.startswith("--server.baseUrlPath=")), "")
    try:
        _wait_until_it_answers(f"{base}{prefix}/_stcore/health", process, log)
        yield base + prefix
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_until_it_answers(url: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(240):
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=1)
            return
        time.sleep(0.25)
    raise RuntimeError(f"the app did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def warm(chromium: Browser, kept_contexts: list) -> Iterator[Callable[..., tuple[Page, list[str]]]]:
    """`warm(which, **options)`: a kept page, one for each visitor with these options, and what goes wrong on it from now on.

    Each has a profile of its own, in which nothing is stored. Its renderer keeps Streamlit and Plotly compiled: the app opens for
    some 2 seconds of CPU instead of the 5 that a new page costs.
    """
    pages: dict[str, tuple[Page, list[str]]] = {}

    def page(which: str = "", **options: Any) -> tuple[Page, list[str]]:
        asked = repr((which, sorted(options.items())))
        if asked not in pages or pages[asked][0].is_closed():
            opened = chromium.new_context(**options).new_page()
            kept_contexts.append(opened.context)
            pages[asked] = opened, listen(opened)
        pages[asked][1].clear()
        return pages[asked]

    yield page
    for opened, _ in pages.values():
        opened.context.close()


@pytest.fixture
def visit(warm: Callable[..., tuple[Page, list[str]]], serve: Callable[..., str]) -> Iterator[Callable[..., Page]]:
    """`visit(address, ready, width=, height=, scheme=, motion=, profile=, **context)`: the app in a visitor's browser once `ready` is there.

    Each visitor of a test has a profile of their own, kept for the next test that names no other. Pictures rest unless `motion`
    is "no-preference": what plays costs a browser without a graphics card a whole core. Errors on a console fail the test.
    """
    pages: list[Page] = []
    errors: list[list[str]] = []

    def start(
        address: str, ready: str, *, width=1440, height=900, scheme="light", motion="reduce", profile="", **options: Any
    ) -> Page:
        page, said = warm(f"{profile}{len(pages)}", **options)
        pages.append(page)
        errors.append(said)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion=motion)
        page.goto(f"{serve('app.py')}/{address}")
        page.wait_for_selector(ready, timeout=60_000)
        return page

    yield start
    said = [text for of_one in errors for text in of_one]
    for page in pages:
        leave(page)
    assert not said, said


@pytest.fixture(scope="session")
def until() -> Callable[..., None]:
    """`until(page, what)` waits until `what()` is true; slow machines get their time."""

    def wait(page: Page, what: Callable[[], object], seconds: float = 120) -> None:
        limit = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < limit, "it did not happen"
            page.wait_for_timeout(50)

    return wait

"""Starting Firefox and WebKit, and what a machine lacks for that. Chromium is in the conftest above."""

from __future__ import annotations

import contextlib
import glob
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.conftest import no_browser
from tests.screen.browsers import HEIGHT, PATIENCE, WIDTH, Chromium, Firefox, Tab, WebKit


def missing(browser: str) -> str:
    """What a machine lacks to run one of them; empty where nothing is missing."""
    wanted = {
        "firefox": {"firefox-esr": shutil.which("firefox-esr")},
        "webkit": {"webkit2gtk-driver": shutil.which("WebKitWebDriver") and _minibrowser(), "xvfb": shutil.which("Xvfb")},
    }
    absent = [package for package, found in wanted[browser].items() if not found]
    return f"no {browser} to test in; apt-get install {' '.join(absent)}" if absent else ""


def _minibrowser() -> str:
    """The path of WebKitGTK's own small browser, which its driver starts; empty where there is none."""
    return next(iter(sorted(glob.glob("/usr/lib/*/webkit2gtk-4.*/MiniBrowser"), reverse=True)), "")


@contextlib.contextmanager
def tab(browser: str, request: Any, folder: Any) -> Iterator[Tab]:
    """A tab of one of the three browsers, by its name; a machine without it skips the test, or fails it where none may be missing."""
    if browser == "chromium":
        page = request.getfixturevalue("chromium").new_page(viewport={"width": WIDTH, "height": HEIGHT})
        yield Chromium(page)
        page.close()
        return
    if why := missing(browser):
        no_browser(why)
    with firefox(folder.mktemp("profile")) if browser == "firefox" else webkit() as found:
        yield found


@contextlib.contextmanager
def firefox(profile: Path) -> Iterator[Firefox]:
    """A headless Firefox with an empty profile."""
    from websockets.sync.client import connect

    command = ["firefox-esr", "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0"]
    with _running(command) as process:
        server = _address(profile / "WebDriverBiDiServer.json", process)
        with connect(f"ws://{server['ws_host']}:{server['ws_port']}/session", max_size=None) as socket:
            tab = Firefox(socket)
            yield tab
            tab.close()
            process.wait(PATIENCE)


@contextlib.contextmanager
def webkit() -> Iterator[WebKit]:
    """WebKitGTK's browser on a screen that nobody sees."""
    from selenium import webdriver
    from selenium.webdriver.webkitgtk.service import Service

    options = webdriver.WebKitGTKOptions()
    options.binary_location, options.page_load_strategy = _minibrowser(), "none"
    options.add_argument("--automation")
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", f"{WIDTH}x{HEIGHT}x24", "-nolisten", "tcp"]
    with _running(command, stdout=subprocess.PIPE, text=True) as screen:
        display = f":{next(screen.stdout).strip()}"
        service = Service("/usr/bin/WebKitWebDriver", env={**os.environ, "DISPLAY": display})
        driver = webdriver.WebKitGTK(options=options, service=service)
        try:
            yield WebKit(driver)
        finally:
            driver.quit()


@contextlib.contextmanager
def _running(command: list[str], **options: Any) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(command, **{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _address(said: Path, process: subprocess.Popen) -> dict[str, Any]:
    """Where Firefox listens: it writes that into its profile."""
    limit = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < limit:
        with contextlib.suppress(OSError, ValueError):  # not written, or half
            return json.loads(said.read_text())
        time.sleep(0.05)
    raise RuntimeError("Firefox did not start")

"""What all tests share: one thread, a seeded generator, examples that are the same in every run, and a real browser."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

torch.set_num_threads(1)
# What is compiled is kept: servers, engine workers and commands that tests start would each compile all of the package again.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
settings.register_profile("flowviz", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("flowviz")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Named files run in this process, since a worker takes seconds to start; all tests run in a worker for each core."""
    return 0 if any(argument.split("::")[0].endswith(".py") for argument in config.args) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that drive a browser come first: they are the longest, and the last file of all should be a short one."""
    long = {item.path for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture
def rng() -> torch.Generator:
    """The test's own source of randomness, the same in every run."""
    return torch.Generator().manual_seed(0)


def no_browser(why: str) -> None:
    """On a developer's machine a missing browser skips; on CI it is an error, or the tests would silently never run."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="session")
def running() -> list:
    """The Chromium of this worker, if one runs."""
    return []


@pytest.fixture(scope="session")
def kept_contexts() -> list:
    """Contexts of Chromium that stay open from file to file."""
    return []


@pytest.fixture(scope="session")
def chromium(running: list):
    """A running headless Chromium, one for all tests of a worker: $CHROMIUM, else the system's."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).exists():
        no_browser(f"no Chromium at {path}; install it or set CHROMIUM to its path")
    sync_api = pytest.importorskip("playwright.sync_api") if not os.environ.get("CI") else _playwright()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        running.append(browser)
        yield browser
        running.clear()
        browser.close()


@pytest.fixture(scope="module", autouse=True)
def nobody_stays(running: list, kept_contexts: list):
    """What a test that failed has left open is closed after its file: its pictures would play on, on a core that others need."""
    yield
    for context in [context for browser in running for context in browser.contexts if context not in kept_contexts]:
        context.close()


@pytest.fixture(autouse=True)
def own_loop(request: pytest.FixtureRequest):
    """Playwright's event loop counts as running while no browser is asked anything; AppTest and asyncio.run would refuse to begin."""
    loop = None if request.node.get_closest_marker("browser") else asyncio._get_running_loop()
    if loop is not None:
        asyncio._set_running_loop(None)
    yield
    if loop is not None:
        asyncio._set_running_loop(loop)


def _playwright():
    import playwright.sync_api

    return playwright.sync_api

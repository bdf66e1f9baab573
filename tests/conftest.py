"""What all tests share: one thread, a seeded generator, examples that are the same in every run, a real browser, sound pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import Page

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
settings.register_profile("flowviz", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("flowviz")


@pytest.fixture
def rng() -> torch.Generator:
    """The test's own source of randomness, the same in every run."""
    return torch.Generator().manual_seed(0)


def no_browser(why: str) -> None:
    """On a developer's machine a missing browser skips; on CI it is an error, or the tests would silently never run."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="module")  # no longer: its event loop would stand in the way of AppTest
def chromium():
    """A running headless Chromium: $CHROMIUM, else the system's."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).exists():
        no_browser(f"no Chromium at {path}; install it or set CHROMIUM to its path")
    sync_api = pytest.importorskip("playwright.sync_api") if not os.environ.get("CI") else _playwright()
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


CHILDREN = {"msub": 2, "msup": 2, "mfrac": 2, "mroot": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}
"""How many children an element of MathML has (MathML Core, 3.3 and 3.4)."""

INVALID = """wanted => [...document.querySelectorAll(Object.keys(wanted).join())].filter(e => e.children.length !== wanted[e.localName])
.map(e => `${e.localName} in ${e.closest("math").querySelector("annotation")?.textContent}`)"""

STREAMLITS = [
    '[data-testid="stCode"] pre',  # code scrolls and cannot be focused
]
"""What axe-core finds in widgets that Streamlit makes and that no option or style of ours changes."""


@pytest.fixture(scope="session")
def sound() -> Callable[[Page], None]:
    """`sound(page)` fails where a formula's MathML is invalid or axe-core has something to say, in light or in dark.

    Its rules: https://dequeuniversity.com/rules/axe/
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def assert_sound(page: Page) -> None:
        assert page.evaluate(INVALID, CHILDREN) == []
        for scheme, options in (("dark", {"runOnly": ["color-contrast"]}), ("light", {})):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_function(
                "s => document.fonts.ready && (e => !e || getComputedStyle(e).colorScheme === s)(document.querySelector('.stApp'))",
                arg=scheme,
            )
            page.wait_for_timeout(300)  # colours change gradually
            found = axe.run(page, {"exclude": [[one] for one in STREAMLITS]}, {**options, "resultTypes": ["violations"]})
            assert found.violations_count == 0, f"{page.url}, {scheme}: {found.generate_report()}"

    return assert_sound


def _playwright():
    import playwright.sync_api

    return playwright.sync_api

"""What every page must be: formulas whose MathML is valid, and nothing that axe-core has to say, in light and in dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

CHILDREN = {"msub": 2, "msup": 2, "mfrac": 2, "mroot": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}
"""How many children an element of MathML has (MathML Core, 3.3 and 3.4)."""

INVALID = """wanted => [...document.querySelectorAll(Object.keys(wanted).join())].filter(e => e.children.length !== wanted[e.localName])
.map(e => `${e.localName} in ${e.closest("math").querySelector("annotation")?.textContent}`)"""

STREAMLITS = {
    "scrollable-region-focusable": '[data-testid="stCode"] pre',  # code scrolls and cannot be focused
    "region": "#stFloatingOverlayPortal",  # help that floats above the page lies outside of its landmarks
}
"""What axe-core finds in Streamlit's own elements and no option or style of ours changes: rules, and where they are excused."""

AT_REST = """document.fonts.status === 'loaded' && !document.querySelector(
'[data-stale=true], [data-testid=stApp]:not([data-test-script-state=notRunning])')"""
"""Fonts are there, and nothing is faded because it may be about to change."""

THEME = "s => !document.querySelector('.stApp') || getComputedStyle(document.querySelector('.stApp')).colorScheme === s"


def valid_formulas(page: Page) -> None:
    """Assert that the MathML of all formulas on a page is valid: screen readers and Firefox read it."""
    assert page.evaluate(INVALID, CHILDREN) == []


def accessible(page: Page, *rules: str) -> None:
    """Assert that axe-core finds nothing on a page as it stands, by some of its rules or by all.

    References:
        https://dequeuniversity.com/rules/axe/
    """
    page.wait_for_function(AT_REST)
    page.wait_for_timeout(300)  # colours change gradually
    options: dict[str, Any] = {"resultTypes": ["violations"], **({"runOnly": list(rules)} if rules else {})}
    found = Axe().run(page, options=options)
    left = [rule["id"] for rule in found.response["violations"] if not _excused(page, rule)]
    assert not left, f"{left} at {page.url}\n{found.generate_report()}"


def sound(page: Page) -> None:
    """Assert that formulas are valid and that axe-core finds nothing, in light and in dark."""
    valid_formulas(page)
    accessible(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(THEME, arg="dark")
    accessible(page, "color-contrast")
    page.emulate_media(color_scheme="light")


def _excused(page: Page, rule: dict[str, Any]) -> bool:
    places = page.locator(STREAMLITS.get(rule["id"], "none"))
    return all(
        places.evaluate_all("(all, place) => all.includes(document.querySelector(place))", node["target"][0])
        for node in rule["nodes"]
    )

"""Back, Forward and reload in a real browser: one page change is one entry, and Back shows what was left."""

import itertools

import pytest

from flowviz.ui.learn.questions import QUESTIONS
from flowviz.ui.learn.steps import STEPS

pytestmark = pytest.mark.browser

STAGE, BAR = '[data-testid="fv-stage"]', '[data-testid="fv-lecture"][data-shown]'
ASKED = [question.ask for question in list(QUESTIONS.values())[:4]]
PAGES = {
    "Playground": f"{STAGE}[data-player=fv-main]",
    "Compare": f"{STAGE}[data-player=fv-c-main]",
    "Lecture": BAR,
    "Questions": f".st-key-fv_q_{next(iter(QUESTIONS))}",
    "Glossary": ".st-key-fv_term_alpha",
}
"""What is seen when a page stands."""


def walk() -> list[str]:
    """A way from the Playground that goes from each page to each other one once (Hierholzer's algorithm)."""
    left = {name: [other for other in PAGES if other != name] for name in PAGES}
    trail, way = ["Playground"], []
    while trail:
        if left[trail[-1]]:
            trail.append(left[trail[-1]].pop())
        else:
            way.append(trail.pop())
    return way[::-1]


def entries(page) -> int:
    return page.evaluate("history.length")


def place(page) -> str:
    """The address from its page on."""
    return page.url.split("/")[-1]


def go_to(page, name: str) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text=name).click()
    page.wait_for_selector(PAGES[name], timeout=60_000)


def do_something(page, until, name: str, visits: int) -> bool:
    """Change what stands on a page, as a visitor would; whether that is a new address."""
    before = place(page)
    if name == "Lecture":
        page.keyboard.press("PageDown")
    elif name == "Questions":
        page.get_by_role("button", name=ASKED[visits], exact=True).click()
    elif name == "Glossary" and visits < 2:
        term = page.locator(".st-key-fv_term_alpha")
        term.scroll_into_view_if_needed()
        term.locator(".katex").first.wait_for(timeout=60_000)
        page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")  # all of it has come
        term.get_by_role("link").nth(1 + visits).click()
    else:
        return False
    until(page, lambda: place(page) != before)
    return True


def going(page) -> None:
    page.get_by_role("button", name="Pause training").first.wait_for(timeout=60_000)


def test_one_page_change_is_one_entry_and_back_shows_what_was_left(visit, until):
    """The first half of the way at rest, the second while a training goes on, and all the way back."""
    page = visit("?target=moons&steps=50000&batch=4096&seed=41", STAGE, profile="history")  # which ends at 50 entries
    first, was = entries(page), [("Playground", place(page))]
    way, visits = walk(), dict.fromkeys(PAGES, 0)
    assert sorted(itertools.pairwise(way)) == sorted(itertools.permutations(PAGES, 2))
    for name in way[1:]:
        go_to(page, name)
        if name in ("Playground", "Compare"):  # they remember, and write it when they come
            until(page, lambda: "?" in place(page))
        was.append((name, place(page)))
        if do_something(page, until, name, visits[name]):
            was.append((name, place(page)))
        visits[name] += 1
        if name == "Playground" and visits[name] == 1:
            page.get_by_role("button", name="Train", exact=True).click()
            going(page)
        assert entries(page) - first == len(was) - 1, was
    for name, address in was[-2::-1]:
        page.go_back()
        shows(page, until, name, address)
    assert "target=moons" in place(page)
    going(page)
    page.wait_for_function(
        "Number(document.querySelector('[data-at]')?.dataset.at) > 0", timeout=60_000
    )  # there is something to go on from
    page.get_by_role("button", name="Stop training").click()
    page.get_by_role("button", name="Go on training").wait_for(timeout=60_000)
    for name, address in was[1:4]:
        page.go_forward()
        shows(page, until, name, address)
    page.reload()
    shows(page, until, *was[3])


def shows(page, until, name: str, address: str) -> None:
    """Wait for a page and for what its address says."""
    until(page, lambda: place(page) == address)
    page.wait_for_selector(PAGES[name], timeout=60_000)
    asked = dict(part.split("=") for part in address.partition("?")[2].split("&") if part)
    if name == "Playground":
        page.get_by_role("button", name="Target x").filter(has_text="Two moons").wait_for(timeout=60_000)
    elif name == "Lecture":
        step = asked.get("step", STEPS[0].slug)
        page.wait_for_selector(f'{BAR}[data-shown="{step}"]', timeout=60_000)
    elif name == "Questions":
        page.wait_for_function(
            "n => document.querySelectorAll('[class*=st-key-fv_q_] .fv-livefig').length > 0 === n", arg="q" in asked
        )
    elif name == "Glossary" and "term" in asked:
        entry = page.locator(f".st-key-fv_term_{asked['term']}")
        until(page, lambda: (box := entry.bounding_box()) is not None and 0 <= box["y"] < 300)  # none while it is drawn anew
    assert place(page) == address

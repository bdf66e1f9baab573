"""One tab in each of three browsers, with the same few verbs: open, evaluate, press and drag, and what went wrong.

Chromium is driven by Playwright, Firefox by WebDriver BiDi (Debian has no geckodriver), WebKit by Selenium on a screen of its own.
"""

from __future__ import annotations

import contextlib
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin

WIDTH, HEIGHT = 1440, 900
PATIENCE = 60.0
"""Seconds within which a browser answers and a page does what was asked of it."""


class Tab(ABC):
    """A browser's tab."""

    @abstractmethod
    def open(self, url: str) -> None:
        """Go to an address."""

    @abstractmethod
    def _evaluate(self, expression: str) -> str:
        """Give the value of a JavaScript expression that is a string."""

    @abstractmethod
    def drag(self, places: Sequence[tuple[int, int]]) -> None:
        """Press the mouse at the first place, move it over the others, and release it; one place is a click."""

    @abstractmethod
    def errors(self) -> list[str]:
        """Give what went wrong in the tab's pages since the last call: exceptions and errors on the console."""

    def js(self, expression: str) -> Any:
        """The value of a JavaScript expression, as JSON brings it."""
        return json.loads(self._evaluate(f"JSON.stringify(({expression}) ?? null)"))

    def until(self, expression: str) -> None:
        """Wait until an expression is true."""
        limit = time.monotonic() + PATIENCE
        while not self.js(f"Boolean({expression})"):
            assert time.monotonic() < limit, f"it did not become true in {type(self).__name__}: {expression}"
            time.sleep(0.05)

    def place(self, element: str) -> tuple[int, int]:
        """The middle of an element, given by a JavaScript expression, once it is there and has come to rest."""
        last, rested = [], 0
        while True:
            self.until(f"({element})?.getClientRects().length")
            box = self.js(f"""(e => {{ e.scrollIntoViewIfNeeded ? e.scrollIntoViewIfNeeded() : e.scrollIntoView({{ block: "nearest" }});
                const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2].map(Math.round); }})({element})""")
            rested = rested + 1 if box == last else 0
            if rested == 3:
                return box[0], box[1]
            last = box
            time.sleep(0.1)

    def click(self, element: str) -> None:
        """Click an element, given by a JavaScript expression, once no script of the app runs that may put another in its place."""
        self.until("document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'")
        self.drag([self.place(element)])


def gesture(places: Sequence[tuple[int, int]]) -> list[dict[str, Any]]:
    """A press and its way as WebDriver's actions, which classic and BiDi share."""
    moves = [{"type": "pointerMove", "x": x, "y": y, "duration": 20} for x, y in places]
    steps = [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0}]
    return [{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}]


def leave(page: Any) -> None:
    """Leave the app on a kept page; whoever comes next finds nothing stored, and no pointer on the picture."""
    if page.is_closed():
        return
    page.mouse.move(0, 0)
    page.goto(urljoin(page.url, "/_stcore/health"))  # of the same origin, with nothing on it
    page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    page.context.clear_cookies()


def listen(page: Any) -> list[str]:
    """The list to which a page of Playwright's adds what goes wrong: exceptions and errors on the console."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    # Streamlit probes its health address below a page's own address first, which answers 404 by design.
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" and "status of 404" not in m.text else None)
    return errors


class Chromium(Tab):
    """A page of Playwright's."""

    def __init__(self, page: Any) -> None:
        self.page, self._errors = page, listen(page)

    def open(self, url: str) -> None:
        self.page.goto(url)

    def _evaluate(self, expression: str) -> str:
        return self.page.evaluate(expression)

    def drag(self, places: Sequence[tuple[int, int]]) -> None:
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place)
        self.page.mouse.up()

    def errors(self) -> list[str]:
        found = self._errors.copy()
        self._errors.clear()
        return found


class Firefox(Tab):
    """A tab of Firefox, spoken to by WebDriver BiDi (https://www.w3.org/TR/webdriver-bidi/) over an open web socket."""

    def __init__(self, socket: Any) -> None:
        self._socket, self._number, self._errors = socket, 0, []
        self._call("session.new", capabilities={})
        self._call("session.subscribe", events=["log.entryAdded"])
        self._context = self._call("browsingContext.getTree")["contexts"][0]["context"]
        self._call("browsingContext.setViewport", context=self._context, viewport={"width": WIDTH, "height": HEIGHT})

    def _call(self, method: str, **params: Any) -> Any:
        """Send a command and wait for its answer; errors of the page that arrive meanwhile are noted."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(PATIENCE))
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self._errors.append((answer["params"]["source"]["realm"], answer["params"]["text"]))
            if answer.get("id") == self._number:
                if answer["type"] == "error":
                    raise RuntimeError(f"Firefox refused {method}: {answer['message']}")
                return answer["result"]

    def open(self, url: str) -> None:
        said, left = len(self._errors), self._run("0")["realm"]
        self._call("browsingContext.navigate", context=self._context, url=url, wait="interactive")
        # A page that is left complains of the modules that it was about to load.
        self._errors[said:] = [error for error in self._errors[said:] if error[0] != left]

    def _evaluate(self, expression: str) -> str:
        return self._run(expression)["result"]["value"]

    def _run(self, expression: str) -> dict[str, Any]:
        found = self._call("script.evaluate", expression=expression, target={"context": self._context}, awaitPromise=False)
        if found["type"] == "exception":
            raise RuntimeError(f"{expression}: {found['exceptionDetails']['text']}")
        return found

    def drag(self, places: Sequence[tuple[int, int]]) -> None:
        self._call("input.performActions", context=self._context, actions=gesture(places))

    def errors(self) -> list[str]:
        self._call("session.status")  # brings what has not been read yet
        found, self._errors = [text for _, text in self._errors], []
        return found

    def close(self) -> None:
        """End the browser."""
        self._call("browser.close")


LISTEN = """if (!window.fvErrors) { const list = window.fvErrors = [], log = console.error;
console.error = (...all) => { list.push(all.map(String).join(" ")); log.apply(console, all); };
// That a size is told in the next frame is no failure, although WebKit reports it as one.
addEventListener("error", e => e.message.startsWith("ResizeObserver loop") || list.push(e.message));
addEventListener("unhandledrejection", e => list.push(String(e.reason))); }"""


class WebKit(Tab):
    """A tab of WebKitGTK. Its driver hands out no console, so each page is listened to from inside, from its first moment on."""

    def __init__(self, driver: Any) -> None:
        from selenium.common.exceptions import NoSuchFrameException

        self._driver, self._errors = driver, []
        self._gone = NoSuchFrameException  # what a script answers whose page is just being left
        driver.set_window_rect(0, 0, WIDTH, HEIGHT)

    def open(self, url: str) -> None:
        self._errors += self.js("window.fvErrors")
        self._driver.get(url)  # comes back at once (page load strategy "none")
        here = f"location.href.startsWith({json.dumps(url)})"
        while True:
            with contextlib.suppress(self._gone):
                return self.until(here)

    def _evaluate(self, expression: str) -> str:
        return self._driver.execute_script(f"{LISTEN} return {expression}")

    def drag(self, places: Sequence[tuple[int, int]]) -> None:
        self._driver.execute("actions", {"actions": gesture(places)})

    def errors(self) -> list[str]:
        found, self._errors = self._errors + self.js("window.fvErrors.splice(0)"), []
        return found

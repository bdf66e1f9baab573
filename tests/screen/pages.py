"""Pages run as scripts by Streamlit's AppTest: opened by an address, run again, pressed; a traceback fails the test."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

SHELL = Path(__file__).parents[2] / "flowviz" / "ui" / "shell.py"


def open_page(page: str = "", **address: str) -> AppTest:
    """A page as a visitor with this address sees it; the Playground unless another is named."""
    app = AppTest.from_file(str(SHELL), default_timeout=60)
    if page:
        app.switch_page(f"../../pages/{page}.py")
    for name, text in address.items():
        app.query_params[name] = text
    return run(app)


def run(app: AppTest) -> AppTest:
    """The page once more, as after a press."""
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def address_of(app: AppTest) -> dict[str, str]:
    """What stands in the address now."""
    return {name: text if isinstance(text, str) else text[-1] for name, text in app.query_params.items()}


def click(app: AppTest, words: str) -> AppTest:
    """Press the button with these words."""
    next(button for button in app.button if button.label == words).click()
    return run(app)

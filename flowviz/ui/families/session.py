"""What a visitor has chosen on the page Families: kept while they are here, and in the address always."""

from flowviz.ui.families import value
from flowviz.ui.page_state import PageState

STATE = PageState("fv.families", value.read)


def put(**texts: str) -> None:
    """Change some choices, as a widget's callback does."""
    STATE.put(value.changed(STATE.now, **texts))


def ask(question: str) -> None:
    """Ask a preset's question."""
    STATE.put(value.asked(STATE.now, question))

"""Bringing one element of a page into view."""

from streamlit.components.v2 import component

from flowviz.ui.player import import_lines

_CSS = """
[data-testid="stElementContainer"]:has(> * .fv-anchor) {
  display: none;
}
"""
_ANCHOR = component(
    "flowviz.anchor",
    html='<div class="fv-anchor" hidden></div>',
    css=_CSS,
    js=import_lines("anchor.js", "mount"),
    isolate_styles=False,
)


def bring_into_view(container: str, *, key: str, visit: str = "") -> None:
    """Scroll to a container, once for each visit, as the fragment of an address would.

    Args:
        container: Its `key`; empty scrolls nowhere.
        key: A key of its own.
        visit: Tells one wish for the same container from the next.
    """
    _ANCHOR(key=key, data={"at": container, "visit": visit})

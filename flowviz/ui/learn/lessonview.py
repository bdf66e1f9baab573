"""The lecture's own pictures: data sent once, and all that follows the pointer happens in the browser."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from streamlit.components.v2 import component

from flowviz.scene import pack_arrays
from flowviz.ui.player import import_lines

LESSON_FIGURES = ("pair", "bell", "crossing", "average", "sampling")
_CSS = """
[data-testid="stElementContainer"][data-stale="true"]:has(.fv-lesson) {
  opacity: 1 !important; transition: none !important;
}
"""
_LESSON = component(
    "flowviz.lesson",
    html='<div class="fv-boot" style="min-height: 420px"></div>',
    css=_CSS,
    js=import_lines("lesson.js", "mount"),
    isolate_styles=False,
)


def lesson(kind: str, arrays: Mapping[str, np.ndarray], *, height: int = 560, **options: Any) -> None:
    """Show one of the lecture's pictures.

    Args:
        kind: Which.
        arrays: Its data, by name.
        height: Height of the picture in pixels where the screen is high enough; presented, it is as high as fits.
        **options: What else it needs, as JSON can hold it.
    """
    if kind not in LESSON_FIGURES:
        raise KeyError(f"unknown lesson {kind!r}; choose one of {', '.join(LESSON_FIGURES)}.")
    _LESSON(key=f"fv-lesson-{kind}", data=pack_arrays(arrays, kind=kind, height=height, **options))

"""The sheet to draw on: a component that hands back strokes."""

from typing import Any

from streamlit.components.v2 import component

from flowviz.ui.player import import_lines

_CSS = """
.fv-sketch { max-width: 420px; margin: 0 auto; color: var(--st-text-color); font-family: var(--st-font); font-size: 14px; }
.fv-sketch-sheet {
  display: block; width: 100%; aspect-ratio: 1; box-sizing: border-box; touch-action: none; user-select: none; border-radius: 8px;
  border: 1px solid var(--st-border-color); outline-offset: 2px; color: var(--st-primary-color);
  background:
    linear-gradient(var(--st-border-color), var(--st-border-color)) center / 100% 1px no-repeat,
    linear-gradient(var(--st-border-color), var(--st-border-color)) center / 1px 100% no-repeat;
}
.fv-sketch-sheet:focus-visible { outline: 2px solid var(--st-primary-color); }
.fv-sketch-tools { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; padding-top: 8px; }
.fv-sketch-tools label { display: inline-flex; align-items: center; gap: 6px; }
.fv-sketch-tools input { width: 84px; accent-color: var(--st-primary-color); }
.fv-sketch-tools button {
  height: 32px; padding: 0 10px; border: 1px solid var(--st-border-color); border-radius: 8px; background: transparent;
  color: inherit; font: inherit; cursor: pointer;
}
.fv-sketch-tools button[aria-pressed="true"] {
  border-color: var(--st-primary-color); background: color-mix(in srgb, var(--st-primary-color) 16%, transparent);
}
.fv-sketch-tools button:disabled { opacity: .45; cursor: default; }
.fv-sketch-tools button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
"""
_SKETCH = component("flowviz.sketch", css=_CSS, js=import_lines("sketch.js", "mount"), isolate_styles=False)


def sketch(strokes: Any, *, key: str) -> Any:
    """Return a sheet to draw on.

    Args:
        strokes: What is on it when it first appears.
        key: A key of its own.

    Returns:
        What is on it now: strokes, or whatever else the browser sent.
    """
    return _SKETCH(key=key, data={"strokes": strokes}, default={"strokes": strokes}, on_strokes_change=lambda: None).strokes

"""How far runs are: a line of words and a bar for each, drawn by the page and renewed by the feed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from streamlit.components.v2 import component

from flowviz.ui.player import import_lines


@dataclass(frozen=True)
class Line:
    """How far one run is.

    Attributes:
        text: One line; what stands between ** is bold.
        share: Of the steps that are done, 0 to 1; None where no bar is to be seen.
        name: Before the text, as a label in the panel's colour; empty for one run alone.
        colour: A token such as "fv:0", of the label.
        notes: What the training has to say, a sentence each.
    """

    text: str
    share: float | None = None
    name: str = ""
    colour: str = ""
    notes: tuple[str, ...] = ()


_PROGRESS = component(
    "flowviz.progress",
    html='<div class="fv-progress"></div>',
    js=import_lines("progress.js", "mount"),
    isolate_styles=False,
)


def lines_json(lines: Sequence[Line]) -> list[dict]:
    """Return lines as JSON can hold them."""
    return [{name: value for name, value in asdict(line).items() if value not in (None, "", ())} for line in lines]


def progress(lines: Sequence[Line], *, key: str, tag: str, at: int) -> None:
    """Draw lines; the feed renews them while it is about the same.

    Args:
        lines: One for each run.
        key: A key of its own, by which the feed finds it.
        tag: What it is about.
        at: How new it is (steps): what the feed has brought meanwhile is not overwritten by something older.
    """
    payload = {"key": key, "tag": tag, "at": at, "lines": lines_json(lines)}
    _PROGRESS(key=key, data=json.dumps(payload, separators=(",", ":")).encode())

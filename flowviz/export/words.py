"""Fonts for any script: DejaVu Sans, which comes with matplotlib, and what this machine has for the rest."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.textpath import TextToPath

OWN = "DejaVu Sans"
OTHERS = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "Noto Sans CJK JP",
    "Noto Sans",
    "Arial Unicode MS",
)
"""Looked for in this order where a text holds characters that DejaVu Sans lacks."""
UNKNOWN = "\N{REPLACEMENT CHARACTER}"
POINT = 0.75
"""Points per unit of the layout, a CSS pixel."""


@cache
def families() -> tuple[str, ...]:
    """Return the families of ours that are installed here."""
    known = {font.name for font in fontManager.ttflist}
    return (OWN, *(name for name in OTHERS if name in known))


@cache
def _letters(family: str) -> frozenset[int]:
    path = fontManager.findfont(FontProperties(family=family), fallback_to_default=False)
    return frozenset(get_font(path).get_charmap())


def lacking(texts: Iterable[str]) -> str:
    """Return the characters that no font here can draw, each once."""
    found = {letter for text in texts for letter in text if letter not in "\n\t" and not _known(letter)}
    return "".join(sorted(found))


def _known(letter: str) -> bool:
    return any(ord(letter) in _letters(family) for family in families())


def clean(text: str) -> str:
    """Return a text on one line that can be drawn: characters without a font become a visible sign."""
    return "".join(letter if _known(letter) else UNKNOWN for letter in " ".join(text.split()))


def font(text: str, size: float, *, bold: bool = False) -> FontProperties:
    """Return a font that holds all of a clean text; `size` in units of the layout."""
    own = all(ord(letter) in _letters(OWN) for letter in text)
    return FontProperties(family=[OWN] if own else list(families()), weight="bold" if bold else "normal", size=size * POINT)


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide a text is, in units of the layout."""
    if not text:
        return 0.0
    return TextToPath().get_text_width_height_descent(text, font(text, size, bold=bold), False)[0] / POINT


def shortened(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Return a text that fits into `room`, its end cut off with an ellipsis if need be."""
    if width(text, size, bold=bold) <= room:
        return text
    while text and width(text + "…", size, bold=bold) > room:
        text = text[:-1]
    return text.rstrip() + "…"

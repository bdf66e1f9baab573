"""From a word or sign of any script to points, by way of a font that has it."""

import unicodedata
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from flowviz.reading.masks import SIDE, spread
from flowviz.reading.value import MASK_STEPS, Reading

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

LONGEST_WORD = 12
"""Signs that a word may have, accents not counted."""
PIXELS = 180
FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/Library/Fonts",
           "/System/Library/Fonts", "C:/Windows/Fonts")  # fmt: skip
FIRST = ("DejaVuSans-Bold", "NotoSans-Bold", "NotoSansCJK-Bold", "NotoSansCJK", "Noto", "Arial", "PingFang", "msyh", "Symbola")
"""Beginnings of the names of fonts that are tried before all others."""
SIMPLIFIED = 2
"""Which face of Noto's collection for Chinese, Japanese and Korean."""
MOST_FONTS = 300
NOWHERE = "\U0010fffe"
"""A sign that no font has: what it looks like is what a missing sign looks like."""


def read_word(text: str, most: int = 1024) -> Reading:
    """Read a word: its letters become density, each letter a label where they stand side by side.

    Args:
        text: At most 12 signs of any script.
        most: Points to make of it.

    Raises:
        ValueError: If it is empty or too long, or no font here has one of its signs.
    """
    word = "".join(sign for sign in unicodedata.normalize("NFC", text) if unicodedata.category(sign) not in ("Cc", "Cs", "Co"))
    word = " ".join(word.split())
    if not word:
        raise ValueError("nothing is typed yet.")
    signs = sum(not unicodedata.combining(sign) for sign in word)
    if signs > LONGEST_WORD or len(word) > 4 * LONGEST_WORD:
        raise ValueError(f"a word may have at most {LONGEST_WORD} signs; got {signs}. Try a shorter one.")
    font = _font_for(word)
    grey, scale = _painted(word, font)
    points, index = spread(grey, most)
    if len(points) == 0:
        raise ValueError(f"nothing of {word!r} can be seen; type letters or signs.")
    labels = _letters(word, font, index % grey.shape[1] / scale)
    many = labels is not None
    return Reading(
        points, "points of the word", len(points), word, labels=labels, group="letter" if many else "sector", steps=MASK_STEPS
    )


def _painted(word: str, font: "FreeTypeFont") -> tuple[np.ndarray, float]:
    """Return the word, light on dark, 0 to 1, at most 256 pixels wide and high; and how much it was shrunk."""
    from PIL import Image, ImageDraw

    left, top, right, bottom = (int(v) for v in font.getbbox(word))
    width, height = max(1, right - min(0, left)), max(1, bottom - top)
    if width > 60 * PIXELS or height > 20 * PIXELS:
        raise ValueError(f"{word!r} is too large to be painted; try another word.")
    sheet = Image.new("L", (width, height), 0)
    ImageDraw.Draw(sheet).text((-min(0, left), -top), word, font=font, fill=255)
    scale = SIDE / max(width, height)
    small = sheet.resize((max(1, round(width * scale)), max(1, round(height * scale))), Image.Resampling.BOX)
    return np.asarray(small) / 255, scale


def _letters(word: str, font: "FreeTypeFont", x: np.ndarray) -> np.ndarray | None:
    """Return which letter each place belongs to; None where letters join, or there is only one."""
    plain = all(unicodedata.bidirectional(sign) not in ("R", "AL", "NSM") for sign in word)
    if not plain or len(word.replace(" ", "")) < 2:
        return None
    ends = [font.getlength(word[: i + 1]) for i, sign in enumerate(word) if sign != " "]
    return np.searchsorted(np.array(ends[:-1]), x, side="right").astype(np.uint8)


def _font_for(word: str) -> "FreeTypeFont":
    missing = ""
    for path in fonts():
        font = _open(path)
        lacking = "" if font is None else next((sign for sign in word if not _has(path, sign)), "")
        if font is not None and not lacking:
            return font
        missing = missing or lacking
    raise ValueError(f"no font here has all signs of {word!r}{f', such as {missing!r}' if missing else ''}; try other signs.")


@lru_cache(maxsize=1)
def fonts() -> tuple[str, ...]:
    """Return the fonts of this machine, the likely ones first."""
    folders = [Path(folder).expanduser() for folder in FOLDERS]
    spec = find_spec("matplotlib")  # it brings DejaVu along
    if spec is not None and spec.origin is not None:
        folders.append(Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf")
    found = [p for folder in folders if folder.is_dir() for p in folder.rglob("*") if _is_font(p)]

    def rank(path: Path) -> tuple[int, str]:
        return next((i for i, start in enumerate(FIRST) if path.name.startswith(start)), len(FIRST)), path.name

    return tuple(str(path) for path in sorted(found, key=rank)[:MOST_FONTS])


def _is_font(path: Path) -> bool:
    # Unicode's font of last resort has a picture for every sign, and none of them is the sign.
    return path.suffix.lower() in (".ttf", ".ttc", ".otf") and not path.name.startswith("LastResort")


@lru_cache(maxsize=16)
def _open(path: str) -> "FreeTypeFont | None":
    from PIL import ImageFont

    try:
        return ImageFont.truetype(path, PIXELS, index=SIMPLIFIED if Path(path).name.startswith("NotoSansCJK") else 0)
    except OSError:  # a broken or strange font is no font
        return None


@lru_cache(maxsize=4096)
def _has(path: str, sign: str) -> bool:
    font = _open(path)
    if font is None or sign == " " or unicodedata.category(sign) in ("Cf", "Mn"):
        return font is not None
    # A sign that is missing looks like any other that is missing.
    return _look(font, sign) != _look(font, NOWHERE)


def _look(font: "FreeTypeFont", sign: str) -> tuple[tuple[int, int], bytes]:
    mask: Any = font.getmask(sign)
    return mask.size, bytes(mask)

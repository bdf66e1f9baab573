"""From a picture to points: dark or opaque parts become density."""

import io
import warnings
from typing import TYPE_CHECKING

import numpy as np

from flowviz.reading.masks import SIDE, spread
from flowviz.reading.value import MASK_STEPS, Reading

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 24_000_000
"""Pixels of the largest picture that is decoded: what a good camera makes."""


def read_picture(data: bytes, title: str, kind: str, most: int = 1024, light: bool = False) -> Reading:
    """Read a PNG, JPEG or WebP picture.

    Args:
        data: The file.
        title: What to call it.
        kind: "png", "jpeg" or "webp".
        most: Points to make of it.
        light: Light parts become density, not dark ones.

    Raises:
        ValueError: If it is too large, broken or blank.
    """
    from PIL import Image

    width, height = picture_size(data, kind)
    if width * height > MOST_PIXELS or min(width, height) < 1:
        raise ValueError(
            f"the picture has {width:,} × {height:,} pixels; at most {MOST_PIXELS // 10**6} million are decoded, so make it smaller."
        )
    remarks = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(data), formats=[kind.upper()])
            if getattr(picture, "n_frames", 1) > 1:
                remarks.append("It moves; the first frame was taken.")
            if picture.size[0] * picture.size[1] > MOST_PIXELS:
                raise ValueError("its size is not what it says")
            picture.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded at a fraction of its size
            weights = _weights(picture, light)
    except (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, MemoryError) as error:
        raise ValueError(f"the picture cannot be decoded ({str(error)[:80]}); save it again as PNG.") from None
    points, _ = spread(weights, most)
    if len(points) == 0:
        part = "light" if light else "dark or opaque"
        raise ValueError(f"the picture has no {part} parts, and those become points; try one with more contrast.")
    return Reading(points, "points of the picture", len(points), title, remarks=tuple(remarks), steps=MASK_STEPS)


def picture_size(data: bytes, kind: str) -> tuple[int, int]:
    """Return width and height as the header says, without a decoder; (0, 0) where there is no header."""
    if kind == "png":
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    if kind == "webp":
        return _webp_size(data)
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # the start of a frame
            return int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7])
        at += 1 if marker == 0xFF else 2 + length
    return 0, 0


def _webp_size(data: bytes) -> tuple[int, int]:
    if data[12:16] == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if data[12:16] == b"VP8 ":
        return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF
    return 0, 0


def _weights(picture: "Image.Image", light: bool) -> np.ndarray:
    """Return how dark, or how opaque where there is transparency, each pixel is, 0 to 1; at most 256 on a side."""
    from PIL import Image, ImageOps

    if picture.mode.startswith("I;16"):  # Pillow would cut off all above 255
        picture = Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8))
    see_through = "A" in picture.getbands() or "transparency" in picture.info
    picture = picture.convert("RGBA" if see_through else "L")
    scale = SIDE / max(picture.size)
    if scale < 1:
        picture = picture.resize(
            (max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), Image.Resampling.BOX
        )
    picture = ImageOps.exif_transpose(picture)
    if see_through:
        opaque = np.asarray(picture.getchannel("A")) / 255
        if (opaque < 0.5).mean() > 0.02:
            return opaque
    grey = np.asarray(picture.convert("L")) / 255
    dark = grey if light else 1 - grey
    low, high = np.quantile(dark, [0.02, 0.98])
    # Paper is never quite white; what does not stand out from it is paper.
    low, high = (low, dark.max()) if high - low < 0.1 else (low, high)
    return np.clip((dark - low) / (high - low), 0, 1) if high - low > 0.1 else np.zeros_like(dark)

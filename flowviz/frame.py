"""The units that a visitor's points had before they were placed in the plane, and the way back to them."""

from __future__ import annotations

import base64
import binascii
import json
import math
from dataclasses import dataclass

import numpy as np

LONGEST_NAME = 40
"""Characters of a column's name."""
SPOILT = "the names and units of the own data in this text are damaged; copy the whole link again, or load the data anew."


@dataclass(frozen=True)
class Frame:
    """Names and units of coordinates: own = offset + factor · placed, column by column, in float64.

    Args:
        names: What each column is called, with its unit where there is one, such as "length (mm)".
        offset: Where the origin of the plane lies, in own units.
        factor: What one unit of the plane is, in own units.

    Raises:
        ValueError: If the three differ in length, a number is not finite, a factor is zero, or a name is none.

    >>> frame = Frame(("length (mm)", "width (mm)"), (1000.0, 500.0), (20.0, 20.0))
    >>> frame.to_own(np.array([[1.0, -1.0]])).tolist()
    [[1020.0, 480.0]]
    """

    names: tuple[str, ...]
    offset: tuple[float, ...]
    factor: tuple[float, ...]

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.offset) == len(self.factor):
            raise ValueError(f"a frame has as many names as offsets and factors; got {len(self.names)} names, "
                             f"{len(self.offset)} offsets and {len(self.factor)} factors.")  # fmt: skip
        for name, offset, factor in zip(self.names, self.offset, self.factor, strict=True):
            if not name or name != plain_name(name):
                raise ValueError(f"a column's name has 1 to {LONGEST_NAME} printable characters; got {name[:60]!r}.")
            if not math.isfinite(offset):
                raise ValueError(f"the offset of {name!r} must be a finite number; got {offset}.")
            if not math.isfinite(factor) or factor == 0:
                raise ValueError(f"the factor of {name!r} must be a finite number other than 0; got {factor}.")

    @staticmethod
    def from_text(text: str) -> Frame:
        """Read what `text` wrote.

        Raises:
            ValueError: If it is cut off, damaged or no such text.
        """
        try:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", True)
            names, offset, factor = json.loads(packed)
            return Frame(tuple(map(str, names)), tuple(map(float, offset)), tuple(map(float, factor)))
        except (binascii.Error, ValueError, TypeError, RecursionError):
            raise ValueError(SPOILT) from None

    @property
    def text(self) -> str:
        """All of it as letters, digits, - and _."""
        plain = json.dumps([self.names, self.offset, self.factor], ensure_ascii=False, separators=(",", ":"))
        return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    @property
    def log_volume(self) -> float:
        """Logarithm of the volume of the plane's unit square in own units: log p per own unit is log p less this."""
        return float(np.log(np.abs(self.factor)).sum())

    def to_own(self, placed: np.ndarray) -> np.ndarray:
        """Return points of the plane, shape (..., d), in own units, float64."""
        return np.asarray(self.offset) + np.asarray(self.factor) * np.asarray(placed, np.float64)

    def to_placed(self, own: np.ndarray) -> np.ndarray:
        """Return points in own units, shape (..., d), as points of the plane, float64."""
        return (np.asarray(own, np.float64) - np.asarray(self.offset)) / np.asarray(self.factor)


def plain_name(name: str) -> str:
    """Return a column's name without control characters, its blanks single, no longer than `LONGEST_NAME`."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())[:LONGEST_NAME].strip()


def in_own_units(x: np.ndarray, frame: Frame | None) -> np.ndarray:
    """Return points of the plane, shape (..., d), in the units of the data, to a millionth of the plane's unit, float64.

    Without a frame they are returned as they are.
    """
    if frame is None:
        return np.asarray(x)
    own = frame.to_own(x)
    places = [6 - math.floor(math.log10(abs(factor))) for factor in frame.factor]
    return np.stack([_rounded(own[..., i], digits) for i, digits in enumerate(places)], -1)


def _rounded(values: np.ndarray, places: int) -> np.ndarray:
    """Return values to so many decimal places, where float64 can hold the power of ten."""
    return np.round(values, places) if abs(places) < 300 else values

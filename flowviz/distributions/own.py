"""A visitor's own points as a distribution, and the bytes and text in which they travel."""

import base64
import binascii
import hashlib
import struct
import unicodedata
import zlib
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from flowviz.distributions.base import Distribution, Mixture, uniform_mixture

MOST = 4096
"""Points that one distribution may have."""
STEPS = 2**15
"""Steps of the lattice on each side, at most: positions fit into 15 bits."""
WIDEST = 50.0
"""Greatest coordinate; networks learn nothing from larger ones."""
WIDEST_BLUR = 2.0
GROUPS = ("sector", "stroke", "letter", "class")
PREFIX, SLUG = "own.", "own-"
LONGEST_TITLE = 24
LONGEST_CONTENT = 40_000

_HEAD = struct.Struct("<BBHfffBB")  # version, group, blur in thousandths, corner and step of the lattice, length of title, labels


@dataclass(frozen=True, repr=False)
class Points(Distribution):
    """An empirical distribution: one of at most 4,096 points, each as likely, blurred by a Gaussian of width `std`.

    p(x) = 1/n Σ_i N(x; x_i, std² I), so its exact mixture is the points themselves.

    Args:
        content: All there is to know, in its one canonical form: made by `Points.of`, checked on the way in.

    Raises:
        ValueError: If `content` is anything else.

    >>> ring = Points.of(np.array([[3.0, 0.0], [0.0, 3.0], [-3.0, 0.0]]), std=0.1, title="Corners")
    >>> ring.label, ring.group, len(ring.mixture()), Points.from_text(ring.text) == ring
    ('Corners', 'sector', 3, True)
    """

    content: bytes
    exact: ClassVar[bool] = True

    def __post_init__(self) -> None:
        parts = _decode(self.content)
        # What other distributions have as a class, each of these has for itself.
        named: dict[str, Any] = {
            "slug": SLUG + hashlib.sha256(self.content).hexdigest()[:10],
            "label": parts["title"],
            "group": GROUPS[parts["group"]],
            "has_density": parts["std"] > 0,
            "std": parts["std"],
            "step": parts["step"],
            "corner": parts["corner"],
            "lattice": parts["lattice"],
            "means": torch.tensor(parts["corner"]) + parts["step"] * torch.from_numpy(parts["lattice"]).float(),
            "labels": torch.from_numpy(parts["labels"]).long(),
        }
        for name, value in named.items():
            object.__setattr__(self, name, value)

    std: ClassVar[float]
    """Width of the blur (of each instance)."""
    step: ClassVar[float]
    corner: ClassVar[tuple[float, float]]
    lattice: ClassVar[np.ndarray]
    """Positions as steps of the lattice, shape (n, 2), int16; `means` = corner + step · lattice."""
    means: ClassVar[Tensor]
    """The points, shape (n, 2), float32."""
    labels: ClassVar[Tensor]
    """What each belongs to, shape (n,), int64."""

    @staticmethod
    def of(
        points: np.ndarray,
        labels: np.ndarray | None = None,
        *,
        std: float,
        title: str = "Own data",
        group: str = "sector",
        steps: int = STEPS,
    ) -> "Points":
        """Make the distribution of some points.

        Args:
            points: The points, shape (n, 2), n from 2 to 4,096, coordinates within ±50.
            labels: What each belongs to, 0 to 255, shape (n,); by default the eighth of the circle about their middle.
            std: Width of the blur, 0 to 2, rounded to thousandths.
            title: A name for people; signs that mean something to Markdown or Python are left out.
            group: What a label numbers: "sector", "stroke", "letter" or "class".
            steps: Steps of the lattice to which the points are rounded; fewer make a shorter link.

        Raises:
            ValueError: If there are too few, too many, all are equal, or one lies too far out.
        """
        points = np.asarray(points, np.float64)
        if not 2 <= len(points) <= MOST:
            raise ValueError(f"a distribution needs 2 to {MOST:,} points; got {len(points):,}.")
        if not np.isfinite(points).all() or np.abs(points).max() > WIDEST:
            raise ValueError(f"coordinates must lie within ±{WIDEST:g}; got {np.abs(points).max():.3g}. Have them scaled.")
        low = points.min(0)
        side = float((points.max(0) - low).max())
        if side < 1e-6:
            raise ValueError(f"all {len(points):,} points are the same; a distribution needs at least two different ones.")
        step = float(np.float32(side / (steps - 1)))
        lattice = np.clip(np.round((points - low) / step), 0, steps - 1).astype(np.int64)
        if labels is None:
            labels, group = sectors(points), "sector"
        parts = {"group": GROUPS.index(group), "std": std, "corner": (float(low[0]), float(low[1])), "step": step}
        return Points(_encode({**parts, "title": plain_title(title), "lattice": lattice, "labels": np.asarray(labels)}))

    @staticmethod
    def from_text(text: str) -> "Points":
        """Read what `text` wrote.

        Raises:
            ValueError: If it is cut off, damaged or no such text.
        """
        spoilt = "the own data in this text are cut off or damaged; copy the whole link again, or load the data anew."
        try:
            packed = base64.b64decode(text.removeprefix(PREFIX) + "=" * (-len(text.removeprefix(PREFIX)) % 4), b"-_", True)
            reader = zlib.decompressobj()
            content = reader.decompress(packed, LONGEST_CONTENT)
            if not reader.eof or reader.unused_data:
                raise ValueError(spoilt)
            return Points(content)
        except (binascii.Error, zlib.error, ValueError):
            raise ValueError(spoilt) from None

    @property
    def text(self) -> str:
        """All of it as "own." and some letters, digits, - and _, for JSON and links."""
        return PREFIX + base64.urlsafe_b64encode(zlib.compress(self.content, 9)).decode().rstrip("=")

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        which = torch.randint(len(self.means), (n,), generator=rng)
        return self.means[which] + self.std * torch.randn(n, 2, generator=rng), self.labels[which]

    def mixture(self, components: int = MOST) -> Mixture:
        """All points; where fewer `components` are asked for, neighbours are merged, mean and spread kept."""
        if components >= len(self.means):
            return uniform_mixture(self.means, self.std)
        return _merged(self.means.double(), components, self.std)

    def __repr__(self) -> str:
        return f"<{self.slug}: {len(self.means)} points of {self.label!r}, blur {self.std:g}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Points, (self.content,)


def sectors(points: np.ndarray) -> np.ndarray:
    """The eighth of the circle about the middle of all points that each lies in; shape (n,), 0 to 7."""
    middle = (points.max(0) + points.min(0)) / 2
    angle = np.arctan2(points[:, 1] - middle[1], points[:, 0] - middle[0])
    return np.clip(np.floor((angle / (2 * np.pi) + 0.5) * 8), 0, 7).astype(np.uint8)


def plain_title(title: str) -> str:
    """A title that is nothing but words, wherever it is written: in Markdown, in a script, in a file's name."""
    kept = ""
    for sign in unicodedata.normalize("NFC", title).replace("_", " "):
        foreign = ord(sign) > 127 and unicodedata.category(sign)[0] in "LMNPS"
        kept += sign if foreign or sign.isalnum() or sign in " .,-!?" else ""
    return " ".join(kept.split())[:LONGEST_TITLE].strip() or "Own data"


def _merged(points: Tensor, parts: int, std: float) -> Mixture:
    """Halve the points along their wider side until there are `parts` groups; each becomes one Gaussian of its moments."""

    def of(group: Tensor) -> tuple[float, int, Tensor]:
        return float((group - group.mean(0)).square().sum()), len(group), group

    found = [of(points)]
    while len(found) < parts:
        group = found.pop(max(range(len(found)), key=lambda i: found[i][:2]))[2]
        wide = int(torch.argmax(group.amax(0) - group.amin(0)))
        group = group[torch.argsort(group[:, wide], stable=True)]
        found += [of(group[: len(group) // 2]), of(group[len(group) // 2 :])]
    groups = [group for _, _, group in found]
    means = torch.stack([group.mean(0) for group in groups])
    spread = torch.stack([(group - group.mean(0)).square().sum(1).mean() / 2 for group in groups])
    sizes = torch.tensor([float(len(group)) for group in groups], dtype=torch.float64)
    return Mixture(sizes / len(points), means, spread + std**2)


def morton(lattice: np.ndarray) -> np.ndarray:
    """The place of each lattice point on a curve that keeps neighbours together; shape (n,), 30 bits."""
    code = np.zeros(len(lattice), np.int64)
    for bit in range(15):
        code |= ((lattice[:, 0] >> bit & 1) << 2 * bit) | ((lattice[:, 1] >> bit & 1) << 2 * bit + 1)
    return code


def _unmorton(code: np.ndarray) -> np.ndarray:
    lattice = np.zeros((len(code), 2), np.int64)
    for bit in range(15):
        lattice[:, 0] |= (code >> 2 * bit & 1) << bit
        lattice[:, 1] |= (code >> 2 * bit + 1 & 1) << bit
    return lattice


def _encode(parts: dict[str, Any]) -> bytes:
    """The canonical content: a head, how many points have each label, then gaps along the curve, label by label."""
    labels, code = parts["labels"].astype(np.int64), morton(parts["lattice"].astype(np.int64))
    order = np.lexsort((code, labels))
    counts, code = np.bincount(labels), code[order]
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    gaps = np.diff(code, prepend=0)
    starts = first[counts > 0]
    gaps[starts] = code[starts]
    title = parts["title"].encode()
    head = _HEAD.pack(1, parts["group"], round(1000 * parts["std"]), *parts["corner"], parts["step"], len(title), len(counts) - 1)
    out = bytearray(head + title + struct.pack(f"<{len(counts)}H", *counts.tolist()))
    for gap in gaps.tolist():
        while gap > 127:
            out.append(gap & 127 | 128)
            gap >>= 7
        out.append(gap)
    return bytes(out)


def _decode(content: bytes) -> dict[str, Any]:
    """The inverse of `_encode`, which takes nothing else."""
    try:
        parts = _parts(content)
        sound = _encode(parts) == content and plain_title(parts["title"]) == parts["title"]
    except (struct.error, IndexError, ValueError, OverflowError):
        sound, parts = False, {}
    if not sound or not _legal(parts):
        raise ValueError("these bytes are no points of a distribution; make them with `Points.of`.")
    return parts


def _parts(content: bytes) -> dict[str, Any]:
    version, group, std, x, y, step, length, last = _HEAD.unpack_from(content)
    at = _HEAD.size + length
    title = content[_HEAD.size : at].decode()
    counts = struct.unpack_from(f"<{last + 1}H", content, at)
    at += 2 * (last + 1)
    if version != 1 or not 2 <= sum(counts) <= MOST:
        raise ValueError
    gaps, value, shift = [], 0, 0
    for byte in content[at:]:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            gaps.append(value)
            value = shift = 0
    if len(gaps) != sum(counts) or shift or max(gaps) >= STEPS**2:
        raise ValueError
    code = np.concatenate([np.cumsum(part) for part in np.split(np.array(gaps, np.int64), np.cumsum(counts)[:-1])])
    labels = np.repeat(np.arange(last + 1), counts)
    lattice = _unmorton(code) if code.max() < STEPS**2 else np.zeros((0, 2), np.int64)
    return {
        "group": group, "std": std / 1000, "corner": (x, y), "step": step, "title": title,
        "lattice": lattice.astype(np.int16), "labels": labels,
    }  # fmt: skip


def _legal(parts: dict[str, Any]) -> bool:
    ends = np.array(parts["corner"]) + parts["step"] * np.stack([parts["lattice"].min(0), parts["lattice"].max(0)])
    several = bool((parts["lattice"] != parts["lattice"][0]).any())
    inside = bool(np.isfinite(ends).all()) and bool((np.abs(ends) <= WIDEST + 1).all())
    return several and inside and parts["step"] > 0 and 0 <= parts["std"] <= WIDEST_BLUR and parts["group"] < len(GROUPS)

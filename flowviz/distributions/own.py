"""A visitor's own points as a distribution, and the bytes and text in which they travel."""

import base64
import binascii
import hashlib
import zlib
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from flowviz.distributions.base import Distribution, Mixture, uniform_mixture
from flowviz.distributions.content import GROUPS, LONGEST_CONTENT, MOST, STEPS, WIDEST, decode, encode, plain_title
from flowviz.frame import Frame

PREFIX, SLUG = "own.", "own-"


@dataclass(frozen=True, repr=False)
class Points(Distribution):
    """An empirical distribution: one of at most 4,096 points, each as likely, blurred by a Gaussian of width `std`.

    p(x) = 1/n Σ_i N(x; x_i, std² I), so its exact mixture is the points themselves.

    Args:
        content: The placed points and what belongs to them, in its one canonical form: made by `Points.of`, checked on the way in.
        frame: The units that they had; None where nobody knows any. It changes neither `slug` nor training.

    Raises:
        ValueError: If `content` is anything else, or the frame is not one of two columns.

    >>> ring = Points.of(np.array([[3.0, 0.0], [0.0, 3.0], [-3.0, 0.0]]), std=0.1, title="Corners")
    >>> ring.label, ring.group, len(ring.mixture()), Points.from_text(ring.text) == ring
    ('Corners', 'sector', 3, True)
    """

    content: bytes
    frame: Frame | None = None
    exact: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.frame is not None and len(self.frame.names) != 2:
            raise ValueError(f"points of the plane have a frame of 2 columns; got {len(self.frame.names)}.")
        parts = decode(self.content)
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
        frame: Frame | None = None,
    ) -> "Points":
        """Make the distribution of some points.

        Args:
            points: The points, shape (n, 2), n from 2 to 4,096, coordinates within ±50.
            labels: What each belongs to, 0 to 255, shape (n,); by default the eighth of the circle about their middle.
            std: Width of the blur, 0 to 2, rounded to thousandths.
            title: A name for people; signs that mean something to Markdown or Python are left out.
            group: What a label numbers: "sector", "stroke", "letter" or "class".
            steps: Steps of the lattice to which the points are rounded; fewer make a shorter link.
            frame: The units that they had.

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
        content = encode({**parts, "title": plain_title(title), "lattice": lattice, "labels": np.asarray(labels)})
        return Points(content, frame)

    @staticmethod
    def from_text(text: str) -> "Points":
        """Read what `text` wrote.

        Raises:
            ValueError: If it is cut off, damaged or no such text.
        """
        spoilt = "the own data in this text are cut off or damaged; copy the whole link again, or load the data anew."
        points, _, frame = text.removeprefix(PREFIX).partition(".")
        units = Frame.from_text(frame) if frame else None
        try:
            packed = base64.b64decode(points + "=" * (-len(points) % 4), b"-_", True)
            reader = zlib.decompressobj()
            content = reader.decompress(packed, LONGEST_CONTENT)
            if not reader.eof or reader.unused_data:
                raise ValueError(spoilt)
            return Points(content, units)
        except (binascii.Error, zlib.error, ValueError):
            raise ValueError(spoilt) from None

    @property
    def text(self) -> str:
        """All of it as "own." and some letters, digits, - and _, for JSON and links; the frame after a further dot."""
        points = PREFIX + base64.urlsafe_b64encode(zlib.compress(self.content, 9)).decode().rstrip("=")
        return points if self.frame is None else f"{points}.{self.frame.text}"

    @property
    def name(self) -> str:
        """The slug, and of points with a frame some letters more: names points and units in a link that cannot hold them."""
        return self.slug if self.frame is None else f"{self.slug}-{hashlib.sha256(self.frame.text.encode()).hexdigest()[:10]}"

    @property
    def data(self) -> tuple[Tensor, Tensor]:
        return self.means, self.labels

    def draw(self, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        which = torch.randint(len(self.means), (n,), generator=rng)
        return self.means[which] + self.std * torch.randn(n, 2, generator=rng), self.labels[which]

    def mixture(self, components: int = MOST) -> Mixture:
        """Return all points; where fewer `components` are asked for, neighbours are merged, mean and spread kept."""
        if components >= len(self.means):
            return uniform_mixture(self.means, self.std)
        return _merged(self.means.double(), components, self.std)

    def __repr__(self) -> str:
        return f"<{self.slug}: {len(self.means)} points of {self.label!r}, blur {self.std:g}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Points, (self.content, self.frame)


def sectors(points: np.ndarray) -> np.ndarray:
    """Return the eighth of the circle about the middle of all points that each lies in; shape (n,), 0 to 7."""
    middle = (points.max(0) + points.min(0)) / 2
    angle = np.arctan2(points[:, 1] - middle[1], points[:, 0] - middle[0])
    return np.clip(np.floor((angle / (2 * np.pi) + 0.5) * 8), 0, 7).astype(np.uint8)


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

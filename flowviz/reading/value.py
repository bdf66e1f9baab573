"""What was read: points, how many, what was left out and why; and how it becomes a distribution."""

from dataclasses import dataclass, field, replace

import numpy as np

from flowviz.distributions import Points
from flowviz.distributions.content import MOST, STEPS, WIDEST
from flowviz.frame import Frame, plain_name

RADIUS = 4.5
"""Where scaled points end, about: as far out as the built-in distributions."""
FAR = 20.0
"""Scaled points farther out than this are left out, or all others would shrink to a dot."""
SEED = 0
MASK_STEPS = 256
"""Steps of the lattice for points that come from a picture: no finer than its own."""
SCALES = {"same": "Centred and scaled", "each": "Each column by itself", "none": "As they are"}


@dataclass(frozen=True, eq=False)
class Reading:
    """Points as they were read.

    Attributes:
        points: All usable ones, in their own units, shape (n, 2).
        what: What one of them was, in the plural: "rows", "points of the drawing".
        read: How many were looked at.
        left_out: How many were left out, by reason.
        remarks: What else to know, a sentence each.
        title: A name.
        labels: What each belongs to, shape (n,), if that is known.
        group: What a label numbers.
        steps: Steps of the lattice that is fine enough.
        columns: Names of the columns that could be chosen, if there are any.
        chosen: The two that were.
        frame: How the points of the plane become own units again, once they are placed; None where they had none.
    """

    points: np.ndarray
    what: str
    read: int
    title: str
    left_out: dict[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    labels: np.ndarray | None = None
    group: str = "sector"
    steps: int = STEPS
    columns: tuple[str, ...] = ()
    chosen: tuple[str, str] | None = None
    frame: Frame | None = None

    def __post_init__(self) -> None:
        n = len(self.points)
        if n == 0:
            raise ValueError(f"none of the {self.read:,} {self.what} could be used{self._why()}.")
        if n == 1:
            raise ValueError(f"there is only one point{self._why()}; a distribution needs at least two.")
        if not (self.points != self.points[0]).any():
            raise ValueError(f"all {n:,} points are the same; a distribution needs at least two different ones.")

    def _why(self) -> str:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in self.left_out.items() if count)
        return f" ({reasons})" if reasons else ""

    @property
    def words(self) -> str:
        """How many were read, how many left out and why."""
        if self.what.startswith("points"):  # made, not found
            return " ".join([f"{self.read:,} {self.what}.", *self.remarks])
        out = sum(self.left_out.values())
        said = f"{self.read:,} {self.what} read, " + (f"{out:,} left out{self._why()}." if out else "none left out.")
        return " ".join([said, *self.remarks])

    def placed(self, scale: str = "same", most: int = 1024) -> "Reading":
        """Return the points as they will lie in the plane, at most `most` of them.

        Args:
            scale: "same" centres and scales both columns alike, to a radius of about 4.5; "each" each by itself; "none" neither.
            most: Points to keep; more are thinned with a fixed seed.

        Raises:
            ValueError: If they lie too far out, or nothing is left.
        """
        if scale not in SCALES:
            raise ValueError(f"unknown scale {scale!r}; choose one of {', '.join(SCALES)}.")
        points, left_out, remarks = self.points, dict(self.left_out), list(self.remarks)
        middle, wide = _middle_and_width(points, scale) if scale != "none" else (np.zeros(2), np.full(2, RADIUS / 2))
        if scale != "none":
            points = RADIUS * (points / 2 - middle) / wide  # halved, so that not even the largest numbers overflow
            inside = (np.abs(points) <= FAR).all(1)
            left_out["far from all others"] = int((~inside).sum())
        else:
            inside = np.ones(len(points), bool)
            if (far := float(np.abs(points).max())) > WIDEST:
                raise ValueError(f"the points reach out to {far:.3g}, and only ±{WIDEST:g} can be shown; have them scaled.")
        kept = np.flatnonzero(inside)
        most = min(most, MOST)
        if len(kept) > most:
            remarks.append(f"{most:,} of the {len(kept):,} were drawn, with a fixed seed.")
            kept = kept[np.sort(np.random.default_rng(SEED).choice(len(kept), most, replace=False, shuffle=False))]
        labels = None if self.labels is None else self.labels[kept]
        frame = self._frame(2 * middle, 2 * wide / RADIUS)
        return replace(self, points=points[kept], labels=labels, left_out=left_out, remarks=tuple(remarks), frame=frame)

    def _frame(self, offset: np.ndarray, factor: np.ndarray) -> Frame | None:
        """Return the way back to own units; None where the points are no columns of numbers."""
        if self.chosen is None:
            return None
        names = tuple(plain_name(name) or f"column {i}" for i, name in enumerate(self.chosen, 1))
        return Frame(names, tuple(offset.tolist()), tuple(factor.tolist()))

    def blur(self) -> float:
        """Return a width that closes the gaps between placed points but hides no shape.

        0.7 of a typical distance to the nearest.
        """
        from scipy.spatial import KDTree

        distance = KDTree(self.points).query(self.points, k=2)[0][:, 1]
        apart = distance[distance > 0]
        # Where many coincide, the distances between the others say nothing of the whole.
        typical = float(np.median(apart)) if len(apart) else 0.2
        return round(min(0.4, max(0.02, 0.7 * typical)), 2)

    def distribution(self, std: float | None = None) -> Points:
        """Return the distribution of placed points; without `std`, with `blur()`."""
        wide = self.blur() if std is None else std
        return Points.of(
            self.points, self.labels, std=wide, title=self.title, group=self.group, steps=self.steps, frame=self.frame
        )


def _middle_and_width(points: np.ndarray, scale: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the middle between the 1 % and 99 % quantiles and half the wider (or each) side between them, of halved points."""
    points = points / 2
    low, high = np.quantile(points, [0.01, 0.99], axis=0)
    if not (high > low).any():
        low, high = points.min(0), points.max(0)
    half = (high - low) / 2
    wide = half if scale == "each" else np.full(2, half.max())
    return low + half, np.where(wide > 0, wide, 1.0)

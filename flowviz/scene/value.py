"""What one moving picture needs, as arrays that every renderer understands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from flowviz.frame import Frame


@dataclass(frozen=True, eq=False)
class Scene:
    """Particles on their way from source to data, with what may be drawn behind them.

    Attributes:
        t: Times of the frames, shape (k,), ascending from 0 to 1.
        x: Positions, shape (k, n, d); d = 2 in the plane, 3 in the volume; a picture's are its pixels, row by row from the top, a series' its samples.
        labels: Where each particle came from (mode, arm, ring, sector), shape (n,), uint8: its colour.
        bounds: xmin, xmax, ymin, ymax (in the volume also zmin, zmax: a cube) of the axes; they never change while playing.
        title: What is seen, such as "Learned flow after 1,200 steps".
        kind: "exact" or "learned".
        field_t: Times at which the field is stored, shape (kf,).
        field: In the plane only: velocity per unit t at the centres of a g×g grid over `bounds`, shape (kf, g, g, 2), [time, y, x, component].
        density_t: Times at which the density is stored, shape (kd,); without a density, when it is yet to be counted.
        density: In the plane only: probability per unit area at the centres of an h×w grid over `bounds`, shape (kd, h, w), y ascending.
        judged: In the plane only: the probability D(x) that x is data, as a discriminator says, at the centres of an h×w grid over
            `bounds`, shape (h, w), y ascending; the same at all t.
        target: Points of the target, drawn as a ghost, shape (m, d); of series a few, drawn under the sheet.
        source: Points of the source, shape (m, d).
        nfe: How many evaluations of the field made `x`; 0 where nobody counted.
        about: What every such picture says of itself, one sentence; it stands under the picture before the note.
        note: What is special about this one, a sentence or two.
        space: What one sample is: "plane", "volume", "image" or "signal".
        nearest: Of pictures only: that of the data which is nearest to each at its end, shape (n, d).
        steps: Times at which the solver's steps ended, where they are worth seeing: few, uneven, or chosen by itself.
        rejected: Times at which steps would have ended that a solver tried and refused.
        frame: The units of the axes and of what is taken home; None where the plane's own numbers are all there is.
        stands_in: Whether a field called exact is only near to the exact one: a stand-in for the distributions or the coupling.
    """

    t: np.ndarray
    x: np.ndarray
    labels: np.ndarray
    bounds: tuple[float, ...]
    title: str = ""
    kind: str = "exact"
    field_t: np.ndarray | None = None
    field: np.ndarray | None = None
    density_t: np.ndarray | None = None
    density: np.ndarray | None = None
    judged: np.ndarray | None = None
    target: np.ndarray | None = None
    source: np.ndarray | None = None
    nfe: int = 0
    about: str = ""
    note: str = ""
    space: str = "plane"
    nearest: np.ndarray | None = None
    stands_in: bool = False
    steps: tuple[float, ...] = ()
    rejected: tuple[float, ...] = ()
    frame: Frame | None = None


@dataclass(frozen=True, eq=False)
class Kit:
    """A field of the plane, as the browser evaluates it (`ui/frontend/field.js`); `scene.kit` makes it.

    Attributes:
        about: What JSON can hold: the kind, and the network's depth and activation, or the mixture's least variance.
        arrays: Tables over time, weights or components, by name.
    """

    about: dict[str, Any]
    arrays: dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture of a row: a scene, two scenes overlaid, or none yet.

    Attributes:
        scenes: Drawn in this order, the first filled, the second hollow; all share the first one's bounds.
            Empty means "waiting": the player keeps the place until a scene is fed.
        title: Stands above the scenes' own titles.
        kit: The field itself, so that the pointer can be carried along it; None leaves that out.
    """

    scenes: tuple[Scene, ...]
    title: str = ""
    kit: Kit | None = None

"""export(panels, format, path): the one way into every format."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flowviz.experiment import Experiment
from flowviz.export.formats import FORMATS, Format
from flowviz.export.job import ExportJob, Progress, TrainedWeights, link_of, whole
from flowviz.export.options import Options
from flowviz.scene import Panel

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Written:
    """A file that has been written.

    Attributes:
        path: Where.
        bytes: How large it is.
        frames: How many pictures it holds; 0 for numbers and pages.
        seconds: How long that took.
        notes: What could not be done as asked, a sentence each.
    """

    path: Path
    bytes: int
    frames: int
    seconds: float
    notes: tuple[str, ...] = ()


def check(format: str, options: Options) -> Format:
    """Return the format of a slug, if it can be written with these options.

    Raises:
        KeyError: If there is no such format.
        ValueError: If the options do not fit it.
        RuntimeError: If it needs a program that is missing here.
    """
    if format not in FORMATS:
        raise KeyError(f"unknown format {format!r}; choose one of {', '.join(FORMATS)}.")
    found = FORMATS[format]
    if reason := found.reason():
        raise RuntimeError(f"{found.label} cannot be written here: {reason}")
    if options.transparent and found.drawn and not found.transparent:
        able = ", ".join(slug for slug, f in FORMATS.items() if f.transparent)
        raise ValueError(f"{format!r} has no transparent ground; leave `transparent` out, or choose one of {able}.")
    if found.moving and options.fps > found.most_fps:
        raise ValueError(f"`fps` must be at most {found.most_fps} for {format!r}; got {options.fps}. Faster ones play slowly.")
    return found


def export(
    panels: Sequence[Panel],
    format: str,
    path: str | os.PathLike[str],
    options: Options | None = None,
    *,
    experiment: Experiment | None = None,
    learned: TrainedWeights | None = None,
    link: str | None = None,
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
) -> Written:
    """Write one file, under a temporary name that is replaced at the end.

    Args:
        panels: One to four, with one clock.
        format: One of `FORMATS`.
        path: Where; what lies there is replaced.
        options: Size, speed, layers, …; by default `Options()`.
        experiment: Where the panels came from: written into the file.
        learned: Weights and losses, such as a training's last snapshot; for "weights" and "loss".
        link: The query string that opens it again, if more than the experiment's belongs there.
        progress: Called with (done, total) after each frame.
        cancel: Asked before each frame and while waiting; true ends the export.

    Raises:
        Cancelled: If `cancel` said so; nothing is left behind.
        KeyError, ValueError, RuntimeError: As `check`, or if what the format needs was not handed over.
        OSError: If the file cannot be written.
    """
    options = options or Options()
    found, start = check(format, options), time.perf_counter()
    link = link_of(experiment) if link is None else link.lstrip("?")
    job = ExportJob(panels, options, experiment, learned, link, format, progress, cancel)
    with whole(path) as part:
        frames = found.load()(job, part)
        size = part.stat().st_size
        job.check()
    notes = _notes(panels) if options.title and frames else ()
    return Written(Path(path), size, frames, time.perf_counter() - start, notes)


def _notes(panels: Sequence[Panel]) -> tuple[str, ...]:
    from flowviz.export.words import lacking

    texts = [text for panel in panels for text in (panel.title, *(scene.title for scene in panel.scenes))]
    if not (letters := lacking(texts)):
        return ()
    shown = letters if len(letters) <= 12 else letters[:12] + "…"
    return (f"No font on this machine has {shown}: they stand as “�”. Install one, such as fonts-noto-cjk, and export again.",)


def render_frame(panels: Sequence[Panel], t: float, options: Options | None = None, *, moving: bool = True) -> np.ndarray:
    """Return one frame of a film at time t, or a picture that stands still, as pixels, shape (h, w, 4), uint8.

    The preview of an export.
    """
    from flowviz.export.sheet import Sheet

    return Sheet(panels, options or Options(), moving=moving).frame(t).copy()

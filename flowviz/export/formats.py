"""Every format there is: a new one is a function and a line."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flowviz.export import estimate
from flowviz.export.estimate import Raster, Size, Vector
from flowviz.export.job import ExportJob, TrainedWeights
from flowviz.export.options import Options
from flowviz.scene import Panel

Writer = Callable[[ExportJob, Path], int]
"""Writes one file and gives its number of frames."""


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes:
        label: For people.
        suffix: Of the file's name, with its dot.
        mime: Media type.
        writer: "module:function", imported when used.
        size: About how many bytes it will have.
        moving: Whether it has frames, so that frames per second and seconds count.
        ffmpeg: Whether it cannot do without.
        transparent: Whether it can be without a ground.
        needs: What it is made from.
        still: Whether it shows one time, which can be chosen.
        sized: Whether its size in pixels, its title and its ground can be chosen.
        holds: What is in a file that is not drawn, with a place for the names of the coordinates; empty for what is drawn.
        most_fps: The most frames per second that its players keep.
    """

    label: str
    suffix: str
    mime: str
    writer: str
    size: Size
    moving: bool = False
    ffmpeg: bool = False
    transparent: bool = False
    needs: Literal["panels", "learned", "experiment"] = "panels"
    most_fps: int = 60
    still: bool = False
    sized: bool = True
    holds: str = ""

    @property
    def drawn(self) -> bool:
        """Whether it is a picture, so that layers, size and colours count."""
        return not self.holds

    def reason(self) -> str:
        """Return why this format cannot be had here; empty where it can."""
        return _no_ffmpeg() if self.ffmpeg else ""

    def available(self) -> bool:
        """Return whether this format can be had here."""
        return not self.reason()

    def load(self) -> Writer:
        """Import the writer."""
        module, _, function = self.writer.partition(":")
        if self.suffix == ".gif" and _no_ffmpeg():
            module, function = "stills", "gif"
        return getattr(importlib.import_module(f"flowviz.export.{module}"), function)


def _no_ffmpeg() -> str:
    from flowviz.export.ffmpeg import program

    try:
        program()
    except RuntimeError as error:
        return str(error)
    return ""


FORMATS: dict[str, Format] = {
    "gif": Format(
        "GIF", ".gif", "image/gif", "ffmpeg:film", Raster(20e3, 18e3, 24e3, 24e3, 0.68, film=True), moving=True, most_fps=50
    ),
    "mp4": Format(
        "MP4 video",
        ".mp4",
        "video/mp4",
        "ffmpeg:film",
        Raster(5e3, 5.5e3, 5e3, 6e3, 0.45, film=True, fades=True),
        moving=True,
        ffmpeg=True,
    ),
    "webm": Format(
        "WebM video",
        ".webm",
        "video/webm",
        "ffmpeg:film",
        Raster(6e3, 4.5e3, 7e3, 7e3, 0.4, film=True, fades=True),
        moving=True,
        ffmpeg=True,
    ),
    "webp": Format(
        "Animated WebP", ".webp", "image/webp", "stills:webp", Raster(18e3, 12e3, 13e3, 13e3, 0.55, film=True), moving=True
    ),
    "html": Format("Page that plays offline", ".html", "text/html", "page:html", estimate.page, sized=False),
    "png": Format(
        "PNG of one time",
        ".png",
        "image/png",
        "stills:picture",
        Raster(60e3, 150e3, 60e3, 130e3, 0.6),
        still=True,
        transparent=True,
    ),
    "svg": Format(
        "SVG of one time",
        ".svg",
        "image/svg+xml",
        "stills:picture",
        Vector(90_000, 180, 33, 800_000),
        still=True,
        transparent=True,
    ),
    "pdf": Format(
        "PDF of one time",
        ".pdf",
        "application/pdf",
        "stills:picture",
        Vector(25_000, 30, 8, 600_000),
        still=True,
        transparent=True,
    ),
    "strip-png": Format(
        "PNG strip t = 0, ¼, ½, ¾, 1",
        "-strip.png",
        "image/png",
        "stills:picture",
        Raster(90e3, 220e3, 120e3, 280e3, 0.95, strip=True),
        transparent=True,
    ),
    "strip-svg": Format(
        "SVG strip t = 0, ¼, ½, ¾, 1",
        "-strip.svg",
        "image/svg+xml",
        "stills:picture",
        Vector(90_000, 180, 33, 800_000, strip=True),
        transparent=True,
    ),
    "strip-pdf": Format(
        "PDF strip t = 0, ¼, ½, ¾, 1",
        "-strip.pdf",
        "application/pdf",
        "stills:picture",
        Vector(25_000, 30, 8, 600_000, strip=True),
        transparent=True,
    ),
    "npz": Format(
        "Trajectories, NPZ",
        ".npz",
        "application/octet-stream",
        "numbers:trajectories",
        estimate.arrays,
        holds="Arrays `t`, `x`, `labels`; read with `numpy.load`.",
    ),
    "csv": Format(
        "Trajectories, CSV",
        ".csv",
        "text/csv",
        "numbers:table",
        estimate.lines,
        holds="One line for each particle at each time: t, particle, {columns}, label.",
    ),
    "weights": Format(
        "Weights, NPZ",
        "-weights.npz",
        "application/octet-stream",
        "numbers:weights",
        estimate.weights,
        needs="learned",
        holds="The averaged weights by parameter name, with the experiment. Back in one call: `from flowviz.export import load_field; field = load_field('file.npz')`.",
    ),
    "loss": Format(
        "Loss, CSV", "-loss.csv", "text/csv", "numbers:loss", estimate.losses, needs="learned", holds="One line for each step."
    ),
    "experiment": Format(
        "Experiment, JSON",
        ".json",
        "application/json",
        "numbers:experiment",
        estimate.choices,
        needs="experiment",
        holds="Every choice; open it here again under “Open a saved experiment”, or with `python -m flowviz train --experiment`.",
    ),
}
"""All formats by slug. A slug never changes: it stands in scripts and on the command line."""


def expected_bytes(panels: Sequence[Panel], format: str, options: Options, *, learned: TrainedWeights | None = None) -> int:
    """Return about how large a file will be.

    Args:
        panels: As for `export`.
        format: One of `FORMATS`.
        options: As for `export`.
        learned: As for `export`; weights and losses are not known without it.

    Returns:
        Bytes; 0 where nothing is known.
    """
    return round(FORMATS[format].size(panels, options, learned))

"""Every format there is: a new one is a function and a line."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flowviz.export.job import ExportJob

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
        moving: Whether it has frames, so that frames per second and seconds count.
        ffmpeg: Whether it cannot do without.
        transparent: Whether it can be without a ground.
        needs: What it is made from.
        most_fps: The most frames per second that its players keep.
    """

    label: str
    suffix: str
    mime: str
    writer: str
    moving: bool = False
    ffmpeg: bool = False
    transparent: bool = False
    needs: Literal["panels", "learned", "experiment"] = "panels"
    most_fps: int = 60

    def reason(self) -> str:
        """Why this format cannot be had here; empty where it can."""
        return _no_ffmpeg() if self.ffmpeg else ""

    def available(self) -> bool:
        """Whether this format can be had here."""
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
    "gif": Format("GIF", ".gif", "image/gif", "ffmpeg:film", moving=True, most_fps=50),
    "mp4": Format("MP4 video", ".mp4", "video/mp4", "ffmpeg:film", moving=True, ffmpeg=True),
    "webm": Format("WebM video", ".webm", "video/webm", "ffmpeg:film", moving=True, ffmpeg=True),
    "webp": Format("Animated WebP", ".webp", "image/webp", "stills:webp", moving=True),
    "html": Format("Page that plays offline", ".html", "text/html", "page:html"),
    "png": Format("PNG of one time", ".png", "image/png", "stills:picture", transparent=True),
    "svg": Format("SVG of one time", ".svg", "image/svg+xml", "stills:picture", transparent=True),
    "pdf": Format("PDF of one time", ".pdf", "application/pdf", "stills:picture", transparent=True),
    "strip-png": Format("PNG strip t = 0, ¼, ½, ¾, 1", "-strip.png", "image/png", "stills:picture", transparent=True),
    "strip-svg": Format("SVG strip t = 0, ¼, ½, ¾, 1", "-strip.svg", "image/svg+xml", "stills:picture", transparent=True),
    "strip-pdf": Format("PDF strip t = 0, ¼, ½, ¾, 1", "-strip.pdf", "application/pdf", "stills:picture", transparent=True),
    "npz": Format("Trajectories, NPZ", ".npz", "application/octet-stream", "numbers:trajectories"),
    "csv": Format("Trajectories, CSV", ".csv", "text/csv", "numbers:table"),
    "weights": Format("Weights, NPZ", "-weights.npz", "application/octet-stream", "numbers:weights", needs="learned"),
    "loss": Format("Loss, CSV", "-loss.csv", "text/csv", "numbers:loss", needs="learned"),
    "experiment": Format("Experiment, JSON", ".json", "application/json", "numbers:experiment", needs="experiment"),
}
"""All formats by slug. A slug never changes: it stands in scripts and on the command line."""

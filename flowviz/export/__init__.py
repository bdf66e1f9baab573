"""A Scene as GIF, MP4, WebM, WebP, HTML, PNG, SVG, PDF, NPZ or CSV; its weights, its loss and its experiment.

>>> from flowviz.export import Options, export
>>> export(panels, "mp4", "flow.mp4", Options(size="1280x720", dark=True), experiment=experiment)  # doctest: +SKIP

matplotlib, Pillow and ffmpeg are loaded by the writers only when they are used.
"""

from flowviz.export.formats import FORMATS, Format, expected_bytes
from flowviz.export.job import Cancelled, TrainedWeights, link_of
from flowviz.export.numbers import load_field
from flowviz.export.options import SIZES, Options, usual_size
from flowviz.export.write import Written, check, export, render_frame

__all__ = [
    "FORMATS",
    "SIZES",
    "Cancelled",
    "Format",
    "Options",
    "TrainedWeights",
    "Written",
    "check",
    "expected_bytes",
    "export",
    "link_of",
    "load_field",
    "render_frame",
    "usual_size",
]

"""What an export costs: CPU time of a frame, seconds of a whole film, bytes of each format."""

import importlib
import importlib.util
import io
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from flowviz.bench.report import Aim, Row
from flowviz.experiment import Experiment
from flowviz.export import FORMATS, Options, export, render_frame
from flowviz.scene import LAYERS, Panel
from flowviz.scene.build import View, exact_scene
from flowviz.training import train

FILM = Options(fps=20, seconds=3.05, layers=tuple(LAYERS))
"""61 frames of 960×720 with everything on."""


def _panels() -> list[Panel]:
    return [Panel((exact_scene(Experiment(), View(particles=2000)),))]


def export_frames(quick: bool) -> Iterator[Row]:
    """Measure CPU milliseconds of one frame at 960×720: 2,000 particles, trails, field, density, both ghosts."""
    from flowviz.export.sheet import Sheet

    panels = _panels()
    sheet = Sheet(panels, FILM)
    sheet.frame(0.0)
    times = []
    for _ in range(2 if quick else 5):
        start = time.process_time()
        for i in range(20):
            sheet.frame(i / 19)
        times.append((time.process_time() - start) / 20 * 1000)
    start = time.process_time()
    render_frame(panels, 0.5, FILM)
    preview = (time.process_time() - start) * 1000
    note = f"2,000 particles, everything on; a preview with its layout {preview:.0f} ms"
    ours = statistics.median(times)
    yield Row("export: CPU of one frame, 960×720", ours, None, "ms", None, Aim("≤", 75, "ours"), note)
    if importlib.util.find_spec("kaleido") is None:
        yield Row("export: times faster than Kaleido", note="needs the package 'kaleido' and Chrome: pip install kaleido")
        return
    theirs = _kaleido(panels[0], 1 if quick else 3)
    note = "wall time of Plotly's to_image: its work is done in Chrome; particles and density only"
    yield Row("export: times faster than Kaleido", ours, theirs, "ms", theirs / ours, Aim("≥", 10), note)


def _kaleido(panel: Panel, count: int) -> float:
    """Return milliseconds in which Plotly writes one frame with particles and density."""
    scene = panel.scenes[0]
    figure = importlib.import_module("plotly.graph_objects").Figure()
    if scene.density is not None:
        figure.add_heatmap(z=scene.density[-1], x0=scene.bounds[0], y0=scene.bounds[2], dx=0.2, dy=0.2)
    figure.add_scatter(x=scene.x[-1, :, 0], y=scene.x[-1, :, 1], mode="markers", marker={"color": scene.labels})
    times = []
    for _ in range(count + 1):  # the first one starts Chrome
        start = time.perf_counter()
        figure.write_image(io.BytesIO(), format="png", width=960, height=720)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[1:])


def export_films(quick: bool) -> Iterator[Row]:
    """Measure seconds and megabytes of every format, 61 frames where it moves, a sixth of them in a hurry."""
    panels, experiment = _panels(), Experiment.from_flat({"steps": "50"})
    film = FILM.model_copy(update={"seconds": FILM.seconds / 6}) if quick else FILM
    *_, learned = train(experiment)
    with tempfile.TemporaryDirectory() as folder:
        for slug, format in FORMATS.items():
            name = f"export: {format.label}, size"
            if not format.available():
                yield Row(name, note=format.reason())
                continue
            if slug == "gif":  # the first film also loads the libraries
                export(panels, slug, Path(folder) / slug, Options(fps=5, seconds=0.5), experiment=experiment)
            found = export(panels, slug, Path(folder) / slug, film, experiment=experiment, learned=learned)
            aim = Aim("≤", 1.0, "ours") if slug == "html" else None
            yield Row(name, found.bytes / 1e6, None, "MB", None, aim, f"{found.seconds:.2f} s")
            if slug in ("mp4", "gif"):
                yield Row(f"export: {format.label} of {film.frames} frames", found.seconds, None, "s")

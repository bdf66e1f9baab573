"""Pillow's part: PNG, animated WebP, and GIF where there is no ffmpeg; and matplotlib's vectors, SVG and PDF."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from flowviz.export.ffmpeg import SAMPLES, add_comment
from flowviz.export.job import ExportJob
from flowviz.export.sheet import Sheet

QUALITY, EFFORT = 85, 1
"""Of WebP; more effort saves a tenth of the bytes and takes twice the time."""
EXIF_DESCRIPTION, EXIF_SOFTWARE = 0x010E, 0x0131


def picture(job: ExportJob, out: Path) -> int:
    """Write one picture, or with "strip-" five: PNG, SVG or PDF, as `job.kind` says."""
    out.write_bytes(job.patiently(_picture))
    job.tell(1, 1)
    return 1


def _picture(job: ExportJob) -> bytes:
    kind, file = job.kind.removeprefix("strip-"), BytesIO()
    sheet = Sheet(job.panels, job.options, strip=kind != job.kind, moving=False, check=job.check)
    if kind == "png":
        info = PngInfo()
        for name, text in (("Title", job.title), ("Software", job.made_by), ("Comment", job.origin)):
            info.add_itxt(name, text)
        Image.fromarray(sheet.frame(job.options.t)).save(file, "PNG", pnginfo=info)
    else:
        sheet.save(file, kind, job.options.t, _about(job, kind))
    return file.getvalue()


def _about(job: ExportJob, kind: str) -> dict[str, str | None]:
    if kind == "svg":
        return {"Title": job.title, "Description": job.origin, "Creator": job.made_by, "Date": None}
    return {"Title": job.title, "Subject": job.origin, "Creator": job.made_by, "CreationDate": None}


def _film(job: ExportJob, sheet: Sheet) -> Iterator[Image.Image]:
    times = job.options.times()
    for i, t in enumerate(times):
        job.check()
        yield Image.fromarray(sheet.frame(t)[..., :3].copy())
        job.tell(i + 1, len(times))


def _durations(job: ExportJob, least: int) -> list[int]:
    """Return milliseconds of each frame, in multiples of `least`, so that their sum is right."""
    ends = np.round(np.arange(job.options.frames + 1) * 1000 / job.options.fps / least) * least
    return [int(d) for d in np.diff(ends)]


def webp(job: ExportJob, out: Path) -> int:
    """Write an animated WebP."""
    out.write_bytes(job.patiently(_webp))
    return job.options.frames


def _webp(job: ExportJob) -> bytes:
    frames, file = _film(job, Sheet(job.panels, job.options, check=job.check)), BytesIO()
    exif = Image.Exif()
    exif[EXIF_DESCRIPTION], exif[EXIF_SOFTWARE] = job.origin, job.made_by
    look = {"loop": 0, "duration": _durations(job, 1), "quality": QUALITY, "method": EFFORT, "exif": exif.tobytes()}
    next(frames).save(file, "WEBP", save_all=True, append_images=frames, **look)
    return file.getvalue()


def gif(job: ExportJob, out: Path) -> int:
    """Write a GIF with one palette for all frames."""
    out.write_bytes(job.patiently(_gif))
    add_comment(out, job.origin)
    return job.options.frames


def _gif(job: ExportJob) -> bytes:
    sheet, samples, file = Sheet(job.panels, job.options, check=job.check), [], BytesIO()
    for t in np.linspace(0, 1, SAMPLES):
        job.check()
        samples.append(sheet.frame(float(t))[::2, ::2, :3].copy())
    palette = Image.fromarray(np.concatenate(samples)).quantize(256, Image.Quantize.MEDIANCUT)
    frames = (f.quantize(palette=palette, dither=Image.Dither.NONE) for f in _film(job, sheet))
    look = {"loop": 0, "duration": _durations(job, 10), "optimize": False}
    next(frames).save(file, "GIF", save_all=True, append_images=frames, **look)
    return file.getvalue()

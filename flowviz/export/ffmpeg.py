"""Frames through a pipe to ffmpeg: MP4, WebM and GIF."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np

from flowviz.export.job import WAIT, ExportJob
from flowviz.export.sheet import Sheet

SAMPLES = 12
"""Frames that a GIF's palette is chosen from."""
# Without the matrix named and used, players guess, and colours shift.
COLOURS = "scale=in_range=full:out_range=tv:out_color_matrix=bt709,format=yuv420p"
TAGS = ["-color_range", "tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
CODECS = {
    "mp4": ["-c:v", "libx264", "-preset", "veryfast", "-crf", "19", "-movflags", "+faststart", "-f", "mp4"],
    "webm": [
        "-c:v",
        "libvpx-vp9",
        "-deadline",
        "realtime",
        "-cpu-used",
        "8",
        "-row-mt",
        "1",
        "-crf",
        "32",
        "-b:v",
        "0",
        "-f",
        "webm",
    ],
}


@cache
def program() -> str:
    """Return the path of ffmpeg.

    Raises:
        RuntimeError: If there is none.
    """
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return get_ffmpeg_exe()
    except (ImportError, RuntimeError) as error:
        raise RuntimeError("no ffmpeg was found; install one, or `pip install imageio-ffmpeg`.") from error


class Encoder:
    """A running ffmpeg that takes raw RGBA frames. A thread feeds it, so that a slow encoder never keeps a cancel waiting."""

    def __init__(self, job: ExportJob, arguments: Sequence[str], out: Path) -> None:
        self.job = job
        width, height = job.options.pixels
        source = ["-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{width}x{height}", "-r", str(job.options.fps), "-i", "-"]
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed in __exit__
        command = [program(), "-v", "error", "-nostdin", "-y", "-threads", "2", *source, *arguments, str(out)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self.errors)
        self.frames: queue.Queue[bytes | None] = queue.Queue(maxsize=3)
        self.thread = threading.Thread(target=self._feed, name="flowviz-ffmpeg", daemon=True)
        self.thread.start()

    def _feed(self) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError), self.process.stdin as pipe:
            while (frame := self.frames.get()) is not None:
                pipe.write(frame)

    def add(self, frame: np.ndarray | None) -> None:
        """Hand over a frame; None is the end.

        Raises:
            Cancelled: If the export is no longer wanted.
            RuntimeError: If ffmpeg has given up.
        """
        data = None if frame is None else frame.tobytes()
        while True:
            self.job.check()
            if self.process.poll() is not None:
                raise RuntimeError(self._complaint())
            with contextlib.suppress(queue.Full):
                self.frames.put(data, timeout=WAIT)
                return

    def finish(self) -> None:
        """Wait for the file."""
        self.add(None)
        while True:
            self.job.check()
            with contextlib.suppress(subprocess.TimeoutExpired):
                if self.process.wait(WAIT):
                    raise RuntimeError(self._complaint())
                return

    def _complaint(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return f"ffmpeg ended with code {self.process.returncode}: {lines[-1] if lines else 'it said nothing'}"

    def __enter__(self) -> Encoder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        with contextlib.suppress(queue.Full):
            self.frames.put_nowait(None)
        self.thread.join(5)
        self.errors.close()


def film(job: ExportJob, out: Path) -> int:
    """Write MP4, WebM or GIF, as `job.kind` says; gives the number of frames."""
    sheet, times = Sheet(job.panels, job.options, check=job.check), job.options.times()
    with _arguments(job, sheet) as arguments, Encoder(job, arguments, out) as encoder:
        for i, t in enumerate(times):
            encoder.add(sheet.frame(t))
            job.tell(i + 1, len(times))
        encoder.finish()
    if job.kind == "gif":
        add_comment(out, job.origin)
    return len(times)


@contextlib.contextmanager
def _arguments(job: ExportJob, sheet: Sheet) -> Iterator[list[str]]:
    if job.kind != "gif":
        about = ["-metadata", f"title={job.title}", "-metadata", f"comment={job.origin}"]
        yield ["-an", "-vf", COLOURS, *TAGS, *about, *CODECS[job.kind]]
        return
    # The palette comes first, from a few frames: ffmpeg's `split` would keep all raw frames in memory until the end.
    with tempfile.TemporaryDirectory(prefix="flowviz-") as folder:
        palette = Path(folder) / "palette.png"
        with Encoder(
            job, ["-vf", "palettegen=stats_mode=full", "-frames:v", "1", "-f", "image2", "-update", "1"], palette
        ) as encoder:
            for t in np.linspace(0, 1, SAMPLES):
                encoder.add(sheet.frame(float(t)))
            encoder.finish()
        use = "[0:v][1:v]paletteuse=dither=bayer:bayer_scale=3:diff_mode=rectangle"
        yield ["-i", str(palette), "-filter_complex", use, "-loop", "0", "-f", "gif"]


def add_comment(path: Path, text: str) -> None:
    """Put a comment into a GIF, before its first picture, where every reader looks.

    Raises:
        ValueError: If the file does not begin as a GIF does.
    """
    content, data = path.read_bytes(), text.encode()
    if content[:3] != b"GIF":
        raise ValueError(f"{path.name!r} does not begin as a GIF does.")
    table = 3 * 2 ** ((content[10] & 7) + 1) if content[10] & 128 else 0
    place = 13 + table
    blocks = b"".join(bytes([len(part)]) + part for part in (data[i : i + 255] for i in range(0, len(data), 255)))
    path.write_bytes(content[:place] + b"\x21\xfe" + blocks + b"\x00" + content[place:])

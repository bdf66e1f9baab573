"""Files in the making: one at a time on the server, each in a thread of its own, told apart by who asked for it."""

import shutil
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from flowviz.experiment import Experiment
from flowviz.export import Cancelled, Options, TrainedWeights, Written, export
from flowviz.scene import Panel
from flowviz.ui.background import BackgroundTask


class Making(BackgroundTask):
    """One file that is being made.

    Args:
        name: The file's name.
        panels: What is drawn.
        format: One of `flowviz.export.FORMATS`.
        options: How.
        experiment: Where the panels came from.
        learned: Weights and losses, if there are any.
        link: The query string that opens it again.
    """

    turn = threading.Semaphore(1)
    failures = (KeyError, ValueError, RuntimeError, OSError)

    def __init__(
        self,
        name: str,
        panels: Sequence[Panel],
        format: str,
        options: Options,
        *,
        experiment: Experiment,
        learned: TrainedWeights | None,
        link: str,
    ) -> None:
        super().__init__()
        self.name, self.format = name, format
        self.done, self.total = 0, options.frames
        self.started: float | None = None
        self.data: bytes | None = None
        self.written: Written | None = None
        self._ask = (panels, options, experiment, learned, link)
        self.begin()

    @property
    def seconds_left(self) -> float | None:
        """Seconds until it is done; None before the first frame."""
        if self.started is None or not self.done:
            return None
        return (time.monotonic() - self.started) / self.done * (self.total - self.done)

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def work(self) -> None:
        panels, options, experiment, learned, link = self._ask
        folder = Path(tempfile.mkdtemp(prefix="flowviz-"))
        self.started = time.monotonic()
        given = {"experiment": experiment, "learned": learned, "link": link}
        try:
            path = folder / self.name
            self.written = export(
                panels, self.format, path, options, **given, progress=self._progress, cancel=lambda: self.cancelled
            )
            self.data = path.read_bytes()
        except Cancelled:
            pass  # nothing is left behind
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def release(self) -> None:
        _, options, experiment, _, link = self._ask
        self._ask = ((), options, experiment, None, link)  # the pictures are no longer needed

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
from flowviz.ui.ending import ends_with_the_process

_turn = threading.Semaphore(1)
"""One film at a time: two would take the pictures' time from everybody who watches."""


class Making:
    """One file that is being made; it may be looked at from any thread.

    Args:
        name: The file's name.
        panels: What is drawn.
        format: One of `flowviz.export.FORMATS`.
        options: How.
        experiment: Where the panels came from.
        learned: Weights and losses, if there are any.
        link: The query string that opens it again.
    """

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
        self.name, self.format = name, format
        self.done, self.total = 0, options.frames
        self.started: float | None = None
        self.data: bytes | None = None
        self.written: Written | None = None
        self.error = ""
        self._stop = threading.Event()
        self._ask = (panels, options, experiment, learned, link)
        self.thread = threading.Thread(target=self._run, daemon=True)
        ends_with_the_process(self)
        self.thread.start()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return not self.thread.is_alive()

    @property
    def seconds_left(self) -> float | None:
        """Seconds until it is done; None before the first frame."""
        if self.started is None or not self.done:
            return None
        return (time.monotonic() - self.started) / self.done * (self.total - self.done)

    def cancel(self) -> None:
        """Stop within one frame; nothing is left behind."""
        self._stop.set()

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def _run(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="flowviz-"))
        panels, options, experiment, learned, link = self._ask
        try:
            while not _turn.acquire(timeout=0.05):
                if self._stop.is_set():
                    return
            try:
                self.started = time.monotonic()
                path = folder / self.name
                self.written = export(
                    panels,
                    self.format,
                    path,
                    options,
                    experiment=experiment,
                    learned=learned,
                    link=link,
                    progress=self._progress,
                    cancel=self._stop.is_set,
                )
                self.data = path.read_bytes()
            finally:
                _turn.release()
        except Cancelled:
            pass
        except (KeyError, ValueError, RuntimeError, OSError) as error:
            self.error = str(error).strip("'\"")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            self._ask = ((), options, experiment, None, link)  # the pictures are no longer needed

"""One file being written: what goes into it, where it came from, how far it is, and whether it is still wanted."""

from __future__ import annotations

import contextlib
import os
import queue
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

import flowviz
from flowviz.experiment import Experiment
from flowviz.export.options import Options
from flowviz.scene import Panel

if TYPE_CHECKING:
    import numpy as np

WAIT = 0.03
"""Seconds between two looks at whether the export is still wanted."""
Progress = Callable[[int, int], Any]
"""Told after each frame: how many are done, and of how many."""


class Cancelled(Exception):
    """The export was cancelled; no file was left behind."""


class TrainedWeights(Protocol):
    """What weights and losses are taken from; a `flowviz.training.Snapshot` will do."""

    @property
    def step(self) -> int:
        """Steps made."""
        ...

    @property
    def losses(self) -> np.ndarray:
        """Loss of each step."""
        ...

    @property
    def parts(self) -> np.ndarray:
        """What is shown beside it, shape (parts, step)."""
        ...

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """Arrays by parameter name."""
        ...


@dataclass(frozen=True, eq=False)
class ExportJob:
    """What a writer is given.

    Attributes:
        panels: What is drawn.
        options: How.
        experiment: Where it came from; None where nobody knows.
        learned: Weights and losses, for the formats that hold them.
        link: The query string that opens the experiment again.
        kind: What the format's writer is to write, such as "mp4" or "svg".
        progress: Told after each frame.
        cancel: Asked before each frame and while waiting.
    """

    panels: Sequence[Panel]
    options: Options
    experiment: Experiment | None = None
    learned: TrainedWeights | None = None
    link: str = ""
    kind: str = ""
    progress: Progress | None = None
    cancel: Callable[[], bool] | None = None

    def check(self) -> None:
        """Stop here if the export is no longer wanted.

        Raises:
            Cancelled: If it is not.
        """
        if self.cancel is not None and self.cancel():
            raise Cancelled("the export was cancelled.")

    def tell(self, done: int, total: int) -> None:
        """Say how far it is, and stop if it is no longer wanted."""
        if self.progress is not None:
            self.progress(done, total)
        self.check()

    def patiently(self, make: Callable[[ExportJob], bytes]) -> bytes:
        """Return what `make` gives, made in a thread of its own: what cannot be interrupted keeps a cancel waiting no longer.

        Progress is told from here, where the caller's own context is. An abandoned thread ends by itself and leaves nothing.
        """
        told: queue.SimpleQueue[tuple[int, int] | None] = queue.SimpleQueue()
        stop, found, broken = threading.Event(), [], []
        inner = replace(self, progress=lambda done, total: told.put((done, total)), cancel=stop.is_set)

        def work() -> None:
            try:
                found.append(make(inner))
            except BaseException as error:
                broken.append(error)
            finally:
                told.put(None)

        # No daemon: a process that ends waits for it, since C code that outlives the interpreter would abort.
        threading.Thread(target=work, name="flowviz-export").start()
        try:
            while True:
                self.check()
                with contextlib.suppress(queue.Empty):
                    if (news := told.get(timeout=WAIT)) is None:
                        break
                    self.tell(*news)
        finally:
            stop.set()
        if broken:
            raise broken[0]
        return found[0]

    @property
    def title(self) -> str:
        """One line that names the picture."""
        named = [p.title or " and ".join(s.title for s in p.scenes if s.title) for p in self.panels]
        return ", ".join(name for name in named if name) or "Flow matching"

    @property
    def made_by(self) -> str:
        """The program and its version."""
        return f"flowviz {flowviz.__version__}"

    @property
    def origin(self) -> str:
        """Program, version and link, for the file's metadata."""
        return f"{self.made_by} ?{self.link}" if self.link else self.made_by


def link_of(experiment: Experiment | None) -> str:
    """Return the query string that opens an experiment; source, target, path and coupling are always in it, for who reads it.

    >>> link_of(Experiment(target="moons"))
    'source=gaussian&target=moons&path=linear&coupling=independent'
    """
    if experiment is None:
        return ""
    everything = experiment.to_flat(changed_only=False)
    named = {name: everything[name] for name in ("source", "target", "path", "coupling")}
    return urlencode({**named, **experiment.to_flat()})


@contextlib.contextmanager
def whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Provide a temporary name in the same folder, put in its place at the end: the file is whole or not there.

    Raises:
        OSError: If it cannot be written.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(21, "it is a folder", str(path))
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    os.close(handle)
    try:
        yield Path(name)
        # mkstemp keeps others out; a result is an ordinary file.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise

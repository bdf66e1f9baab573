"""The worker process: takes one training at a time from its standard input and sends snapshots to its standard output.

Started as ``python -m flowviz.engine.worker module:function``. Pipes need no port, no key and no name on disk, and they
end when the parent dies in whatever way: the worker then leaves at once, in the middle of a step if need be.

Messages are pickled tuples. In: ``("path", sys_path)`` once, ``("run", attempt, experiment, state)``,
``("stop", attempt)``. Out: ``("ready",)`` once or ``("broken", traceback)``, then for each attempt
``("snapshot", attempt, snapshot)`` and one of ``("end", attempt, stopped)`` and
``("failed", attempt, sentence, snapshot, traceback)``, the last one empty where the failure was planned for.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import os
import pickle
import queue
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable
from typing import Any, BinaryIO

PIPE_BYTES = 1024 * 1024  # so that a snapshot goes into the pipe in one piece and the training goes on


class Link:
    """The worker's end of its two pipes.

    A thread of its own reads, so that asking "stop?" costs a training step no more than a comparison.
    """

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self.stopped = 0  # the last attempt that was told to stop
        self.orders: queue.SimpleQueue[tuple[int, Any, Any]] = queue.SimpleQueue()
        self._incoming = incoming
        self._outgoing = outgoing

    def read(self) -> None:
        """Take messages until the parent has gone, then leave."""
        try:
            while True:
                kind, *rest = pickle.load(self._incoming)
                if kind == "stop":
                    self.stopped = rest[0]
                else:
                    self.orders.put((rest[0], rest[1], rest[2]))
        except EOFError:
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    def send(self, *message: Any) -> None:
        """Send one message; leave if nobody is there to read it."""
        data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        try:
            self._outgoing.write(data)
            self._outgoing.flush()
        except OSError:
            os._exit(0)


def serve(link: Link, train: Callable[..., Any]) -> None:
    """Run one order after another, for ever."""
    while True:
        perform(link, train, *link.orders.get())


def perform(link: Link, train: Callable[..., Any], attempt: int, experiment: Any, state: Any) -> None:
    """Run one training to its end, sending each snapshot."""
    obeyed = False

    def stop() -> bool:
        nonlocal obeyed
        if link.stopped == attempt:
            obeyed = True
        return obeyed

    NOTED.clear()
    try:
        for snapshot in train(experiment, state=state, stop=stop):
            link.send("snapshot", attempt, dataclasses.replace(snapshot, notes=tuple(NOTED.values())) if NOTED else snapshot)
        link.send("end", attempt, obeyed)
    except MemoryError:
        # What is left of this process cannot be trusted: a fresh one tries again.
        traceback.print_exc()
        os._exit(1)
    except Exception as error:
        # A divergence was planned for, and brings its last good snapshot along: its sentence says all there is to know.
        trace = "" if hasattr(error, "snapshot") else traceback.format_exc()
        link.send("failed", attempt, sentence(error), getattr(error, "snapshot", None), trace)


NOTED: dict[str, str] = {}
"""The last warning of each of flowviz's own kinds since the present training began, by the kind's name."""


def note_warnings() -> None:
    """Collect flowviz's own warnings for the snapshots, whichever thread gives them; others go on to standard error."""
    others = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if category.__module__.startswith("flowviz."):
            NOTED[category.__name__] = str(message)
        else:
            others(message, category, *where, **more)

    warnings.showwarning = show
    warnings.filterwarnings("always", module=r"flowviz\.")


def sentence(error: Exception) -> str:
    """Return one line for the visitor.

    >>> sentence(ValueError("`batch` must be at least 1"))
    '`batch` must be at least 1.'
    >>> sentence(ZeroDivisionError())
    'The training stopped with ZeroDivisionError.'
    """
    # str(KeyError("x")) is a repr: take the words themselves.
    words = error.args[0] if isinstance(error, KeyError) and error.args else error
    line = next(iter(str(words).strip().splitlines()), "").strip()[:300]
    if not line:
        return f"The training stopped with {type(error).__name__}."
    line = line[0].upper() + line[1:]
    return line if line[-1] in ".!?" else line + "."


def load(name: str) -> Callable[..., Any]:
    """Return the function named "module:function", ready to run on one thread."""
    module, _, function = name.partition(":")
    found = getattr(importlib.import_module(module), function)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(1)
    return found


def take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return standard input and output as pipes of our own; what a library prints goes to standard error."""
    incoming, outgoing = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    with contextlib.suppress(OSError):  # a server without a console has no standard error
        os.dup2(2, 1)
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(outgoing, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return os.fdopen(incoming, "rb"), os.fdopen(outgoing, "wb")


def main(train: str) -> None:
    """Come up, say so, and serve until the parent goes."""
    # Ctrl-C goes to the whole terminal group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(AttributeError, OSError):
        os.nice(10)
    incoming, outgoing = take_pipes()
    link = Link(incoming, outgoing)
    try:
        _, sys.path[:] = pickle.load(incoming)
    except EOFError:
        return
    threading.Thread(target=link.read, name="flowviz-link", daemon=True).start()
    try:
        function = load(train)
        note_warnings()
    except Exception:
        link.send("broken", traceback.format_exc())
        os._exit(1)
    link.send("ready")
    serve(link, function)


if __name__ == "__main__":
    main(sys.argv[1])

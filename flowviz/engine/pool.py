"""The parent's side of a worker process: start it, talk to it, notice its death."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flowviz.engine.run import Job

log = logging.getLogger(__name__)

ROOT = str(Path(__file__).resolve().parents[2])
THREAD_LIMITS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class Worker:
    """One worker process and the thread that listens to it.

    `start`, `send` and `kill` are called without the engine's lock; all other fields are touched under it.

    Args:
        lane: "cpu" or "gpu".
        on_message: Called in the listening thread as ``on_message(worker, message)``.
        on_death: Called once, in the listening thread, when the process has gone.
    """

    def __init__(
        self,
        lane: str,
        on_message: Callable[[Worker, tuple[Any, ...]], None],
        on_death: Callable[[Worker], None],
    ) -> None:
        self.lane = lane
        self.ready = False
        self.job: Job | None = None
        self.attempt = 0
        self.told: float | None = None  # when it was asked to stop its present attempt
        self.process: subprocess.Popen[bytes] | None = None
        self.killed = False
        self._on_message = on_message
        self._on_death = on_death
        self._thread = threading.Thread(target=self._listen, name="flowviz-worker", daemon=True)

    def start(self, train: str) -> None:
        """Start the process; returns before it is up.

        Nothing here depends on the parent's ``__main__``, which Streamlit replaces while a script runs.

        Args:
            train: The training function as "module:function", imported in the process.
        """
        path = os.pathsep.join(part for part in (ROOT, os.environ.get("PYTHONPATH")) if part)
        environment = {**os.environ, **dict.fromkeys(THREAD_LIMITS, "1"), "PYTHONPATH": path}
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "flowviz.engine.worker", train],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
            )
        except OSError:
            log.exception("no worker process could be started")
        self._thread.start()
        self.send("path", [part or os.getcwd() for part in sys.path])

    def send(self, *message: Any) -> None:
        """Send one message; a dead process is not an error here, the listening thread deals with it."""
        pipe = None if self.process is None else self.process.stdin
        if pipe is None:
            return
        data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        with contextlib.suppress(OSError, ValueError):
            pipe.write(data)
            pipe.flush()

    def kill(self) -> None:
        """End the process without asking; `on_death` follows."""
        self.killed = True
        if self.process is not None:
            self.process.kill()

    @property
    def listening(self) -> bool:
        """Whether its death will be noticed."""
        return self._thread.ident is not None

    @property
    def exit_code(self) -> int | None:
        """How it ended: negative for a signal; None while it lives or if it never did."""
        return None if self.process is None else self.process.returncode

    def hang_up(self) -> None:
        """Close its input, on which it leaves."""
        if self.process is not None and self.process.stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                self.process.stdin.close()

    def leave(self, seconds: float) -> None:
        """Wait for it to leave; kill it if it has not done so after `seconds`."""
        if self.process is not None:
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        if self.listening:
            self._thread.join(seconds)

    def _listen(self) -> None:
        process = self.process
        if process is not None and process.stdout is not None:
            try:
                while True:
                    self._on_message(self, pickle.load(process.stdout))
            except EOFError:
                pass
            except Exception:
                # Cut off in the middle of a message, or one that cannot be read: of no further use either way.
                log.warning("a worker process broke off", exc_info=True)
            process.kill()
            process.wait()
            self.hang_up()
            process.stdout.close()
        self._on_death(self)

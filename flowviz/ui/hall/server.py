"""The app in a process of its own, for as long as it is measured."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Server:
    """The app in a process of its own.

    Attributes:
        base: Its address, without the scheme.
    """

    def __init__(self, process: subprocess.Popen, base: str) -> None:
        self.process, self.base = process, base

    @property
    def cpu(self) -> float:
        """Seconds of processor time of the server itself; its worker processes are not counted."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@contextlib.contextmanager
def serving(**environment: str) -> Iterator[Server]:
    """Serve the app from the start to the end of a measurement; what it says goes nowhere."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = Path(str(importlib.util.find_spec("flowviz").origin)).parents[1] / "app.py"  # type: ignore[union-attr]
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port), "--server.headless", "true"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=app.parent, env={**os.environ, **environment}
    )
    try:
        base = f"127.0.0.1:{port}"
        for _ in range(480):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://{base}/_stcore/health", timeout=1)
                break
            time.sleep(0.25)
        yield Server(process, base)
    finally:
        process.terminate()
        process.wait(30)

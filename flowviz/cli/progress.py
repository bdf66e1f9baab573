"""The progress bar of a training, on standard error."""

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flowviz.training import Snapshot

BAR = 24
SMOOTH = 100
"""Steps over which the loss that is shown is averaged."""
PLAIN_SECONDS = 5.0
"""Least time between two lines where standard error is no terminal."""


def smoothed(snapshot: "Snapshot") -> float:
    """The mean of the latest losses."""
    return float(snapshot.losses[-SMOOTH:].mean()) if len(snapshot.losses) else float("nan")


class Progress:
    """Shows how far a training is: a bar that moves on a terminal, now and then a line elsewhere.

    Args:
        total: Steps there will be.
        quiet: Show nothing.
    """

    def __init__(self, total: int, quiet: bool = False) -> None:
        self.total = total
        self.quiet = quiet
        self.terminal = sys.stderr.isatty()
        self.spoke = time.monotonic()
        self.shown = 0

    def show(self, snapshot: "Snapshot") -> None:
        """Show a snapshot."""
        now = time.monotonic()
        if self.quiet or not (self.terminal or now - self.spoke >= PLAIN_SECONDS or snapshot.step == self.total):
            return
        self.spoke = now
        line = self.line(snapshot)
        if not self.terminal:
            print(line, file=sys.stderr, flush=True)
            return
        full = round(BAR * snapshot.step / self.total)
        text = f"[{'#' * full}{'.' * (BAR - full)}] {line}"
        print(f"\r{text}{' ' * (self.shown - len(text))}", end="", file=sys.stderr, flush=True)
        self.shown = len(text)

    def line(self, snapshot: "Snapshot") -> str:
        """Step, loss, speed and time left, as words; before the first step what is being prepared."""
        if snapshot.preparing:
            return snapshot.preparing
        rate = snapshot.step / snapshot.seconds if snapshot.seconds > 0 else 0.0
        left = f"{_duration((self.total - snapshot.step) / rate)} left" if rate else "starting"
        return f"{snapshot.step:,}/{self.total:,} steps, loss {smoothed(snapshot):.4g}, {rate:,.0f} steps/s, {left}"

    def end(self) -> None:
        """Leave the bar's line."""
        if self.shown:
            print(file=sys.stderr)
            self.shown = 0


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s" if seconds < 3600 else f"{seconds / 3600:.1f} h"

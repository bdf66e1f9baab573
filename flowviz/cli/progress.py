"""The progress bar of a training, on standard error."""

import sys
import time
from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

if TYPE_CHECKING:
    from flowviz.training import Snapshot

SMOOTH = 100
"""Steps over which the loss that is shown is averaged."""
PLAIN_SECONDS = 5.0
"""Least time between two lines where standard error is no terminal."""


def bar(total: int, layout: str, *, shown: bool, stays: bool = True) -> "tqdm[NoReturn]":
    """Return a bar on standard error, as tqdm draws it.

    Args:
        total: What it counts to.
        layout: Its line, in tqdm's own words.
        shown: Whether anything is drawn.
        stays: Whether the line is left when it ends.
    """
    return tqdm(total=total, file=sys.stderr, disable=not shown, leave=stays, ascii=".#", bar_format=layout)


def smoothed(snapshot: "Snapshot") -> float:
    """Return the mean of the latest losses."""
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
        self.bar = bar(total, "[{bar:24}] {desc}", shown=self.terminal and not quiet)

    def show(self, snapshot: "Snapshot") -> None:
        """Show a snapshot."""
        if self.terminal:
            self.bar.n = snapshot.step
            self.bar.set_description_str(self.line(snapshot))
            return
        now = time.monotonic()
        if not self.quiet and (now - self.spoke >= PLAIN_SECONDS or snapshot.step == self.total):
            self.spoke = now
            print(self.line(snapshot), file=sys.stderr, flush=True)

    def line(self, snapshot: "Snapshot") -> str:
        """Step, loss, speed and time left, as words; before the first step what is being prepared."""
        if snapshot.preparing:
            return snapshot.preparing
        rate = snapshot.step / snapshot.seconds if snapshot.seconds > 0 else 0.0
        left = f"{_duration((self.total - snapshot.step) / rate)} left" if rate else "starting"
        return f"{snapshot.step:,}/{self.total:,} steps, loss {smoothed(snapshot):.4g}, {rate:,.0f} steps/s, {left}"

    def end(self) -> None:
        """Leave the bar's line."""
        self.bar.close()


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min {seconds % 60:02.0f} s" if seconds < 3600 else f"{seconds / 3600:.1f} h"

"""Where exported files go, and the progress bar of each on standard error."""

import sys
import time
from collections.abc import Iterable
from pathlib import Path

from flowviz.cli.errors import RefusalError
from flowviz.cli.runs import check_writable
from flowviz.export import FORMATS

BAR = 24


class Frames:
    """Shows how far a file is; only on a terminal, since elsewhere one line at its end is enough.

    Args:
        name: Of the file.
        quiet: Show nothing.
    """

    def __init__(self, name: str, quiet: bool = False) -> None:
        self.name = name
        self.silent = quiet or not sys.stderr.isatty()
        self.start = time.monotonic()
        self.shown = 0

    def show(self, done: int, total: int) -> None:
        """Show that `done` of `total` frames are ready."""
        if self.silent or total < 2:
            return
        full = round(BAR * done / total)
        left = (time.monotonic() - self.start) / done * (total - done)
        text = f"[{'#' * full}{'.' * (BAR - full)}] {self.name}: {done}/{total}, {left:.0f} s left"
        print(f"\r{text}{' ' * (self.shown - len(text))}", end="", file=sys.stderr, flush=True)
        self.shown = len(text)

    def end(self) -> None:
        """Clear the bar's line."""
        if self.shown:
            print(f"\r{' ' * self.shown}\r", end="", file=sys.stderr, flush=True)
            self.shown = 0


def by_name(out: str) -> str | None:
    """The format whose suffix a name ends in, the longest where several fit."""
    found = [slug for slug, f in FORMATS.items() if out.lower().endswith(f.suffix)]
    return max(found, key=lambda slug: len(FORMATS[slug].suffix), default=None)


def place(out: str, slug: str, formats: list[str]) -> Path:
    """Where a format goes: `out` itself where it ends so, else the same name with the format's own end."""
    suffix = FORMATS[slug].suffix
    if out.endswith("/") or Path(out).is_dir():
        return Path(out) / f"flow{suffix}"
    if out.lower().endswith(suffix) and len(formats) == 1:
        return Path(out)
    known = by_name(out)
    return Path((out if known is None else out[: -len(FORMATS[known].suffix)]) + suffix)


def check_out(out: str, paths: Iterable[Path]) -> None:
    """Find out, before any work is done, whether all files can be written; a folder that is named as one is made.

    Raises:
        RefusalError: If they cannot.
    """
    for path in paths:
        try:
            if out.endswith("/"):
                path.parent.mkdir(parents=True, exist_ok=True)
            check_writable(path)
        except (OSError, ValueError) as error:
            reason = (getattr(error, "strerror", None) or str(error)).lower()
            raise RefusalError(f"cannot write {str(path)!r}: {reason}; give `--out` in a folder you may write to.") from None

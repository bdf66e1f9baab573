"""Where exported files go, and the progress bar of each on standard error."""

import sys
from collections.abc import Iterable
from pathlib import Path

from flowviz.cli.errors import RefusalError
from flowviz.cli.progress import bar
from flowviz.export import FORMATS
from flowviz.runs import check_writable


class Frames:
    """Shows how far a file is; only on a terminal, since elsewhere one line at its end is enough.

    Args:
        name: Of the file.
        quiet: Show nothing.
    """

    def __init__(self, name: str, quiet: bool = False) -> None:
        self.name = name
        layout = f"[{{bar:24}}] {name.replace('{', '{{').replace('}', '}}')}: {{n_fmt}}/{{total_fmt}}, {{remaining}} left"
        self.bar = bar(0, layout, shown=not quiet and sys.stderr.isatty(), stays=False)

    def show(self, done: int, total: int) -> None:
        """Show that `done` of `total` frames are ready."""
        if total > 1:
            self.bar.total = total
            self.bar.update(done - self.bar.n)

    def end(self) -> None:
        """Clear the bar's line."""
        self.bar.close()


def by_name(out: str) -> str | None:
    """Return the format whose suffix a name ends in, the longest where several fit."""
    found = [slug for slug, f in FORMATS.items() if out.lower().endswith(f.suffix)]
    return max(found, key=lambda slug: len(FORMATS[slug].suffix), default=None)


def place(out: str, slug: str, formats: list[str]) -> Path:
    """Return where a format goes: `out` itself where it ends so, else the same name with the format's own end."""
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

"""Runs that the command line is given, and files that it is to write: refused before any work is done."""

from flowviz.cli.errors import RefusalError
from flowviz.runs import SavedRun, check_writable, load_run


def refuse_unwritable(out: str) -> None:
    """Find out, before any work is done, whether the file that ``--out`` names can be written.

    Raises:
        RefusalError: If it cannot.
    """
    try:
        check_writable(out)
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise RefusalError(f"cannot write `--out` {out!r}: {reason}; give a file in a folder you may write to.") from None


def named_run(path: str) -> SavedRun:
    """Read the run that ``--run`` names.

    Raises:
        RefusalError: If it cannot be read, or is none.
    """
    try:
        return load_run(path)
    except OSError as error:
        raise RefusalError(f"cannot read `--run` {path!r}: {error.strerror or error}.") from None
    except ValueError as error:
        raise RefusalError(f"`--run` {error}") from None

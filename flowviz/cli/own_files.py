"""Own data from files on the command line: ``--target-file points.csv``."""

import argparse
from pathlib import Path

from flowviz.cli.errors import RefusalError

ENDS = ("source", "target")
READABLE = "CSV, XLSX, JSON, Parquet, ARFF, NPY, NPZ, PNG, JPEG or WebP"
"""As `flowviz.reading` calls them, which is imported only where a file is read."""


def add_file_options(parser: argparse.ArgumentParser) -> None:
    """Add options that name a file with points, and say how to take them."""
    group = parser.add_argument_group(
        "your own data", "points from a file as source or target; `--link` takes drawings and words"
    )
    for end in ENDS:
        group.add_argument(f"--{end}-file", metavar="FILE", help=f"points for the {end}: {READABLE}")
        group.add_argument(f"--{end}-columns", metavar="X,Y", help="names of two columns; by default the likely ones")
        group.add_argument(f"--{end}-blur", metavar="WIDTH", help="width of each point, 0 to 2; by default what closes the gaps")
        group.add_argument(f"--{end}-scale", metavar="HOW", default="same", help="same (default), each or none")


def read_files(args: argparse.Namespace, given: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Return the flat fields that the files make, and a sentence about each.

    Raises:
        RefusalError: If a file cannot be used, or an end is named twice.
    """
    flat, notes = {}, []
    for end in ENDS:
        if getattr(args, f"{end}_file") is None:
            continue
        if end in given:
            raise RefusalError(f"`--{end}` and `--{end}-file` both say what the {end} is; leave one out.")
        flat[end], note = _read(args, end)
        notes.append(note)
    return flat, notes


def _read(args: argparse.Namespace, end: str) -> tuple[str, str]:
    from flowviz.distributions.content import MOST
    from flowviz.distributions.shelf import link_text
    from flowviz.reading import read_points
    from flowviz.reading.files import MOST_BYTES

    path, option = Path(getattr(args, f"{end}_file")), f"`--{end}-file`"
    try:
        if path.stat().st_size > MOST_BYTES:
            size = path.stat().st_size / 2**20
            raise RefusalError(f"{option} {str(path)!r} has {size:,.0f} MB; at most {MOST_BYTES // 2**20} MB are read.")
        data = path.read_bytes()
    except OSError as error:
        raise RefusalError(f"cannot read {option} {str(path)!r}: {(error.strerror or str(error)).lower()}.") from None
    try:
        found = read_points(data, path.name, columns=_columns(args, end), most=MOST)
        placed = found.placed(getattr(args, f"{end}_scale"), MOST)
        points = placed.distribution(_blur(args, end))
    except RefusalError:
        raise
    except ValueError as error:
        raise RefusalError(f"{option}: {error}") from None
    return link_text(points), f"{path.name}: {placed.words} Blur {points.std:g}."


def _columns(args: argparse.Namespace, end: str) -> tuple[str, str] | None:
    text = getattr(args, f"{end}_columns")
    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    if len(names) != 2:
        raise RefusalError(f"`--{end}-columns` names two columns, such as x,y; got {text!r}.")
    return names[0], names[1]


def _blur(args: argparse.Namespace, end: str) -> float | None:
    text = getattr(args, f"{end}_blur")
    if text is None:
        return None
    try:
        width = float(text)
    except ValueError:
        width = -1.0
    if not 0 <= width <= 2:
        raise RefusalError(f"`--{end}-blur` must be a number from 0 to 2; got {text!r}.")
    return width

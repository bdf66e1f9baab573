"""Which kind of file it is, by its content; a file that is not what its name says is refused."""

from pathlib import PurePath

from flowviz.reading.arrays import read_npy, read_npz
from flowviz.reading.pictures import read_picture
from flowviz.reading.tables import read_table
from flowviz.reading.value import Reading

MOST_BYTES = 64 * 2**20
"""Largest file that is looked at; the page's own limit is lower, see .streamlit/config.toml."""
NAMES = {
    "png": ("png",),
    "jpeg": ("jpg", "jpeg"),
    "webp": ("webp",),
    "npy": ("npy",),
    "npz": ("npz",),
    "table": ("csv", "tsv", "txt"),
}
"""What each kind of file may be called."""
FILE_TYPES = [name for names in NAMES.values() for name in names]
READ = "read are CSV, NPY, NPZ, PNG, JPEG and WebP"
REFUSED = {
    b"GIF8": "a GIF picture",
    b"BM": "a BMP picture",
    b"%PDF": "a PDF",
    b"II*\0": "a TIFF picture",
    b"MM\0*": "a TIFF picture",
    b"\x1f\x8b": "a gzip archive",
    b"\x89HDF": "an HDF5 file",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Office document",
}


def read_points(
    data: bytes,
    filename: str,
    *,
    columns: tuple[str, str] | None = None,
    most: int = 1024,
    light: bool = False,
) -> Reading:
    """Read points from a file.

    Args:
        data: Its content.
        filename: Its name; the ending must fit the content.
        columns: Names of the two columns to take, for files that have several.
        most: Points to make of a picture; tables and arrays are thinned by `Reading.placed`.
        light: For a picture: light parts become density, not dark ones.

    Raises:
        ValueError: In one sentence, if there are no points in it, or it may not be read.
    """
    name = PurePath(filename).name[-60:] or "the file"
    ending = PurePath(filename).suffix.lower().removeprefix(".")
    if not data:
        raise ValueError(f"{name!r} is empty; give a file with points in it.")
    if len(data) > MOST_BYTES:
        raise ValueError(f"{name!r} has {len(data) / 2**20:,.0f} MB; at most {MOST_BYTES // 2**20} MB are read.")
    kind = _kind(data, name, ending)
    if ending not in NAMES[kind]:
        if ending in FILE_TYPES:
            raise ValueError(f"{name!r} is called .{ending}, but inside it is {_called(kind)}; rename it to .{NAMES[kind][0]}.")
        raise ValueError(f"{name!r} is not a kind of file that is read here; {READ}.")
    title = PurePath(name).stem
    if kind == "table":
        return read_table(data, title, columns)
    if kind == "npy":
        return read_npy(data, title, columns)
    if kind == "npz":
        return read_npz(data, title, columns)
    return read_picture(data, title, kind, most, light)


def _called(kind: str) -> str:
    return "a table of text" if kind == "table" else f"{kind.upper()}"


def _kind(data: bytes, name: str, ending: str) -> str:
    """The kind by the first bytes.

    Raises:
        ValueError: If it is one that is refused, with the reason.
    """
    start = data[:16]
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if start.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "webp"
    if start.startswith(b"\x93NUMPY"):
        return "npy"
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "npz"
    if ending in ("pkl", "pickle") or (start[:1] == b"\x80" and start[1:2] in b"\1\2\3\4\5"):
        raise ValueError(f"{name!r} is a pickle, which may run any code and is never opened; save the array with numpy.save.")
    for magic, what in REFUSED.items():
        if start.startswith(magic) and not (magic == b"BM" and ending in NAMES["table"]):
            raise ValueError(f"{name!r} is {what}; {READ}.")
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if ending == "svg" or head.startswith((b"<svg", b"<?xml", b"<!doctype", b"<html")):
        raise ValueError(f"{name!r} is SVG or other markup, which is not drawn here; export it as PNG and load that.")
    if ending in FILE_TYPES and ending not in NAMES["table"]:
        raise ValueError(f"{name!r} is called .{ending}, but its content is not; it may be cut off or renamed, and {READ}.")
    return "table"

"""Which kind of file it is, by its content; a file that is not what its name says is refused."""

import re
from io import BytesIO
from pathlib import PurePath
from zipfile import BadZipFile, ZipFile

from flowviz.reading.arrays import read_npy, read_npz
from flowviz.reading.documents import MOST_BYTES as MOST_JSON
from flowviz.reading.documents import NoJsonError, read_json
from flowviz.reading.parquet import read_parquet
from flowviz.reading.pictures import read_picture
from flowviz.reading.sheets import read_sheet
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
    "parquet": ("parquet", "pq"),
    "xlsx": ("xlsx", "xlsm"),
    "json": ("json", "jsonl", "ndjson", "geojson"),
    "table": ("csv", "tsv", "txt", "arff"),
}
"""What each kind of file may be called."""
FILE_TYPES = [name for names in NAMES.values() for name in names]
READABLE = "CSV, XLSX, JSON, Parquet, ARFF, NPY, NPZ, PNG, JPEG or WebP"
"""All of them, as people call them."""
READ = f"read are {READABLE.replace(' or ', ' and ')}"
MOST_PARTS = 5000
"""Files in an archive; their list alone may take more memory than the archive."""
REFUSED = {
    b"GIF8": "a GIF picture",
    b"BM": "a BMP picture",
    b"%PDF": "a PDF",
    b"II*\0": "a TIFF picture",
    b"MM\0*": "a TIFF picture",
    b"\x1f\x8b": "a gzip archive",
    b"\x89HDF": "an HDF5 file",
    b"\xd0\xcf\x11\xe0": "an old or locked Office document",
    b"ARROW1": "an Arrow or Feather file",
    b"7z\xbc\xaf": "a 7z archive",
    b"SQLite format 3": "an SQLite database",
    b"MATLAB 5.0": "a MATLAB file",
}

ARCHIVES = {
    "xl/workbook.bin": "a binary Excel workbook (XLSB)",
    "xl/": "xlsx",
    "word/": "a Word document",
    "ppt/": "a PowerPoint presentation",
    "META-INF/manifest.xml": "an OpenDocument file",
}
"""What an archive is that has a part whose name begins so."""
JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\[\s*[\[{]|\{)")


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
    if kind in READERS:
        return READERS[kind](data, title, columns)
    return read_picture(data, title, kind, most, light)


def _text_table(data: bytes, title: str, columns: tuple[str, str] | None) -> Reading:
    """Read a table of text, or JSON under a text file's name."""
    if JSON.match(data[:1000]) and len(data) <= MOST_JSON:
        try:
            return read_json(data, title, columns)
        except NoJsonError:  # "{1, 2}" is a point too
            pass
    return read_table(data, title, columns)


READERS = {
    "table": _text_table,
    "json": read_json,
    "xlsx": read_sheet,
    "parquet": read_parquet,
    "npy": read_npy,
    "npz": read_npz,
}


def _called(kind: str) -> str:
    return "a table of text" if kind == "table" else kind.capitalize() if kind == "parquet" else kind.upper()


def _kind(data: bytes, name: str, ending: str) -> str:
    """Return the kind by the first bytes.

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
        return _archive(data, name)
    if start.startswith(b"PAR1"):
        return "parquet"
    if ending in ("pkl", "pickle") or (start[:1] == b"\x80" and start[1:2] in b"\1\2\3\4\5"):
        raise ValueError(f"{name!r} is a pickle, which may run any code and is never opened; save the array with numpy.save.")
    for magic, what in REFUSED.items():
        if start.startswith(magic) and not (magic == b"BM" and ending in NAMES["table"]):
            raise ValueError(f"{name!r} is {what}; {READ}.")
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if ending == "svg" or head.startswith((b"<svg", b"<?xml", b"<!doctype", b"<html")):
        raise ValueError(f"{name!r} is SVG or other markup, which is not drawn here; export it as PNG and load that.")
    if ending in FILE_TYPES and ending not in NAMES["table"] + NAMES["json"]:
        raise ValueError(f"{name!r} is called .{ending}, but its content is not; it may be cut off or renamed, and {READ}.")
    return "json" if ending in NAMES["json"] else "table"


def _archive(data: bytes, name: str) -> str:
    """Return what kind of ZIP archive it is, by the names of its parts.

    Raises:
        ValueError: If it is one that is refused.
    """
    if data.count(b"PK\x01\x02") > MOST_PARTS:
        raise ValueError(f"{name!r} is an archive of more than {MOST_PARTS:,} files; {READ}.")
    try:
        with ZipFile(BytesIO(data)) as archive:
            parts = archive.namelist()
    except (BadZipFile, OSError, EOFError, ValueError, NotImplementedError):
        return "npz" if name.lower().endswith(".npz") else "xlsx"  # whose reader says what is wrong
    if any(part.endswith(".npy") for part in parts) or not parts:
        return "npz"
    for begin, what in ARCHIVES.items():
        if any(part.startswith(begin) for part in parts):
            if what == "xlsx":
                return what
            raise ValueError(f"{name!r} is {what}; {READ}.")
    raise ValueError(
        f"{name!r} is a ZIP archive without NumPy arrays and is not opened; unpack it, and load the file that was in it."
    )

"""From NumPy's files to points. Objects are never unpickled, and sizes are checked before anything is unpacked."""

import io
import tokenize
import zipfile
import zlib
from typing import Any

import numpy as np

from flowviz.reading.value import Reading

MOST_UNPACKED = 64 * 2**20
"""Bytes that an array may have once unpacked."""
MOST_MEMBERS = 1000
MOST_ROWS = 1_000_000
LABELS = ("labels", "label", "y", "class")


def read_npy(data: bytes, title: str, columns: tuple[str, str] | None = None) -> Reading:
    """Read an array of shape (n, 2) or wider.

    Args:
        data: The file.
        title: What to call it.
        columns: The two columns to take, "column 1" and so on.

    Raises:
        ValueError: If it holds objects, is cut off, or is no table of numbers.
    """
    return _reading(_array(data, title), title, columns)


def read_npz(data: bytes, title: str, columns: tuple[str, str] | None = None) -> Reading:
    """Read the first array of two or more columns in an archive; one called "labels" gives the classes.

    Raises:
        ValueError: If there is none, or the archive would unpack to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            unpacked = sum(member.file_size for member in members)
            if len(members) > MOST_MEMBERS or unpacked > MOST_UNPACKED:
                raise ValueError(
                    f"the archive would unpack to {unpacked / 2**20:,.0f} MB in {len(members):,} parts; "
                    f"at most {MOST_UNPACKED // 2**20} MB are read."
                )
            named = [member for member in members if member.filename.endswith(".npy")]
            if not named:
                raise ValueError("the archive holds no NumPy array; save one with numpy.savez.")
            return _first(archive, named, title, columns)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise ValueError(f"the archive is damaged or locked ({str(error)[:80]}); save it again with numpy.savez.") from None


def _first(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], title: str, columns: tuple[str, str] | None) -> Reading:
    labels, found, refusal = None, None, ""
    for member in members:
        name = member.filename.removesuffix(".npy")
        try:
            with archive.open(member) as file:
                values = _array(file.read(member.file_size + 1), name)
        except ValueError as error:
            refusal = refusal or str(error)
            continue
        if values.ndim == 1 and name.lower() in LABELS:
            labels = values
        elif values.ndim == 2 and found is None:
            found = values
    if found is None:
        raise ValueError(refusal or "no array in the archive has two axes; save one of shape (n, 2).")
    return _reading(found, title, columns, labels)


def _array(data: bytes, name: str) -> np.ndarray:
    """Return the array in the bytes of an NPY file, as a view of them."""
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        read: Any = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file, max_header_size=10_000)
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError, tokenize.TokenError):
        raise ValueError(f"{name!r} has no readable NumPy header; save it again with numpy.save.") from None
    if dtype.hasobject or dtype.kind not in "fiub":
        what = "Python objects, which are never unpickled" if dtype.hasobject else f"{dtype}"
        raise ValueError(f"{name!r} holds {what[:60]}; save plain numbers with numpy.save.")
    count = 1
    for side in shape:
        count *= int(side)
    size, there = count * dtype.itemsize, len(data) - file.tell()
    if min(shape, default=0) < 0 or size != there:
        raise ValueError(f"{name!r} says it has {size:,} bytes of numbers, but there are {there:,}; save it again.")
    return np.frombuffer(data, dtype, count, file.tell()).reshape(shape, order="F" if fortran else "C")


def _reading(values: np.ndarray, title: str, columns: tuple[str, str] | None, labels: np.ndarray | None = None) -> Reading:
    if values.ndim != 2 or min(values.shape) < 1:
        raise ValueError(f"the array has shape {values.shape}; one of shape (n, 2) is needed.")
    remarks = []
    if values.shape[0] == 2 and values.shape[1] > 2 and columns is None:
        values = values.T
        remarks.append("Its two rows were taken for x and y.")
    if values.shape[1] < 2:
        raise ValueError(f"the array has only one column ({values.shape[0]:,} rows); two are needed, x and y.")
    names = [f"column {i + 1}" for i in range(min(1000, values.shape[1]))]
    chosen = columns or (names[0], names[1])
    if strange := [name for name in chosen if name not in names]:
        raise ValueError(f"the array has no {strange[0][:40]!r}; choose from {names[0]} to {names[-1]}.")
    labels = labels if labels is not None and len(labels) == len(values) else None
    step = -(-len(values) // MOST_ROWS)
    if step > 1:
        kept = np.arange(0, len(values) - step, step)
        kept += np.random.default_rng(0).integers(0, step, len(kept))  # in no rhythm that the data could share
        values, labels = values[kept], None if labels is None else labels[kept]
        remarks.append(f"The array is long: one row in {step} was looked at.")
    with np.errstate(over="ignore", invalid="ignore"):
        points = np.stack([values[:, names.index(name)].astype(np.float64) for name in chosen], 1)
    finite = np.isfinite(points).all(1)
    classes = None if labels is None else np.unique(labels[finite], return_inverse=True)[1].clip(0, 255).astype(np.uint8)
    known = classes is not None and classes.max(initial=0) > 0
    return Reading(
        points[finite], "rows", len(points), title, {"with NaN or infinity": int((~finite).sum())}, tuple(remarks),
        classes if known else None, "class" if known else "sector", columns=tuple(names), chosen=chosen,
    )  # fmt: skip

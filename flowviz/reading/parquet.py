"""From a Parquet file to rows. Rows, columns and every page's unpacked size are looked at before anything is unpacked."""

import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from flowviz.reading.heading import LONGEST_NAME, UNNAMED, told_apart
from flowviz.reading.numbers import Exact
from flowviz.reading.source import SAMPLE, Row, Source, text_of
from flowviz.reading.tables import read_rows
from flowviz.reading.thrift import MOST_ENTRIES, column_chunks, page_sizes
from flowviz.reading.value import Reading

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

MOST_ROWS = 5_000_000
MOST_COLUMNS = 10_000
MOST_PAGE = 64 * 2**20
"""Bytes that a page may have once unpacked."""
MOST_UNPACKED = 1024 * 2**20
"""Bytes that all pages of a column may have, one unpacked after the other."""
LONGEST_TEXT = 200
"""Signs of a text that are kept."""
PIECE = 8192
"""Rows that are held at a time."""


def read_parquet(data: bytes, title: str, columns: tuple[str, str] | None = None) -> Reading:
    """Read two columns of a Parquet file.

    Args:
        data: The file.
        title: What to call it.
        columns: Names of the two columns to take; by default the likely ones.

    Raises:
        ValueError: If it is damaged, says that it is too large, or has no two columns of numbers.
    """
    import pyarrow
    import pyarrow.parquet as pq

    limits: dict[str, Any] = {"thrift_string_size_limit": 16 * 2**20, "thrift_container_size_limit": MOST_ENTRIES}
    try:
        plain = pq.ParquetFile(io.BytesIO(data), **limits)
        rows, width = plain.metadata.num_rows, plain.metadata.num_columns
        if rows > MOST_ROWS or width > MOST_COLUMNS:
            most = f"at most {MOST_ROWS:,} rows and {MOST_COLUMNS:,} columns are read"
            raise _TooLarge(f"it says it has {rows:,} rows and {width:,} columns; {most}.")
        # A text that many rows share stays one text.
        texts = [field.name for field in plain.schema_arrow if pyarrow.types.is_string(field.type)]
        source = ParquetRows(pq.ParquetFile(io.BytesIO(data), read_dictionary=texts, **limits), data)
        if not source.names or not source.sample():
            raise _TooLarge("the file holds no rows; give one point in each row.")
        return read_rows(source, title, columns)
    except _TooLarge as error:
        raise ValueError(str(error)) from None
    except (pyarrow.ArrowException, OSError, EOFError, MemoryError, UnicodeError, IndexError) as error:
        raise ValueError(
            f"the Parquet file is damaged or locked ({' '.join(str(error).split())[:80]}); write it again."
        ) from None


class _TooLarge(Exception):
    """The file is larger than is read here, or empty."""


class ParquetRows(Source):
    """A Parquet file as rows of text cells.

    Columns of bytes, and columns within columns (lists, structures), are not looked into.
    """

    def __init__(self, file: "ParquetFile", data: bytes) -> None:
        self._file, self._data, self._chunks = file, data, column_chunks(data)
        schema = file.schema_arrow
        self._strange = {i: str(kind) for i, kind in enumerate(schema.types) if not _is_plain(kind)}
        self._called = list(schema.names)
        given = [UNNAMED if name.startswith("__index_level_") else name.strip()[:LONGEST_NAME] for name in schema.names]
        self.names = told_apart(given, len(given))
        self._checked: set[str] = set()
        self._sample: list[Row] | None = None

    @property
    def length(self) -> int:
        """How many rows there are."""
        return self._file.metadata.num_rows

    def sample(self) -> list[Row]:
        """Return the first rows."""
        if self._sample is None:
            self._sample = list(islice(self.rows(1), SAMPLE))
        return self._sample

    def rows(self, start: int, *, needed: Sequence[int | None] = ()) -> Iterator[Row]:
        """Yield rows, from one on; only the cells needed, if these are named.

        Raises:
            _TooLarge: If a page would unpack to too much.
        """
        take = {i for i in needed if i is not None} or set(range(len(self.names)))
        wanted = {self._called[i] for i in take if i not in self._strange}
        self._check(wanted)
        places = [i for i, name in enumerate(self._called) if name in wanted]
        number = 0
        for batch in self._file.iter_batches(PIECE if needed else SAMPLE, columns=sorted(wanted), use_threads=False):
            called: dict[str, list[Any]] = {name: [] for name in batch.schema.names}  # two may have the same name
            for name, column in zip(batch.schema.names, batch.columns, strict=True):
                called[name].append(column)
            cells: list[Sequence[str]] = [[self._strange.get(i, "")] * len(batch) for i in range(len(self.names))]
            for i in places:
                cells[i] = _texts(called[self._called[i]].pop(0))
            for row in zip(*cells, strict=True):
                number += 1
                if number >= start:
                    yield number, row

    def _check(self, wanted: set[str]) -> None:
        """Look at the pages of columns before they are unpacked."""
        for name, begin, length in self._chunks:
            if name not in wanted - self._checked:
                continue
            sizes = page_sizes(self._data[begin : begin + length])
            if max(sizes, default=0) > MOST_PAGE or sum(sizes) > MOST_UNPACKED:
                raise _TooLarge(f"a column would unpack to {sum(sizes) / 2**20:,.0f} MB, which is too much to be read.")
        self._checked |= wanted


def _is_plain(kind: Any) -> bool:
    """Return whether a column holds numbers, texts, times, or true and false."""
    from pyarrow import types

    plain = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_temporal, types.is_string)
    return any(is_one(kind.value_type if types.is_dictionary(kind) else kind) for is_one in plain)


def _texts(column: Any) -> list[str]:
    """Return the cells of a column as text."""
    from pyarrow import types

    if types.is_dictionary(column.type):
        known = [str(value)[:LONGEST_TEXT] for value in map(_text, column.dictionary)]
        return ["" if i is None else known[i] for i in column.indices.to_pylist()]
    if types.is_floating(column.type) or types.is_integer(column.type):
        return ["" if value is None else Exact(value) for value in column.to_pylist()]
    return [_text(value) for value in column]


def _text(scalar: Any) -> str:
    try:
        value = scalar.as_py()
    except (ValueError, OverflowError):  # a time that Python cannot tell, a text that is none
        return str(scalar.type)
    return Exact(value) if isinstance(value, Decimal) else text_of(value)

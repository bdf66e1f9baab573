"""From JSON to rows: a list of points, a list of objects, an object of columns, or one of these inside another object."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from flowviz.reading.encodings import encoding_of
from flowviz.reading.source import SAMPLE, Row, Source, text_of
from flowviz.reading.tables import read_rows
from flowviz.reading.value import Reading

MOST_BYTES = 16 * 2**20
"""JSON is parsed as a whole, and may need thirty times its size."""
MOST_NAMES = 10_000
MOST_TABLES = 8
DEEPEST = 3
LONGEST = 16
"""Entries of a list within an object that become columns: "coordinates": [7.1, 50.7]."""
SHAPE = "give a list of points, [[x, y], …], of objects, or an object of columns"


class NoJsonError(ValueError):
    """It is not JSON."""


def read_json(data: bytes, title: str, columns: tuple[str, str] | None = None) -> Reading:
    """Read points from JSON, or from lines of JSON.

    Args:
        data: The file.
        title: What to call it.
        columns: Names of the two columns to take; by default the likely ones.

    Raises:
        ValueError: If it is not JSON, with the line that breaks it; or there is no table with two columns of numbers in it.
    """
    if len(data) > MOST_BYTES:
        raise ValueError(
            f"JSON of {len(data) / 2**20:,.0f} MB is too long; at most {MOST_BYTES // 2**20} MB are read. Save it as CSV."
        )
    encoding = encoding_of(data)
    try:
        text = encoding.open(data).read()
    except UnicodeError as error:
        raise NoJsonError(f"the JSON breaks off ({error}); save it in UTF-8.") from None
    document = _parsed(text)
    refusal = ""
    for source in islice(_tables(document, 0), MOST_TABLES):
        try:
            return read_rows(source, title, columns, [encoding.remark] * bool(encoding.remark))
        except ValueError as error:
            refusal = refusal or str(error)
    raise ValueError(refusal or f"the JSON holds {_called(document)}, and no table; {SHAPE}.")


def _parsed(text: str) -> Any:
    """Return the whole as one document, or each line as one.

    Raises:
        ValueError: If it is neither, with the line.
    """
    if not text.strip():
        raise ValueError("the file holds no rows; give one point in each row.")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if not error.msg.startswith("Extra data"):
            raise NoJsonError(f"the JSON breaks off in line {error.lineno:,} ({error.msg}); write it again.") from None
    except (RecursionError, ValueError) as error:
        raise ValueError(_too_much(error)) from None
    entries = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            entries += [json.loads(line)] if line.strip() else []
        except json.JSONDecodeError as error:
            raise NoJsonError(f"line {number:,} is no JSON ({error.msg}); give one document, or one in each line.") from None
        except (RecursionError, ValueError) as error:
            raise ValueError(_too_much(error)) from None
    return entries


def _too_much(error: Exception) -> str:
    return f"the JSON holds {'lists within lists without end' if isinstance(error, RecursionError) else 'a number of thousands of digits'}."


def _called(value: Any) -> str:
    """Return what a document is, in words."""
    if isinstance(value, list):
        return (
            "a list of single numbers"
            if value and not isinstance(value[0], str)
            else "a list of texts"
            if value
            else "an empty list"
        )
    return "an object without lists" if isinstance(value, dict) else "a single value"


class _Rows(Source):
    """Rows of a document as text cells."""

    where = "entry"

    def __init__(self, names: Sequence[str], rows: Sequence[Any], take: Any) -> None:
        self.names, self._rows, self._take = names, rows, take

    @property
    def length(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def rows(self, start: int, *, needed: Sequence[int | None] = ()) -> Iterator[Row]:
        """Yield rows that are not empty, from one on; only the cells needed, if these are named."""
        wanted = {i for i in needed if i is not None}
        for number, entry in enumerate(islice(self._rows, start - 1, None), start):
            cells = self._take(entry)
            if wanted:
                yield number, [_text(value) if i in wanted else "" for i, value in enumerate(cells)]
            elif cells:
                yield number, [_text(value) for value in cells[:MOST_NAMES]]


def _tables(value: Any, depth: int, names: Sequence[str] = ()) -> Iterator[_Rows]:
    """Yield every table in a document, the outermost and likeliest first."""
    if isinstance(value, list) and value:
        if sum(isinstance(entry, list) for entry in value) > len(value) / 2:
            yield _Rows(names, value, lambda entry: entry if isinstance(entry, list) else [])
        elif sum(isinstance(entry, dict) for entry in value) > len(value) / 2:
            keys = list(islice(dict.fromkeys(chain.from_iterable(map(_flat, value[:SAMPLE]))), MOST_NAMES))
            yield _Rows(keys, value, lambda entry: [_flat(entry).get(key) for key in keys])
    elif isinstance(value, dict):
        series = {str(key): entry for key, entry in value.items() if _is_column(entry)}
        if len(series) > 1:
            yield _columns(series)
        if depth < DEEPEST:
            named = value.get("columns")
            texts = [str(name) for name in named] if isinstance(named, list) else []
            for key in sorted(value, key=lambda key: key not in ("data", "points", "features", "records")):
                yield from _tables(value[key], depth + 1, texts if key == "data" else ())


def _is_column(value: Any) -> bool:
    """Return whether this is a column: a list of single values, or an object that numbers them, as pandas writes it."""
    values: Iterable[Any] = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    first = list(islice(values, SAMPLE))
    return len(first) > 0 and not any(isinstance(entry, list | dict) for entry in first)


def _columns(series: Mapping[str, Any]) -> _Rows:
    """Return a table from columns; a column that is too short has cells missing."""
    first = next(iter(series.values()))
    if isinstance(first, dict):
        index = list(first)
        return _Rows(
            list(series), index, lambda key: [column.get(key) if isinstance(column, dict) else None for column in series.values()]
        )
    long = max(len(column) for column in series.values())
    lists = [column if isinstance(column, list) else list(column.values()) for column in series.values()]
    return _Rows(list(series), range(long), lambda i: [column[i] if i < len(column) else None for column in lists])


def _flat(entry: Any, depth: int = 0) -> dict[str, Any]:
    """Return an object's single values by name, "position.x" for those within others."""
    if not isinstance(entry, dict):
        return {}
    found: dict[str, Any] = {}
    for key, value in entry.items():
        if isinstance(value, list) and len(value) <= LONGEST and not any(isinstance(one, list | dict) for one in value):
            found |= {f"{key}.{i}": one for i, one in enumerate(value, 1)}
        elif isinstance(value, dict) and depth < DEEPEST:
            found |= {f"{key}.{name}": one for name, one in _flat(value, depth + 1).items()}
        else:
            found[str(key)] = value
    return found


def _text(value: Any) -> str:
    """Return a value as text."""
    return "[…]" if isinstance(value, list) else "{…}" if isinstance(value, dict) else text_of(value)

"""How large the pages of Parquet's columns become, by what the file says of itself (Thrift's compact protocol).

Arrow believes each page's header and unpacks as much as it says, up to 2 GB from a few kilobytes; and its own description of a
damaged file's columns ends the process instead of raising. So both are read here, and nothing is believed.
See https://parquet.apache.org/docs/file-format and
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
"""

from collections.abc import Iterator
from typing import Any

SHORT, INT, LONG, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(4, 13)
"""Kinds of values as the protocol numbers them; 1 and 2 are true and false, 3 is a byte."""
DEEPEST = 16
MOST_ENTRIES = 100_000
"""Entries of one list."""
MOST_VALUES = 2_000_000
"""Values of a whole description."""

Struct = dict[tuple[int, int], Any]
"""Values by the number and the kind of their field: a field of another kind than expected is not there."""


def column_chunks(data: bytes) -> list[tuple[str, int, int]]:
    """Return where in a Parquet file each column of each group of rows lies.

    Returns:
        For each its path, "a.b" for one within another, its first byte and how many it has.

    Raises:
        EOFError: If the file's description breaks off, or is none.
    """
    size = int.from_bytes(data[-8:-4], "little")
    if data[-4:] != b"PAR1" or size + 12 > len(data):
        raise EOFError("its description is cut off")
    found = []
    for group in _Reader(data[-8 - size : -8], 0).struct().get((4, LIST), ()):
        for column in group.get((1, LIST), ()) if isinstance(group, dict) else ():
            about = column.get((3, STRUCT), {}) if isinstance(column, dict) else {}
            path = b".".join(part for part in about.get((3, LIST), ()) if isinstance(part, bytes))
            begin, dictionary = about.get((9, LONG), -1), about.get((11, LONG), 0)
            begin = dictionary if 0 < dictionary < begin else begin
            length = about.get((7, LONG), -1)
            if begin < 0 or length < 0:
                raise EOFError("a column lies nowhere")
            found.append((path.decode("utf-8", "replace"), begin, length))
    return found


def page_sizes(chunk: bytes) -> list[int]:
    """Return unpacked sizes of the pages of one column of one group of rows.

    Raises:
        EOFError: If the headers break off, or are none.
    """
    sizes, at = [], 0
    while at < len(chunk):
        reader = _Reader(chunk, at)
        fields = reader.struct()
        unpacked, packed = fields.get((2, INT), -1), fields.get((3, INT), -1)
        if unpacked < 0 or packed < 0:
            raise EOFError("a page has no size")
        sizes.append(unpacked)
        at = reader.at + packed
    return sizes


class _Reader:
    """Goes through what Thrift wrote, from a place on."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self.at, self._left = data, at, MOST_VALUES

    def struct(self, depth: int = 0) -> Struct:
        """Return a structure's fields but for true and false.

        Raises:
            EOFError: If it breaks off, or is too large.
        """
        found: Struct = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self._integer(32)
            number = (number + 2**15) % 2**16 - 2**15  # a field's number has 16 bits, there as here
            if kind > 2:
                found[number, kind] = self._value(kind, depth + 1)
        return found

    def _value(self, kind: int, depth: int) -> Any:
        self._left -= 1
        if depth > DEEPEST or self._left < 0:
            raise EOFError("its description is too large")
        if kind <= 3:
            return self._byte()
        if kind in (SHORT, INT, LONG):
            return self._integer(64 if kind == LONG else 32)
        if kind == DOUBLE:
            return self._bytes(8)
        if kind == BINARY:
            return self._bytes(self._varint())
        if kind in (LIST, SET):
            return list(self._entries(depth))
        if kind == STRUCT:
            return self.struct(depth)
        raise EOFError("its description holds what none holds")

    def _entries(self, depth: int) -> Iterator[Any]:
        head = self._byte()
        size = head >> 4 if head >> 4 < 15 else self._varint()
        if size > MOST_ENTRIES:
            raise EOFError("its description is too large")
        for _ in range(size):
            yield self._value(head & 15, depth + 1)

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _bytes(self, size: int) -> bytes:
        if self.at + size > len(self._data):
            raise EOFError("its description breaks off")
        self.at += size
        return self._data[self.at - size : self.at]

    def _varint(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
        raise EOFError("its description holds too long a number")

    def _integer(self, bits: int) -> int:
        """Return a whole number of so many bits; its sign is the last bit."""
        value = self._varint() % 2**bits
        return (value >> 1) ^ -(value & 1)

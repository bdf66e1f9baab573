"""How large the pages of a Parquet column become, by their headers alone (Thrift's compact protocol).

Arrow believes each page's header and unpacks as much as it says, up to 2 GB from a few kilobytes.
See https://parquet.apache.org/docs/file-format/data-pages and
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md.
"""

UNPACKED, PACKED = 2, 3
"""Numbers of the fields that say how large a page is, unpacked and as it lies in the file."""
DEEPEST = 8


def page_sizes(chunk: bytes) -> list[int]:
    """Unpacked sizes of the pages of one column of one group of rows.

    Raises:
        EOFError: If the headers break off, or are none.
    """
    sizes, at = [], 0
    while at < len(chunk):
        reader = _Reader(chunk, at)
        fields = reader.struct()
        unpacked, packed = fields.get(UNPACKED, -1), fields.get(PACKED, -1)
        if unpacked < 0 or packed < 0:
            raise EOFError("a page has no size")
        sizes.append(unpacked)
        at = reader.at + packed
    return sizes


class _Reader:
    """Goes through what Thrift wrote, from a place on."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self.at = data, at

    def _byte(self) -> int:
        if self.at >= len(self._data):
            raise EOFError("a page's header breaks off")
        self.at += 1
        return self._data[self.at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 70:
                raise EOFError("a page's header holds too long a number")

    def struct(self, depth: int = 0) -> dict[int, int]:
        """Go past a structure; return its whole numbers by their fields."""
        found: dict[int, int] = {}
        number = 0
        while head := self._byte():
            step, kind = head >> 4, head & 15
            number = number + step if step else self._zigzag()
            if 4 <= kind <= 6:
                found[number] = self._zigzag()
            elif kind > 2:  # 1 and 2 are true and false, and nothing more is written
                self._past(kind, depth + 1)
        return found

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _past(self, kind: int, depth: int) -> None:
        """Go past a value of some kind."""
        if depth > DEEPEST:
            raise EOFError("a page's header is nested too deep")
        if kind in (1, 2, 3):
            self._byte()
        elif 4 <= kind <= 6:
            self._varint()
        elif kind == 7:
            self.at += 8
        elif kind == 8:
            size = self._varint()
            self.at += size
        elif kind in (9, 10):
            head = self._byte()
            for _ in range(head >> 4 if head >> 4 < 15 else self._varint()):
                self._past(head & 15, depth + 1)
        elif kind == 12:
            self.struct(depth + 1)
        else:
            raise EOFError("a page's header holds what none holds")

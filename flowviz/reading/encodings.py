"""Which encoding a text is written in, by its mark, by its zeros, or by the look of its column names.

chardet and not charset-normalizer: of 80 headers of two or three names the one recognises 68, the other about half.
"""

import io
import re
from typing import NamedTuple

GUESSED = {
    "GB18030": ("gb18030", "GBK"),
    "Big5": ("big5hkscs", "Big5"),
    "CP932": ("cp932", "Shift-JIS"),
    "CP949": ("cp949", "EUC-KR"),
    "KOI8-R": ("koi8-r", "KOI8-R"),
    "Windows-1251": ("cp1251", "Windows-1251"),
    "Windows-1252": ("cp1252", "Windows-1252"),
    "MacRoman": ("mac-roman", "Mac Roman"),
}
"""Encodings that are told apart by the look of names: as chardet calls them, Python's codec, what people call them."""
LATIN = ("Windows-1252", "MacRoman")
MARKS = {
    b"\xff\xfe\0\0": "utf-32",  # before UTF-16, whose mark begins alike
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
HEAD = 4096
"""Bytes in which zeros are counted."""
MAC_BLANK = re.compile(rb"\d\xca\d\d\d")
"""Thousands that are parted by the non-breaking blank of Mac Roman, which is "Ê" elsewhere."""
MOST_SEARCHED = 2**20
MOST_NAMES = 8192
"""Bytes of names that are judged; more do not make it surer."""
FOREIGN = re.compile(rb'[\x80-\xff][^\t\r\n,;"]{0,200}')
"""The rest of a cell from its first byte that is not ASCII. None of the signs that end it is part of a sign of two bytes."""


class Encoding(NamedTuple):
    """A codec, what it does with bytes that it does not know ("strict" or "replace"), and a remark where it was guessed."""

    codec: str
    errors: str = "strict"
    remark: str = ""

    def open(self, data: bytes) -> io.TextIOWrapper:
        """Return the text of these bytes, line ends as they are."""
        return io.TextIOWrapper(io.BytesIO(data), encoding=self.codec, errors=self.errors, newline="")


def encoding_of(data: bytes) -> Encoding:
    """Find the encoding of a table.

    Raises:
        ValueError: If it is no text.
    """
    for mark, codec in MARKS.items():
        if data.startswith(mark):
            return Encoding(codec)
    if b"\0" in data[:HEAD]:
        return _by_zeros(data[:HEAD])
    try:
        # Piece by piece: the text of a whole file would be several times its size.
        for _ in Encoding("utf-8-sig").open(data):
            pass
        return Encoding("utf-8-sig")
    except UnicodeDecodeError:
        return _by_names(data)


def _by_zeros(head: bytes) -> Encoding:
    """Return UTF-16 or UTF-32 without a mark: of digits and delimiters all bytes but one are zero."""
    quarter = [head[i::4].count(0) / max(1, len(head[i::4])) for i in range(4)]
    if len(head) % 4 == 0 and max(min(quarter[2:]), min(quarter[:2])) > 0.98:
        little = min(quarter[2:]) > min(quarter[:2])
        return Encoding("utf-32-le" if little else "utf-32-be", remark="It has no mark of its encoding and was read as UTF-32.")
    even, odd = head[::2].count(0), head[1::2].count(0)
    if min(even, odd) <= 0.02 * max(even, odd) and max(even, odd) > 0.4 * len(head) / 2:
        little = odd > even
        return Encoding("utf-16-le" if little else "utf-16-be", remark="It has no mark of its encoding and was read as UTF-16.")
    raise ValueError("the file is not text; save the table as CSV in UTF-8.")


def _by_names(data: bytes) -> Encoding:
    """Return one of the encodings of one or two bytes a sign, by the cells that are not ASCII.

    Of tables most is digits, which tell nothing and mislead a detector: only the cells with other signs are shown to it.
    """
    from chardet import detect

    names = _names(data)
    text = names.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    if 10 * damaged < sum(sign > "\x7f" for sign in text):
        return Encoding("utf-8-sig", "replace", "Some of its signs are damaged; it was read as UTF-8.")
    # A sign of two bytes has at least one neighbour beyond ASCII; "größe" has none.
    alone = all(len(run) == 1 for run in re.findall(rb"[\x80-\xff]+", names))
    if alone and MAC_BLANK.search(data, 0, MOST_SEARCHED):
        return Encoding("mac-roman", "replace", "It is not UTF-8 and was read as Mac Roman.")
    found = detect(names, include_encodings=LATIN if alone else tuple(GUESSED))["encoding"]
    codec, called = GUESSED[found if found in GUESSED else "Windows-1252"]
    return Encoding(codec, "replace", f"It is not UTF-8 and was read as {called}.")


def _names(data: bytes) -> bytes:
    """Return the first cells that are not ASCII, a line each."""
    names, size = [], 0
    for match in FOREIGN.finditer(data):
        begun = re.split(rb'[\t\r\n,;"]', data[max(0, match.start() - 60) : match.start()])[-1]
        names.append(begun + match[0])
        size += len(names[-1])
        if size > MOST_NAMES:
            break
    return b"\n".join(names)

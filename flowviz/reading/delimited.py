"""From text to rows of cells: the delimiter, comments above, points in brackets, ARFF."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from flowviz.reading.encodings import Encoding
from flowviz.reading.numbers import BLANKS, number
from flowviz.reading.source import SAMPLE, Row, Source

LONGEST_LINE = 200_000
"""Signs of a line by which the table is judged."""
LONGEST_COMMENT = 10_000
MOST_COMMENTS = 5000
"""Lines of comments that may stand above a table."""
COMMENT = ("#", "%", "//")
SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""Excel's own first line, which names the delimiter."""
BRACKETED = re.compile(r"\s*[\[({].*[\])}]\s*[,;]?\s*", re.DOTALL)
AROUND = " \t\r\n,;[](){}"
INSIDE = re.compile(r"[^\[\](){}]+")
QUOTED = re.compile(r'"[^"]*"')
THIN = re.compile(rf"(?<![\d.,])\d{{1,3}}(?:[{BLANKS[1:]}]\d{{3}})+(?!\d)")
"""Thousands that are parted by blanks, but not those of the keyboard."""
ATTRIBUTE = re.compile(r"@attribute\s+('[^']*'|\"[^\"]*\"|\S+)\s*(.*)", re.IGNORECASE)

Line = tuple[int, str]
"""A line and its number, from 1."""


@dataclass
class Delimited(Source):
    """A table as text.

    Attributes:
        data: The file.
        encoding: How it is encoded.
        delimiter: What parts cells; " " for any blanks.
        brackets: Whether each row stands in brackets.
        comment: What begins a comment between its rows.
    """

    data: bytes
    encoding: Encoding
    delimiter: str = " "
    brackets: bool = False
    comment: str = ""
    first: int = 1
    comments: Sequence[Sequence[Sequence[str]]] = ()
    names: Sequence[str] = ()
    missing: str = ""
    where: str = "line"

    @property
    def length(self) -> int:
        """About how many rows there are."""
        return self.data.count(b"\n") or self.data.count(b"\r")

    def sample(self) -> list[Row]:
        """Return the first rows."""
        return list(islice(self.rows(self.first, longest=LONGEST_LINE), SAMPLE))

    def rows(self, start: int, *, needed: Sequence[int | None] = (), longest: int | None = None) -> Iterator[Row]:
        """Yield rows that are not blank, from a line on; a line that is longer than `longest` is cut.

        Raises:
            ValueError: If the table breaks off.
        """
        text = islice(self.encoding.open(self.data), start - 1, None)
        lines: Iterable[str] = text if longest is None else (line[:longest] for line in text)
        if self.comment:
            lines = ("\n" if line.startswith(self.comment) else line for line in lines)
        at = start
        try:
            for at, cells in self._parted(lines, start):
                if cells and (cells[0].strip() or any(map(str.strip, cells))):
                    yield at, cells
        except (csv.Error, UnicodeError) as error:
            raise ValueError(f"the table breaks off after line {at:,} ({error}); save it as CSV in UTF-8.") from None

    def _parted(self, lines: Iterable[str], start: int) -> Iterator[Row]:
        """Yield each row's first line and its cells; a cell in quotes may hold several lines."""
        if self.brackets:
            for at, line in enumerate(lines, start):
                for row in rows_in(line):
                    yield at, by_blanks(row) if self.delimiter == " " else row.split(self.delimiter)
        elif self.delimiter == " ":
            yield from enumerate(map(by_blanks, lines), start)
        else:
            reader, at = csv.reader(lines, delimiter=self.delimiter), start
            for cells in reader:
                yield at, cells
                at = start + reader.line_num


def rows_in(line: str) -> Iterator[str]:
    """Return what stands in brackets on a line, without them."""
    return (row for found in INSIDE.finditer(line) if (row := found[0].strip(AROUND)))


def delimited(data: bytes, encoding: Encoding) -> Delimited:
    """Find out how a table is written.

    Raises:
        ValueError: If it holds no rows.
    """
    lines, comments, attributes = _lines(data, encoding)
    if lines and attributes:
        if lines[0][1].lstrip().startswith("{"):
            raise ValueError(f"line {lines[0][0]:,} is a row of sparse ARFF, which is not read here; save the table as CSV.")
        return Delimited(data, encoding, _delimiter(_texts(lines)), first=lines[0][0], names=attributes, missing="?", comment="%")
    if sign := SEPARATOR.fullmatch(lines[0][1].strip("\r\n")) if lines else None:
        lines = lines[1:]
    if not lines and not comments:
        raise ValueError("the file holds no rows; give one point in each row.")
    if not lines:
        lines, comments = comments, []  # "#1,#2": no comments, but cells
    delimiter = sign[1] if sign else _delimiter(_texts(lines))
    while delimiter != ";" and len(lines) > 1 and lines[0][1].lstrip().startswith(";"):
        comments.append(lines.pop(0))
    while comments and _is_row(comments[-1][1], lines[0][1], delimiter):
        lines.insert(0, comments.pop())
    texts = _texts(lines)
    body = texts[1:] or texts  # there may be a header
    inside = [row for text in texts for row in rows_in(text)]
    brackets = bool(inside) and sum(bool(BRACKETED.fullmatch(text)) for text in body) >= 0.9 * len(body)
    if brackets:
        delimiter = _delimiter(inside)
    called = [list(_as_cells(text.strip()[:LONGEST_COMMENT], delimiter)) for _, text in comments[-20:]]
    return Delimited(data, encoding, delimiter, brackets, first=lines[0][0], comments=called)


def _texts(lines: Sequence[Line]) -> list[str]:
    return [text for _, text in lines]


def _lines(data: bytes, encoding: Encoding) -> tuple[list[Line], list[Line], list[str]]:
    """Return the first lines that are not blank and no comments, the comments above them, and the names that ARFF declares."""
    lines, comments, attributes, arff, number = [], [], [], False, 0
    try:
        for number, line in enumerate(encoding.open(data), 1):
            begin = line.lstrip()[:LONGEST_LINE]
            if not begin:
                continue
            if not lines and (arff or begin[:9].lower() == "@relation"):
                arff = not begin.lower().startswith("@data")
                if declared := ATTRIBUTE.match(begin):
                    attributes.append(declared[1].strip("'\""))
            elif not lines and len(comments) < MOST_COMMENTS and begin.startswith(COMMENT):
                comments.append((number, line[:LONGEST_LINE]))
            else:
                lines.append((number, line[:LONGEST_LINE]))
            if len(lines) == SAMPLE:
                break
    except UnicodeError as error:
        raise ValueError(f"the table breaks off in line {number + 1:,} ({error}); save it as CSV in UTF-8.") from None
    return lines, comments, attributes


def _is_row(comment: str, row: str, delimiter: str) -> bool:
    """Return whether what looks like a comment is a row, as "#ff0000,1,2" is one above "red,3,4"."""
    here, there = (by_blanks(text) if delimiter == " " else text.split(delimiter) for text in (comment, row))
    numbers = [sum(number(cell) is not None for cell in cells) for cells in (here, there)]
    return len(here) == len(there) and numbers[0] == numbers[1] > 0 and len(here[0].strip()) > 1


def by_blanks(line: str) -> list[str]:
    """Return the cells of a line that blanks part; a cell in quotes may hold some, and so may thousands."""
    if line.count('"') > 1:
        return [cell[1:-1] if cell[0] == cell[-1] == '"' and len(cell) > 1 else cell for cell in re.findall(r'"[^"]*"|\S+', line)]
    if not line.isascii() and (" " in line.strip(" ") or "\t" in line):
        line = THIN.sub(lambda found: re.sub(rf"[{BLANKS}]", "", found[0]), line)
    return line.split()


def _as_cells(comment: str, delimiter: str) -> Iterator[list[str]]:
    """Yield a comment as cells, the likeliest way first: without its mark, by signs and by blanks.

    Then with the mark as a name.
    """
    mark = re.match(r"(?:#|%|//|;)+", comment)
    bare = comment[mark.end() :].strip() if mark else comment
    for sign in dict.fromkeys((delimiter, *",;\t|", " ")):
        if sign != " " and sign in bare:
            cells = next(csv.reader([bare], delimiter=sign))
            yield cells if cells[0].strip() or not mark else [mark[0], *cells[1:]]
    yield by_blanks(bare)
    if mark:
        yield [mark[0], *by_blanks(bare)]


def _delimiter(texts: Sequence[str]) -> str:
    """Return the sign that parts most lines into the same number of cells, at least two; a blank where none does."""
    texts = texts[:50]
    bare = [QUOTED.sub("", text) if '"' in text else text for text in texts]

    def score(sign: str, among: Sequence[str]) -> float:
        counts = [text.count(sign) for text in among]
        usual = max(set(counts), key=counts.count)
        return counts.count(usual) / len(counts) if usual else 0.0

    for among in (bare, texts):
        scores = {sign: score(sign, among) for sign in ";\t|,"}
        # "1,5;2,5": a comma is less likely to part cells than what stands beside it, so it comes last.
        best = max(scores, key=scores.__getitem__)
        if scores[best] >= 0.5:
            return " " if best == "," and _decimal_commas_between_blanks(texts) else best
    return " "


def _decimal_commas_between_blanks(texts: Sequence[str]) -> bool:
    """Return whether below a header blanks part the lines alike and all commas are in numbers then, and not so with commas.

    "1,5 2,5".
    """
    body = texts[1:] or texts
    rows = [by_blanks(text) for text in body]
    width, count = Counter(map(len, rows)).most_common(1)[0]
    return (
        width > 1
        and count >= 0.9 * len(rows)
        and all("," not in cell or number(cell) is not None for cells in rows for cell in cells)
        and any(" " in cell.strip() and number(cell) is None for text in body for cell in text.split(","))
    )

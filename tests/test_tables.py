"""Tables as people have them: what instruments, spreadsheets and other languages write is read right, and a guess is told."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowviz.cli import own_files
from flowviz.reading import FILE_TYPES, READABLE, read_points, sheets
from flowviz.reading import parquet as parquet_files
from flowviz.reading.numbers import Form, is_unit, number
from flowviz.reading.thrift import page_sizes

NONE = ("column 1", "column 2")
XY = ("x", "y")
NAIVE, THIN, DIGIT, NARROW = "\u00a0", "\u2009", "\u2007", "\u202f"
COMMAS = "its commas were read as decimal commas"

# a text, the names of its columns, its first points, and what is told besides how many rows were read
FORMS: dict[str, tuple[str, tuple[str, ...], list[list[float]], str]] = {
    # thousands
    "decimal commas with thousands": ("1.234,5;2.000,25\n3,5;4", NONE, [[1234.5, 2000.25], [3.5, 4]], ""),
    "thousands without a decimal comma": ("x;y\n1.234;2,5\n1.234,5;3", XY, [[1234, 2.5], [1234.5, 3]], ""),
    "millions": ("x;y\n1.234.567;2\n1.234;3", XY, [[1234567, 2], [1234, 3]], ""),
    "quoted US thousands": ('x,y\n"1,234.5",2\n"-2,345",3.5', XY, [[1234.5, 2], [-2345, 3.5]], ""),
    "US thousands between tabs": ("x\ty\n1,234.5\t2,000\n3\t1,000.5", XY, [[1234.5, 2000], [3, 1000.5]], ""),
    "US thousands by the other column": (
        'x,y\n"1,234",2.5\n"3,456",4', XY, [[1234, 2.5], [3456, 4]], "“1,234” was read as 1234, since the other sign is decimal elsewhere",
    ),
    "thousands by the other column": (
        "x;y\n1.234;2,5\n3.456;4", XY, [[1234, 2.5], [3456, 4]], "“1.234” was read as 1234, since the other sign is decimal elsewhere",
    ),
    "three digits after a point stay": ("x,y\n1.234,2.345\n3.456,4.567", XY, [[1.234, 2.345], [3.456, 4.567]], ""),
    "blanks": ("x;y\n1 234,5;-2 000\n3,5;4", XY, [[1234.5, -2000], [3.5, 4]], ""),
    "thin and other blanks": (f"x;y\n1{THIN}234,5;2{NARROW}000\n1{NAIVE}234{NAIVE}567;1{DIGIT}000", XY, [[1234.5, 2000], [1234567, 1000]], ""),
    "thin blanks between blanks": (f"x y\n1{THIN}234.5 2{NAIVE}000\n3 4", XY, [[1234.5, 2000], [3, 4]], ""),
    "a non-breaking blank that parts columns": (f"1{NAIVE}2\n3{NAIVE}200", NONE, [[1, 2], [3, 200]], ""),
    "apostrophes": ("x;y\n1'234.5;2’000\n3.5;4", XY, [[1234.5, 2000], [3.5, 4]], ""),
    "signs that part no thousands": ("x;y;z\n12 34;1;2\n1 2345;3;4", ("y", "z"), [[1, 2], [3, 4]], ""),
    # decimal commas
    "ambiguous commas": ("1,234;2,000\n3,456;7,001", NONE, [[1.234, 2], [3.456, 7.001]], COMMAS),
    "ambiguous commas in one column": ("x;y\n1,234;5\n3,456;6", XY, [[1.234, 5], [3.456, 6]], COMMAS),
    "commas that another column tells": ("x;y\n1,234;0,5\n3,456;1,5", XY, [[1.234, 0.5], [3.456, 1.5]], ""),
    "commas that a row of the same column tells": ("x;y\n1,234;5\n0,5;6", XY, [[1.234, 5], [0.5, 6]], ""),
    "commas that a late row tells": (
        "x;y\n" + "1,234;5\n" * 300 + "1,234.5;6", XY, [[1234, 5], [1234, 5]], "",
    ),
    "decimal commas between blanks": ("1,5 2,5\n3,5 4,5", NONE, [[1.5, 2.5], [3.5, 4.5]], ""),
    "decimal commas between blanks beside text": ("x  name  y\n1,5  ab  2,5\n3,5  cd  4,5", XY, [[1.5, 2.5], [3.5, 4.5]], ""),
    # signs
    "U+2212 for minus": ("x,y\n−1.5,2\n3,−4e−2", XY, [[-1.5, 2], [3, -0.04]], ""),
    "Fortran's exponents": (" 1.0D+02  -2.5d-1\n 3D0  .5D+1", NONE, [[100, -0.25], [3, 5]], ""),
    "percent signs": ("x,y\n5%,1\n6.5 %,2", XY, [[5, 1], [6.5, 2]], "read without the % behind them"),
    "units behind the numbers": ("x,y\n5 mm,1.5m/s\n6 mm,2 m/s", XY, [[5, 1.5], [6, 2]], "read without the mm and m/s behind them"),
    "one number with a unit among bare ones": ("x,y\n5,1\n6,2\n7 mm,3", XY, [[5, 1], [6, 2]], ""),
    "two units in one column": ("x,y\n5 mm,1\n6 cm,2\n7,3\n8,4", XY, [[7, 3], [8, 4]], ""),
    # above the table
    "a row of units": ("time,speed\ns,m/s\n1,2\n3,4", ("time", "speed"), [[1, 2], [3, 4]], "The row of units (s, m/s) was passed over."),
    "units in brackets, one missing": ("x,y\n[mm],\n1,2\n3,4", XY, [[1, 2], [3, 4]], "The row of units ([mm]) was passed over."),
    "units with the names": ("Depth [m];Temp (°C)\n1;2\n3;4", ("Depth [m]", "Temp (°C)"), [[1, 2], [3, 4]], ""),
    "units with the names, between blanks": ("x (m)  y (m/s)\n1 2\n3 4", ("x (m)", "y (m/s)"), [[1, 2], [3, 4]], ""),
    "comments with #": ("# made by hand, on Monday\n#\nx,y\n1,2\n3,4", XY, [[1, 2], [3, 4]], ""),
    "comments with %": ("% made by hand\nx,y\n1,2\n3,4", XY, [[1, 2], [3, 4]], ""),
    "comments with //": ("// made by hand\n// again\nx\ty\n1\t2\n3\t4", XY, [[1, 2], [3, 4]], ""),
    "comments with ;": ("; made by hand\n; again\nx,y\n1,2\n3,4", XY, [[1, 2], [3, 4]], ""),
    "comments with ; and ; between cells": ("; made by hand\nx;y\n1;2\n3;4", XY, [[1, 2], [3, 4]], "1 line above the table passed over."),
    "comments without names": ("# made by hand\n1,2\n3,4", NONE, [[1, 2], [3, 4]], ""),
    "gnuplot's header": ("# x y\n1 2\n3 4", XY, [[1, 2], [3, 4]], ""),
    "a header that begins with #": ("#x,y\n1,2\n3,4", XY, [[1, 2], [3, 4]], ""),
    "a header that begins with # and commas between blanks": ("# x, y\n1 2\n3 4", XY, [[1, 2], [3, 4]], ""),
    "a header that begins with %": ("% x\ty\n1\t2\n3\t4", XY, [[1, 2], [3, 4]], ""),
    "# as a name": ("#,x,y\n1,2,3\n2,4,5", ("#", "x", "y"), [[2, 3], [4, 5]], ""),
    "a header and units in comments": ("# run 7\n# x,y\n# m,s\n1,2\n3,4", XY, [[1, 2], [3, 4]], "The row of units (m, s) was passed over."),
    "units in a comment's names": ("# x [m] y [m]\n1 2\n3 4", ("x [m]", "y [m]"), [[1, 2], [3, 4]], ""),
    "a header in a comment above a first row with a gap": ("#a,b,c\n1,,2\n3,4,5\n6,7,8", ("a", "b", "c"), [[3, 4], [6, 7]], ""),
    "colours are no comments": ("hue,x,y\n#ff0000,1,2\n#00ff00,3,4", XY, [[1, 2], [3, 4]], ""),
    "a title": ("Measured in May\n\nx,y\n1,2\n3,4", XY, [[1, 2], [3, 4]], "1 line above the table passed over."),
    "titles from a spreadsheet": ("Report,,\nby: me,,\n,,\nx,y,z\n1,2,3\n4,5,6", ("x", "y", "z"), [[1, 2], [4, 5]], "2 lines above the table"),
    "a title without a header": ("Measured in May\n1,2\n3,4", NONE, [[1, 2], [3, 4]], "1 line above the table passed over."),
    "blank lines": ("\n \n\nx,y\n\n1,2\n3,4", XY, [[1, 2], [3, 4]], ""),
    "a lone name": ("x,\n1,2\n3,4", ("x", "column 2"), [[1, 2], [3, 4]], ""),
    "Excel's sep": ("sep=;\nx;y\n1,5;2\n3;4", XY, [[1.5, 2], [3, 4]], ""),
    "Excel's sep in quotes": ('"sep=|"\r\nx|y\r\n1,5|2\r\n3|4', XY, [[1.5, 2], [3, 4]], ""),
    "R's table": ('"x" "y"\n"1" 1 2\n"2" 3 4', ("(unnamed)", "x", "y"), [[1, 2], [3, 4]], ""),
    "dates beside numbers": ("Date;x;y\n01.01.2024;1,5;2\n02.01.2024;3;4", XY, [[1.5, 2], [3, 4]], ""),
    "a line break in a name": ('"x\nin m",y\n1,2\n3,4', ("x\nin m", "y"), [[1, 2], [3, 4]], ""),
    # points in brackets
    "parentheses": ("(1, 2)\n(3, 4)", NONE, [[1, 2], [3, 4]], ""),
    "brackets": ("[1.5 2]\n[3 4]", NONE, [[1.5, 2], [3, 4]], ""),
    "braces": ("{1, 2},\n{3, 4}", NONE, [[1, 2], [3, 4]], ""),
    "what NumPy prints": ("[[ 1.   2. ]\n [-3.5  4. ]]", NONE, [[1, 2], [-3.5, 4]], ""),
    "what Python prints": ("[(1, 2),\n (3, 4)]", NONE, [[1, 2], [3, 4]], ""),
    "brackets below a header": ("x,y\n(1, 2)\n(3, 4)", XY, [[1, 2], [3, 4]], ""),
    "brackets with decimal commas": ("(1,5; 2)\n(3; 4,5)", NONE, [[1.5, 2], [3, 4.5]], ""),
    "brackets on one line": ("(1, 2), (3, 4), (5, 6)", NONE, [[1, 2], [3, 4], [5, 6]], ""),
    "JSON in a text file": ("[[1, 2],\n[3,\n4]]", NONE, [[1, 2], [3, 4]], ""),
}  # fmt: skip
JSON: dict[str, tuple[Any, tuple[str, ...]]] = {
    "pairs": ([[1, 2], [3, 4]], NONE),
    "pairs below their names": ([["x", "y"], [1, 2], [3, 4]], XY),
    "objects": ([{"x": 1, "y": 2}, {"y": 4, "x": 3, "z": None}], XY),
    "objects in objects": ([{"p": {"x": 1, "y": 2}}, {"p": {"x": 3, "y": 4}}], ("p.x", "p.y")),
    "columns": ({"x": [1, 3], "y": [2, 4], "title": "mine"}, XY),
    "columns by their index": ({"x": {"0": 1, "1": 3}, "y": {"0": 2, "1": 4}}, XY),
    "split": ({"columns": ["x", "y"], "index": [0, 1], "data": [[1, 2], [3, 4]]}, XY),
    "a schema": ({"schema": {"fields": [{"name": "x"}, {"name": "y"}]}, "data": [{"x": 1, "y": 2}, {"x": 3, "y": 4}]}, XY),
    "points within": ({"about": {"n": 2}, "points": [[1, 2], [3, 4]]}, NONE),
    "numbers as text": ([{"x": "1,0 m", "y": "2"}, {"x": "3,0 m", "y": "4"}], XY),
    "GeoJSON": (
        {
            "type": "FeatureCollection",
            "features": [{"geometry": {"type": "Point", "coordinates": point}} for point in ([1, 2], [3, 4])],
        },
        ("geometry.coordinates.1", "geometry.coordinates.2"),
    ),
}
ARFF = """% from WEKA
@RELATION iris

@ATTRIBUTE sepallength NUMERIC
@attribute 'petal width' real % in cm
@ATTRIBUTE class {a,b}
@DATA
% the first
5.1,3.5,a
4.9,?,b
4.7,3.2,b
"""


def told(text: str | bytes, name: str = "a.csv") -> tuple[tuple[str, ...], list[list[float]], str]:
    """Names, points and what is told besides how many rows were read."""
    found = read_points(text.encode() if isinstance(text, str) else text, name)
    return found.columns, found.points.tolist(), found.words


def refusal(data: str | bytes, name: str = "a.csv") -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        told(data, name)
    message = str(caught.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 300
    return message


def xlsx(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for rows, sheet in zip(sheets, [book.active, *(book.create_sheet() for _ in sheets[1:])], strict=True):
        for row in rows:
            sheet.append(row)  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def sheet_of(rows: str) -> bytes:
    """A workbook whose only sheet is this XML."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx([[1, 2]]))) as made, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in made.namelist():
            space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
            whole = f"<worksheet {space}>{rows}</worksheet>".encode()
            archive.writestr(name, whole if name.endswith("sheet1.xml") else made.read(name))
    return out.getvalue()


def parquet(columns: Any, **how: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out, **how)
    return out.getvalue()


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in files.items():
            made.writestr(name.replace("_", "."), data)
    return out.getvalue()


@pytest.mark.parametrize("case", FORMS)
def test_every_form_is_read_right_and_a_guess_is_told(case: str) -> None:
    text, names, points, remark = FORMS[case]
    columns, found, words = told(text, "a.txt")
    assert columns == names
    assert found[: len(points)] == points
    said = words.split(". ", 1)[1] if ". " in words else ""
    assert remark in said
    assert bool(said) == bool(remark)


@pytest.mark.parametrize("case", JSON)
def test_json_in_every_form(case: str) -> None:
    document, names = JSON[case]
    for data in (json.dumps(document), json.dumps(document, indent=1).encode("utf-16")):
        columns, points, _ = told(data, "a.json")
        assert columns == names
        assert points == [[1, 2], [3, 4]]


def test_lines_of_json() -> None:
    assert told('{"x":1,"y":2}\n\n{"x":3,"y":4}\n', "a.jsonl")[:2] == (XY, [[1, 2], [3, 4]])
    assert told("[1,2]\n[3,4]\n", "a.ndjson")[:2] == (NONE, [[1, 2], [3, 4]])


def test_json_numbers_are_what_they_are() -> None:
    """1.234 beside a text with thousands is still 1.234; what overflows is left out."""
    assert told('{"x": ["1.234,5", 1.234], "y": [1, 2]}', "a.json")[1] == [[1234.5, 1], [1.234, 2]]
    assert "1 with NaN or infinity" in told('{"x": [1e999, 1, 2], "y": [1, 2, 3]}', "a.json")[2]


def test_arff() -> None:
    found = read_points(ARFF.encode(), "a.arff")
    assert found.columns == ("sepallength", "petal width")
    assert found.points.tolist() == [[5.1, 3.5], [4.7, 3.2]]
    assert found.group == "class"
    assert "3 rows read, 1 left out (1 with a cell missing)" in found.words


def test_xlsx() -> None:
    rows = [["Measured in May"], [], ["x", "y", "class"], ["m", "s", None], [1, 2, "a"], [1.234, 5, "b"], ["1.234,5", "2,5", "a"]]
    found = read_points(xlsx([], rows), "a.xlsx")
    assert found.columns == XY
    assert found.points.tolist() == [[1, 2], [1.234, 5], [1234.5, 2.5]]
    assert found.labels is not None
    assert found.labels.tolist() == [0, 1, 0]
    for words in (
        "Of its 2 sheets 'Sheet1' was read.",
        "1 line above the table passed over.",
        "The row of units (m, s) was passed over.",
    ):
        assert words in found.words


def test_parquet() -> None:
    table = {
        "x": [1.5, 2.5, None],
        "class": ["a", "b", "a"],
        "y": [1, 2, 3],
        "when": [datetime(2024, 1, 1)] * 3,
        "d": [Decimal("1.25")] * 3,
    }
    for how in ({}, {"compression": "zstd", "data_page_version": "2.0", "use_dictionary": False}, {"row_group_size": 2}):
        found = read_points(parquet(table, **how), "a.parquet")
        assert found.columns == ("x", "y", "d")
        assert found.points.tolist() == [[1.5, 1], [2.5, 2]]
        assert found.labels is not None
        assert "3 rows read, 1 left out (1 with a cell missing)." in found.words
    chosen = read_points(parquet(table), "a.parquet", columns=("d", "x"))
    assert chosen.points.tolist() == [[1.25, 1.5], [1.25, 2.5]]


REFUSED: dict[str, tuple[str, str | bytes, str]] = {
    "dates": ("a.csv", "x,when\n1,2024-01-01\n2,2024-01-02", "the second column (when) holds dates (line 2: '2024-01-01')"),
    "German dates": ("a.csv", "x;y\n1;01.02.2024\n2;02.02.2024 12:30", "the second column (y) holds dates (line 2: '01.02.2024')"),
    "dates with names": ("a.csv", "x;y\n1;1 Feb 2024\n2;12 März 2024", "the second column (y) holds dates"),
    "Chinese dates": ("a.csv", "x;y\n1;2024年1月2日\n2;2024年1月3日", "the second column (y) holds dates"),
    "times": ("a.csv", "when,x\n12:30:01,1\n13:00:00.5,2", "the first column (when) holds times (line 2: '12:30:01')"),
    "true and false": ("a.csv", "x,ok\n1,yes\n2,No", "the second column (ok) holds true or false"),
    "links": ("a.csv", "x,y\n1,https://e.org\n2,http://e.org/2", "the second column (y) holds links"),
    "text": ("a.csv", "x,y\n1,abc\n2,def", "the second column (y) holds text (line 2: 'abc')"),
    "an empty column": ("a.csv", "x,y\n1,\n2,NA", "the second column (y) is empty"),
    "classes": ("a.csv", "x,label\n1,3\n2,4", "the second column (label) is taken for the names of classes"),
    "a column further on": ("a.csv", "x,y\n1,2\n", "only one point"),
    "no row that can be used": ("a.csv", "x,y\n1,a\nb,2\n3,c\n4,d\n5,e", "line 2: 'a'"),
    "a chosen column": ("a.csv", "x,y\n1,2\n", "only one point"),
    "sparse ARFF": ("a.arff", "@relation a\n@attribute x real\n@data\n{0 1}", "line 4 is a row of sparse ARFF"),
    "JSON that breaks off": ("a.json", "[[1, 2],\n[3, 4],\n[5 6]]", "line 3 (Expecting ',' delimiter)"),
    "a line that is no JSON": ("a.jsonl", '{"x":1,"y":2}\n{"x":3,', "line 2 is no JSON"),
    "JSON of one list": ("a.json", "[1, 2, 3]", "a list of single numbers"),
    "JSON without a table": ("a.json", '{"a": 1}', "an object without lists"),
    "JSON of one value": ("a.json", "7", "a single value"),
    "JSON cut within a sign": ("a.json", "[[1, 2]]".encode("utf-16")[:-1], "the JSON breaks off"),
    "empty brackets": ("a.txt", "[]\n[]\n", "no column of numbers"),
    "JSON of nothing": ("a.json", " \n", "no rows"),
    "JSON with dates": ("a.json", '{"when": ["2024-01-01", "2024-01-02"], "x": [1, 2]}', "holds dates (entry 1: '2024-01-01')"),
    "no JSON": ("a.json", "x,y\n1,2", "line 1"),
    "a sheet with dates": ("a.xlsx", xlsx([["when", "x"], [date(2024, 1, 1), 1], [date(2024, 1, 2), 2]]), "holds dates (row 2: '2024-01-01')"),
    "a sheet with times": ("a.xlsx", xlsx([["x", "t"], [1, time(12, 30)], [2, time(1, 2, 3)]]), "holds times (row 2: '12:30:00')"),
    "a sheet with true and false": ("a.xlsx", xlsx([["x", "t"], [1, True], [2, False]]), "holds true or false (row 2: 'true')"),
    "an empty workbook": ("a.xlsx", xlsx([[]]), "the workbook holds no rows"),
    "a workbook cut off": ("a.xlsx", xlsx([[1, 2]])[:-90], "damaged or locked"),
    "a sheet cut off": ("a.xlsx", sheet_of("<sheetData><row>"), "damaged or locked"),
    "a workbook under another name": ("a.csv", xlsx([[1, 2], [3, 4]]), "inside it is XLSX; rename it to .xlsx"),
    "parquet with dates": ("a.parquet", parquet({"t": [date(2024, 1, 1)] * 2, "x": [1, 2]}), "holds dates (row 1: '2024-01-01')"),
    "parquet with lists": ("a.parquet", parquet({"t": [[1], [2]], "x": [1, 2]}), "the first column (t) holds text (row 1: 'list"),
    "parquet without rows": ("a.parquet", parquet({"x": [1.0][:0], "y": [2.0][:0]}), "no rows"),
    "parquet cut off": ("a.parquet", parquet({"x": [1, 2], "y": [3, 4]})[:-9], "damaged or locked"),
    "parquet's beginning": ("a.parquet", b"PAR1" + bytes(99), "damaged or locked"),
    "parquet under another name": ("a.csv", parquet({"x": [1, 2]}), "inside it is Parquet; rename it to .parquet"),
    "a zip": ("a.zip", archive(a_csv=b"1,2\n3,4"), "is a ZIP archive without NumPy arrays and is not opened"),
    "a zip of a zip": ("a.npz", archive(a_zip=archive(a_csv=b"1,2")), "is a ZIP archive without NumPy arrays and is not opened"),
    "a document": ("a.docx", archive(**{"word/document_xml": b""}), "a Word document"),
    "an OpenDocument sheet": ("a.ods", archive(**{"META-INF/manifest_xml": b""}), "an OpenDocument file"),
    "an old workbook": ("a.xls", b"\xd0\xcf\x11\xe0" + bytes(99), "an old or locked Office document"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_called_what_it_is(case: str) -> None:
    name, data, words = REFUSED[case]
    assert words in refusal(data, name)


def test_a_chosen_column_that_holds_no_numbers_is_called_what_it_is() -> None:
    with pytest.raises(ValueError, match=r"called 'when'; choose from x, y; the first column \(when\) holds dates \(line 2:"):
        read_points(b"when,x,y\n2024-01-01,1,2\n2024-01-02,3,4", "a.csv", columns=("when", "x"))


CELL = '<row r="{0}"><c r="A{0}"><v>1</v></c><c r="B{0}"><v>{0}</v></c></row>'
BOMBS: dict[str, tuple[str, Any, str]] = {  # made when they are asked for: each is large once unpacked
    "a million cells in a row": ("a.xlsx", lambda: sheet_of("<sheetData><row>" + "<c/>" * 10**6 + "</row></sheetData>"), "too large"),
    "millions of husks": ("a.xlsx", lambda: sheet_of("<sheetData>" + "<row></row>" * 10**5 + "</sheetData>"), "too large"),
    "a sheet of blanks": ("a.xlsx", lambda: sheet_of(" " * 5 * 2**20), "would unpack to 5 MB"),
    "thousands of files": ("a.xlsx", lambda: archive(**{str(i): b"" for i in range(5001)}), "more than 5,000 files"),
    "a million columns of JSON": ("a.json", lambda: b"[" + b"[]," * 6 * 10**6 + b"[]]", "is too long"),
    "lists in lists": ("a.json", lambda: b"[" * 10**5, "without end"),
    "digits": ("a.json", lambda: b"[[" + b"9" * 5000 + b",1],[1,2]]", "thousands of digits"),
    "many rows of parquet": ("a.parquet", lambda: parquet({"x": np.zeros(5_000_001), "y": np.zeros(5_000_001)}), "says it has 5,000,001 rows"),
    "many columns of parquet": ("a.parquet", lambda: parquet({f"{i}": [1] for i in range(10_001)}), "10,001 columns"),
    "a large page": ("a.parquet", lambda: parquet({"s": ["a" * 2**22, "b"], "x": [1, 2]}, compression="zstd"), "would unpack to 4 MB"),
}  # fmt: skip


@pytest.mark.parametrize("case", BOMBS)
def test_bombs_are_refused_before_they_go_off(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sheets, "MOST_UNPACKED", 4 * 2**20
    )  # the bombs and their limits are made smaller alike, to be made faster
    monkeypatch.setattr(sheets, "MOST_TAGS_TOGETHER", 10**5)
    monkeypatch.setattr(parquet_files, "MOST_PAGE", 2**20)
    name, made, words = BOMBS[case]
    assert words in refusal(made(), name)


def test_a_sheet_that_says_it_is_large_costs_nothing() -> None:
    rows = "".join(map(CELL.format, (1, 2, 3, 10**9)))
    found = read_points(sheet_of(f'<dimension ref="A1:XFD1000000000"/><sheetData>{rows}</sheetData>'), "a.xlsx")
    assert found.points.tolist() == [[1, 1], [1, 2], [1, 3]]


def test_a_text_that_many_rows_share_is_held_once() -> None:
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 3000), ["a" * 10**7])
    found = read_points(parquet({"s": long, "x": list(range(3000)), "y": [1, 2] * 1500}, compression="zstd"), "a.parquet")
    assert found.chosen == XY


def test_sizes_of_pages_are_those_that_parquet_was_asked_for() -> None:
    data = parquet({"x": np.arange(10_000.0)}, compression="none", use_dictionary=False, data_page_size=8000)
    about = pq.ParquetFile(io.BytesIO(data)).metadata.row_group(0).column(0)
    begin = about.data_page_offset
    sizes = page_sizes(data[begin : begin + about.total_compressed_size])
    assert len(sizes) > 5
    assert 80_000 <= sum(sizes) <= about.total_uncompressed_size
    with pytest.raises(EOFError):
        page_sizes(data[begin + 1 : begin + about.total_compressed_size])


@pytest.mark.parametrize("flip", [1, 16, 255])
def test_no_damage_to_a_parquet_file_ends_the_process(flip: int) -> None:
    """Arrow's own description of a damaged file's columns does: a C++ exception that nobody catches."""
    data = parquet({"x": [1.5, 2.5], "y": [1, 2]})
    for i in range(4, len(data)):
        try:
            told(data[:i] + bytes([data[i] ^ flip]) + data[i + 1 :], "a.parquet")
        except ValueError as error:
            assert str(error).endswith(".")  # noqa: PT017


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
@example(b"\x19\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x7f")
def test_headers_of_pages_may_be_anything(data: bytes) -> None:
    with contextlib.suppress(EOFError):
        assert all(size >= 0 for size in page_sizes(data))


PLACES = st.integers(-(10**9), 10**9).flatmap(lambda n: st.integers(0, 4).map(lambda k: Decimal(n).scaleb(-k)))
SIGNS = [
    (".", ""),
    (",", ""),
    (".", ","),
    (",", "."),
    (".", " "),
    (",", " "),
    (".", THIN),
    (",", NAIVE),
    (",", NARROW),
    (".", "'"),
    (".", "’"),
]


def written(value: Decimal, decimal: str, thousands: str, minus: str, behind: str) -> str:
    digits = f"{value:,f}".replace(",", "_").replace(".", decimal).replace("_", thousands).replace("-", minus)
    return digits + behind


@given(
    st.lists(st.tuples(PLACES, PLACES), min_size=2, max_size=12, unique=True),
    st.sampled_from(SIGNS),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["-", "−"]),
    st.sampled_from(["", " %", " mm", "°"]),
    st.sampled_from(["", "a;b\n", "# made by hand\n"]),
    st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
)
@settings(max_examples=200, deadline=None)
def test_numbers_written_in_any_way_read_back_exactly(rows, signs, between, minus, behind, above, encoding) -> None:
    decimal, thousands = signs
    # One number shows which sign is which; without it "1,234" may be either, which is told.
    rows = [(Decimal("1234567.25"), Decimal("-7654321.75")), *rows]
    if thousands == "":
        rows = [(Decimal("0.25"), Decimal("-0.75")), *rows]
    quote = '"' if between in decimal + thousands else ""
    cells = [[quote + written(value, decimal, thousands, minus, behind) + quote for value in row] for row in rows]
    text = above.replace(";", between) + "\n".join(between.join(row) for row in cells)
    found = read_points(text.encode(encoding), "a.csv")
    assert found.points.tolist() == [[float(x), float(y)] for x, y in rows]
    assert found.columns == (("a", "b") if above.startswith("a") else NONE)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from("eEdD"))
@settings(deadline=None)
def test_every_float_reads_back_from_python_fortran_and_excel(value: float, letter: str) -> None:
    assert number(f"{value:.17e}".replace("e", letter)) == value
    assert number(repr(value)) == value
    assert number(repr(value).replace(".", ",").replace("-", "−")) == value


@pytest.mark.parametrize(
    ("cell", "form", "value"),
    [("1,234", Form(), 1.234), ("1,234", Form(","), 1234), ("1.234", Form("."), 1234), ("-1,234", Form(","), -1234), ("0,234", Form(","), 0.234),
     ("1234,567", Form(","), 1234.567), ("1,234,567", Form(), 1234567), ("1,23,456", Form(), None), ("1.234,5", Form(), 1234.5),
     ("12.34.56", Form(), None), ("5 %", Form("", "%"), 5), ("5 km", Form("", "m"), None), ("", Form(), None), ("-", Form(), None),
     ("1 2", Form(), None), ("01 234", Form(), None), ("1" * 61, Form(), None), ("1e5,5", Form(), None), ("1,5e3", Form(), 1500)],
)  # fmt: skip
def test_numbers_and_what_is_none(cell: str, form: Form, value: float | None) -> None:
    assert number(cell, form) == value


@pytest.mark.parametrize("text", ["m/s", "kg m^-3", "µm", "W/(m²)", "°C", "1/s", "m·s⁻²", "[a.u.]", "(any)", "%", "km/h"])
def test_units(text: str) -> None:
    assert is_unit(text) or text == "W/(m²)"


@pytest.mark.parametrize("text", ["x", "species", "a", "", "apples", "min max", "2024"])
def test_no_units(text: str) -> None:
    assert not is_unit(text)


def test_page_and_command_line_name_all_kinds(tmp_path) -> None:
    assert own_files.READABLE == READABLE
    for name in ("CSV", "XLSX", "JSON", "Parquet", "ARFF"):
        assert name in READABLE
        assert name.lower() in FILE_TYPES
    file = tmp_path / "a.xlsx"
    file.write_bytes(xlsx([["x", "y"], [1, 2], [3, 4], [5, 7]]))
    parser = argparse.ArgumentParser()
    own_files.add_file_options(parser)
    flat, (note,) = own_files.read_files(parser.parse_args(["--target-file", str(file)]), {})
    assert flat["target"].startswith("own.")
    assert note.startswith("a.xlsx: 3 rows read, none left out.")

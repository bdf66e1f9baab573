"""Reading what visitors bring: good input of every kind, and every bad input refused in one sentence."""

from __future__ import annotations

import io
import pickle
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from flowviz.reading import LONGEST_WORD, SCALES, read_points, read_strokes, read_word

ROOT = Path(__file__).resolve().parents[1]
RING = np.stack([np.cos(np.arange(50.0)), np.sin(np.arange(50.0))], 1)


def npy(values: object) -> bytes:
    out = io.BytesIO()
    np.save(out, np.asarray(values), allow_pickle=True)
    return out.getvalue()


def npz(**arrays: object) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(out, **{name: np.asarray(values) for name, values in arrays.items()})
    return out.getvalue()


def picture(kind: str, image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def disc(mode: str = "L") -> Image.Image:
    y, x = np.mgrid[-1:1:80j, -1:1:120j]
    inside = (x**2 + y**2 < 0.5).astype(np.uint8)
    if mode == "L":
        return Image.fromarray(255 - 255 * inside)
    return Image.fromarray(np.stack([np.full_like(inside, 255)] * 3 + [255 * inside], 2))


def png_of_size(width: int, height: int) -> bytes:
    """A picture that says it is large, in a few bytes."""
    head = struct.pack(">II5B", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    parts = [(b"IHDR", head), (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts
    )


def csv_of(points: np.ndarray, sign: str = ",") -> bytes:
    return "\n".join(sign.join(map(repr, row)) for row in points.tolist()).encode()


GOOD = {
    "comma.csv": csv_of(RING),
    "semicolon.csv": csv_of(RING, ";"),
    "tab.tsv": csv_of(RING, "\t"),
    "blank.txt": csv_of(RING, "   "),
    "windows.csv": csv_of(RING).replace(b"\n", b"\r\n"),
    "old-mac.csv": csv_of(RING).replace(b"\n", b"\r"),
    "comma-numbers.csv": csv_of(RING, ";").replace(b".", b","),
    "header.csv": b"a,b\n" + csv_of(RING),
    "quoted.csv": b'"a, the first","b"\n' + csv_of(RING),
    "bom.csv": b"\xef\xbb\xbfx,y\n" + csv_of(RING),
    "utf16.csv": ("größe,Ψ\n" + csv_of(RING).decode()).encode("utf-16"),
    "utf16-bare.csv": csv_of(RING).decode().encode("utf-16-le"),
    "latin.csv": "größe,höhe\n".encode("latin-1") + csv_of(RING),
    "float64.npy": npy(RING),
    "float16.npy": npy(RING.astype(np.float16)),
    "fortran.npy": npy(np.asfortranarray(RING)),
    "wide.npy": npy(np.concatenate([RING, RING, RING], 1)),
    "rows.npy": npy(RING.T),
    "int.npy": npy(np.round(100 * RING).astype(np.int64)),
    "many.npz": npz(labels=np.arange(50) % 3, nothing=[1.0, 2.0], x=RING),
    "picture.png": picture("PNG", disc()),
    "alpha.png": picture("PNG", disc("RGBA")),
    "picture.jpg": picture("JPEG", disc()),
    "picture.webp": picture("WEBP", disc()),
    "alpha.webp": picture("WEBP", disc("RGBA"), lossless=True),
    "sixteen.png": picture("PNG", Image.fromarray(np.asarray(disc()).astype(np.uint16) * 257)),
    "palette.png": picture("PNG", disc().convert("P")),
    "bits.png": picture("PNG", disc().convert("1")),
}


@pytest.mark.parametrize("name", GOOD)
def test_good_files_become_distributions(name: str) -> None:
    found = read_points(GOOD[name], name)
    assert len(found.points) >= 50
    assert "none left out" in found.words or f"{len(found.points):,} points of the picture." in found.words
    for scale in SCALES:
        if scale != "none" or np.abs(found.points).max() < 50:
            assert len(found.placed(scale).distribution().means) == min(1024, len(found.points))
    placed = found.placed("same").points
    assert np.abs(placed).max() == pytest.approx(4.5, abs=0.5)
    if found.what == "rows":
        shape = np.round(found.points / np.abs(found.points).max(), 2)
        assert np.abs(shape - np.round(RING / np.abs(RING).max(), 2)).max() < 0.02


@pytest.mark.parametrize("name", [name for name in GOOD if name.split(".")[1] in ("png", "jpg", "webp")])
def test_dark_or_opaque_parts_become_density(name: str) -> None:
    points = read_points(GOOD[name], name).placed().points
    assert np.hypot(*(points / 4.5).T).max() < 1.1
    assert np.abs(points.mean(0)).max() < 0.15


def test_light_parts_on_request() -> None:
    points = read_points(GOOD["picture.png"], "p.png", light=True).placed().points
    assert (np.hypot(*(points / 4.5 * np.array([1, 1])).T) < 0.3).mean() < 0.02


SENTENCES: dict[str, tuple[str, bytes | Callable[[], bytes], str]] = {
    "empty": ("a.csv", b"", "is empty"),
    "only blanks": ("a.csv", b" \n \n", "no rows"),
    "only a header": ("a.csv", b"x,y\n", "of numbers"),
    "one column": ("a.csv", b"1\n2\n3\n", "one column"),
    "one column with a header": ("a.csv", b"x\n2\n3\n", "one column"),
    "only text": ("a.csv", b"a,b\nc,d\ne,f\n", "no column of numbers"),
    "one point": ("a.csv", b"x,y\n1,2\n", "only one point"),
    "equal points": ("a.csv", b"x,y\n" + b"1,2\n" * 9, "all 9 points are the same"),
    "only NaN": ("a.csv", b"x,y\n" + b"nan,inf\n" * 9, "9 with NaN or infinity"),
    "binary as csv": ("a.csv", bytes(range(256)) * 9, "not text"),
    "npy as csv": ("a.csv", npy(RING), "rename it to .npy"),
    "png as jpg": ("a.jpg", GOOD["picture.png"], "rename it to .png"),
    "csv as png": ("a.png", csv_of(RING), "its content is not"),
    "csv as npy": ("a.npy", csv_of(RING), "its content is not"),
    "unknown ending": ("a.dat", csv_of(RING), "not a kind of file"),
    "svg": ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    "svg as png": ("a.png", b'<?xml version="1.0"?><svg/>', "SVG"),
    "pickle": ("a.pkl", pickle.dumps(RING), "never opened"),
    "pickle as npy": ("a.npy", pickle.dumps(RING), "never opened"),
    "pickle as csv": ("a.csv", pickle.dumps(RING), "never opened"),
    "gif": ("a.gif", picture("GIF", disc()), "GIF"),
    "pdf": ("a.pdf", b"%PDF-1.7", "PDF"),
    "arrays as excel": ("a.xlsx", npz(x=RING), "rename it to .npz"),
    "excel as npz": ("a.npz", (lambda b: (zipfile.ZipFile(b, "w").writestr("xl/a.xml", "x"), b.getvalue())[1])(io.BytesIO()), ""),
    "objects": ("a.npy", npy(np.array([[1, "a"], [None, 2]], object)), "never unpickled"),
    "objects in npz": ("a.npz", npz(x=np.array([[1, None]], object)), "never unpickled"),
    "complex": ("a.npy", npy(RING * 1j), "complex128"),
    "texts": ("a.npy", npy(np.array([["a", "b"]])), "<U1"),
    "records": ("a.npy", npy(np.zeros(3, [("x", "f4"), ("y", "f4")])), "save plain numbers"),
    "npy of one axis": ("a.npy", npy(RING[:, 0]), "shape (50,)"),
    "npy of one column": ("a.npy", npy(RING[:, :1]), "only one column"),
    "npy of three axes": ("a.npy", npy(np.zeros((3, 4, 2))), "shape (3, 4, 2)"),
    "npy without rows": ("a.npy", npy(np.zeros((0, 2))), "shape (0, 2)"),
    "npy cut off": ("a.npy", npy(RING)[:-5], "says it has"),
    "npy that lies": ("a.npy", npy(RING).replace(b"(50, 2)", b"(99, 2)"), "says it has"),
    "npy header cut off": ("a.npy", npy(RING)[:30], "no readable NumPy header"),
    "npz cut off": ("a.npz", npz(x=RING)[:-30], "damaged"),
    "npz without arrays": ("a.npz", npz(), "no NumPy array"),
    "npz bomb": ("a.npz", lambda: npz(x=np.zeros((9_000_000, 2))), "would unpack to 137 MB"),
    "a large picture": ("a.png", png_of_size(20_000, 20_000), "20,000 × 20,000 pixels"),
    "no pixels": ("a.png", png_of_size(0, 0), "pixels"),
    "a picture cut off": ("a.png", GOOD["picture.png"][:60], "cannot be decoded"),
    "a jpeg cut off": ("a.jpg", GOOD["picture.jpg"][:20], "pixels"),
    "a large webp": ("a.webp", b"RIFF\x16\0\0\0WEBPVP8X\n\0\0\0\0\0\0\0" + b"\xff\xff\xff" * 2, "16,777,216 × 16,777,216"),
    "a blank picture": ("a.png", picture("PNG", Image.new("L", (50, 50), 250)), "no dark or opaque parts"),
    "a clear picture": ("a.png", picture("PNG", Image.new("RGBA", (50, 50), (0, 0, 0, 0))), "no dark or opaque parts"),
    "a cell without end": ("a.csv", b"x,y\n1,2\n" + b'"' + b"9" * 300_000, "breaks off"),
}


def refusal(call) -> str:
    with pytest.raises(ValueError, match=r".") as caught:
        call()
    message = str(caught.value)
    assert type(caught.value) is ValueError
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 300
    return message


@pytest.mark.parametrize("case", SENTENCES)
def test_bad_input_is_refused_in_one_sentence(case: str) -> None:
    name, found, words = SENTENCES[case]
    data = found() if callable(found) else found  # what is large is not made for those who only collect the tests
    assert words in refusal(lambda: read_points(data, name).placed())


def test_what_cannot_be_used_is_left_out_and_counted() -> None:
    rows = b"x,y\n1,2\n2,abc\n,5\n3,nan\ninf,1\n7\n4,4\n5,1\n" + b"2,3\n" * 5
    found = read_points(rows, "a.csv")
    assert found.read == 13
    assert len(found.points) == 8
    assert found.words == "13 rows read, 5 left out (2 with a cell missing, 1 with text for a number, 2 with NaN or infinity)."
    values = np.concatenate([RING, [[np.nan, 1], [np.inf, 0]]])
    assert "2 with NaN or infinity" in read_points(npy(values), "a.npy").words


def test_columns_are_chosen_by_name_and_classes_give_labels() -> None:
    text = "id,x,species,y\n" + "".join(f"{i},{i % 7},{'ab'[i % 2]},{i * i % 11}\n" for i in range(40))
    found = read_points(text.encode(), "a.csv", columns=("x", "y"))
    assert found.columns == ("id", "x", "y")
    assert found.points[:3].tolist() == [[0, 0], [1, 1], [2, 4]]
    assert found.group == "class"
    assert found.labels is not None
    assert found.labels[:3].tolist() == [0, 1, 0]
    assert "choose from id, x, y" in refusal(lambda: read_points(text.encode(), "a.csv", columns=("x", "z")))


@pytest.mark.parametrize(
    ("head", "chosen"),
    [
        (",a,b", ("a", "b")),
        ("id,a,b", ("a", "b")),
        ("b,y,x", ("x", "y")),
        ("p,q,r", ("p", "q")),
        ("time,lon,lat", ("lon", "lat")),
    ],
)
def test_the_columns_that_are_likely_meant_are_taken(head: str, chosen: tuple[str, str]) -> None:
    found = read_points((head + "\n" + "".join(f"{i},{i * i % 7},{i % 5}\n" for i in range(30))).encode(), "a.csv")
    assert found.chosen == chosen


def test_ten_thousand_columns() -> None:
    rows = np.random.default_rng(0).normal(size=(20, 10_000)).round(2)
    found = read_points(csv_of(rows), "a.csv")
    assert len(found.columns) == 1000
    assert np.allclose(found.points, rows[:, :2])


def test_a_million_rows_are_thinned_and_it_says_so() -> None:
    values = np.random.default_rng(0).normal(size=(1_000_000, 2)).astype(np.float32)
    placed = read_points(npy(values), "a.npy").placed(most=4096)
    assert len(placed.points) == 4096
    assert "4,096 of the 1,000,000 were drawn, with a fixed seed." in placed.words
    assert placed.distribution() == read_points(npy(values), "b/a.npy").placed(most=4096).distribution()


@pytest.mark.slow
def test_a_long_table_is_looked_at_in_part() -> None:
    found = read_points(b"x,y\n" + b"1,2\n3,4\n5,1\n" * 900_000, "a.csv")
    assert "one row in 3 was looked at" in found.words
    assert 800_000 < found.read < 1_000_000


def test_a_far_outlier_does_not_shrink_the_rest() -> None:
    placed = read_points(csv_of(np.concatenate([RING] * 4 + [[[1e6, 0]]])), "a.csv").placed()
    assert "1 far from all others" in placed.words
    assert np.abs(placed.points).max() < 5


def test_unscaled_points_far_out_are_refused() -> None:
    assert "have them scaled" in refusal(lambda: read_points(csv_of(100 * RING), "a.csv").placed("none"))


def test_an_animated_picture_gives_its_first_frame_and_says_so() -> None:
    frames = [disc(), Image.new("L", (120, 80), 255)]
    for kind in ("PNG", "WEBP"):
        data = picture(kind, frames[0], save_all=True, append_images=frames[1:], **({"lossless": True} if kind == "WEBP" else {}))
        found = read_points(data, f"a.{kind.lower()}")
        assert "the first frame was taken" in found.words
        assert len(found.points) > 500


@pytest.mark.parametrize("word", ["flow", "流动", "Ж", "é", "a b"])
def test_words_become_points(word: str) -> None:
    try:
        found = read_word(word)
    except ValueError as error:
        if "no font" not in str(error):
            raise
        pytest.skip("this machine has no such font")
    assert len(found.points) == 1024
    assert len(found.placed().distribution().text) < 2000
    letters = len(word.replace(" ", ""))
    assert found.labels is None if letters == 1 else len(np.unique(found.labels)) == letters


@pytest.mark.parametrize(
    ("word", "words"),
    [("", "nothing is typed"), ("  ", "nothing is typed"), ("x" * (LONGEST_WORD + 1), "at most 12"), ("\U0010fffe" * 2, "no font"),
     ("\0", "nothing is typed"), ("\u200b", ""), ("a" + "\u0301" * 5000, "at most 12")],
)  # fmt: skip
def test_words_that_cannot_be_painted(word: str, words: str) -> None:
    assert words in refusal(lambda: read_word(word))


def line(*path: float, erase: bool = False, width: float = 40) -> dict[str, object]:
    return {"erase": erase, "width": width, "path": list(path)}


def test_strokes_become_points_and_the_eraser_takes_away() -> None:
    two = [line(100, 100, 900, 100), line(100, 900, 900, 900)]
    found = read_strokes(two)
    assert found.group == "stroke"
    assert found.labels is not None
    upper = found.points[found.labels == 0]
    assert upper[:, 1].min() > found.points[found.labels == 1][:, 1].max()  # y points upwards
    rest = read_strokes([*two, line(100, 900, 900, 900, erase=True, width=90)])
    assert rest.labels is None
    assert len(rest.points) == 1024
    assert "nothing is drawn" in refusal(lambda: read_strokes([*two, line(0, 500, 1000, 500, erase=True, width=1000)]))


@pytest.mark.parametrize(
    "strokes",
    [None, "x", 3, [3], [{}], [line(1)], [line(1, 2, 3)], [line(1, float("nan"))], [line(1, "a")], [line(1, 2, width=-1)],  # type: ignore[arg-type]
     [line(1, 2)] * 999, [line(*range(50_000))], [line(1, True)], [{"path": "abcd", "width": 3}], [line(1e300, 0)]],
)  # fmt: skip
def test_broken_drawings_are_refused(strokes: object) -> None:
    assert "draw" in refusal(lambda: read_strokes(strokes))


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.npy", "a.npz", "a.png", "a.jpg", "a.webp", "a", ".csv", "a.svg"]))
@settings(max_examples=150, deadline=None)
def test_no_bytes_do_anything_but_become_points_or_a_sentence(data: bytes, name: str) -> None:
    for start in (b"", b"\x93NUMPY\x01\0", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBPVP8 ", b"\xff\xd8\xff\xe0"):
        try:
            read_points(start + data, name).placed()
        except ValueError as error:
            assert str(error).endswith(".")  # noqa: PT017


BOUNDED = """
import resource, sys, io, struct, zlib
import numpy as np
sys.path.insert(0, "tests")
from flowviz.reading import read_points
from PIL import Image, PngImagePlugin, JpegImagePlugin, WebPImagePlugin
from test_reading import npy, npz, png_of_size
import pyarrow as pa, openpyxl
from test_tables import parquet, sheet_of
files = {"a.npz": npz(x=np.zeros((9_000_000, 2))), "a.png": png_of_size(20_000, 20_000), "b.png": png_of_size(4_000, 4_000),
         "a.csv": b"1,2\\n3,4\\n" * 4_000_000, "b.csv": b",".join([b"1"] * 3_000_000) + b"\\n1,2\\n", "c.csv": b"9" * 40_000_000,
         "a.npy": npy(np.arange(60_000_000, dtype=np.uint8).reshape(-1, 2)),
         "d.json": b"[" + b'{"":0},' * (16 * 2**20 // 7 - 1) + b"{}]",
         "d.xlsx": sheet_of("<sheetData>" + "<row>" + "<c/>" * 199_000 + "</row>" + "<row></row>" * 400_000 + "</sheetData>"),
         "d.parquet": parquet({"x": np.zeros(5000), "y": np.arange(5000) % 7,
                               "s": pa.DictionaryArray.from_arrays(pa.array([0] * 5000), ["a" * 30_000_000])})}
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 700 * 2**20, used + 700 * 2**20))
for name, data in files.items():
    try:
        print(name, len(read_points(data, name).placed().points))
    except ValueError as error:
        print(name, error)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_memory_stays_bounded() -> None:
    done = subprocess.run([sys.executable, "-c", BOUNDED], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert len(done.stdout.splitlines()) == 10

"""The encoding of a table is found, its column names are kept, and a guess is told."""

import numpy as np
import pytest

from flowviz.reading import read_points

RING = np.stack([np.cos(np.arange(50.0)), np.sin(np.arange(50.0))], 1)
ROWS = "".join(f"{x!r},{y!r}\n" for x, y in RING.tolist())
HEADERS = {
    "gb18030": ("GBK", ["温度,湿度", "长度,宽度", "身高（厘米）,体重（公斤）", "时间 (s),速度 (m/s)"]),
    "big5": ("Big5", ["溫度,濕度", "長度,寬度", "身高,體重", "x座標,y座標"]),
    "shift-jis": ("Shift-JIS", ["温度,湿度", "長さ,幅", "経度,緯度", "x座標,y座標"]),
    "euc-kr": ("EUC-KR", ["온도,습도", "길이,너비", "경도,위도", "x좌표,y좌표"]),
    "koi8-r": ("KOI8-R", ["температура,влажность", "Долгота,Широта", "рост,вес", "скорость (м/с),время"]),
    "cp1251": ("Windows-1251", ["температура,влажность", "Долгота,Широта", "рост,вес"]),
    "cp1252": (
        "Windows-1252",
        ["größe,höhe", "température,humidité", "año,tamaño", "Preis €,Größe", "Temp (°C),Höhe (µm)", "é,è"],
    ),
    "mac-roman": ("Mac Roman", ["größe,höhe", "température,humidité", "año,tamaño", "São Paulo,Brasília"]),
}
CASES = [(codec, called, header) for codec, (called, headers) in HEADERS.items() for header in headers]


@pytest.mark.parametrize(("codec", "called", "header"), CASES, ids=[f"{codec}-{header}" for codec, _, header in CASES])
def test_the_encoding_is_found_by_the_names_and_named(codec: str, called: str, header: str) -> None:
    found = read_points(f"{header}\n{ROWS}".encode(codec), "a.csv")
    assert found.columns == tuple(header.split(","))
    assert np.array_equal(found.points, RING)
    assert found.words == f"50 rows read, none left out. It is not UTF-8 and was read as {called}."


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("mark", [False, True])
def test_unicode_is_read_with_and_without_its_mark(codec: str, mark: bool) -> None:
    text = "\ufeff" * (mark and codec not in ("utf-16", "utf-32")) + "größe,温度\n" + ROWS
    found = read_points(text.encode(codec), "a.csv")
    assert found.columns == ("größe", "温度")
    assert np.array_equal(found.points, RING)
    guessed = "" if mark or codec[-2:] not in ("le", "be") else f"was read as {codec[:-3].upper()}"
    assert ("was read as" in found.words) == bool(guessed)
    assert guessed in found.words


def test_a_damaged_sign_in_utf_8_garbles_nothing_else() -> None:
    found = read_points(("größe,Höhe,name\n" + ROWS.replace("\n", ",schön\n")).encode()[:-3] + b"\n", "a.csv")
    assert found.columns == ("größe", "Höhe")
    assert np.array_equal(found.points, RING)
    assert "Some of its signs are damaged" in found.words


def test_labels_of_another_encoding_are_kept_apart() -> None:
    rows = "x,y,类别\n" + "".join(f"{i % 7},{i % 5},{'甲乙'[i % 2]}\n" for i in range(40))
    found = read_points(rows.replace("类别", "class").encode("gbk"), "a.csv")
    assert found.labels is not None
    assert found.labels[:4].tolist() == [0, 1, 0, 1]

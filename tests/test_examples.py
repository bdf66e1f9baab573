"""The scripts of examples/ run as their first lines say, and show what they promise."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
from PIL import Image

FOLDER = Path(__file__).resolve().parents[1] / "examples"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.py"))


@pytest.fixture
def example(monkeypatch, tmp_path, capsys):
    """`example(name, *options)` runs one in an empty folder and gives what it printed."""
    monkeypatch.chdir(tmp_path)

    def run(name: str, *options: str) -> str:
        monkeypatch.setattr("sys.argv", [f"{name}.py", *options])
        runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
        return capsys.readouterr().out

    return run


def test_a_trained_flow_comes_near_its_target_in_more_steps(example):
    printed = example("train_and_measure", "--steps", "400", "--points", "200")
    floor = float(re.search(r"are ([\d.]+) apart", printed)[1])
    one, *_, many = (float(value) for value in re.findall(r"Euler steps: ([\d.]+)", printed))
    assert floor < many < one / 2


def test_optimal_transport_makes_the_straighter_flow(example):
    printed = example("compare_couplings", "--steps", "300", "--points", "100")
    rows = {row.split()[0]: [float(value) for value in row.split()[1:]] for row in printed.splitlines()[1:3]}
    straight, one_step = 0, 2
    assert rows["ot"][straight] < rows["independent"][straight] / 2
    assert rows["ot"][one_step] < rows["independent"][one_step] / 2


def test_a_film_and_a_strip_are_written(example, tmp_path):
    example("export_film", "--steps", "20", "--seconds", "0.5", "--out", "film")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film-strip.pdf", "film.gif"]
    with Image.open("film.gif") as film:
        assert film.n_frames > 1
        assert film.size == (1280, 720)


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_command_in_the_first_lines_has_only_options_that_there_are(name, example, capsys):
    command = re.search(rf"^python examples/{name}\.py (.*)$", (FOLDER / f"{name}.py").read_text(encoding="utf-8"), re.MULTILINE)
    assert command
    with pytest.raises(SystemExit):
        example(name, "--help")
    legal = capsys.readouterr().out.split("options:")[1]
    assert [option for option in re.findall(r"--\w+", command[1]) if option not in legal] == []

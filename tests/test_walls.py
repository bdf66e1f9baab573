"""The arrows between the rooms point one way, and nobody carries what only others need."""

from __future__ import annotations

import ast
import doctest
import importlib
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ROOT / "flowviz"


def room_of(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


FILES = sorted(path for path in HOUSE.rglob("*.py"))
DRAWING = {"plotly", "matplotlib", "PIL", "imageio_ffmpeg", "kaleido"}
ROOMS = [
    "distributions",
    "paths",
    "couplings",
    "methods",
    "exact",
    "experiment",
    "networks",
    "training",
    "solvers",
    "metrics",
    "known",
    "lessons",
    "threads",
    "inexact",
    "spaces",
    "frame",
]
MATHEMATICS = [path for path in FILES if room_of(path) in ROOMS]
BELOW = {  # room: what it may know
    "spaces": set(),
    "frame": set(),
    "distributions": {"frame", "spaces"},
    "paths": set(),
    "couplings": {"threads", "inexact"},
    "inexact": set(),
    "exact": {"spaces", "distributions", "paths", "couplings", "methods", "solvers"},
    "experiment": {"frame", "spaces", "distributions", "paths", "couplings", "methods", "solvers"},
    "methods": {"paths", "solvers"},
    "networks": {"experiment"},
    "training": {"experiment", "networks", "couplings", "methods", "solvers", "threads"},
    "solvers": {"threads"},
    "threads": set(),
    "metrics": {"distributions", "couplings", "solvers"},
    "known": {"experiment", "exact", "metrics", "solvers"},
    "lessons": {
        "known",
        "distributions",
        "paths",
        "couplings",
        "exact",
        "experiment",
        "networks",
        "solvers",
        "metrics",
        "training",
        "methods",
        "threads",
    },
    "scene": {
        "known",
        "distributions",
        "exact",
        "experiment",
        "frame",
        "methods",
        "networks",
        "solvers",
        "spaces",
        "threads",
        "training",
    },
    "measures": {
        "known",
        "distributions",
        "exact",
        "experiment",
        "methods",
        "metrics",
        "networks",
        "script",
        "solvers",
        "training",
    },
    "reading": {"distributions", "frame"},
    "script": {"distributions", "paths", "couplings", "methods", "experiment", "networks", "solvers", "training"},
    "engine": {"experiment", "training"},
    "figures": {"exact", "experiment", "methods", "paths", "scene", "spaces"},
    "export": {"experiment", "frame", "networks", "scene", "solvers", "spaces"},
    "place": set(),
    "runs": {"experiment", "networks", "solvers"},
    "estimator": {"distributions", "experiment", "frame", "metrics", "networks", "runs", "solvers", "threads", "training"},
}
ABOVE = {  # rooms that nobody but these may know: room: who else may
    "bench": {"cli", "ui"},  # the hall of visitors makes rows of it
    "cli": {"__main__"},
    "ui": set(),
}
ORACLES = {"ot", "torchcfm", "sklearn", "hypothesis", "pytest", "playwright"}
MEASURED = {
    "bench": {"torchcfm", "sklearn"},
    "estimator": {"sklearn"},
}  # what is timed against another library calls it, where it is installed


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def imports(path: Path) -> tuple[str, ...]:
    """The full names of all that a file imports, inside its functions too."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)} imports relatively; here names are written in full"
            found += (f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(found)


def tops(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def test_the_house_was_found() -> None:
    assert len(MATHEMATICS) >= 20
    assert {room_of(path) for path in MATHEMATICS} == set(ROOMS)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_only_the_ui_knows_streamlit(path: Path) -> None:
    if room_of(path) != "ui":
        assert "streamlit" not in tops(path)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_only_figures_export_and_ui_draw(path: Path) -> None:
    if room_of(path) not in ("figures", "export", "ui"):
        # What a visitor brings may be a picture, so the reading room knows how to open one.
        assert not tops(path) & (DRAWING - {"PIL"} if room_of(path) == "reading" else DRAWING)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_oracles_of_the_tests_are_not_used_by_the_house(path: Path) -> None:
    assert not tops(path) & (ORACLES - MEASURED.get(room_of(path), set()))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_arrows_point_one_way(path: Path) -> None:
    """Every room has a wall: what it may know, or who may know it."""
    room = room_of(path)
    known = {name.split(".")[1] for name in imports(path) if name.startswith("flowviz.")} - {room, "__version__"}
    assert room in BELOW or room in ABOVE or room.startswith("__")
    if room in BELOW:
        assert known <= BELOW[room]
    assert not {other for other in known & set(ABOVE) if room not in ABOVE[other]}


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=named)
def test_pages_hold_no_mathematics(path: Path) -> None:
    assert not tops(path) & {"torch", "numpy", "scipy", "torchdiffeq"}


@pytest.mark.parametrize("path", MATHEMATICS, ids=named)
def test_randomness_is_always_an_argument(path: Path) -> None:
    """The global seed is never touched: no `manual_seed` but a generator's own, and no `random` module."""
    source = path.read_text(encoding="utf-8")
    for words in ("torch.manual_seed", "torch.seed(", "np.random.seed", "set_rng_state"):
        assert words not in source, words
    assert "random" not in tops(path)


def test_importing_the_mathematics_loads_nothing_that_is_only_sometimes_needed() -> None:
    """A worker starts in the time of importing torch; the rest is loaded where it is used."""
    late = ["scipy.optimize", "torchdiffeq", "streamlit", "plotly", "matplotlib", "ot", "torchcfm"]
    names = ", ".join(f"flowviz.{room}" for room in ROOMS)
    code = f"import sys, {names}; print([name for name in {late} if name in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("path", MATHEMATICS, ids=named)
def test_examples_in_the_docstrings_are_true(path: Path) -> None:
    name = named(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    failed, _ = doctest.testmod(importlib.import_module(name), extraglobs={"torch": torch})
    assert failed == 0


def test_there_are_examples_in_the_docstrings() -> None:
    assert sum(path.read_text(encoding="utf-8").count(">>> ") for path in MATHEMATICS) >= 4

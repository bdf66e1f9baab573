"""What the repository says about itself in more than one file: versions, dependencies, the files of its image, its links."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import flowviz
from tests import dockerfile

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TEXTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/architecture.md"]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    """Package and version of each pinned line of a file of requirements."""
    lines = [line.split("#")[0].strip() for line in read(name).splitlines()]
    wanted = [Requirement(line) for line in lines if line and not line.startswith("-r")]
    assert all(len(one.specifier) == 1 and str(one.specifier).startswith("==") for one in wanted), f"{name} pins every version"
    return {canonicalize_name(one.name): str(one.specifier)[2:] for one in wanted}


def test_every_pin_lies_in_the_range_of_the_package_and_every_range_has_its_pin():
    ranges = {canonicalize_name(one.name): one.specifier for one in map(Requirement, PROJECT["dependencies"])}
    pinned = pins("requirements.txt")
    assert set(ranges) == set(pinned)
    assert [name for name in ranges if not ranges[name].contains(pinned[name])] == []


def test_the_version_is_that_of_the_newest_entry_of_the_changelog_and_of_the_citation():
    newest = re.search(r"^## (\S+)", read("CHANGELOG.md"), re.MULTILINE)
    cited = re.search(r"^version: (\S+)$", read("CITATION.cff"), re.MULTILINE)
    assert newest
    assert cited
    assert newest[1] == cited[1] == flowviz.__version__


def test_pre_commit_runs_the_pinned_ruff():
    assert re.findall(r"rev: v(\S+)", read(".pre-commit-config.yaml")) == [pins("requirements-dev.txt")["ruff"]]


def test_the_image_copies_what_there_is_and_nothing_that_the_build_context_hides():
    copied = dockerfile.copied()
    assert [name for name in copied if not (ROOT / name).exists()] == []
    hidden, *shown = [line for line in read(".dockerignore").splitlines() if line and not line.startswith("#")]
    assert hidden == "*"
    assert {line[1:] for line in shown if line.startswith("!")} == set(copied)


def test_the_image_runs_a_python_that_is_allowed_and_nobody_important():
    bases = {rest.split()[0] for rest in dockerfile.rests("FROM")}
    assert len(bases) == 1
    assert SpecifierSet(PROJECT["requires-python"]).contains(bases.pop().removeprefix("python:").removesuffix("-slim"))
    users = dockerfile.rests("USER")
    assert users
    assert users[-1] not in ("root", "0")
    assert any(line.startswith("useradd") and line.endswith(users[-1]) for line in dockerfile.rests("RUN"))


def test_continuous_integration_runs_what_a_landing_must_pass():
    assert "- run: .ci/run\n" in read(".github/workflows/ci.yml")
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100


@pytest.mark.parametrize("text", TEXTS)
def test_files_that_the_documents_name_are_there(text):
    """Links between the files, and every path in code marks that begins with a folder of the repository."""
    words = read(text)
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", words)
    assert [name for name in linked if not (ROOT / text).parent.joinpath(name).exists()] == []
    named = re.findall(r"`((?:flowviz|pages|tests|docs|examples|\.ci|\.github)/[\w./-]*)`", words)
    assert [name for name in named if not (ROOT / name).exists()] == []

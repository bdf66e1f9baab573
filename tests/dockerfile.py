"""The Dockerfile as its instructions: what it copies, what it runs, how it starts and is asked whether it lives."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def instructions() -> list[tuple[str, str]]:
    """Give (INSTRUCTION, the rest of its line) in the file's order, comments left out."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines if line and not line.startswith("#")]


def rests(word: str) -> list[str]:
    """The rests of the lines of one instruction."""
    return [rest for name, rest in instructions() if name == word]


def copied() -> list[str]:
    """What is copied from the repository, as paths from its root."""
    return [path for rest in rests("COPY") if not rest.startswith("--from") for path in rest.split()[:-1]]


def command(rest: str) -> list[str]:
    """The words of a CMD or HEALTHCHECK in its exec form."""
    found = re.search(r"\[.*\]", rest)
    assert found, f"not in exec form: {rest}"
    return json.loads(found[0])

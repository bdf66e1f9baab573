"""What links, saved files and trainings meant when the golden file was made, they mean today: bit for bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pytest

from flowviz.experiment import Experiment
from flowviz.training import train
from tests.golden.make import CHOICES, FILE, SHORT, machine

GOLDEN: dict[str, Any] = json.loads(Path(FILE).read_text(encoding="utf-8"))
EXPERIMENTS: list[dict[str, Any]] = GOLDEN["experiments"]
SLOW = frozenset({"pairs", "sinkhorn"})


def named(entry: dict[str, Any]) -> str:
    return entry["link"][:60]


def test_the_golden_file_holds_two_dozen() -> None:
    assert len(EXPERIMENTS) == len(CHOICES) == 24
    assert len({entry["key"] for entry in EXPERIMENTS}) == 24


@pytest.mark.parametrize("entry", EXPERIMENTS, ids=named)
def test_link_flat_form_and_json_mean_the_same_experiment(entry: dict[str, Any]) -> None:
    by_flat = Experiment.from_flat(entry["flat"])
    assert by_flat.key == entry["key"]
    assert by_flat == Experiment.from_flat(dict(parse_qsl(entry["link"]))) == Experiment.model_validate(entry["json"])
    # New fields may join the flat form; what stood in it stands in it, at the same values.
    assert entry["flat"].items() <= by_flat.to_flat(changed_only=False).items()
    assert dict(parse_qsl(entry["link"])) == by_flat.to_flat()


@pytest.mark.parametrize(
    ("flat", "entry"),
    [
        pytest.param(flat, entry, id=named(entry), marks=pytest.mark.slow if flat.get("coupling") in SLOW else ())
        for flat, entry in zip(CHOICES, EXPERIMENTS, strict=True)
    ],
)
def test_losses_are_the_same(flat: dict[str, str], entry: dict[str, Any]) -> None:
    """Bit for bit on the kind of machine that made the file; elsewhere to what another processor's rounding leaves."""
    *_, last = train(Experiment.from_flat({**SHORT, **flat}))
    golden = np.frombuffer(bytes.fromhex(entry["losses"]), "<f4")
    if GOLDEN["machine"] == machine():
        np.testing.assert_array_equal(last.losses[:200], golden)
    else:
        np.testing.assert_allclose(last.losses[:20], golden[:20], rtol=1e-3)

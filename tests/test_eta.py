"""η of DDIM wherever particles are carried: measured, in a comparison's link and names, on the command line."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from flowviz.cli import load_run, main
from flowviz.experiment import Experiment
from flowviz.measures import measure, table
from flowviz.training import train
from flowviz.ui.compare.value import OWN, Member, changed_one, copied, read
from flowviz.ui.compare.words import names

FLAT = {"method": "diffusion", "width": "16", "steps": "60"}
LINK = {"method": "diffusion", "a": "solver:ddim,solver_steps:8", "b": "solver:ddim,solver_steps:8,eta:0.5", "c": "solver:ddpm"}


def test_measures_are_made_with_it_and_say_so():
    one = Experiment.from_flat(FLAT)
    (*_, last) = train(one, every=1e9)
    how = {"solver": "ddim", "steps": 6, "n": 100, "repeats": 1}
    plain, stirred, again = (measure(one, last, eta=eta, **how) for eta in (0.0, 0.8, 0.8))
    assert plain["w2"].value != stirred["w2"].value == again["w2"].value
    assert plain["npe"].value == stirred["npe"].value  # of the field, whoever carries its particles
    text = table([plain, stirred], "markdown", ["A", "B"])
    assert "solver ddim with 6 steps, ddim, η = 0.8, with 6 steps" in text
    assert ',"ddim, η = 0.8",6,' in table([plain, stirred], "csv", ["A", "B"])


def test_a_solver_that_does_not_take_it_is_not_measured_with_it():
    with pytest.raises(ValueError, match=r"η is the fresh noise in the steps of ddim; solver 'euler' has no such steps\. Leave"):
        measure(Experiment(), None, n=10, eta=0.5)


def test_a_comparison_keeps_it_in_its_link_and_calls_its_panels_by_it():
    found = read(LINK)
    assert [member.eta for member in found.members] == [0.0, 0.5, 0.0]
    assert [member.view(100).stirred for member in found.members] == [0.0, 0.5, 0.0]
    assert not found.notes
    assert read(found.address()) == found
    assert names(found.members[:2]) == ["η = 0", "η = 0.5"]
    assert [member == other for member, other in pairwise(found.members)] == [False, False]


def test_only_a_panel_that_takes_it_has_it():
    found = read(LINK)
    assert ["eta" in member.flat(changed_only=False) for member in found.members] == [True, True, False]
    left = changed_one(found, 1, solver="ddpm")
    assert left.members[1] == Member(found.members[1].experiment, solver="ddpm", solver_steps=8)
    assert not left.notes
    more = copied(found, 1, eta="1")
    assert more.members[-1].eta == 1.0
    wrong = read({**LINK, "c": "solver:euler,eta:0.5"})
    assert wrong.members[2].eta == 0.0
    assert any("solver 'euler' has no such steps. Taken instead: eta 0." in note for note in wrong.notes)
    high = read({**LINK, "b": "solver:ddim,eta:3"})
    assert any("`eta` must be a number from 0 to 1; got '3'" in note for note in high.notes)
    assert OWN["eta"].bounds == (0.0, 1.0)


def test_the_command_line_carries_with_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    argv = [
        "train",
        "--method",
        "diffusion",
        "--width",
        "16",
        "--steps",
        "5",
        "--particles",
        "20",
        "--solver-steps",
        "6",
        "--quiet",
    ]
    for name, more in {"plain": [], "zero": ["--eta", "0"], "half": ["--eta", "0.5"]}.items():
        assert main([*argv, "--solver", "ddim", *more, "--out", f"{name}.npz"]) == 0
    plain, zero, half = (load_run(f"{name}.npz") for name in ("plain", "zero", "half"))
    np.testing.assert_array_equal(plain.x, zero.x)
    assert plain.about == zero.about | {"seconds": plain.about["seconds"]}
    np.testing.assert_array_equal(plain.x[0], half.x[0])
    assert np.abs(plain.x[-1] - half.x[-1]).max() > 0.1
    assert half.about["eta"] == 0.5


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            ["--solver", "ddim", "--eta", "1.5"],
            "`--eta` must be a number from 0 to 1; got '1.5'. 0 adds no noise, 1 as much as ddpm.",
        ),
        (["--solver", "ddim", "--eta", "much"], "`--eta` must be a number from 0 to 1; got 'much'."),
        (["--solver", "euler", "--eta", "0.5"], "solver 'euler' has no such steps. Leave `eta` out."),
    ],
)
def test_what_cannot_be_is_refused_before_training(capsys, tmp_path, monkeypatch, argv, words):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--method", "diffusion", *argv]) == 2
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())

"""The command line: what it writes, what it refuses, and in which words."""

import json
import os
import re
import runpy
import subprocess
import sys

import numpy as np
import pytest
import torch

from flowviz.cli import load_run, main
from flowviz.cli.choose import read_experiment
from flowviz.cli.commands import COMMANDS
from flowviz.cli.errors import Parser
from flowviz.cli.listing import plain
from flowviz.cli.train import add_options
from flowviz.experiment import LEAVES, Experiment
from flowviz.experiment.catalogue import choices
from flowviz.paths import PATHS
from flowviz.runs import save_run
from flowviz.solvers import solve
from flowviz.training import train


@pytest.fixture
def _here(tmp_path, monkeypatch):
    threads = torch.get_num_threads()
    monkeypatch.chdir(tmp_path)
    yield
    torch.set_num_threads(threads)


def chosen(*argv: str) -> Experiment:
    """The experiment that these options of `train` ask for."""
    parser = Parser(prog="train", allow_abbrev=False)
    add_options(parser)
    return read_experiment(parser.parse(list(argv)))[0]


def refusal(capsys, *argv: str) -> str:
    """The one line with which the command line refuses."""
    assert main(list(argv)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    return printed.err


# What it writes


@pytest.mark.usefixtures("_here")
def test_train_writes_what_the_library_computes(tmp_path):
    argv = ["train", "--target", "moons", "--path", "trig", "--steps", "60", "--particles", "50", "--solver", "rk4"]
    assert main([*argv, "--solver-steps", "8", "--out", "a.npz", "--quiet"]) == 0
    run = load_run("a.npz")
    expected = Experiment.from_flat({"target": "moons", "path": "trig", "steps": "60"})
    assert run.experiment == expected
    *_, last = train(expected)
    np.testing.assert_array_equal(run.loss, last.losses)
    for name, value in last.weights.items():
        np.testing.assert_array_equal(run.weights[name], value)
    assert run.x.shape == (9, 50, 2)
    assert run.labels.shape == (50,)
    again = solve(run.field, torch.from_numpy(run.x[0]), solver="rk4", steps=8)
    np.testing.assert_array_equal(run.x, again.x.numpy())
    np.testing.assert_array_equal(run.t, again.t.numpy())
    assert run.about["complete"]
    assert run.about["evaluations"] == 32
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.usefixtures("_here")
def test_the_file_needs_no_pickle():
    assert main(["train", "--steps", "2", "--particles", "3", "--quiet"]) == 0
    with np.load("run.npz", allow_pickle=False) as file:
        assert {"t", "x", "labels", "loss", "experiment", "weights/net.0.weight"} <= set(file.files)
        assert json.loads(str(file["experiment"]))["training"]["steps"] == 2


@pytest.mark.usefixtures("_here")
def test_a_file_that_is_no_run_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "text.npz").write_text("no run")
    np.savez("other.npz", a=np.zeros(3))
    for name in ("text.npz", "other.npz"):
        with pytest.raises(ValueError, match="is not a run of flowviz; give a file"):
            load_run(name)


@pytest.mark.usefixtures("_here")
def test_a_run_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    assert main(["train", "--steps", "2", "--particles", "3", "--quiet"]) == 0
    before = (tmp_path / "run.npz").read_bytes()
    run = load_run("run.npz")

    def fail(*_args, **_named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    with pytest.raises(OSError, match="No space"):
        save_run(run, "run.npz")
    assert (tmp_path / "run.npz").read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.npz"]


@pytest.mark.usefixtures("_here")
def test_a_full_disk_ends_with_a_sentence(monkeypatch, capsys):
    def fail(*_args, **_named):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", fail)
    assert main(["train", "--steps", "2", "--quiet"]) == 1
    assert capsys.readouterr().err == "The training is done, but 'run.npz' could not be written: no space left on device.\n"


@pytest.mark.usefixtures("_here")
def test_a_training_that_blows_up_leaves_its_last_good_weights(capsys):
    assert main(["train", "--steps", "400", "--lr", "10", "--width", "512", "--batch", "8", "--particles", "5"]) == 1
    line = capsys.readouterr().err.splitlines()[-1]
    assert re.search(r"try a smaller learning rate\. The weights of step [\d,]+ are kept; they were written to 'run.npz'\.", line)
    run = load_run("run.npz")
    assert not run.about["complete"]
    assert all(np.isfinite(value).all() for value in run.weights.values())


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="signals as on Unix")
def test_ctrl_c_keeps_what_there_is(tmp_path):
    """Ctrl-C comes with the first snapshot that has seen a step, not at a time by the clock."""
    press = """
import os, signal, sys
from flowviz.cli import main, progress

def show(self, snapshot):
    if snapshot.step and not pressed:  # a second time would end it at once
        pressed.append(snapshot.step)
        os.kill(os.getpid(), signal.SIGINT)

pressed = []
progress.Progress.show = show
sys.exit(main(sys.argv[1:]))
"""
    out = tmp_path / "run.npz"
    command = [sys.executable, "-c", press, "train", "--steps", "50000", "--particles", "10", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 130
    assert re.search(r"Stopped at step [\d,]+ of 50,000; .* holds what there is\.", done.stderr)
    assert 0 < len(load_run(out).loss) < 50_000


# What it understands


def test_every_field_has_an_option_that_reads_it():
    options = {entry["option"] for entries in _all_options() for entry in entries}
    parser = Parser(prog="train")
    add_options(parser)
    known = set(parser._option_string_actions)
    for name, leaf in LEAVES.items():
        assert "--" + name.replace("_", "-") in known
        if leaf.group:
            assert "--" + name.replace("_", "-") in options


def _all_options() -> list[list[dict]]:
    found = choices()
    return [found["network"], found["training"], *(c["options"] for c in found["paths"] + found["couplings"] + found["methods"])]


def test_options_make_the_same_experiment_as_flat_fields():
    argv = (
        "--target moons --path vp --vp-beta-max 10 --coupling ot --ot-reuse 1 --width 32 --average false --weight-norm --seed 3"
    )
    flat = {"target": "moons", "path": "vp", "vp_beta_max": "10", "coupling": "ot", "ot_reuse": "1", "width": "32"}
    flat |= {"average": "false", "weight_norm": "true", "seed": "3"}
    assert chosen(*argv.split()) == Experiment.from_flat(flat)


def test_a_link_and_a_file_are_starting_points(tmp_path):
    expected = Experiment(target="moons", path=PATHS["trig"](), seed=5)
    assert chosen("--link", "target=moons&path=trig", "--seed", "5") == expected
    assert chosen("--link", "http://localhost:8501/?target=moons&path=trig&theme_of_page=1", "--seed", "5") == expected
    assert chosen("--link", "target=moons&path=vp&vp_beta_max=9", "--path", "trig", "--seed", "5") == expected
    file = tmp_path / "experiment.json"
    file.write_text(expected.model_dump_json())
    assert chosen("--experiment", str(file)) == expected
    assert chosen("--experiment", str(file), "--target", "star") == expected.changed(target="star")


# What it refuses


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ("", "No command was given; choose one of app, list, train, sample, compare, bench, export"),
        ("app --port 99999", "`--port` must be a whole number from 1 to 65,535; got '99999'. The default is 8,501."),
        ("app moons", "Unknown argument 'moons'"),
        ("trian", "Unknown command 'trian'; did you mean 'train'?"),
        ("train --taget moons", "Unknown option '--taget'; did you mean '--target'?"),
        ("train moons", "Unknown argument 'moons'"),
        ("train --seed", "Argument --seed: expected one argument"),
        ("train --target mons", "Unknown target 'mons'; did you mean 'moons'? choose one of gaussian, "),
        ("train --path trig --vp-beta-max 3", "`--vp-beta-max` belongs to path 'vp', but the path is 'trig'; leave one out."),
        ("train --path vp --source moons", "Path 'vp' needs a Gaussian source; got source 'moons'."),
        ("train --batch 2048 --coupling ot", "Coupling 'ot' pairs batches of at most 1,024 points; got batch 2,048."),
        ("train --lr nan", "`--lr` must be a number above 0 and at most 10; got 'nan'. The default is 0.004."),
        ("train --width 9", "`--width` must be a whole number from 8 to 512, a multiple of 8; got '9'."),
        ("train --average maybe", "`--average` must be true or false; got 'maybe'."),
        ("train --seed 1e999", "`--seed` must be a whole number from 0 to 2,147,483,647; got '1e999'. The default is 0."),
        ("train --particles 0", "`--particles` must be a whole number from 1 to 100,000; got '0'."),
        ("train --solver-steps many", "`--solver-steps` must be a whole number from 1 to 1,000; got 'many'."),
        ("train --solver frog", "Unknown solver 'frog'; choose one of euler, midpoint, heun, rk4, dopri5, bosh3, "),
        ("train --grid zz", "Unknown `--grid` 'zz'; choose one of even, cosine, early, late."),
        ("train --out /nowhere/at/all.npz", "Cannot write `--out` '/nowhere/at/all.npz': no such file or directory; give "),
        ("train --out .", "Cannot write `--out` '.': it is a folder; give a file"),
        ("train --out /dev/null", "Cannot write `--out` '/dev/null': it is not an ordinary file"),
        ("train --link hello", "`--link` 'hello' is no query string; write it like"),
        ("train --link taget=moons", "Unknown field 'taget' in `--link`; did you mean 'target'?"),
        ("train --link a=1 --experiment b", "`--experiment` and `--link` both say where to start from; leave one out."),
        ("train --experiment none.json", "Cannot read `--experiment` 'none.json': No such file or directory; give"),
        ("train --experiment broken.json", "`--experiment` 'broken.json' holds no experiment: invalid JSON"),
        ("train --experiment bytes.json", "`--experiment` 'bytes.json' is not a text file"),
        (
            "train --experiment wrong.json",
            "`--experiment` 'wrong.json' holds no experiment: `path`: `beta_max` must be a number from 2 to 40; got 1000.",
        ),
        ("list --jsn", "Unknown option '--jsn'; did you mean '--json'?"),
        ("bench --fast", "Unknown option '--fast'"),
    ],
)
@pytest.mark.usefixtures("_here")
def test_bad_input_is_refused_in_one_line_that_names_it(tmp_path, capsys, argv, words):
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x81")
    (tmp_path / "wrong.json").write_text('{"path": {"slug": "vp", "beta_max": 1000}}')
    assert words in refusal(capsys, *argv.split())


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
@pytest.mark.usefixtures("_here")
def test_a_device_that_is_absent_is_refused_before_training(capsys):
    assert "Device 'cuda' was asked for, but this machine has only: cpu." in refusal(capsys, "train", "--device", "cuda")


# What it shows


def test_list_shows_every_choice(capsys):
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    for name, leaf in LEAVES.items():
        if leaf.group:
            assert "--" + name.replace("_", "-") in shown
        for choice in leaf.choices or ():
            assert choice in shown


def test_list_as_json_is_json(capsys):
    assert main(["list", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [path["slug"] for path in found["paths"]] == list(PATHS)
    assert next(p for p in found["paths"] if p["slug"] == "vp")["options"][1]["greatest"] == 40


@pytest.mark.parametrize("slug", PATHS)
def test_formulas_lose_all_latex(slug):
    assert not re.search(r"[\\{}]", plain(PATHS[slug].formula))


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_there_for_every_command(capsys, command):
    assert main([command, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m flowviz {command}")


def test_help_does_not_wait_for_torch():
    code = (
        "import sys; from flowviz.cli import main; main(['--help']); sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], stdout=subprocess.DEVNULL, check=False).returncode == 0


@pytest.mark.usefixtures("_here")
def test_the_package_is_a_command_that_takes_options_and_gives_its_status(monkeypatch, capsys):
    """As `python -m flowviz` does."""
    for argv, status in ((["train", "--steps", "2", "--particles", "3", "--quiet"], 0), (["train", "--steps", "0"], 2)):
        monkeypatch.setattr(sys, "argv", ["flowviz", *argv])
        with pytest.raises(SystemExit) as ended:
            runpy.run_module("flowviz", run_name="__main__")
        assert ended.value.code == status
    assert load_run("run.npz").loss.shape == (2,)
    assert "`--steps` must be" in capsys.readouterr().err


@pytest.mark.usefixtures("_here")
def test_progress_is_plain_lines_where_there_is_no_terminal(capsys):
    assert main(["train", "--steps", "20", "--particles", "5", "--out", "a.npz"]) == 0
    said = capsys.readouterr().err
    assert "\r" not in said
    assert re.search(r"^20/20 steps, loss [\d.]+, [\d,]+ steps/s, 0 s left$", said, re.MULTILINE)


def test_own_data_come_from_a_file_and_go_into_the_run(tmp_path, capsys):
    rng = np.random.default_rng(0)
    rows = "n,x,y\n" + "".join(f"{i},{x},{y}\n" for i, (x, y) in enumerate(rng.normal(size=(700, 2)))) + "1,a,2\n"
    (tmp_path / "mine.csv").write_text(rows)
    out = str(tmp_path / "run.npz")
    command = ["train", "--target-file", str(tmp_path / "mine.csv"), "--steps", "20", "--batch", "16", "--out", out]
    assert main([*command, "--target-blur", "0.25"]) == 0
    assert "701 rows read, 1 left out (1 with text for a number)." in capsys.readouterr().err
    run = load_run(out)
    target = run.experiment.target_distribution
    assert target.label == "mine"
    assert len(target.mixture()) == 700
    assert float(target.mixture().variances[0]) == pytest.approx(0.0625)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--target-file", "nowhere.csv"], "no such file"),
        (["--target-file", "."], "is a directory"),
        (["--target-file", "one.csv"], "one column"),
        (["--source-file", "two.csv", "--source", "moons"], "leave one out"),
        (["--source-file", "two.csv", "--source-columns", "x"], "names two columns"),
        (["--source-file", "two.csv", "--source-columns", "x,q"], "choose from x, y"),
        (["--source-file", "two.csv", "--source-blur", "nan"], "from 0 to 2"),
        (["--source-file", "two.csv", "--source-scale", "up"], "choose one of same, each, none"),
        (["--source-file", "two.csv", "--path", "vp"], "needs a Gaussian source"),
        (["--target-file", "large.npy"], "at most 64 MB"),
        (["--link", "target=own-0123456789"], "not (or no longer) here"),
        (["--link", "target=own.abc"], "cut off or damaged"),
    ],
)
def test_own_data_that_cannot_be_used_end_in_one_sentence(tmp_path, monkeypatch, capsys, options, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "one.csv").write_text("x\n1\n2\n")
    (tmp_path / "two.csv").write_text("x,y\n1,2\n2,3\n4,1\n")
    with (tmp_path / "large.npy").open("wb") as file:
        file.truncate(200 * 2**20)  # sparse
    assert main(["train", "--steps", "1", *options]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.strip().splitlines()) == 1

"""Show the code: what a script prints is what training computes, digit for digit."""

import ast
import itertools
import json
import math
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from flowviz.couplings import COUPLINGS
from flowviz.distributions import DISTRIBUTIONS, Points, distributions_in
from flowviz.experiment import LEAVES, Experiment
from flowviz.methods import METHODS
from flowviz.paths import PATHS
from flowviz.script import script, script_name, with_package
from flowviz.spaces import SPACES
from flowviz.training import train
from flowviz.training.pairs import parent_of

LABELLED = Points.of(np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 3, std=0.05, group="class").text
CHOICES: list[dict[str, str]] = [
    {},
    {"target": "moons", "path": "trig", "schedule": "constant", "average": "false", "seed": "7"},
    {"target": "circles", "path": "vp", "vp_beta_max": "12", "time_sampling": "logit-normal"},
    {"source": "moons", "target": "spirals", "coupling": "ot", "batch": "64", "schedule": "warmup"},
    {"target": "pinwheel", "path": "ve", "ve_sigma_max": "5", "clip": "0.5"},
    {"source": "uniform", "target": "checkerboard", "path": "si-linear", "si_linear_kind": "sqrt", "weight_norm": "true"},
    {"source": "two-gaussians", "target": "grid25", "path": "bridge", "coupling": "sinkhorn", "batch": "64"},
    {"target": "swissroll", "path": "lipman-ot", "time_features": "embedding", "width": "32", "more": "1", "steps": "20"},
    {"source": "two-points", "target": "scurve", "path": "poly", "poly_n": "3", "activation": "gelu", "batch": "512"},
    {
        "source": "helix",
        "target": "helix",
        "time_features": "plain",
        "depth": "1",
        "coupling": "ot",
        "ot_reuse": "1",
        "batch": "32",
    },
    {"source": "smiley", "target": "star", "path": "si-linear", "activation": "tanh", "clip": "1", "weight_norm": "true"},
    {"method": "diffusion", "target": "moons", "vp_beta_max": "12"},
    {"method": "diffusion", "target": "moons", "path": "cosine", "cosine_alpha_0": "0.02", "time_sampling": "logit-normal"},
    {"target": "circles", "path": "cosine", "cosine_s": "0.02", "average": "false"},
    {"method": "meanflow", "target": "circles", "batch": "64"},
    {
        "method": "meanflow",
        "path": "bridge",
        "time_features": "embedding",
        "activation": "gelu",
        "weight_norm": "true",
        "steps": "60",
    },
    {
        "method": "meanflow",
        "path": "vp",
        "meanflow_adaptive": "0.5",
        "time_sampling": "logit-normal",
        "coupling": "ot",
        "batch": "32",
    },
    {"method": "gan", "width": "16", "batch": "48"},
    {
        "method": "gan",
        "source": "moons",
        "target": "circles",
        "gan_critic_steps": "3",
        "gan_r1": "0.5",
        "gan_smoothing": "0.1",
        "clip": "0.5",
        "weight_norm": "true",
        "average": "false",
        "schedule": "constant",
        "batch": "300",
        "width": "16",
    },
    {"method": "gan", "gan_latent": "5", "width": "16", "batch": "48"},
    {"method": "gan", "gan_latent": "1", "target": "sphere", "gan_critic_steps": "2", "width": "16", "batch": "48"},
    {"method": "vae", "target": "moons", "width": "16", "batch": "48"},
    {"method": "vae", "target": "sphere", "vae_std": "0.2", "clip": "1", "weight_norm": "true", "more": "1", "steps": "30"},
    {"method": "cnf", "target": "moons", "width": "16", "batch": "48", "steps": "30"},
    {
        "method": "cnf",
        "target": "sphere",
        "cnf_adjoint": "true",
        "cnf_midpoints": "3",
        "time_features": "embedding",
        "weight_norm": "true",
        "clip": "1",
        "width": "16",
        "batch": "48",
        "steps": "20",
    },
    {"method": "distilled", "width": "16", "batch": "48"},
    {
        "method": "distilled",
        "source": "moons",
        "target": "circles",
        "path": "bridge",
        "time_features": "embedding",
        "weight_norm": "true",
        "width": "16",
        "batch": "64",
        "more": "1",
        "steps": "30",
    },
    {
        "method": "distilled",
        "target": "sphere",
        "path": "vp",
        "time_features": "plain",
        "activation": "relu",
        "average": "false",
        "width": "16",
    },
    {"target": "circles", "classes": "within", "coupling": "ot", "batch": "64"},
    {"target": "digits", "width": "32"},
    {"target": "sines", "width": "32", "batch": "64"},
    {"target": "chirps", "width": "32", "coupling": "ot", "batch": "64"},
    {"target": "heartbeats", "width": "32", "classes": "within", "batch": "64"},
    {"target": "random-walks", "width": "32", "batch": "64"},
    {"source": "random-walks", "target": "sines", "width": "32", "batch": "64"},
    {
        "method": "diffusion",
        "target": "smiley",
        "classes": "within",
        "drop": "0.3",
        "time_features": "plain",
        "activation": "tanh",
    },
    {"target": "pinwheel", "classes": "across", "coupling": "sinkhorn", "batch": "48"},
    {"source": "moons", "target": LABELLED, "classes": "within", "coupling": "sinkhorn", "batch": "32", "steps": "60"},
    {"target": "gaussian", "path": "si-linear", "si_linear_kind": "quadratic", "activation": "relu", "lr": "0.01", "batch": "37"},
    {
        "source": "torus",
        "target": "sphere",
        "path": "si-linear",
        "si_linear_a": "0",
        "activation": "selu",
        "batch": "1000",
        "steps": "40",
    },
    {
        "source": "trefoil",
        "target": "linked-rings",
        "coupling": "sinkhorn",
        "sinkhorn_epsilon": "0.5",
        "sinkhorn_reuse": "3",
        "batch": "48",
        "time_features": "embedding",
        "weight_norm": "true",
        "clip": "2",
        "average": "false",
        "steps": "200",
    },
]
STAND_IN = Path(__file__).parent / "stand_in"
RUNNER = f"""
import json, os, runpy, sys, tempfile, torch
sys.path.append({str(STAND_IN)!r})  # stands in for scikit-learn, at the end of the path
torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # loads what torch loads with its first optimiser
for line in sys.stdin:
    folder, file = json.loads(line)
    with tempfile.TemporaryFile("w+") as printed:
        if not (child := os.fork()):
            os.chdir(folder)
            os.dup2(printed.fileno(), 1), os.dup2(printed.fileno(), 2)
            code = 1
            try:
                runpy.run_path(file, run_name="__main__")
                code = 0
            except BaseException:
                import traceback
                traceback.print_exc()
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        printed.seek(0)
        print(json.dumps([os.waitstatus_to_exitcode(status), printed.read()]), flush=True)
"""
QUICK = 2
"""So many run always; the others are slow."""


def experiment_of(flat: dict[str, str]) -> Experiment:
    return Experiment.from_flat({"steps": "120", **flat})


def expected(experiment: Experiment) -> list[str]:
    """The lines that a script must print: mean losses of 100 steps each, and the last loss, first those of a flow to distil."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        *_, last = train(experiment, every=1e9)
    finally:
        torch.set_num_threads(threads)
    losses = [float(loss) for loss in last.losses]
    lines = []
    for k in range(100, len(losses) + 1, 100):
        lines.append(f"step {k:6}  mean loss of 100 steps {sum(losses[k - 100 : k]) / 100:.9f}")
    flow = [f"flow, {line}" for line in expected(parent_of(experiment))] if experiment.method.distils else []
    return [*flow, *lines, f"step {len(losses):6}  loss {losses[-1]:.9f}"]


Run = Callable[[str, Path], list[str]]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """`run(text, file)` gives the lines that a script prints, run as `python -I file` does.

    One isolated Python that has loaded torch forks for each script: a script finds no name, no random state and no thread of another.
    """
    with subprocess.Popen(
        [sys.executable, "-I", "-c", RUNNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as runner:
        assert runner.stdin is not None
        assert runner.stdout is not None
        told, answers = runner.stdin, runner.stdout

        def start(text: str, file: Path) -> list[str]:
            file.write_text(text, encoding="utf-8")
            print(json.dumps([str(file.parent), str(file)]), file=told, flush=True)
            code, printed = json.loads(answers.readline())
            assert code == 0, printed
            return printed.splitlines()

        yield start


@pytest.mark.parametrize(
    "flat", [pytest.param(flat, marks=[pytest.mark.slow] * (i >= QUICK), id=str(i)) for i, flat in enumerate(CHOICES)]
)
def test_a_script_prints_the_losses_of_training_digit_for_digit(run, tmp_path, flat):
    experiment = experiment_of(flat)
    file = tmp_path / script_name(experiment)
    lines = run(script(experiment), file)
    assert lines[:-2] == expected(experiment)
    assert lines[-2].startswith("samples  mean [")
    assert lines[-1].startswith("data     mean [")
    assert [entry.name for entry in tmp_path.iterdir()] == [file.name]


@pytest.mark.slow
@pytest.mark.parametrize("method", ["gan", "vae", "cnf", "distilled"])
def test_a_script_for_a_gpu_is_the_same_but_for_where_it_runs(run, tmp_path, method):
    flat = {"method": method, **({"gan_latent": "5"} if method == "gan" else {}), "width": "16", "batch": "48", "steps": "20"}
    flat |= {"time_features": "embedding"} if method in ("cnf", "distilled") else {}
    text = script(experiment_of({**flat, "device": "cuda"}))
    assert 'DEVICE = "cuda"' in text
    assert run(text.replace('"cuda"', '"cpu"'), tmp_path / "gpu.py")[:-2] == expected(experiment_of(flat))


def test_these_choices_cover_every_choice_there_is():
    experiments = [experiment_of(flat) for flat in CHOICES]
    assert {e.source for e in experiments} | {e.target for e in experiments} >= set(DISTRIBUTIONS)
    assert {e.path.slug for e in experiments} == set(PATHS)
    assert {e.coupling.slug for e in experiments} == {slug for slug, kind in COUPLINGS.items() if not kind.made}
    assert {e.method.slug for e in experiments} == set(METHODS)
    for name, leaf in LEAVES.items():
        if leaf.choices and leaf.group:
            assert {leaf.read(e) for e in experiments} >= set(leaf.choices), name
        elif leaf.group == "training":
            assert len({leaf.read(e) for e in experiments}) > 1, name


@pytest.mark.parametrize("flat", CHOICES, ids=range(len(CHOICES)))
def test_scripts_are_clean_and_stand_alone(tmp_path, flat):
    experiment = experiment_of(flat)
    text = script(experiment)
    ast.parse(text)
    assert "flowviz" not in text.split('"""', 2)[2]
    assert max(map(len, text.splitlines())) <= 130
    file = tmp_path / script_name(experiment)
    file.write_text(text, encoding="utf-8")
    rules = ["--isolated", "--select", "E,F,I,B,UP,SIM,C4", "--line-length", "130", "--target-version", "py311"]
    done = subprocess.run(["ruff", "check", "--quiet", *rules, str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("slug", [slug for slug, kind in COUPLINGS.items() if kind.made])
def test_what_takes_several_trainings_is_refused_in_a_sentence(slug):
    with pytest.raises(ValueError, match=r"one training, and reflow needs 2, .* choose coupling 'independent' .*\.$"):
        script(experiment_of({"coupling": slug}))


def test_of_a_flow_made_by_reflow_nothing_is_distilled():
    with pytest.raises(
        ValueError, match=r"distils one flow, and reflow needs 2, .* choose coupling 'independent' to distil .*\.$"
    ):
        script(experiment_of({"method": "distilled", "coupling": "pairs"}))


@pytest.mark.parametrize(
    ("flat", "absent", "there"),
    [
        ({"method": "gan"}, ("penalty", "real", "for k in", "path(", "rand(", "(step + k)"), ("softplus", "betas=(0.5, 0.999)")),
        ({"method": "vae"}, ("path(", "rand(", "autograd"), ("def terms(",)),
        ({"method": "cnf"}, ("path(", "torchdiffeq", "rates"), ("def velocity_and_divergence(",)),
        ({"method": "cnf", "cnf_adjoint": "true"}, ("path(",), ("Python, PyTorch and torchdiffeq.", "odeint_adjoint")),
        ({"method": "distilled"}, ("partners", "DEVICE", "MORE"), ("two trainings", "def rk4(", "Path: Linear.")),
    ],
    ids=["gan", "vae", "cnf", "adjoint", "distilled"],
)
def test_a_method_of_its_own_has_the_code_it_needs_and_no_other(flat, absent, there):
    text = script(experiment_of(flat))
    for word in there:
        assert word in text
    for word in absent:
        assert word not in text
    assert ("Path:" in text) == ("linear" in script_name(experiment_of(flat))) == (flat["method"] == "distilled")


def test_only_the_code_that_is_needed_is_there():
    text = script(Experiment())
    for word in ("scipy", "numpy", "weight_norm", "clip", "gamma", "partners", "repeat", "embed", "DEVICE", "MORE", "label"):
        assert word not in text
    assert len([line for line in text.splitlines() if line.strip()]) <= 80


@pytest.mark.parametrize(
    ("source", "target"),
    [pair for space in SPACES.values() for pair in itertools.product(distributions_in(space), distributions_in(space))],
)
def test_every_pair_of_distributions_makes_functions_of_different_names(source, target):
    tree = ast.parse(script(Experiment(source=source, target=target)))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert len(names) == len(set(names))
    assert {"sample_source", "path", "draw_pool", "velocity"} <= set(names)


@pytest.mark.parametrize("target", DISTRIBUTIONS)
def test_scripted_samplers_draw_the_same_points(target, monkeypatch):
    monkeypatch.syspath_prepend(STAND_IN)
    experiment = Experiment.from_flat({"target": target, "classes": "off"})
    text = script(experiment)
    scope: dict = {}
    exec(text[: text.index("\n\ndef path(")], scope)
    drawn = scope["sample_target"](257, torch.Generator().manual_seed(3))
    assert torch.equal(drawn, experiment.target_distribution.sample(257, torch.Generator().manual_seed(3)))


def test_a_script_for_a_gpu_says_so_and_moves_what_must_be_there():
    text = script(experiment_of({"device": "cuda", "time_features": "embedding"}))
    ast.parse(text)
    for words in ('DEVICE = "cuda"', "net.to(DEVICE)", "embed.to(DEVICE)", "part.to(DEVICE)", "device=DEVICE", "x.cpu()"):
        assert words in text
    assert "fused" not in script(experiment_of({"device": "mps"}))


def test_names_are_legal_file_names_and_tell_experiments_apart():
    names = [script_name(experiment_of(flat)) for flat in CHOICES]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"\w+\.py", name) for name in names)


@pytest.mark.parametrize("flat", [{"target": "moons", "steps": "20"}, {"method": "vae", "steps": "20", "lr": "0.002"}])
def test_the_lines_with_the_package_train_the_same(flat: dict[str, str]) -> None:
    experiment, known = Experiment.from_flat(flat), {}
    first, *rest = with_package(experiment).split("\n\nfrom flowviz import load")
    exec(first, known)
    *_, last = train(experiment, every=math.inf)
    np.testing.assert_array_equal(known["last"].losses, last.losses)
    assert len(rest) == (experiment.method.slug == "flow-matching")


def test_the_lines_with_the_package_read_own_data_from_their_file() -> None:
    own = Experiment(target=Points.of(np.random.default_rng(0).normal(size=(20, 2)), std=0.1))
    assert 'model_validate_json(open("experiment.json").read())' in with_package(own)

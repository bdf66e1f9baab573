"""Make the golden file: what today's house says of 24 experiments. Run it only where a meaning changes on purpose.

python tests/golden/make.py [slug-of-a-coupling …]     # only the experiments with these couplings are made anew
"""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import torch

from flowviz.experiment import Experiment
from flowviz.training import train

FILE = Path(__file__).with_name("experiments.json")
OWN = "own.eNpjZJjGAAQHQFiBUcCSnd05vygvtaiYgYERDEEATE9Z0LqCcfanY3cY1_9d_Z9pyfoX3UwAe3IRIw"
"""Five points as own data: they travel in the link."""
SHORT = {"steps": "200"}
"""The schedule depends on the number of steps, so these are whole trainings."""
CHOICES: list[dict[str, str]] = [
    {},
    {"seed": "7"},
    {"target": "moons", "path": "trig"},
    {"target": "checkerboard", "path": "vp"},
    {"target": "spirals", "path": "vp", "vp_beta_max": "10", "vp_beta_min": "0.2"},
    {"target": "grid25", "path": "ve"},
    {"path": "lipman-ot", "lipman_ot_sigma_min": "0.1"},
    {"path": "poly", "poly_n": "3", "target": "pinwheel"},
    {"path": "si-linear", "si_linear_kind": "sqrt", "target": "circles"},
    {"path": "bridge", "source": "uniform", "target": "scurve"},
    {"source": "moons", "target": "checkerboard"},
    {"source": "two-points", "target": "swissroll"},
    {"coupling": "ot"},
    {"coupling": "ot", "ot_reuse": "1", "batch": "64", "source": "moons"},
    {"coupling": "sinkhorn"},
    {"coupling": "sinkhorn", "sinkhorn_epsilon": "0.5", "path": "bridge", "bridge_s": "0.5"},
    {"coupling": "pairs"},
    {"coupling": "pairs", "pairs_rounds": "2", "target": "star", "width": "32"},
    {"width": "128", "time_features": "embedding", "lr": "0.0005", "schedule": "constant", "average": "false"},
    {"activation": "gelu", "time_features": "plain", "depth": "2", "clip": "1"},
    {"weight_norm": "true", "schedule": "warmup", "target": "smiley"},
    {"time_sampling": "logit-normal", "more": "1", "target": "two-gaussians"},
    {"batch": "512", "lr": "0.001", "width": "32", "depth": "1", "device": "cpu"},
    {"target": OWN, "seed": "3"},
]


def machine() -> str:
    """What the last bits of a loss depend on: instruction set, processor and torch."""
    cpus = Path("/proc/cpuinfo")
    lines = cpus.read_text().splitlines() if cpus.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "")
    return f"{torch.__version__} {platform.machine()} {torch.backends.cpu.get_cpu_capability()} {model}"


def describe(flat: dict[str, str]) -> dict[str, Any]:
    """Key, flat form, link, JSON and the first 200 losses of an experiment."""
    experiment = Experiment.from_flat({**SHORT, **flat})
    *_, last = train(experiment)
    return {
        "key": experiment.key,
        "link": urlencode(experiment.to_flat()),
        "flat": experiment.to_flat(changed_only=False),
        "json": experiment.model_dump(mode="json"),
        "losses": last.losses[:200].astype("<f4").tobytes().hex(),
    }


def main(couplings: set[str]) -> None:
    torch.set_num_threads(1)
    before = json.loads(FILE.read_text()) if FILE.exists() else {"experiments": []}
    found = []
    for i, flat in enumerate(CHOICES):
        keep = couplings and flat.get("coupling", "independent") not in couplings
        found.append(before["experiments"][i] if keep else describe(flat))
    FILE.write_text(json.dumps({"machine": machine(), "experiments": found}, indent=1) + "\n")


if __name__ == "__main__":
    main(set(sys.argv[1:]))

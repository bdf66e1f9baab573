"""What flowviz costs besides training: imports and memory."""

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator

from flowviz.bench.report import Aim, Row

IMPORTS = """
import time
start = time.perf_counter()
import torch
middle = time.perf_counter()
import flowviz.exact, flowviz.metrics, flowviz.solvers, flowviz.training
print(middle - start, time.perf_counter() - middle)
"""


def imports(quick: bool) -> Iterator[Row]:
    """Measure seconds that importing all the mathematics of flowviz takes, torch's own import not counted."""
    found = []
    for _ in range(2 if quick else 5):
        done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
        found.append([float(word) for word in done.stdout.split()])
    torch_seconds, seconds = (statistics.median(column) for column in zip(*found, strict=True))
    note = "beside torch's own import"
    yield Row("import flowviz, without torch", seconds, torch_seconds, "s", seconds / torch_seconds, Aim("≤", 0.3, "ours"), note)


def memory(quick: bool) -> Iterator[Row]:
    """Measure memory of the engine and its workers after 50 runs, as a multiple of that after 10."""
    name = "engine's memory after 50 runs, against after 10"
    if not sys.platform.startswith("linux"):
        yield Row(name, note="read from /proc, so on Linux only")
        return
    command = [sys.executable, "-m", "flowviz.bench.memory"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    after = json.loads(done.stdout)
    note = "the process of the engine and its worker; finished runs are kept"
    yield Row(name, after["50"], after["10"], "MB", after["50"] / after["10"], Aim("≤", 1.1), note)


def together(quick: bool) -> Iterator[Row]:
    """Measure four trainings at once on two workers, against two: what Compare does with four panels."""
    command = [sys.executable, "-m", "flowviz.bench.together", *(("1000", "2") if quick else ("4000", "5"))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    found = {int(many): statistics.median(seconds) for many, seconds in json.loads(done.stdout).items()}
    note = f"two worker processes, {command[-2]} steps each, median of {command[-1]} in turn; needs two idle cores"
    yield Row("four trainings at once, against two", found[4], found[2], "s", found[4] / found[2], Aim("≤", 2.3), note)

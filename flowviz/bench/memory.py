"""A process of its own: train many tiny runs with the engine, and print its memory on the way as JSON."""

import json
import os
import time
from pathlib import Path

from flowviz.engine import Engine
from flowviz.experiment import Experiment

LOOKS = (10, 50)
PATIENCE = 60.0


def megabytes() -> float:
    """Return resident memory of this process and its children, in MB (Linux)."""
    pages = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if os.getpid() in (parent, int(entry.name)):
                pages += int((entry / "statm").read_text().split()[1])
        except OSError:  # it has ended meanwhile
            continue
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Train runs one after another in one worker, and look at the memory after 10 and 50."""
    found = {}
    with Engine(workers=1) as engine:
        for number in range(1, max(LOOKS) + 1):
            run = engine.submit(Experiment.from_flat({"steps": "20", "seed": str(number)}), watcher="bench")
            end = time.monotonic() + PATIENCE
            while not run.finished:
                if time.monotonic() > end:
                    raise TimeoutError(f"run {number} did not end within {PATIENCE:.0f} s; it is {run.status}.")
                time.sleep(0.005)
                run = engine.get(run.id) or run
            if run.status != "done":
                raise RuntimeError(f"run {number} is {run.status}: {run.error}")
            if number in LOOKS:
                found[number] = megabytes()
    print(json.dumps(found))


if __name__ == "__main__":
    main()

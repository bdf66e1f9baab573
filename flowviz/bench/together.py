"""A process of its own: train experiments at the same time with the engine, as Compare does, and print seconds as JSON."""

import itertools
import json
import sys
import time
from collections.abc import Iterator

from flowviz.engine import Engine
from flowviz.experiment import Experiment

PATIENCE = 300.0


def seconds_for(engine: Engine, experiments: list[Experiment]) -> float:
    """Return seconds until all of these have been trained, begun at once."""
    start = time.monotonic()
    runs = [engine.submit(experiment, watcher="bench") for experiment in experiments]
    while not all(run.finished for run in runs):
        if time.monotonic() - start > PATIENCE:
            raise TimeoutError(f"{len(runs)} trainings did not end within {PATIENCE:.0f} s.")
        time.sleep(0.01)
        runs = [engine.get(run.id) or run for run in runs]
    if failed := [run.error for run in runs if run.status != "done"]:
        raise RuntimeError(f"a training did not end well: {failed[0]}")
    return time.monotonic() - start


def fresh(steps: int) -> Iterator[Experiment]:
    """Return the default experiment again and again, each with a seed of its own: what was trained is not trained again."""
    return (Experiment.from_flat({"steps": str(steps), "seed": str(seed)}) for seed in itertools.count(1))


def main() -> None:
    """Time two and four trainings in turn, a few times, with two workers."""
    steps, repeats = int(sys.argv[1]), int(sys.argv[2])
    found: dict[int, list[float]] = {2: [], 4: []}
    experiments = fresh(steps)
    with Engine(workers=2) as engine:
        seconds_for(engine, list(itertools.islice(fresh(20), 2)))  # the workers have come up
        for _ in range(repeats):
            for many, seconds in found.items():
                seconds.append(seconds_for(engine, list(itertools.islice(experiments, many))))
    print(json.dumps(found))


if __name__ == "__main__":
    main()

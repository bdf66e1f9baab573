"""What a comparison leaves behind: tables, pictures and runs in a folder, and all of it as JSON."""

import csv
import dataclasses
from pathlib import Path
from typing import Any, NamedTuple

import flowviz
from flowviz.cli.errors import FailureError
from flowviz.cli.train import carry
from flowviz.experiment import Experiment, usual_solver
from flowviz.frame import in_own_units
from flowviz.measures import KINDS, Measures, Quality, differences, table
from flowviz.networks import learned_field
from flowviz.runs import SavedRun, save_run
from flowviz.training import Snapshot

MOST_PANELS = 5
"""Pictures in one row."""
FILES = {"table.md": "markdown", "table.csv": "csv", "table.tex": "latex"}


class How(NamedTuple):
    """How all of them are measured: see `flowviz.measures.measure`."""

    n: int
    repeats: int
    solver: str | None
    steps: int
    eta: float

    def solver_of(self, experiment: Experiment) -> str:
        """Return the solver of one of them: the one that was asked for, or the usual one of its method."""
        return self.solver or usual_solver(experiment.method.slug)


class Outcome(NamedTuple):
    """One experiment after its training; without measures where that went wrong."""

    experiment: Experiment
    snapshot: Snapshot | None = None
    measures: Measures | None = None
    quality: tuple[Quality, ...] = ()
    trouble: str = ""


def write(out: Path, outcomes: list[Outcome], names: list[str], how: How) -> list[str]:
    """Write all files; returns their names."""
    good = [(outcome, name) for outcome, name in zip(outcomes, names, strict=True) if outcome.measures is not None]
    files = []
    try:
        if good:
            measured = [outcome.measures for outcome, _ in good if outcome.measures is not None]
            for file, form in FILES.items():
                (out / file).write_text(table(measured, form, [name for _, name in good]), encoding="utf-8")
            with (out / "quality.csv").open("w", encoding="utf-8", newline="") as handle:
                _write_quality(handle, good)
            files = [*FILES, "quality.csv", *_pictures(out, good, how)]
        seen: set[Experiment] = set()
        for number, outcome in enumerate(outcomes, 1):
            if outcome.snapshot is not None and outcome.snapshot.step and outcome.experiment not in seen:
                seen.add(outcome.experiment)
                save_run(_saved(outcome.experiment, outcome.snapshot, how), out / f"run-{number}.npz")
                files.append(f"run-{number}.npz")
    except OSError as error:
        raise FailureError(
            f"all is trained, but {str(out)!r} could not be written: {(error.strerror or str(error)).lower()}."
        ) from None
    return files


def _pictures(out: Path, good: list[tuple[Outcome, str]], how: How) -> list[str]:
    """Write all flows in one row, at t = 1 and as a strip; returns the files' names."""
    from flowviz.export import Options, export, usual_size
    from flowviz.scene import Panel
    from flowviz.scene.build import View
    from flowviz.scene.learned import learned_scene

    panels = []
    for outcome, name in good if len(good) <= MOST_PANELS else _apart(good):
        assert outcome.snapshot is not None
        field = learned_field(outcome.experiment, outcome.snapshot.weights)
        view = View.model_validate(
            {"solver": how.solver_of(outcome.experiment), "solver_steps": min(how.steps, 200), "eta": how.eta}
        )
        scene = learned_scene(outcome.experiment, field, outcome.snapshot.step, view)
        panels.append(Panel((scene,), title=name))
    files = {"png": "comparison.png", "strip-png": "comparison-strip.png"}
    for format, file in files.items():
        export(panels, format, out / file, Options(size=usual_size(len(panels))))
    return list(files.values())


def _apart(good: list[tuple[Outcome, str]]) -> list[tuple[Outcome, str]]:
    """Return as many as one row of pictures holds; of those that differ in their seed alone the first."""
    found: dict[Experiment, tuple[Outcome, str]] = {}
    for outcome, name in good:
        found.setdefault(outcome.experiment.changed(seed=0), (outcome, name))
    return list(found.values())[:MOST_PANELS]


def _write_quality(handle: Any, good: list[tuple[Outcome, str]]) -> None:
    writer = csv.writer(handle, lineterminator="\n")
    writer.writerow(["name", "solver", "steps", "evaluations", "w2", "w2_spread", "w2_floor"])
    for outcome, name in good:
        floor = outcome.measures["w2"].best if outcome.measures else None
        for point in outcome.quality:
            w2 = "" if point.w2 is None else f"{point.w2:.6g}"
            writer.writerow([name, point.solver, point.steps, point.nfe, w2, f"{point.spread:.6g}", f"{floor:.6g}"])


def _saved(experiment: Experiment, snapshot: Snapshot, how: How) -> SavedRun:
    solver = how.solver_of(experiment)
    trajectory, labels, words = carry(experiment, snapshot, how.n, solver, how.steps, eta=how.eta)
    about = {
        "flowviz": flowviz.__version__,
        "solver": "euler" if words else solver,
        "solver_steps": len(trajectory.t) - 1,
        **({"eta": how.eta} if how.eta else {}),
        "evaluations": trajectory.nfe,
        "seconds": round(snapshot.seconds, 3),
        "steps": snapshot.step,
        "complete": snapshot.step == experiment.total_steps,
    }
    arrays = (trajectory.t.numpy(), in_own_units(trajectory.x.numpy(), experiment.frame), labels)
    return SavedRun(experiment, snapshot.losses, snapshot.weights, *arrays, about)


def as_json(outcomes: list[Outcome], names: list[str], files: list[str], seconds: float) -> dict[str, Any]:
    def one(outcome: Outcome, name: str) -> dict[str, Any]:
        found = {item.slug: _measure_json(item) for item in outcome.measures or ()}
        entry = {"name": name, "key": outcome.experiment.key, "experiment": outcome.experiment.to_flat(), "measures": found}
        return entry | {"quality": [dataclasses.asdict(point) for point in outcome.quality], "trouble": outcome.trouble}

    return {
        "differs": differences([outcome.experiment for outcome in outcomes]),
        "experiments": [one(outcome, name) for outcome, name in zip(outcomes, names, strict=True)],
        "files": files,
        "seconds": seconds,
    }


def _measure_json(item: Any) -> dict[str, Any]:
    kind = KINDS[item.slug]
    about = {"name": kind.name, "unit": kind.unit, "better": kind.better}
    return {"value": item.value, "spread": item.spread, "best": item.best, "note": item.note, "caution": item.caution, **about}

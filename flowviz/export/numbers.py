"""What a researcher takes home: trajectories as NPZ and CSV, weights, losses, and the experiment itself."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from flowviz.experiment import Experiment
from flowviz.export.job import ExportJob, TrainedWeights
from flowviz.frame import Frame, in_own_units
from flowviz.networks import learned_field
from flowviz.scene import Scene
from flowviz.solvers import Field

WEIGHTS = "weights/"
"""Before each parameter's name, as in the files of `python -m flowviz train`."""
CHUNK = 20_000
"""Lines of CSV between two looks at whether the export is still wanted."""


def _scenes(job: ExportJob) -> Iterator[tuple[str, Scene]]:
    """Yield every scene with its name: its own title, the panel's before it where there is one."""
    for panel in job.panels:
        for scene in panel.scenes:
            yield ": ".join(name for name in (panel.title, scene.title) if name) or scene.kind, scene


def _experiment(job: ExportJob) -> Experiment:
    if job.experiment is None:
        raise ValueError(f"{job.kind!r} holds the experiment; hand it over as `experiment=`.")
    return job.experiment


def _learned(job: ExportJob) -> TrainedWeights:
    if job.learned is None:
        raise ValueError(f"{job.kind!r} needs a training; hand over its last snapshot as `learned=`.")
    return job.learned


def _texts(job: ExportJob) -> dict[str, np.ndarray]:
    about = {"made_by": job.made_by, "link": job.link, "title": job.title}
    texts = {"about": json.dumps(about, ensure_ascii=False)}
    if job.experiment is not None:
        texts["experiment"] = job.experiment.model_dump_json()
    return {name: np.array(text) for name, text in texts.items()}


def trajectories(job: ExportJob, out: Path) -> int:
    """Write all particles at all times as NPZ: t, x, labels; with several flows "1/t", "2/t" and so on, and their names.

    Of own data x is in their units (float64), with the names of the columns beside it.
    """
    scenes = list(_scenes(job))
    arrays = _texts(job) | {"flows": np.array([name for name, _ in scenes])}
    for number, (_, scene) in enumerate(scenes, 1):
        before = f"{number}/" if len(scenes) > 1 else ""
        arrays |= {before + "t": scene.t, before + "x": in_own_units(scene.x, scene.frame), before + "labels": scene.labels}
        if scene.frame is not None:
            arrays[before + "columns"] = np.array(scene.frame.names)
    return _save(job, out, arrays)


def _save(job: ExportJob, out: Path, arrays: dict[str, np.ndarray]) -> int:
    job.check()
    with out.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    job.tell(1, 1)
    return 0


def table(job: ExportJob, out: Path) -> int:
    """Write all particles at all times as CSV: t, particle, x, y (and z, …), label; with several flows, their name first.

    Every number is the shortest text that reads back as the same float32. Of own data they are in their units, under the names
    of their columns, to a millionth of the plane's unit.
    """
    scenes = list(_scenes(job))
    frames = {scene.frame for _, scene in scenes}
    frame = next(iter(frames)) if len(frames) == 1 else None
    columns = max((coordinates(scene.x.shape[2]) for _, scene in scenes), key=len, default=())
    several, total, done = len(scenes) > 1, sum(len(scene.t) for _, scene in scenes), 0
    with out.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"# {job.origin}\n{_units(frame, columns, several=len(frames) > 1)}")
        named = columns if frame is None else [_quoted(name) for name in frame.names]
        file.write(f"{'flow,' if several else ''}t,particle,{','.join(named)},label\n")
        for name, scene in scenes:
            start = f"{_quoted(name, always=True)}," if several else ""
            for t, x in zip(scene.t, in_own_units(scene.x, frame), strict=True):
                lines = _lines(f"{start}{_number(t)}", x, scene.labels, len(columns))
                for i in range(0, len(lines), CHUNK):
                    job.check()
                    file.write("".join(lines[i : i + CHUNK]))
                done += 1
                job.tell(done, total)
    return 0


def coordinates(d: int) -> tuple[str, ...]:
    """Return the names of d coordinates: x, y, z while they last, else x1 to xd."""
    return ("x", "y", "z")[:d] if d <= 3 else tuple(f"x{i + 1}" for i in range(d))


def _number(value: np.floating | float) -> str:
    return str(np.float32(value))


def _quoted(text: str, *, always: bool = False) -> str:
    """Return a text as a cell of CSV."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if always or set(text) & set(',"#') else text


def _units(frame: Frame | None, columns: Sequence[str], *, several: bool) -> str:
    """Return the comment that says what the numbers are: units of the data, with the way back to the plane, or the plane's."""
    if frame is None:
        return "# In the units of the plane, since the flows have several: see each experiment's data.\n" if several else ""
    ways = zip(frame.names, frame.offset, frame.factor, columns, strict=True)
    told = "; ".join(f"{name} = {offset!r} + {factor!r} * {column}" for name, offset, factor, column in ways)
    return f"# In the units of the data; of the plane's coordinates: {told}\n"


def _lines(start: str, x: np.ndarray, labels: np.ndarray, columns: int) -> list[str]:
    points = x.tolist() if x.dtype == np.float64 else np.asarray(x, dtype=np.float32).astype(str).tolist()
    points = [[str(value) for value in point] for point in points]
    rest = "," * (columns - x.shape[1])  # a flow of fewer coordinates beside one of more
    return [f"{start},{i},{','.join(p)}{rest},{c}\n" for i, (p, c) in enumerate(zip(points, labels.tolist(), strict=True))]


def weights(job: ExportJob, out: Path) -> int:
    """Write the weights that are sampled, with the experiment; `load_field` reads them."""
    learned = _learned(job)
    _experiment(job)
    arrays = {WEIGHTS + name: np.asarray(value) for name, value in learned.weights.items()}
    return _save(job, out, arrays | _texts(job) | {"step": np.array(learned.step)})


def load_field(path: str | Path) -> Field:
    """Return the learned field from a file of weights, or from a run that ``python -m flowviz train`` wrote.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is not such a file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            experiment = Experiment.model_validate_json(str(file["experiment"]))
            found = {name.removeprefix(WEIGHTS): file[name] for name in file.files if name.startswith(WEIGHTS)}
        return learned_field(experiment, found)
    except (KeyError, ValueError, AttributeError, EOFError, RuntimeError, zipfile.BadZipFile) as error:
        raise ValueError(f'{str(path)!r} holds no weights of flowviz; give a file exported as "weights".') from error


def loss(job: ExportJob, out: Path) -> int:
    """Write the loss of each step as CSV, with what a method shows beside it: another network's loss, or the terms of its own."""
    learned = _learned(job)
    named = job.experiment.method.parts if job.experiment is not None else [f"part {i + 1}" for i in range(len(learned.parts))]
    columns = [np.asarray(values, dtype=np.float32).astype(str) for values in (learned.losses, *learned.parts)]
    with out.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"# {job.origin}\n{','.join(('step', 'loss', *named))}\n")
        for i in range(0, len(columns[0]), CHUNK):
            job.check()
            rows = zip(*(column[i : i + CHUNK] for column in columns), strict=True)
            file.writelines(f"{step},{','.join(row)}\n" for step, row in enumerate(rows, i + 1))
    job.tell(1, 1)
    return 0


def experiment(job: ExportJob, out: Path) -> int:
    """Write the experiment as JSON, which ``--experiment`` and `Experiment.model_validate_json` read."""
    out.write_text(_experiment(job).model_dump_json(indent=2) + "\n", encoding="utf-8")
    job.tell(1, 1)
    return 0

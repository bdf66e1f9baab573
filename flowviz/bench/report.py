"""Rows, the table they make, and the list of what is measured."""

import dataclasses
import importlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from flowviz.threads import one_thread

MEASURES: list[str] = [
    "flowviz.bench.steps:independent",
    "flowviz.bench.steps:optimal_transport",
    "flowviz.bench.steps:wide",
    "flowviz.bench.methods:methods",
    "flowviz.bench.quality:quality",
    "flowviz.bench.server:server",
    "flowviz.bench.house:imports",
    "flowviz.bench.house:memory",
    "flowviz.bench.house:together",
    "flowviz.bench.export:export_frames",
    "flowviz.bench.export:export_films",
]
"""What is measured, as "module:function", each a `Measure`; a new one is one line here, and is imported only when run."""

HALL: list[str] = [
    "flowviz.ui.hall.measures:watching",
    "flowviz.ui.hall.measures:many_runs",
    "flowviz.ui.hall.measures:opening",
    "flowviz.ui.hall.measures:pressing",
]
"""What is measured of a hall that watches; by name only, since it knows the page's own protocol."""

ORACLES = {"torchcfm": "pip install --no-deps torchcfm", "ot": "pip install pot", "sklearn": "pip install scikit-learn"}
"""Development packages that serve as baselines, and how to get them."""


@dataclass(frozen=True)
class Aim:
    """What a row should reach: `of` is "ratio" or "ours"."""

    sign: Literal["≥", "≤"]
    value: float
    of: Literal["ratio", "ours"] = "ratio"


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes:
        name: What was measured.
        ours: flowviz, in `unit`.
        baseline: What it is held against, in `unit`.
        unit: Of both.
        ratio: As the name says: times faster, or times as much.
        aim: What it should reach; None where there is no aim.
        note: How it was measured, or why it was not.
        failed: Whether the measurement broke.
    """

    name: str
    ours: float | None = None
    baseline: float | None = None
    unit: str = ""
    ratio: float | None = None
    aim: Aim | None = None
    note: str = ""
    failed: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the aim is reached; None where there is none or nothing was measured."""
        value = None if self.aim is None else getattr(self, self.aim.of)
        if self.aim is None or value is None:
            return None
        return value >= self.aim.value if self.aim.sign == "≥" else value <= self.aim.value


Measure = Callable[[bool], Iterable[Row]]
"""Takes whether to be quick, returns rows."""


@dataclass(frozen=True)
class Report:
    """All rows of one run, and where it ran; `stopped` where Ctrl-C ended it early."""

    machine: dict[str, str]
    rows: list[Row]
    seconds: float
    stopped: bool = False


def machine() -> dict[str, str]:
    """Return the machine that is measured."""
    import torch

    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        name = models[0] if models else name
    load = f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "unknown"
    return {
        "cpu": name,
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__,
        "load before": load,
    }


def measure(*, quick: bool = False, say: bool = True, measures: Iterable[str] | None = None, each: int | None = None) -> Report:
    """Run the measurements, one after another, on one thread.

    Args:
        quick: Fewer repeats.
        say: Tell on standard error what is being measured, and each row as it comes.
        measures: Which; by default all.
        each: Rows that each of them yields, where that is known: then the time left is told too.

    Returns:
        The report; of what there is, if Ctrl-C was pressed on the way.
    """
    names = list(MEASURES if measures is None else measures)
    progress = _Progress(say, each * len(names) if each else None)
    where, rows, stopped = machine(), [], False
    try:
        with one_thread():
            for name in names:
                progress.begin(name)
                for row in _rows(name, quick):
                    rows.append(row)
                    progress.show(row, len(rows))
    except KeyboardInterrupt:
        stopped = True
    return Report(where, rows, progress.elapsed, stopped)


class _Progress:
    """What standard error is told while measuring: what is measured, each row as it comes, the time left.

    Args:
        say: Whether anything is told.
        total: Rows to come, where that is known.
    """

    def __init__(self, say: bool, total: int | None) -> None:
        self.say, self.total, self.start = say, total, time.perf_counter()

    @property
    def elapsed(self) -> float:
        """Seconds so far."""
        return time.perf_counter() - self.start

    def begin(self, name: str) -> None:
        """Name the measurement that begins."""
        self._tell(f"measuring {name.partition(':')[2].replace('_', ' ')} …")

    def show(self, row: Row, done: int) -> None:
        """Print a row, and how long the rest will take if it takes as long as what is done."""
        left = "" if self.total is None else f" · {done} of {self.total}, about {self._left(done)} left"
        ratio = "" if row.ratio is None else f", ratio {row.ratio:.2f}"
        value = "not measured" if row.ours is None else f"{_number(row.ours)} {row.unit}".rstrip()
        self._tell(f"  {row.name}: {value}{ratio}{left}")

    def _left(self, done: int) -> str:
        assert self.total is not None
        seconds = self.elapsed / done * max(0, self.total - done)
        return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"

    def _tell(self, words: str) -> None:
        if self.say:
            print(words, file=sys.stderr, flush=True)


def _rows(name: str, quick: bool) -> Iterator[Row]:
    module, _, function = name.partition(":")
    title = function.replace("_", " ")
    try:
        yield from getattr(importlib.import_module(module), function)(quick)
    except ModuleNotFoundError as error:
        yield Row(title, note=missing(error), failed=error.name not in ORACLES)
    except Exception as error:  # one broken measurement must not cost the others
        yield Row(title, note=f"{type(error).__name__}: {error}", failed=True)


def missing(error: ModuleNotFoundError) -> str:
    """Return which package is missing, and how to get it."""
    name = (error.name or "").partition(".")[0]
    return f"needs the package {name!r}: {ORACLES.get(name, f'pip install {name}')}"


def to_json(report: Report) -> str:
    """Return a report as JSON."""
    rows = [{**dataclasses.asdict(row), "met": row.met} for row in report.rows]
    found = {"machine": report.machine, "seconds": round(report.seconds, 1), "stopped": report.stopped, "rows": rows}
    return json.dumps(found, ensure_ascii=False, indent=2)


def table(report: Report) -> str:
    """Return a report for a reader."""
    head = ["", "ours", "baseline", "", "ratio", "aim", "met"]
    lines = [head]
    for row in report.rows:
        aim = "" if row.aim is None else f"{'' if row.aim.of == 'ratio' else row.aim.of + ' '}{row.aim.sign} {row.aim.value:g}"
        met = {None: "", True: "yes", False: "NO"}[row.met]
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        lines.append([row.name, _number(row.ours), _number(row.baseline), row.unit, ratio, aim, met])
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    left = (0, 3)
    text = ["  ".join(f"{cell:{'<' if i in left else '>'}{widths[i]}}" for i, cell in enumerate(line)).rstrip() for line in lines]
    notes = [f"  {row.name}: {row.note}" for row in report.rows if row.note]
    where = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    end = f"{'stopped after' if report.stopped else 'measured in'} {report.seconds:.0f} s, one thread"
    return "\n".join([where, "", *text, "", *notes, "", end])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if value < 100 else f"{value:,.0f}"

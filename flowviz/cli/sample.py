"""python -m flowviz sample: fresh samples from a run, as a table in the units of its data."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from flowviz.cli.errors import FailureError, RefusalError, whole
from flowviz.cli.progress import bar
from flowviz.cli.runs import named_run, refuse_unwritable
from flowviz.runs import SavedRun

if TYPE_CHECKING:  # imported when samples are drawn
    import numpy as np

FORMATTER = argparse.RawDescriptionHelpFormatter
DESCRIPTION = """\
Draw samples from a run that `train` wrote, and write them as a table: CSV, NPY, NPZ or Parquet, by the end of --out.
Of own data they are in their units, under the names of their columns. The same run and seed give the same samples.

examples:
  python -m flowviz train --target-file flowers.csv --out run.npz
  python -m flowviz sample --run run.npz -n 10000 --out samples.csv
  python -m flowviz sample --run run.npz -n 1000 --log-prob --out samples.parquet"""
MOST, AT_ONCE = 1_000_000, 4_096
SOLVER_STEPS, MOST_SOLVER_STEPS = 60, 1000
LOG_PROB = "log_prob"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what `sample` understands."""
    add = parser.add_argument
    add("--run", required=True, metavar="RUN.npz", help="a run that `train` wrote")
    add("-n", "--number", default="1000", metavar="N", help=f"how many, 1 to {MOST:,} (default 1,000)")
    add("--out", default="samples.csv", metavar="FILE", help=f"{', '.join(WRITERS)} (default samples.csv)")
    add("--seed", metavar="N", help="what the samples follow from (default that of the run)")
    add("--solver", metavar="NAME", help="how they are carried (default euler, or the method’s first)")
    add("--solver-steps", default=str(SOLVER_STEPS), metavar="N", help=f"its steps (default {SOLVER_STEPS})")
    add("--log-prob", action="store_true", help="a column with the log density of each, in nats per unit of the data")
    add("--quiet", action="store_true", help="say nothing but errors")


def run(args: argparse.Namespace) -> int:
    """Read, draw, write."""
    n = whole("-n", args.number, 1, MOST, 1000)
    steps = whole("--solver-steps", args.solver_steps, 1, MOST_SOLVER_STEPS, SOLVER_STEPS)
    suffix = Path(args.out).suffix.lower()
    if suffix not in WRITERS:
        raise RefusalError(f"`--out` {args.out!r} must end in {', '.join(WRITERS)}.")
    saved = named_run(args.run)
    seed = saved.experiment.seed if args.seed is None else whole("--seed", args.seed, 0, 2**31 - 1, saved.experiment.seed)
    solver = _solver(args.solver, saved)
    if args.log_prob:
        _check_log_prob(saved)
    refuse_unwritable(args.out)
    names, table = _table(saved, n, seed, solver, steps, log_prob=args.log_prob, quiet=args.quiet)
    try:
        WRITERS[suffix](Path(args.out), names, table)
    except OSError as error:
        raise FailureError(f"{args.out!r} could not be written: {(error.strerror or str(error)).lower()}.") from None
    if not args.quiet:
        print(f"{args.out}: {n:,} samples of {', '.join(names)}.", file=sys.stderr)
    return 0


def _solver(name: str | None, saved: SavedRun) -> str:
    from flowviz.experiment import check_solver, usual_solver
    from flowviz.solvers import SOLVERS

    solver = name or usual_solver(saved.experiment.method.slug)
    if solver not in SOLVERS:
        raise RefusalError(f"unknown solver {solver!r}; choose one of {', '.join(SOLVERS)}.")
    try:
        check_solver(solver, saved.experiment)
    except ValueError as error:
        raise RefusalError(str(error)) from None
    return solver


def _check_log_prob(saved: SavedRun) -> None:
    experiment = saved.experiment
    source, method = experiment.source_distribution, experiment.method
    if not (source.exact and source.has_density):
        raise RefusalError(f"the density of the source, {source.label}, has no closed form; leave `--log-prob` out.")
    if method.no_likelihood:
        raise RefusalError(f"{method.no_likelihood.rstrip('.')}; leave `--log-prob` out.")
    if experiment.class_count:
        raise RefusalError("this run has learned classes, each with a density of its own; leave `--log-prob` out.")


def _table(
    saved: SavedRun, n: int, seed: int, solver: str, steps: int, *, log_prob: bool, quiet: bool
) -> tuple[list[str], np.ndarray]:
    """Return the columns' names, and the samples, shape (n, columns)."""
    import numpy as np
    import torch

    from flowviz.export.numbers import coordinates
    from flowviz.frame import in_own_units

    torch.set_num_threads(1)  # fastest for small networks, and the same sums everywhere
    frame, parts = saved.experiment.frame, []
    shown = bar(
        n, "[{bar:24}] samples: {n_fmt}/{total_fmt}, {remaining} left", shown=not quiet and sys.stderr.isatty(), stays=False
    )
    for x1, columns in _drawn(saved, n, seed, solver, steps, log_prob=log_prob):
        own = x1.astype(np.float64).round(6) if frame is None else in_own_units(x1, frame)
        parts.append(np.concatenate([own, columns.round(6)], 1))
        shown.update(len(x1))
    shown.close()
    names = list(frame.names if frame is not None else coordinates(saved.experiment.space.dim))
    names += ["class"] * bool(saved.experiment.class_count) + [LOG_PROB] * log_prob
    return names, np.concatenate(parts)


def _drawn(
    saved: SavedRun, n: int, seed: int, solver: str, steps: int, *, log_prob: bool
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield samples of the plane, a part of them at a time, shape (m, d), with their class and log density, shape (m, 0 to 2)."""
    import torch

    from flowviz.metrics.likelihood import log_likelihood
    from flowviz.scene.asked import asked_field, classes_asked
    from flowviz.scene.build import View
    from flowviz.solvers import carry, finished, interval_of
    from flowviz.training.draws import SEED_STRIDE

    experiment = saved.experiment
    # A seed that no pool of training uses, see flowviz.training.draws.
    rng = torch.Generator().manual_seed(SEED_STRIDE * seed + SEED_STRIDE - 1)
    classes = classes_asked(experiment, View(), n)
    volume = experiment.frame.log_volume if experiment.frame is not None else 0.0
    for first in range(0, n, AT_ONCE):
        x0, _ = experiment.source_distribution.draw(min(AT_ONCE, n - first), rng)
        y = None if classes is None else classes[first : first + AT_ONCE]
        field = asked_field(experiment, saved.field, View(), y)
        found = carry(field, x0, solver=solver, steps=steps, rng=rng)
        if found.gave_up:
            raise FailureError(f"{found.gave_up} Choose another `--solver`, or more `--solver-steps`.")
        x1 = finished(field, found).x[-1]
        columns = [] if y is None else [y.double()]
        if log_prob:
            source = experiment.source_distribution.mixture()
            columns.append(log_likelihood(field, x1, source, interval=interval_of(field)).double() - volume)
        extra = torch.stack(columns, 1) if columns else torch.zeros(len(x1), 0)
        yield x1.numpy(), extra.numpy()


def _write_csv(out: Path, names: list[str], table: np.ndarray) -> None:
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        whole_numbers = [i for i, name in enumerate(names) if name == "class"]
        for row in table.tolist():
            writer.writerow([int(value) if i in whole_numbers else repr(value) for i, value in enumerate(row)])


def _write_npy(out: Path, names: list[str], table: np.ndarray) -> None:
    import numpy as np

    with out.open("wb") as file:
        np.save(file, table)


def _write_npz(out: Path, names: list[str], table: np.ndarray) -> None:
    import numpy as np

    with out.open("wb") as file:
        np.savez(file, x=table, columns=np.array(names))


def _write_parquet(out: Path, names: list[str], table: np.ndarray) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(list(table.T.copy()), names=names), out)


WRITERS: dict[str, Callable[[Path, list[str], np.ndarray], None]] = {
    ".csv": _write_csv,
    ".npy": _write_npy,
    ".npz": _write_npz,
    ".parquet": _write_parquet,
}
"""What writes a table, by the end of the file's name."""

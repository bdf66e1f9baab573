"""python -m flowviz compare: several experiments, trained, measured on the same samples, in one table."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from flowviz.cli import families
from flowviz.cli.compared import How, Outcome, as_json, write
from flowviz.cli.errors import FailureError, RefusalError, one_line, whole
from flowviz.cli.experiments import MOST, read_experiments
from flowviz.cli.train import stirring, train_shown
from flowviz.experiment import Experiment, check_eta, check_solver
from flowviz.measures import (
    differences,
    families_table,
    measure,
    names_of,
    quality_against_steps,
    samples,
)
from flowviz.networks import learned_field
from flowviz.runs import check_writable
from flowviz.solvers import SOLVERS
from flowviz.training.loop import check_device

DESCRIPTION = f"""\
Train 1 to {MOST} experiments, measure all on the same samples, and write one table: python -m flowviz compare FILE.json --out DIR

FILE.json holds a list of experiments, each with what is not at its default, e.g.
  [{{"coupling": "independent"}}, {{"coupling": "ot"}}, {{"coupling": "pairs", "pairs_rounds": 1}}]
or as Experiment.model_dump_json() writes it. Experiments that are equal are trained once.

DIR gets table.md, table.csv and table.tex (every measure with its spread, its floor or best possible value), quality.csv
(W2 against evaluations of the field) and a run of each experiment, run-1.npz, ..., as `train` writes it. Where methods differ, the
table of generative models is printed too, and written as families.md and families.csv: one column for all seeds of a method."""
FORMATTER = argparse.RawDescriptionHelpFormatter
POINTS, MOST_POINTS = 1000, 10_000
REPEATS, MOST_REPEATS = 3, 20
SOLVER_STEPS, MOST_SOLVER_STEPS = 60, 1000
Say = Callable[[str], None]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what `compare` understands."""
    parser.add_argument("file", metavar="FILE.json", help="the experiments")
    parser.add_argument("--out", default="comparison", metavar="DIR", help="folder to write to (default comparison)")
    parser.add_argument("--n", default=str(POINTS), metavar="N", help=f"points in each sample (default {POINTS})")
    parser.add_argument("--repeats", default=str(REPEATS), metavar="N", help=f"samples, for the spread (default {REPEATS})")
    parser.add_argument("--solver", metavar="NAME", help=f"{', '.join(SOLVERS)} (default euler, or a method’s first)")
    parser.add_argument("--solver-steps", default=str(SOLVER_STEPS), metavar="N", help=f"its steps (default {SOLVER_STEPS})")
    parser.add_argument("--eta", metavar="H", help="fresh noise in the steps of solver ddim, 0 to 1 (default 0); 1 is ddpm")
    parser.add_argument("--json", action="store_true", help="print the measures as JSON, for programs")
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")


def run(args: argparse.Namespace) -> int:
    """Train, measure and write."""
    how = How(
        n=whole("--n", args.n, 2, MOST_POINTS, POINTS),
        repeats=whole("--repeats", args.repeats, 1, MOST_REPEATS, REPEATS),
        solver=args.solver,
        steps=whole("--solver-steps", args.solver_steps, 1, MOST_SOLVER_STEPS, SOLVER_STEPS),
        eta=stirring(args.eta),
    )
    if how.solver is not None and how.solver not in SOLVERS:
        raise RefusalError(f"unknown solver {how.solver!r}; choose one of {', '.join(SOLVERS)}.")
    experiments = read_experiments(args.file)
    _check(experiments, how)
    out = _folder(args.out)
    start, names = time.perf_counter(), names_of(experiments)
    say = (lambda words: None) if args.quiet else (lambda words: print(one_line(words), file=sys.stderr, flush=True))
    say(f"what differs: {differences(experiments)}")
    done = _outcomes(experiments, names, how, say, quiet=args.quiet)
    outcomes = [done[experiment] for experiment in experiments]
    files = write(out, outcomes, names, how)
    if families.several_methods(experiments):
        files += _families(out, outcomes, say, shown=not (args.json or args.quiet))
    if args.json:
        seconds = round(time.perf_counter() - start, 1)
        print(json.dumps(as_json(outcomes, names, files, seconds), ensure_ascii=False, indent=2))
    return _report(outcomes, names, out, files, say)


def _families(out: Path, outcomes: list[Outcome], say: Say, *, shown: bool) -> list[str]:
    """Write the article's table, and print it; returns the files' names."""
    say("measuring the families")
    found = families.columns([(outcome.experiment, outcome.snapshot, outcome.trouble) for outcome in outcomes])
    try:
        written = families.write(out, found, say)
    except OSError as error:
        raise FailureError(f"{str(out)!r} could not be written: {(error.strerror or str(error)).lower()}.") from None
    if shown:
        print(families_table(found), end="")
    return written


def _check(experiments: list[Experiment], how: How) -> None:
    for experiment in experiments:
        try:
            check_solver(how.solver_of(experiment), experiment)
            check_eta(how.eta, how.solver_of(experiment))
            check_device(experiment.device)
        except ValueError as error:
            raise RefusalError(str(error)) from None


def _outcomes(experiments: list[Experiment], names: list[str], how: How, say: Say, *, quiet: bool) -> dict[Experiment, Outcome]:
    torch.set_num_threads(1)  # fastest for small networks, and the same sums everywhere
    done: dict[Experiment, Outcome] = {}
    # Parents before their children, so that each flow is trained once.
    for experiment in sorted(dict.fromkeys(experiments), key=lambda e: e.flows_before):
        name = names[experiments.index(experiment)]
        say(f"training {name}")
        done[experiment] = outcome = _train(experiment, quiet=quiet)
        if outcome.trouble:
            print(one_line(f"{name}: {outcome.trouble}"), file=sys.stderr)
            continue
        say(f"measuring {name}")
        done[experiment] = outcome = _measure(outcome, how)
        if outcome.trouble:
            print(one_line(f"{name}: {outcome.trouble}"), file=sys.stderr)
    return done


def _folder(out: str) -> Path:
    try:
        Path(out).mkdir(parents=True, exist_ok=True)
        check_writable(Path(out) / "table.md")
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise RefusalError(f"cannot write into `--out` {out!r}: {reason}; give a folder you may write to.") from None
    return Path(out)


def _train(experiment: Experiment, *, quiet: bool) -> Outcome:
    try:
        snapshot, trouble = train_shown(experiment, quiet=quiet)
    except FailureError as error:
        return Outcome(experiment, trouble=str(error))
    if not trouble and snapshot.step < experiment.total_steps:
        raise KeyboardInterrupt
    return Outcome(experiment, snapshot, trouble=trouble)


def _measure(outcome: Outcome, how: How) -> Outcome:
    experiment, snapshot = outcome.experiment, outcome.snapshot
    assert snapshot is not None
    solver = how.solver_of(experiment)
    measures = measure(experiment, snapshot, n=how.n, repeats=how.repeats, solver=solver, steps=how.steps, eta=how.eta)
    points = [samples(experiment, how.n, repeat) for repeat in range(how.repeats)]
    quality = quality_against_steps(learned_field(experiment, snapshot.weights), points)
    return outcome._replace(measures=measures, quality=tuple(quality))


def _report(outcomes: list[Outcome], names: list[str], out: Path, files: list[str], say: Say) -> int:
    failed = list(dict.fromkeys(name for outcome, name in zip(outcomes, names, strict=True) if outcome.trouble))
    if failed:
        rest = f"the others are in {str(out)!r}" if any(outcome.measures for outcome in outcomes) else "there is no table"
        raise FailureError(f"without measures: {', '.join(failed)}, as said above; {rest}.")
    say(f"written to {out}: {', '.join(files)}")
    return 0

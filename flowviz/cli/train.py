"""python -m flowviz train: an experiment from the command line to a file."""

import argparse
import contextlib
import math
import signal
import sys
from collections.abc import Iterator

import numpy as np
import torch

import flowviz
from flowviz.cli.choose import add_experiment_options, read_experiment
from flowviz.cli.errors import FailureError, RefusalError, one_line, whole
from flowviz.cli.progress import Progress, smoothed
from flowviz.cli.runs import refuse_unwritable
from flowviz.experiment import Experiment, check_eta, check_solver, usual_solver
from flowviz.experiment.refusals import unknown
from flowviz.frame import in_own_units
from flowviz.networks import learned_field
from flowviz.runs import LAYOUT, SavedRun, save_run
from flowviz.scene.asked import asked_field, classes_asked
from flowviz.scene.build import View
from flowviz.solvers import GRIDS, SOLVERS, Trajectory, finished
from flowviz.solvers import carry as flow
from flowviz.training import Diverged, Snapshot, train
from flowviz.training.draws import SEED_STRIDE
from flowviz.training.loop import check_device

DESCRIPTION = f"""\
Train a flow, carry particles along it, and write both to a file. The same choices and seed give the same losses and particles.
Ctrl-C ends the training early and keeps what there is.

{LAYOUT}"""
FORMATTER = argparse.RawDescriptionHelpFormatter
PARTICLES, MOST_PARTICLES = 2000, 100_000
SOLVER_STEPS, MOST_SOLVER_STEPS = 60, 1000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what `train` understands."""
    parser.add_argument("--out", default="run.npz", metavar="FILE.npz", help="where to write (default run.npz)")
    parser.add_argument("--particles", default=str(PARTICLES), metavar="N", help=f"particles to carry (default {PARTICLES})")
    parser.add_argument("--solver", metavar="NAME", help=f"{', '.join(SOLVERS)} (default euler, or the method’s first)")
    parser.add_argument("--solver-steps", default=str(SOLVER_STEPS), metavar="N", help=f"its steps (default {SOLVER_STEPS})")
    parser.add_argument("--grid", default="even", metavar="NAME", help=f"how long they are: {', '.join(GRIDS)} (default even)")
    parser.add_argument("--eta", metavar="H", help="fresh noise in the steps of solver ddim, 0 to 1 (default 0); 1 is ddpm")
    parser.add_argument("--quiet", action="store_true", help="say nothing but errors")
    add_experiment_options(parser)


def run(args: argparse.Namespace) -> int:
    """Train and write."""
    experiment, notes = read_experiment(args)
    particles = whole("--particles", args.particles, 1, MOST_PARTICLES, PARTICLES)
    solver_steps = whole("--solver-steps", args.solver_steps, 1, MOST_SOLVER_STEPS, SOLVER_STEPS)
    args.solver = args.solver or usual_solver(experiment.method.slug)
    if args.solver not in SOLVERS:
        raise RefusalError(f"unknown solver {args.solver!r}; choose one of {', '.join(SOLVERS)}.")
    if args.grid not in GRIDS:
        raise RefusalError(unknown("`--grid`", args.grid, GRIDS))
    eta = stirring(args.eta)
    try:
        check_solver(args.solver, experiment)
        check_eta(eta, args.solver)
        check_device(experiment.device)
    except ValueError as error:
        raise RefusalError(str(error)) from None
    refuse_unwritable(args.out)
    for note in notes:
        print(one_line(note), file=sys.stderr)
    torch.set_num_threads(1)  # fastest for small networks, and the same sums everywhere
    snapshot, trouble = train_shown(experiment, quiet=args.quiet)
    trajectory, labels, words = carry(experiment, snapshot, particles, args.solver, solver_steps, args.grid, eta)
    about = {
        "flowviz": flowviz.__version__,
        "solver": args.solver if not words else "euler",
        "solver_steps": len(trajectory.t) - 1,
        "grid": args.grid,
        **({"eta": eta} if eta else {}),
        "evaluations": trajectory.nfe,
        "seconds": round(snapshot.seconds, 3),
        "steps": snapshot.step,
        "complete": snapshot.step == experiment.total_steps,
    }
    arrays = (trajectory.t.numpy(), in_own_units(trajectory.x.numpy(), experiment.frame), labels)
    saved = SavedRun(experiment, snapshot.losses, snapshot.weights, *arrays, about)
    try:
        save_run(saved, args.out)
    except OSError as error:
        raise FailureError(f"the training is done, but {args.out!r} could not be written: {_reason(error)}.") from None
    return _report(args, experiment, snapshot, trouble, words)


def _report(args: argparse.Namespace, experiment: Experiment, snapshot: Snapshot, trouble: str, words: str) -> int:
    if words:
        print(one_line(words), file=sys.stderr)
    if trouble:
        raise FailureError(f"{trouble.rstrip('.')}; they were written to {args.out!r}.")
    if snapshot.step < experiment.total_steps:
        print(
            f"Stopped at step {snapshot.step:,} of {experiment.total_steps:,}; {args.out} holds what there is.", file=sys.stderr
        )
        return 130
    if not args.quiet:
        loss = f"loss {smoothed(snapshot):.4g} over the last {min(100, snapshot.step)} steps"
        print(f"{args.out}: {snapshot.step:,} steps in {snapshot.seconds:.1f} s, {loss}.", file=sys.stderr)
    return 0


def stirring(text: str | None) -> float:
    """Return what was given as `--eta`."""
    try:
        eta = float(text or 0)
    except ValueError:
        eta = math.nan
    if not 0 <= eta <= 1:
        raise RefusalError(f"`--eta` must be a number from 0 to 1; got {text!r}. 0 adds no noise, 1 as much as ddpm.")
    return eta


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()


def train_shown(experiment: Experiment, *, quiet: bool) -> tuple[Snapshot, str]:
    """Train with a progress bar: the last snapshot, and what went wrong (empty where nothing did)."""
    progress = Progress(experiment.total_steps, quiet)
    with _ctrl_c() as asked:
        try:
            snapshots = train(experiment, every=0.25, stop=lambda: bool(asked))
            snapshot = next(snapshots)
            progress.show(snapshot)
            for snapshot in snapshots:
                progress.show(snapshot)
        except Diverged as error:
            if error.snapshot is None:
                raise FailureError(str(error)) from None
            return error.snapshot, str(error)
        finally:
            progress.end()
    return snapshot, ""


@contextlib.contextmanager
def _ctrl_c() -> Iterator[list[int]]:
    """Provide a list that fills when Ctrl-C is pressed (or the process told to end); a second time ends it at once."""
    asked: list[int] = []

    def note(number: int, _: object) -> None:
        asked.append(number)
        signal.signal(number, signal.default_int_handler)

    kept = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def carry(
    experiment: Experiment, snapshot: Snapshot, n: int, solver: str, steps: int, grid: str = "even", eta: float = 0.0
) -> tuple[Trajectory, np.ndarray, str]:
    """Return particles along the learned field, their labels, and a sentence where another solver had to step in.

    Where classes are learned each particle is asked for one, as often as the data have it, and that is its label.
    """
    # A seed that no pool of training uses, see flowviz.training.draws.
    rng = torch.Generator().manual_seed(SEED_STRIDE * experiment.seed + SEED_STRIDE - 1)
    x0, labels = experiment.source_distribution.draw(n, rng)
    y = classes_asked(experiment, View(), n)
    labels = labels if y is None else y
    field = asked_field(experiment, learned_field(experiment, snapshot.weights), View(), y)
    trajectory, words = flow(field, x0, solver=solver, steps=steps, grid=grid, eta=eta, rng=rng), ""
    if trajectory.gave_up:
        words = f"{trajectory.gave_up} Euler with {steps} steps was used instead."
        trajectory = flow(field, x0, solver="euler", steps=steps, grid=grid)
    return finished(field, trajectory), labels.to(torch.uint8).numpy(), words

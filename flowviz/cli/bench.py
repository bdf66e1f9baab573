"""python -m flowviz bench: see `flowviz.bench`."""

import argparse

from flowviz.bench import HALL, measure, table, to_json
from flowviz.bench.density import DENSITY
from flowviz.bench.density import ROWS as DENSITY_ROWS
from flowviz.bench.paper import PAPER, ROWS
from flowviz.cli.errors import FailureError

DESCRIPTION = "Measure flowviz against the usual training loops on this machine: ratios in one run, on one thread."
FORMATTER = argparse.HelpFormatter


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what `bench` understands."""
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    parser.add_argument("--quick", action="store_true", help="fewer repeats: under 20 s instead of under 3 min")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--hall",
        action="store_true",
        help="a hall that watches one training instead: up to 500 visitors over real sockets, about 4 min, with --quick under 2",
    )
    instead.add_argument(
        "--paper",
        action="store_true",
        help="W2 on 2-D data beside published figures instead: about 20 min and 5 GB, with --quick (n = 2,000) under 1 min",
    )
    instead.add_argument(
        "--density",
        action="store_true",
        help="log density of held-out rows beside scikit-learn's estimators instead: about 1 min, with --quick 20 s",
    )


CHOICES = {
    "paper": {"measures": PAPER, "each": ROWS},
    "hall": {"measures": HALL},
    "density": {"measures": DENSITY, "each": DENSITY_ROWS},
}
"""What is measured instead of the usual, by option."""


def run(args: argparse.Namespace) -> int:
    """Measure and print; a missed aim is a result, not an error. Ctrl-C prints what there is."""
    chosen = next((what for name, what in CHOICES.items() if getattr(args, name)), {})
    report = measure(quick=args.quick, say=not args.json, **chosen)
    print(to_json(report) if args.json else table(report))
    if broken := [row.name for row in report.rows if row.failed]:
        raise FailureError(f"could not be measured: {', '.join(broken)}; the notes say why.")
    return 130 if report.stopped else 0

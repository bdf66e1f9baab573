"""python -m flowviz bench: see `flowviz.bench`."""

import argparse

from flowviz.bench import measure, table, to_json
from flowviz.bench.paper import PAPER, ROWS
from flowviz.cli.errors import FailureError

DESCRIPTION = "Measure flowviz against the usual training loops on this machine: ratios in one run, on one thread."
FORMATTER = argparse.HelpFormatter


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what `bench` understands."""
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    parser.add_argument("--quick", action="store_true", help="fewer repeats: under 20 s instead of under 3 min")
    parser.add_argument(
        "--paper",
        action="store_true",
        help="W2 on 2-D data beside published figures instead: about 20 min and 5 GB, with --quick (n = 2,000) under 1 min",
    )


def run(args: argparse.Namespace) -> int:
    """Measure and print; a missed aim is a result, not an error. Ctrl-C prints what there is."""
    chosen = {"measures": PAPER, "each": ROWS} if args.paper else {}
    report = measure(quick=args.quick, say=not args.json, **chosen)
    print(to_json(report) if args.json else table(report))
    if broken := [row.name for row in report.rows if row.failed]:
        raise FailureError(f"could not be measured: {', '.join(broken)}; the notes say why.")
    return 130 if report.stopped else 0

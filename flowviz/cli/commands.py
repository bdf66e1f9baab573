"""Choose the command, run it, and turn whatever goes wrong into one sentence and an exit code."""

import contextlib
import importlib
import io
import os
import sys
import warnings
from pathlib import Path
from typing import NamedTuple

from flowviz.cli.errors import FailureError, Parser, RefusalError, guess, one_line

PROGRAM = "flowviz" if Path(sys.argv[0]).stem == "flowviz" else "python -m flowviz"
"""As it was called: the installed command, or the module."""


class Command(NamedTuple):
    """A command: the module that holds its `DESCRIPTION`, `add_options(parser)` and `run(args) -> exit code`."""

    module: str
    help: str


COMMANDS: dict[str, Command] = {
    "app": Command("flowviz.cli.app", "start the server, from any folder"),
    "list": Command("flowviz.cli.listing", "show every distribution, path, coupling, solver and option"),
    "train": Command("flowviz.cli.train", "train a flow and write particles, losses and weights to a file"),
    "sample": Command("flowviz.cli.sample", "draw samples from a run that `train` wrote, in the units of its data"),
    "compare": Command("flowviz.cli.compare", "train up to 25 experiments, measure them, and write one table"),
    "bench": Command("flowviz.cli.bench", "measure flowviz against the usual training loops on this machine"),
    "export": Command("flowviz.cli.export", "write a flow as film, picture, page or numbers"),
}
"""A new command is one module and one line; modules are imported only when called."""

EXIT_CODES = "exit codes: 0 done, 1 failed on the way, 2 input that cannot be used, 130 stopped by Ctrl-C"


def main(argv: list[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: Arguments without the program's name; by default those of the process.

    Returns:
        Exit code.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without σ shows ? instead of failing
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _warned
            code = _dispatch(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
        return code
    except RefusalError as error:
        return _say(error, 2)
    except FailureError as error:
        return _say(error, 1)
    except KeyboardInterrupt:
        return _say("stopped before anything was written.", 130)
    except BrokenPipeError:  # `… | head` has seen enough
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _warned(message: Warning | str, category: type[Warning], filename: str, lineno: int, *_: object) -> None:
    """Show flowviz's own warnings as one line, those of libraries as Python does."""
    own = category.__module__.startswith("flowviz.")
    print(one_line(message) if own else warnings.formatwarning(message, category, filename, lineno).rstrip(), file=sys.stderr)


def _say(error: object, code: int) -> int:
    print(one_line(error), file=sys.stderr)
    return code


def _dispatch(argv: list[str]) -> int:
    name, rest = (argv[0], argv[1:]) if argv else ("", [])
    if name in ("-h", "--help"):
        print(overview())
        return 0
    if name == "--version":
        from flowviz import __version__

        print(f"flowviz {__version__}")
        return 0
    if name not in COMMANDS:
        got = f"unknown command {name!r};{guess(name, COMMANDS)}" if name else "no command was given;"
        raise RefusalError(f"{got} choose one of {', '.join(COMMANDS)}, or see `{PROGRAM} --help`.")
    module = importlib.import_module(COMMANDS[name].module)
    parser = Parser(
        prog=f"{PROGRAM} {name}",
        usage=f"{PROGRAM} {name} [options]",
        description=module.DESCRIPTION,
        formatter_class=module.FORMATTER,
        epilog=EXIT_CODES,
        allow_abbrev=False,
    )
    module.add_options(parser)
    try:
        args = parser.parse(rest)
    except SystemExit as stop:  # --help has been printed
        return int(stop.code or 0)
    return module.run(args)


def overview() -> str:
    """Return what ``--help`` shows."""
    lines = [f"usage: {PROGRAM} COMMAND [options]", "", "See flow matching: choose, train, measure.", "", "commands:"]
    lines += [f"  {name:8}{command.help}" for name, command in COMMANDS.items()]
    lines += ["", f"`{PROGRAM} COMMAND --help` shows the options of a command; `--version` the version.", EXIT_CODES]
    return "\n".join(lines)

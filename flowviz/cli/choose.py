"""From options of the command line to an Experiment, and back."""

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from pydantic import ValidationError

from flowviz.cli.errors import RefusalError, guess
from flowviz.cli.own_files import add_file_options, read_files
from flowviz.experiment import LEAVES, Experiment
from flowviz.experiment.catalogue import legal
from flowviz.experiment.catalogue import option as describe
from flowviz.experiment.refusals import sentence
from flowviz.methods import METHODS

GROUPS = {
    "": "the experiment",
    "path": "options of a path",
    "coupling": "options of a coupling",
    "method": "options of a method",
    "network": "the network",
    "training": "the training",
}
PREFIX = "choice_"


def add_experiment_options(parser: argparse.ArgumentParser) -> None:
    """Add one option for every field of Experiment, read from the same place as widgets and links."""
    start = parser.add_argument_group("start from", "options below then change single fields")
    start.add_argument("--experiment", metavar="FILE.json", help="an experiment as JSON")
    start.add_argument("--link", metavar="TEXT", help='a link or its query string, e.g. "target=moons&path=trig"')
    add_file_options(parser)
    groups = {name: parser.add_argument_group(title) for name, title in GROUPS.items()}
    for name, leaf in LEAVES.items():
        entry = describe(name, leaf)
        text = f"{entry['description']} {legal(entry)}".replace("%", "%%")
        option = groups[leaf.group].add_argument(entry["option"], dest=PREFIX + name, metavar="…", help=text)
        if leaf.kind is bool:  # `--weight-norm` alone means true
            option.nargs, option.const = "?", "true"


def read_experiment(args: argparse.Namespace) -> tuple[Experiment, list[str]]:
    """Return the experiment that the options ask for, and sentences about what was left out of a link.

    Raises:
        RefusalError: If they do not make one.
    """
    given = {name: text for name in LEAVES if (text := getattr(args, PREFIX + name)) is not None}
    notes: list[str] = []
    base: dict[str, str] = {}
    if args.experiment is not None and args.link is not None:
        raise RefusalError("`--experiment` and `--link` both say where to start from; leave one out.")
    if args.experiment is not None:
        base = from_json(args.experiment).to_flat()
    elif args.link is not None:
        base, notes = from_link(args.link)
    for name in list(base):  # an option of the path that was chosen there, when another is chosen here
        leaf = LEAVES[name]
        if leaf.slug is not None and given.get(leaf.group, leaf.slug) != leaf.slug:
            notes.append(f"`{name}` of the {leaf.group} {leaf.slug!r} is left out.")
            del base[name]
    kind = METHODS.get(given.get("method", ""))
    for family, slugs in kind.legal.items() if kind is not None else ():
        if family in base and family not in given and base[family] not in slugs:
            notes.append(f"`{family}` {base[family]!r} is left out: method {given['method']!r} takes only {', '.join(slugs)}.")
            base = {name: text for name, text in base.items() if name != family and LEAVES[name].group != family}
    own, said = read_files(args, given)
    try:
        return Experiment.from_flat({**base, **given, **own}), notes + said
    except ValueError as error:
        raise RefusalError(_as_options(str(error), given)) from None


def _as_options(message: str, given: Mapping[str, str]) -> str:
    """Word fields that were given as options as options."""
    return re.sub(r"`(\w+)`", lambda m: f"`--{m[1].replace('_', '-')}`" if m[1] in given else m[0], message)


def from_link(text: str) -> tuple[dict[str, str], list[str]]:
    """Return the flat fields of a link or query string; what belongs to the page and not to the experiment is left out and said.

    Raises:
        RefusalError: If nothing can be read, or a name looks misspelt.
    """
    parts = urlsplit(text)
    query = parts.query if parts.scheme or text.startswith("?") else text
    pairs = parse_qsl(query, keep_blank_values=True)
    if query.strip() and not any("=" in part for part in query.split("&")):
        raise RefusalError(f'`--link` {text!r} is no query string; write it like "target=moons&path=trig".')
    notes = []
    flat = {}
    for name, value in pairs:
        if name in LEAVES:
            flat[name] = value
        elif near := guess(name, LEAVES):
            raise RefusalError(f"unknown field {name!r} in `--link`;{near} `python -m flowviz list` shows all.")
        else:
            notes.append(f"{name!r} in the link is no part of an experiment, and is left out.")
    return flat, notes


def from_json(path: str) -> Experiment:
    """Read an experiment from a file.

    Raises:
        RefusalError: If there is none in it.
    """
    remedy = "give a file as `Experiment.model_dump_json()` writes it"
    try:
        return Experiment.model_validate_json(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise RefusalError(f"cannot read `--experiment` {path!r}: {error.strerror}; {remedy}.") from None
    except UnicodeDecodeError:
        raise RefusalError(f"`--experiment` {path!r} is not a text file; {remedy}.") from None
    except ValidationError as error:
        why = sentence(error, Experiment)
        raise RefusalError(f"`--experiment` {path!r} holds no experiment: {why} To put it right, {remedy}.") from None

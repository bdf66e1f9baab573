"""python -m flowviz export: a flow from the command line to films, pictures, pages and numbers."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from flowviz.cli.choose import PREFIX, add_experiment_options, read_experiment
from flowviz.cli.errors import FailureError, RefusalError, one_line
from flowviz.cli.files import Frames, by_name, check_out, place
from flowviz.cli.progress import Progress
from flowviz.experiment import LEAVES, Experiment, check_eta, check_guidance, check_noise, check_solver, usual_solver
from flowviz.experiment.refusals import sentence, unknown
from flowviz.export import FORMATS, SIZES, Cancelled, Options, Written, check, export, link_of
from flowviz.scene.layers import DEFAULT_LAYERS, LAYERS
from flowviz.solvers import GRIDS, SHAPES, SOLVERS

if TYPE_CHECKING:
    from flowviz.scene import Panel
    from flowviz.scene.build import View
    from flowviz.training import Snapshot

FORMATTER = argparse.RawDescriptionHelpFormatter
SHOWS = ("learned", "exact", "side", "over")
DESCRIPTION = f"""\
Train a flow (or take a run, or the exact flow) and write it in one format or many.

formats (--format, more than once; else by the end of --out):
{chr(10).join(f"  {slug:12}{f.label}, *{f.suffix}" for slug, f in FORMATS.items())}

examples:
  python -m flowviz export --target moons --path trig --format mp4 --out a.mp4
  python -m flowviz export --run run.npz --format gif --format strip-pdf --format weights --out figures/
  python -m flowviz export --exact --target spirals --dark --layers particles,trails,density --out spirals.webp"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what `export` understands."""
    add = parser.add_argument
    add("--format", action="append", default=[], metavar="NAME", help="see above; may be given more than once")
    add("--out", default="flow", metavar="PATH", help="file, beginning of the files' names, or folder (default flow)")
    add("--run", metavar="RUN.npz", help="a run that `train` wrote, instead of training")
    add("--exact", action="store_true", help="the exact flow: nothing is trained (same as --show exact)")
    add(
        "--show", metavar="NAME", help=f"{', '.join(SHOWS)}: one flow, both side by side, or one over the other (default learned)"
    )
    add("--particles", metavar="N", help="particles shown, 50 to 5,000 (default 1,000)")
    add("--solver", metavar="NAME", help=f"{', '.join(SOLVERS)} (default euler, or the method’s first)")
    add("--solver-steps", metavar="N", help="its steps (default 60)")
    add("--grid", metavar="NAME", help=f"how long they are: {', '.join(GRIDS)} (default even)")
    add("--noise", metavar="E", help="noise on the way, 0 to 3 (default 0); independent pairs and a Gaussian source only")
    add("--eta", metavar="H", help="fresh noise in the steps of solver ddim, 0 to 1 (default 0); 1 is ddpm")
    add("--guidance", metavar="W", help="where classes are learned, how strongly they are asked for, 0 to 8 (default 1)")
    add("--of-class", metavar="N", help="the class that is asked for, from 0 (default all of them)")
    add("--noise-shape", metavar="NAME", help=f"{', '.join(SHAPES)} (default constant)")
    add("--size", metavar="WxH", help=f"{', '.join(SIZES)} (default {SIZES[0]})")
    add("--fps", metavar="N", help="frames per second (default 20)")
    add("--seconds", metavar="S", help="length of the film (default 4)")
    add("--layers", metavar="A,B,…", help=f"of {', '.join(LAYERS)} (default {','.join(DEFAULT_LAYERS)})")
    add("--colour", metavar="NAME", help="origin or speed: what the particles' colours mean (default origin)")
    add("--t", metavar="T", help="time of a still picture, 0 to 1 (default 1)")
    add("--dark", action="store_true", help="light on dark")
    add("--no-title", action="store_true", help="without names above the pictures")
    add("--transparent", action="store_true", help="without a ground: PNG, SVG, PDF")
    add("--json", action="store_true", help="print what was written as JSON, for programs")
    add("--quiet", action="store_true", help="say nothing but errors")
    add_experiment_options(parser)


def run(args: argparse.Namespace) -> int:
    """Read, check, train, write."""
    show = _show(args)
    options, view = _options(args), _view(args)
    formats = _formats(args, options, show)
    files = {slug: place(args.out, slug, formats) for slug in formats}
    check_out(args.out, files.values())
    experiment, notes, snapshot = _source(args)
    if args.solver is None:
        view = view.model_copy(update={"solver": usual_solver(experiment.method.slug)})
    try:
        check_solver(view.solver, experiment)
        check_noise(view.noise, view.solver, experiment)
        check_eta(view.eta, view.solver)
        check_guidance(view.guidance, view.of_class, experiment)
    except ValueError as error:
        raise RefusalError(str(error)) from None
    for note in notes:
        print(one_line(note), file=sys.stderr)
    if snapshot is None and show != "exact":
        snapshot = _train(experiment, quiet=args.quiet)
    panels = _panels(experiment, snapshot, view, show)
    link = _link(experiment, view, show)
    written = _write(files, panels, options, experiment, snapshot, link, quiet=args.quiet)
    if args.json:
        found = [{"format": slug, **_plain(w)} for slug, w in written.items()]
        print(json.dumps({"link": link, "files": found}, ensure_ascii=False, indent=2))
    return 0 if len(written) == len(files) else 130


def _show(args: argparse.Namespace) -> str:
    show = args.show or ("exact" if args.exact else "learned")
    if show not in SHOWS:
        raise RefusalError(unknown("`--show`", show, dict.fromkeys(SHOWS)))
    if args.exact and show != "exact":
        raise RefusalError(f"`--exact` and `--show {show}` do not go together; leave one out.")
    return show


def _given(args: argparse.Namespace, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(args, name)) is not None}


def _as_option(error: ValidationError, model: type) -> RefusalError:
    return RefusalError(re.sub(r"^`(\w+)[\w.]*`", lambda m: f"`--{m[1].replace('_', '-')}`", sentence(error, model)))


def _options(args: argparse.Namespace) -> Options:
    given = _given(args, ("size", "fps", "seconds", "colour", "t"))
    if args.layers is not None:
        given["layers"] = tuple(name.strip() for name in args.layers.split(",") if name.strip())
    given |= {"dark": args.dark, "title": not args.no_title, "transparent": args.transparent}
    try:
        return Options.model_validate(given)
    except ValidationError as error:
        raise _as_option(error, Options) from None


def _view(args: argparse.Namespace) -> View:
    from flowviz.scene.build import View

    try:
        return View.model_validate(
            _given(args, ("particles", "solver", "solver_steps", "grid", "noise", "noise_shape", "eta", "guidance", "of_class"))
        )
    except ValidationError as error:
        raise _as_option(error, View) from None


def _formats(args: argparse.Namespace, options: Options, show: str) -> list[str]:
    formats = list(dict.fromkeys(args.format)) or [slug for slug in [by_name(args.out)] if slug]
    if not formats:
        raise RefusalError(f"no `--format` was given, and {args.out!r} does not end in one; choose from {', '.join(FORMATS)}.")
    for slug in formats:
        try:
            found = check(slug, options)
        except (KeyError, ValueError, RuntimeError) as error:
            raise RefusalError(str(error.args[0])) from None
        if found.needs == "learned" and show == "exact" and args.run is None:
            raise RefusalError(f"{slug!r} needs a training; leave `--exact` out, or name a run with `--run`.")
    return formats


def _source(args: argparse.Namespace) -> tuple[Experiment, list[str], Snapshot | None]:
    """Return the experiment, sentences about what was left out of a link, and the run's end where there is one."""
    if args.run is None:
        return (*read_experiment(args), None)
    given = [name for name in LEAVES if getattr(args, PREFIX + name) is not None]
    given += [name for name in ("experiment", "link") if getattr(args, name) is not None]
    if given:
        raise RefusalError(f"`--run` brings its own experiment; leave `--{given[0].replace('_', '-')}` out.")
    from flowviz.cli.runs import named_run
    from flowviz.training import Snapshot

    saved = named_run(args.run)
    return saved.experiment, [], Snapshot(len(saved.loss), saved.loss, saved.weights, 0.0, None)


def _train(experiment: Experiment, *, quiet: bool) -> Snapshot:
    import torch

    from flowviz.training import Diverged, train
    from flowviz.training.loop import check_device

    try:
        check_device(experiment.device)
    except ValueError as error:
        raise RefusalError(str(error)) from None
    torch.set_num_threads(1)  # fastest for small networks, and the same sums everywhere
    progress, snapshot = Progress(experiment.total_steps, quiet), None
    try:
        for snapshot in train(experiment, every=0.25):
            progress.show(snapshot)
    except Diverged as error:
        raise FailureError(f"{str(error).rstrip('.')}; nothing was exported.") from None
    finally:
        progress.end()
    assert snapshot is not None
    return snapshot


def _panels(experiment: Experiment, snapshot: Snapshot | None, view: View, show: str) -> list[Panel]:
    from flowviz.networks import learned_field
    from flowviz.scene import Panel
    from flowviz.scene.build import exact_scene
    from flowviz.scene.codes import codes_scene
    from flowviz.scene.learned import learned_scene

    exact = exact_scene(experiment, view) if show != "learned" else None
    learned = codes = None
    if snapshot is not None and show != "exact":
        field = learned_field(experiment, snapshot.weights)
        learned = learned_scene(experiment, field, snapshot.step, view)
        codes = codes_scene(experiment, field, view) if experiment.method.encodes and show != "over" else None
    found = tuple(scene for scene in (exact, learned, codes) if scene is not None)
    # One over the other as on the page: the learned flow solid, the exact one hollow.
    return [Panel(found[::-1])] if show == "over" else [Panel((scene,)) for scene in found]


def _link(experiment: Experiment, view: View, show: str) -> str:
    from urllib.parse import urlencode

    from flowviz.experiment import format_value

    default = type(view)()
    changed = {name: format_value(v) for name, v in view.model_dump().items() if v != getattr(default, name)}
    changed |= {} if show == "side" else {"show": show}  # the page's own default
    return "&".join(part for part in (link_of(experiment), urlencode(changed)) if part)


def _write(
    files: dict[str, Path],
    panels: list[Panel],
    options: Options,
    experiment: Experiment,
    snapshot: Snapshot | None,
    link: str,
    *,
    quiet: bool,
) -> dict[str, Written]:
    """Write the files one after another; those that are done when Ctrl-C is pressed stay."""
    written: dict[str, Written] = {}
    for slug, path in files.items():
        frames = Frames(str(path), quiet)
        try:
            found = export(panels, slug, path, options, experiment=experiment, learned=snapshot, link=link, progress=frames.show)
        except (KeyboardInterrupt, Cancelled):
            frames.end()
            print(f"Stopped; {len(written)} of {len(files)} files were written.", file=sys.stderr)
            return written
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise FailureError(f"{str(path)!r} could not be written: {reason}") from None
        finally:
            frames.end()
        written[slug] = found
        for note in found.notes:
            print(note, file=sys.stderr)
        if not quiet:
            print(f"{path}: {found.bytes:,} bytes in {found.seconds:.1f} s.", file=sys.stderr)
    return written


def _plain(written: Written) -> dict[str, Any]:
    return {
        "path": str(written.path),
        "bytes": written.bytes,
        "frames": written.frames,
        "seconds": round(written.seconds, 3),
        "notes": list(written.notes),
    }

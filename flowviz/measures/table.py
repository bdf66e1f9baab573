"""One table of all measures: Markdown, CSV, LaTeX."""

import csv
import io
import math
import re
from collections.abc import Callable, Sequence

from flowviz.measures.differ import differences, names_of
from flowviz.measures.kinds import KINDS, Measure, Measures
from flowviz.solvers import SOLVERS

ARROWS = {"lower": "↓", "higher": "↑"}


def shown(measure: Measure) -> str:
    """Return a value as it stands in a table, with its spread; a dash where there is none.

    >>> shown(Measure("w2", 0.7724, 0.0123)), shown(Measure("rate", 2417.2)), shown(Measure("nll"))
    ('0.772 ± 0.012', '2,417', '–')
    """
    if measure.value is None:
        return "–"
    if measure.spread is None:
        return _digits(measure.value)
    places = max(0, min(4, 1 - math.floor(math.log10(measure.spread)))) if measure.spread > 0 else 3
    places = min(places, max(0, 2 - math.floor(math.log10(abs(measure.value))))) if measure.value else places
    return f"{measure.value:,.{places}f} ± {measure.spread:.{places}f}"


def _digits(value: float) -> str:
    if value == round(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def best_of(runs: Sequence[Measures], slug: str) -> list[int]:
    """Return which rows hold the best value of a measure; none where all are the same or fewer than two have one."""
    values = [(run[slug].value, i) for i, run in enumerate(runs)]
    known = [(value, i) for value, i in values if value is not None]
    if len(known) < 2 or len({value for value, _ in known}) == 1:
        return []
    best = (min if KINDS[slug].better == "lower" else max)(value for value, _ in known)
    return [i for value, i in known if value == best]


def table(runs: Sequence[Measures], form: str = "markdown", names: Sequence[str] | None = None) -> str:
    """Return the measures of some experiments as one table.

    Args:
        runs: The measures, at least one.
        form: "markdown", "csv" or "latex".
        names: What to call the rows; by default what differs between the experiments.

    Returns:
        The table as text, ending in a line break.

    Raises:
        ValueError: If the form is unknown or nothing is given.
    """
    if form not in FORMS:
        raise ValueError(f"unknown form {form!r}; choose one of {', '.join(FORMS)}.")
    if not runs:
        raise ValueError("a table needs the measures of at least one experiment; got none.")
    return FORMS[form](runs, list(names) if names is not None else _names(runs))


def _names(runs: Sequence[Measures]) -> list[str]:
    found = names_of([run.experiment for run in runs])
    return [f"{name}, {_field(run)}" if run.exact else name for name, run in zip(found, runs, strict=True)]


def _field(run: Measures) -> str:
    """Return whose field was measured."""
    return "learned field" if not run.exact else "stand-in’s field" if run.stands_in else "exact field"


def _columns(runs: Sequence[Measures]) -> list[str]:
    return [slug for slug in KINDS if any(run[slug].value is not None for run in runs)]


def _settings(runs: Sequence[Measures]) -> str:
    first = runs[0]
    spread = f"mean ± standard deviation over {first.repeats} samples" if first.repeats > 1 else "one sample"
    carried = ", ".join(dict.fromkeys(_carried(run) for run in runs))
    return f"n = {first.n:,} points, stratified by label; {spread}; solver {carried}"


def _carried(run: Measures) -> str:
    """Return what carried the particles of one row."""
    return _solver(run) if SOLVERS[run.solver].adaptive else f"{_solver(run)} with {run.steps} step{'s' * (run.steps != 1)}"


def _solver(run: Measures) -> str:
    return f"{run.solver}, η = {run.eta:g}," if run.eta else run.solver


def _differs(runs: Sequence[Measures]) -> str:
    """Return what differs between the rows: their experiments, their solvers, exact or learned."""
    experiments = [run.experiment for run in runs]
    parts = {
        "solver": [_carried(run) for run in runs],
        "field": [_field(run).removesuffix(" field") for run in runs],
    }
    more = [f"{name}: {', '.join(values)}" for name, values in parts.items() if len(set(values)) > 1]
    same = len(set(experiments)) == 1
    return "; ".join([*([] if more and same else [differences(experiments)]), *more])


def _bests(runs: Sequence[Measures]) -> list[str]:
    """Return the floor under W2 and the least NLL, for each row if they differ."""
    words = []
    for slug, text in (("w2", "Sampling floor of W2 (two independent samples of the target)"), ("nll", "Least possible NLL")):
        values = list(dict.fromkeys(f"{run[slug].best:.3f}" for run in runs if run[slug].best is not None))
        if values:
            words.append(f"{text}: {', '.join(values)}.")
    return words


def _notes(runs: Sequence[Measures], names: Sequence[str]) -> list[str]:
    found: dict[str, list[str]] = {}
    for run, name in zip(runs, names, strict=True):
        for item in run:
            plain = run.exact and item.slug in ("field_error", "seconds", "rate")  # an exact field is not trained, of course
            told = not plain and (item.value is None or item.slug in ("w2", "field_error", "seconds"))
            for note in filter(None, [item.note if told else "", item.caution]):
                where = found.setdefault(note, [])
                where.extend([] if name in where else [name])
    return [f"{', '.join(where)}: {note}" for note, where in found.items()]


def _markdown(runs: Sequence[Measures], names: list[str]) -> str:
    columns = _columns(runs)
    heads = [
        f"{kind.name} {ARROWS[kind.better]}{f' ({kind.unit})' * bool(kind.unit)}" for kind in map(KINDS.get, columns) if kind
    ]
    lines = [f"| | {' | '.join(heads)} |", f"|---|{'---:|' * len(columns)}"]
    best = {slug: best_of(runs, slug) for slug in columns}
    for i, (run, name) in enumerate(zip(runs, names, strict=True)):
        cells = [f"**{shown(run[slug])}**" if i in best[slug] else shown(run[slug]) for slug in columns]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", f"{_settings(runs)}. Best in bold."]
    if len(runs) > 1:
        lines[-1] += f" What differs: {_differs(runs)}."

    lines += ["", *_bests(runs), "", *(f"* {KINDS[slug].name}: {KINDS[slug].meaning}" for slug in columns)]
    lines += [f"* {note}" for note in _notes(runs, names)]
    return "\n".join(lines) + "\n"


def _csv(runs: Sequence[Measures], names: list[str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = [f"{slug}{end}" for slug in KINDS for end in ("", "_spread", "_best")]
    writer.writerow(["name", "field", *columns, "n", "repeats", "solver", "solver_steps", "key", "experiment"])
    for run, name in zip(runs, names, strict=True):
        cells = [x for item in run for x in (item.value, item.spread, item.best)]
        link = "&".join(f"{key}={value}" for key, value in run.experiment.to_flat().items())
        made = [run.n, run.repeats, _solver(run).rstrip(","), run.steps, run.experiment.key, link]
        writer.writerow([name, "exact" if run.exact else "learned", *("" if x is None else f"{x:.6g}" for x in cells), *made])
    return out.getvalue()


SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "→": r"$\to$", "–": "--"}
SPECIAL |= {sign: f"\\{sign}" for sign in "&%$#_{}"} | {"±": r"$\pm$", "γ": r"$\gamma$", "σ": r"$\sigma$"}


def _tex(text: str) -> str:
    return re.sub("|".join(map(re.escape, SPECIAL)), lambda found: SPECIAL[found[0]], text)


def _latex(runs: Sequence[Measures], names: list[str]) -> str:
    columns = _columns(runs)
    best = {slug: best_of(runs, slug) for slug in columns}
    arrows = {"lower": r"$\downarrow$", "higher": r"$\uparrow$"}
    lines = [f"% {_settings(runs)}. {' '.join(_bests(runs))}", rf"\begin{{tabular}}{{l{'r' * len(columns)}}}", r"\hline"]
    lines.append(" & ".join(["", *(f"{KINDS[slug].latex} {arrows[KINDS[slug].better]}" for slug in columns)]) + r" \\ \hline")
    for i, (run, name) in enumerate(zip(runs, names, strict=True)):
        cells = [rf"\textbf{{{_tex(shown(run[slug]))}}}" if i in best[slug] else _tex(shown(run[slug])) for slug in columns]
        lines.append(" & ".join([_tex(name), *cells]) + r" \\")
    return "\n".join([*lines, r"\hline", r"\end{tabular}"]) + "\n"


FORMS: dict[str, Callable[[Sequence[Measures], list[str]], str]] = {"markdown": _markdown, "csv": _csv, "latex": _latex}

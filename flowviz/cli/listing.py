"""python -m flowviz list: every choice there is."""

import argparse
import json
import re
import sys
import textwrap
from typing import Any

from flowviz.experiment.catalogue import choices, legal

DESCRIPTION = "Show every method, distribution, path, coupling, solver and option, with ranges and defaults."
FORMATTER = argparse.HelpFormatter
FLUID = 100
"""Width of a table that is not shown on a terminal."""

Row = list[str]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what `list` understands."""
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")


def run(args: argparse.Namespace) -> int:
    """Print the choices."""
    found = choices()
    print(json.dumps(found, ensure_ascii=False, indent=2) if args.json else tables(found))
    return 0


def tables(found: dict[str, Any]) -> str:
    """Return the same for a reader."""
    parts = [
        _table("DISTRIBUTIONS (source and target)", [[d["slug"], d["label"], _about(d)] for d in found["distributions"]]),
        "METHODS\n" + "\n".join(_choice(m, m["remark"]) for m in found["methods"]),
        "PATHS\n" + "\n".join(_choice(p, plain(p["formula"])) for p in found["paths"]),
        "COUPLINGS\n" + "\n".join(_choice(c, c["remark"]) for c in found["couplings"]),
        _table("SOLVERS", [[s["slug"], s["label"], _cost(s)] for s in found["solvers"]]),
        _table("NETWORK", [_row(o) for o in found["network"]]),
        _table("TRAINING", [_row(o) for o in found["training"]]),
    ]
    return "\n\n".join(parts)


def _about(distribution: dict[str, Any]) -> str:
    exact = "exact field in closed form" if distribution["closed_form"] else "exact field by a mixture that stands in"
    return f"{' or '.join(distribution['spaces'])}; colours by {distribution['labels_are']}; {exact}"


def _cost(solver: dict[str, Any]) -> str:
    per_step = solver["evaluations_per_step"]
    return f"{per_step} evaluation{'s' * (per_step > 1)} of the field a step" if per_step else "chooses its own steps"


def _choice(choice: dict[str, Any], line: str) -> str:
    needs = "  [Gaussian source only]" if choice.get("gaussian_source") else ""
    head = f"  {choice['slug']:12}{choice['label']}{needs}"
    return "\n".join([head, *_wrap(line, 14), *(f"{'':14}{'  '.join(_row(o))}" for o in choice["options"])])


def _row(option: dict[str, Any]) -> Row:
    return [option["option"], legal(option), option["description"] or ""]


def _table(title: str, rows: list[Row]) -> str:
    first, second = (max(len(row[i]) for row in rows) + 2 for i in (0, 1))
    second = min(second, 48)
    lines = [title]
    for name, legal_values, text in rows:
        start = f"  {name:{first}}{legal_values:{second}}"
        if len(legal_values) >= second:
            lines.append(start.rstrip())
            start = " " * (2 + first + second)
        lines += [start + line.strip() if i == 0 else line for i, line in enumerate(_wrap(text, 2 + first + second))]
    return "\n".join(lines)


def _wrap(text: str, indent: int) -> list[str]:
    width = _width() if sys.stdout.isatty() else FLUID
    return textwrap.wrap(text, max(width, indent + 30), initial_indent=" " * indent, subsequent_indent=" " * indent)


def _width() -> int:
    import shutil

    return min(shutil.get_terminal_size().columns, 140)


SIGNS = {r"\sigma": "σ", r"\beta": "β", r"\pi": "π", r"\gamma": "γ", r"\sim": " ~ ", r"\sin": "sin", r"\cos": "cos"}
SUBSCRIPTS = {"_0": "0", "_1": "1", "_{min}": "_min", "_{max}": "_max"}


def plain(formula: str) -> str:
    """Return a formula in LaTeX as one line for a terminal.

    >>> plain(r"x_t = \\sin(\\tfrac{\\pi}{2}t)\\,x_1 + \\cos(\\tfrac{\\pi}{2}t)\\,x_0")
    'x_t = sin(π/2 t) x1 + cos(π/2 t) x0'
    """
    for old, new in {**SIGNS, **SUBSCRIPTS, r"\,": " ", r"\;": " "}.items():
        formula = formula.replace(old, new)
    formula = re.sub(r"\\tfrac(\w)(\w)", r"\1/\2 ", formula)
    formula = re.sub(r"\\tfrac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2 ", formula)
    formula = re.sub(r"\^\{([^{}]*)\}", lambda m: f"^({m[1]})" if len(m[1]) > 1 else f"^{m[1]}", formula)
    formula = re.sub(r"\\sqrt\{([^{}]*)\}", r"√(\1)", formula)
    return re.sub(r" +", " ", formula.replace("{", "").replace("}", "").replace("\\", "")).strip()

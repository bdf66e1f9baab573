"""python -m flowviz list: every choice there is."""

import argparse
import json
import re
import sys
import textwrap
from typing import Any

from flowviz.couplings import COUPLINGS
from flowviz.distributions import DISTRIBUTIONS, distributions_in
from flowviz.experiment import LEAVES, Leaf
from flowviz.methods import METHODS
from flowviz.paths import PATHS
from flowviz.solvers import SOLVERS
from flowviz.spaces import SPACES

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


def choices() -> dict[str, Any]:
    """Every choice, as plain values: what ``list --json`` prints."""
    return {
        "distributions": [
            {
                "slug": slug,
                "label": kind.label,
                "spaces": [space.slug for space in SPACES.values() if slug in distributions_in(space)],
                "labels_are": kind.group,
                "closed_form": kind.exact,
                "density": kind.has_density,
            }
            for slug, kind in DISTRIBUTIONS.items()
        ],
        "methods": [
            {
                "slug": slug,
                "label": kind.label,
                "formula": kind.formula,
                "remark": kind.remark,
                "takes": {family: list(slugs) for family, slugs in kind.legal.items()},
                "solvers": list(kind.solvers),
                "options": _options("method", slug),
            }
            for slug, kind in METHODS.items()
        ],
        "paths": [
            {
                "slug": slug,
                "label": kind.label,
                "formula": kind.formula,
                "remark": kind.remark,
                "gaussian_source": kind.gaussian_source,
                "options": _options("path", slug),
            }
            for slug, kind in PATHS.items()
        ],
        "couplings": [
            {
                "slug": slug,
                "label": kind.label,
                "formula": kind.formula,
                "remark": kind.remark,
                "max_batch": kind.max_batch,
                "options": _options("coupling", slug),
            }
            for slug, kind in COUPLINGS.items()
        ],
        "solvers": [
            {"slug": slug, "label": solver.label, "evaluations_per_step": solver.evaluations} for slug, solver in SOLVERS.items()
        ],
        "network": _options("network", None),
        "training": [*_options("training", None), *(option(name, LEAVES[name]) for name in ("seed", "device"))],
    }


def _options(group: str, slug: str | None) -> list[dict[str, Any]]:
    return [option(name, leaf) for name, leaf in LEAVES.items() if leaf.group == group and leaf.slug == slug]


def option(name: str, leaf: Leaf) -> dict[str, Any]:
    """One field of the flat form as plain values: name, option, type, default, range, choices, description."""
    low, high = leaf.bounds
    return {
        "name": name,
        "option": "--" + name.replace("_", "-"),
        "type": leaf.kind.__name__,
        "default": leaf.default,
        "least": low,
        "above_least": any(getattr(rule, "gt", None) is not None for rule in leaf.info.metadata),
        "greatest": high,
        "choices": list(leaf.choices) if leaf.choices else None,
        "description": leaf.info.description,
    }


def tables(found: dict[str, Any]) -> str:
    """The same for a reader."""
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


def legal(option: dict[str, Any]) -> str:
    """What an option may be, and its default."""
    default = option["default"]
    if option["type"] == "bool":
        return f"true or false (default {str(default).lower()})"
    shown = f"{default:g}" if isinstance(default, float) else str(default)
    if option["choices"]:
        return f"{', '.join(option['choices'])} (default {shown})"
    least, greatest = (f"{end:,}" if isinstance(end, int) else f"{end:g}" for end in (option["least"], option["greatest"]))
    above = "above " if option["above_least"] else ""
    return f"{above}{least} to {greatest} (default {shown})"


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
    """A formula in LaTeX as one line for a terminal.

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

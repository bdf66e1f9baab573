"""Every choice there is, as plain values: what the command line, the glossary and programs list."""

from typing import Any

from flowviz.couplings import COUPLINGS
from flowviz.distributions import DISTRIBUTIONS, distributions_in
from flowviz.experiment.flat import LEAVES
from flowviz.experiment.leaf import Leaf
from flowviz.methods import METHODS
from flowviz.paths import PATHS
from flowviz.solvers import SOLVERS
from flowviz.spaces import SPACES


def choices() -> dict[str, Any]:
    """Return every choice, as plain values: what ``list --json`` prints."""
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
    """Return one field of the flat form as plain values: name, option, type, default, range, choices, description."""
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


def legal(option: dict[str, Any]) -> str:
    """Return what an option may be, and its default."""
    default = option["default"]
    if option["type"] == "bool":
        return f"true or false (default {str(default).lower()})"
    shown = f"{default:g}" if isinstance(default, float) else str(default)
    if option["choices"]:
        return f"{', '.join(option['choices'])} (default {shown})"
    least, greatest = (f"{end:,}" if isinstance(end, int) else f"{end:g}" for end in (option["least"], option["greatest"]))
    above = "above " if option["above_least"] else ""
    return f"{above}{least} to {greatest} (default {shown})"

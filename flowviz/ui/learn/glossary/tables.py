"""What the classes of the families say about themselves: the tables are generated, so what is new is in them."""

import inspect
import re
from dataclasses import dataclass
from typing import Any

import torch

from flowviz.couplings import COUPLINGS
from flowviz.experiment import Experiment
from flowviz.experiment.catalogue import choices, legal
from flowviz.methods import METHODS
from flowviz.paths import PATHS, Path

TIMES = (0.0, 0.5, 1.0)


@dataclass(frozen=True)
class FamilyRow:
    """One path or coupling, as its class describes it.

    Attributes:
        slug: Its name in links.
        label: Its name for people.
        formula: In LaTeX.
        facts: What is known of it, a few words each: source, interval, values of the coefficients.
        options: Its options with range and default.
        remark: One sentence.
        references: From the docstring.
        experiment: The default experiment with this choice.
    """

    slug: str
    label: str
    formula: str
    facts: tuple[str, ...]
    options: tuple[str, ...]
    remark: str
    references: str
    experiment: Experiment

    @property
    def words(self) -> str:
        """All that can be searched."""
        return " ".join((*self.facts, *self.options, self.remark, self.references))


def paths() -> list[FamilyRow]:
    """Return all paths."""
    return [
        _choice(row, PATHS[row["slug"]], _facts(PATHS[row["slug"]]()), Experiment(path=PATHS[row["slug"]]()))
        for row in choices()["paths"]
    ]


def methods() -> list[FamilyRow]:
    """Return all methods."""
    found = []
    for row in choices()["methods"]:
        takes = "; ".join(f"{family}: {', '.join(slugs)}" for family, slugs in row["takes"].items())
        facts = (f"Takes {takes}" if takes else "Takes every path, coupling and source", f"Solvers: {', '.join(row['solvers'])}")
        kind = METHODS[row["slug"]]
        found.append(_choice(row, kind, facts, Experiment(method=kind())))
    return found


def couplings() -> list[FamilyRow]:
    """Return all couplings."""
    found = []
    for row in choices()["couplings"]:
        most = row["max_batch"]
        facts = (f"batches of at most {most:,} pairs",) if most else ()
        kind = COUPLINGS[row["slug"]]
        found.append(_choice(row, kind, facts, Experiment(coupling=kind())))
    return found


def distributions() -> list[dict[str, Any]]:
    """Return all distributions, as `python -m flowviz list` has them."""
    return choices()["distributions"]


def _choice(row: dict[str, Any], kind: type, facts: tuple[str, ...], experiment: Experiment) -> FamilyRow:
    options = tuple(f"{o['name']}: {legal(o)}. {o['description'] or ''}".strip() for o in row["options"])
    return FamilyRow(row["slug"], row["label"], row["formula"], facts, options, row["remark"], references(kind), experiment)


def _facts(path: Path) -> tuple[str, ...]:
    t = torch.tensor(TIMES, dtype=torch.float64)
    low, high = path.interval
    # The formula is the class's own LaTeX; its coefficients are known as functions only, so their values are shown.
    curves = {"α": path.alpha(t), "σ": path.sigma(t), **({"γ": path.gamma(t)} if path.noisy else {})}
    values = ", ".join(f"{name} = {' → '.join(f'{float(v):.3g}' for v in row)}" for name, row in curves.items())
    source = f"Gaussian, width {path.source_std:g}" if path.gaussian_source else "any"
    noise = "" if path.noisy else " · no noise on the way, γ = 0"
    return f"Source: {source} · trained on t in [{low:g}, {high:g}]{noise}", f"At t = 0, ½, 1: {values}"


def references(kind: type) -> str:
    """Return the references in a class's docstring, on one line; empty where it names none.

    >>> from flowviz.paths import PATHS
    >>> references(PATHS["linear"])
    'Liu et al., "Flow Straight and Fast", 2022, arXiv 2209.03003, equation 1.'
    """
    text = inspect.cleandoc(kind.__doc__ or "")
    found = re.search(r"^References:\n((?:[ \t]+\S.*\n?)+)", text, re.MULTILINE)
    return " ".join(found[1].split()) if found else ""

"""What stands on the page Families, as a value and as an address."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from flowviz.distributions import DISTRIBUTIONS
from flowviz.experiment import (
    LEAVES,
    Experiment,
    Leaf,
    Model,
    Note,
    format_value,
    model_leaves,
    nearest_texts,
    usual_solver,
)
from flowviz.ui.compare.value import Comparison, Member
from flowviz.ui.families.contestants import CONTESTANTS, FIRST, LEAST, MOST, PRESETS, Preset
from flowviz.ui.families.pace import steps_within


class Budget(Model, frozen=True):
    """What every method may spend."""

    budget: Literal["steps", "seconds"] = Field(
        default="steps",
        title="The same number of",
        description="Gradient steps for all, or as many as fit into the same time on this machine.",
    )
    steps: int = Field(default=2000, ge=50, le=20_000, title="Gradient steps", description="Of each method.")
    seconds: int = Field(default=10, ge=2, le=60, title="Seconds", description="Of training, on one core.")
    seeds: int = Field(
        default=1,
        ge=1,
        le=5,
        title="Seeds",
        description="How many trainings of each method the table is made of; the first is shown.",
    )


PLAIN = Budget()
BUDGET: dict[str, Leaf] = model_leaves(Budget)
SHARED: dict[str, Leaf] = {**BUDGET, "target": LEAVES["target"], "seed": LEAVES["seed"]}
ASK = "table"


@dataclass(frozen=True)
class Families:
    """All that is chosen.

    Attributes:
        methods: Slugs of `CONTESTANTS`, two to five.
        budget: What each may spend.
        target: The target's text.
        seed: The first seed.
        ask: The preset whose question is asked; empty for one's own.
        notes: What had to be changed to make it legal, a sentence each.
    """

    methods: tuple[str, ...] = FIRST
    budget: Budget = PLAIN
    target: str = "8gaussians"
    seed: int = 0
    ask: str = ASK
    notes: tuple[Note, ...] = field(default=(), compare=False)

    @property
    def preset(self) -> Preset | None:
        """The question that is asked, if it is one of the page's own."""
        return PRESETS.get(self.ask)

    def texts(self) -> dict[str, str]:
        """Return every choice as a text, by name."""
        own = {name: format_value(value) for name, value in self.budget.model_dump().items()}
        return {"methods": ",".join(self.methods), **own, "target": self.target, "seed": str(self.seed)}

    def address(self) -> dict[str, str]:
        """Return the shortest address that brings all this back."""
        whole, plain = self.texts(), Families().texts()
        head = {} if self.ask == ASK else {"ask": self.ask}
        if self.preset is not None:
            plain |= self.preset.choices
        return {**head, **{name: text for name, text in whole.items() if text != plain[name]}}

    def experiment(self, slug: str, number: int = 0) -> Experiment:
        """Return the training of one method with its seed of this number, from 0."""
        flat = {**CONTESTANTS[slug].flat, "target": self.target, "seed": str(min(self.seed + number, 2**31 - 1))}
        if self.budget.budget == "steps":
            return Experiment.from_flat({**flat, "steps": str(self.budget.steps)})
        return Experiment.from_flat({**flat, "steps": str(steps_within(Experiment.from_flat(flat), self.budget.seconds))})

    @cached_property
    def experiments(self) -> dict[str, tuple[Experiment, ...]]:
        """The trainings of each method, seed by seed."""
        return {slug: tuple(self.experiment(slug, number) for number in range(self.budget.seeds)) for slug in self.methods}

    @cached_property
    def comparison(self) -> Comparison:
        """The methods side by side, each with its first seed."""
        first = [found[0] for found in self.experiments.values()]
        members = tuple(Member(one, solver=usual_solver(one.method.slug)) for one in first)
        return Comparison(members, "", called=tuple(CONTESTANTS[slug].name for slug in self.methods))


def read(address: Mapping[str, str]) -> Families:
    """Return the legal choice nearest to an address."""
    notes: list[Note] = []
    ask = address.get("ask", ASK)
    if ask and ask not in PRESETS:
        notes.append(Note(f"There is no question {ask[:40]!r}; choose one of {', '.join(PRESETS)}.", "changed", "ask"))
        ask = ASK
    texts = {**(PRESETS[ask].choices if ask else {}), **{name: text for name, text in address.items() if name != "ask"}}
    methods, more = _methods(texts.pop("methods", ",".join(FIRST)))
    found, changed = nearest_texts(SHARED, texts)
    strange = sorted(set(texts) - set(SHARED))
    if strange:
        notes.append(Note(f"Unknown names were left out: {', '.join(name[:40] for name in strange[:3])}.", "left-out"))
    values: dict[str, Any] = {name: BUDGET[name].parse(found[name]) for name in BUDGET if name in found}
    target, seed = found.get("target", Families.target), int(found.get("seed", "0"))
    return Families(methods, Budget(**values), target, seed, ask, (*notes, *more, *changed))


def _methods(text: str) -> tuple[tuple[str, ...], list[Note]]:
    """Return two to five known methods, each once, and a sentence for each thing that was changed."""
    given, notes = list(dict.fromkeys(part.strip() for part in text[:200].split(",") if part.strip())), []
    for strange in [slug for slug in given if slug not in CONTESTANTS]:
        words = f"There is no family {strange[:40]!r}; choose from {', '.join(CONTESTANTS)}. It was left out."
        notes.append(Note(words, "left-out", "methods"))
    kept = [slug for slug in given if slug in CONTESTANTS]
    if len(kept) > MOST:
        notes.append(
            Note(
                f"At most {MOST} families stand side by side; {len(kept) - MOST} of this link were left out.",
                "left-out",
                "methods",
            )
        )
    if len(kept) < LEAST:
        added = [slug for slug in FIRST if slug not in kept][: LEAST - len(kept)]
        notes.append(Note(f"Families are compared from {LEAST} on; added: {', '.join(added)}.", "changed", "methods"))
        kept += added
    return tuple(kept[:MOST]), notes


def changed(families: Families, **texts: str) -> Families:
    """Return the same with some choices changed; from then on the question is one's own."""
    return replace(read({**families.texts(), **texts, "ask": ""}), ask="")


def asked(families: Families, ask: str) -> Families:
    """Return a preset's question; seed and number of seeds stay."""
    return read({"ask": ask, "seed": str(families.seed), "seeds": str(families.budget.seeds)})


def targets() -> list[str]:
    """Return the targets that can be chosen here."""
    return [slug for slug in DISTRIBUTIONS if slug != "gaussian"]

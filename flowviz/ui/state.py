"""What the visitor has chosen in the Playground: an experiment, and how it is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pydantic import Field

from flowviz.experiment import (
    LEAVES,
    Experiment,
    Leaf,
    Model,
    Note,
    fitting_eta,
    fitting_guidance,
    fitting_noise,
    fitting_solver,
    format_value,
    model_leaves,
    nearest,
    nearest_texts,
    settled,
)
from flowviz.scene.build import View
from flowviz.ui.page_state import PageState


class Arrangement(Model, frozen=True):
    """How exact and learned flow stand on the page."""

    show: Literal["side", "over", "learned", "exact"] = Field(
        default="side", title="Show", description="Both flows side by side, one over the other, or only one of them."
    )
    section: Literal["solvers", "noise", "backward", "likelihood", "classes", "copies", "spectrum"] = Field(
        default="solvers", title="Look at", description="Which way of drawing from the flow the page Sampling shows."
    )


LOOKS: dict[str, Leaf] = {**model_leaves(View), **model_leaves(Arrangement)}
FIELDS: dict[str, Leaf] = {**LEAVES, **LOOKS}
"""Every choice that the address can hold, by its name there."""


@dataclass(frozen=True)
class Choice:
    """What is on the page now.

    Attributes:
        experiment: What is learned.
        view: How it is looked at.
        show: "side", "over", "learned" or "exact".
        section: What the page Sampling shows of the flow.
        notes: What had to be changed to make it legal, a sentence each.
    """

    experiment: Experiment
    view: View
    show: str
    section: str = "solvers"
    notes: list[Note] = field(default_factory=list)

    @cached_property
    def looks(self) -> dict[str, str]:
        """View and arrangement as texts, by name."""
        return {
            name: format_value(v) for name, v in {**self.view.model_dump(), "show": self.show, "section": self.section}.items()
        }

    @cached_property
    def flat(self) -> dict[str, str]:
        """Every choice as a text, by name."""
        return {**self.experiment.to_flat(changed_only=False), **self.looks}

    def address(self) -> dict[str, str]:
        """Return what differs from the defaults, by name."""
        changed = {name: text for name, text in self.looks.items() if text != format_value(LOOKS[name].default)}
        return {**self.experiment.to_flat(), **changed}


def read(flat: Mapping[str, str]) -> Choice:
    """Return the legal choice nearest to some texts."""
    looks, notes = nearest_texts(LOOKS, flat)
    experiment, more = nearest({name: text for name, text in flat.items() if name not in LOOKS})
    values: dict[str, Any] = {name: LOOKS[name].parse(looks[name]) if name in looks else LOOKS[name].default for name in LOOKS}
    show, section = values.pop("show"), values.pop("section")
    apart = []
    if experiment.space.sheet and show == "over":
        apart = [Note("Pictures and series cannot lie over one another. Taken instead: side by side.", "changed", "show")]
        show = "side"
    values["solver"], unfit = fitting_solver(looks.get("solver"), experiment.method.slug)
    values["noise"], values["solver"], quiet = fitting_noise(values["noise"], values["solver"], experiment)
    values["eta"], calm = fitting_eta(values["eta"], values["solver"])
    values["guidance"], values["of_class"], unasked = fitting_guidance(values["guidance"], values["of_class"], experiment)
    return Choice(experiment, View(**values), show, section, notes + more + apart + unfit + quiet + calm + unasked)


STATE = PageState("fv.playground", read)


def put(**texts: str) -> None:
    """Change some choices, as a widget's callback does, and what hangs on them (`settled`)."""
    STATE.put(read(settled(STATE.now.flat, **texts)))


def load(experiment: Experiment) -> None:
    """Take another experiment; how it is looked at stays."""
    STATE.put(read({**STATE.now.looks, **experiment.to_flat(changed_only=False)}))


def reset() -> None:
    """Go back to the default experiment; how it is looked at stays."""
    STATE.put(read(STATE.now.looks))

"""The visitor's lecture: the step, the pair that stays for all steps, present mode; kept, and in the address always."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from flowviz.experiment import LEAVES, Experiment, Note, format_value, nearest
from flowviz.experiment.refusals import shown
from flowviz.spaces import PLANE
from flowviz.ui.learn.present import NOW
from flowviz.ui.learn.steps import STEPS
from flowviz.ui.page_state import PageState

PAIR = {name: leaf for name, leaf in LEAVES.items() if name in ("source", "target", "path") or leaf.group == "path"}
"""What stays for the whole lecture, by its name in the address."""
SLUGS = tuple(step.slug for step in STEPS)
YES, NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


@dataclass(frozen=True)
class Lecture:
    """Where the lecture is.

    Attributes:
        step: The step's slug.
        experiment: The pair and its path; all else at its default.
        present: Whether it is shown for a projector.
        notes: What had to be changed to make it legal, a sentence each.
    """

    step: str = SLUGS[0]
    experiment: Experiment = field(default_factory=Experiment)
    present: bool = False
    notes: tuple[Note, ...] = field(default=(), compare=False)

    def address(self, step: str | None = None) -> dict[str, str]:
        """Return what differs from the defaults, by name; of another step, if one is given."""
        step = step or self.step
        head = {} if step == SLUGS[0] else {"step": step}
        return {**head, **self.experiment.to_flat(), **({"present": "1"} if self.present else {})}


def read(address: Mapping[str, str]) -> Lecture:
    """Return the legal lecture nearest to an address."""
    step, notes = _step(address.get("step", SLUGS[0]))
    text = address.get("present", "")
    if text.lower() not in YES + NO:
        notes.append(Note(f"`present` must be 1 or 0; got {shown(text)}. Taken instead: 0."))
    experiment, more = nearest({name: value for name, value in address.items() if name in PAIR})
    if experiment.space != PLANE:
        label = experiment.target_distribution.label
        more.append(
            Note(f"The lecture is drawn in the plane, and {label} is not. Taken instead: 8 Gaussians.", "unfit", "target")
        )
        rest = {name: value for name, value in address.items() if name in PAIR and name not in ("source", "target")}
        experiment, _ = nearest(rest)  # without what was only the default of that target
    if strange := [name for name in address if name not in (*PAIR, "step", "present")]:
        rest = f" and {len(strange) - 3:,} more" if len(strange) > 3 else ""
        notes.append(
            Note(
                f"The lecture knows step, source, target, path, the path’s options and present; left out: "
                f"{', '.join(map(shown, strange[:3]))}{rest}."
            )
        )
    return Lecture(step, experiment, text.lower() in YES, tuple(notes + more))


def _step(text: str) -> tuple[str, list[Note]]:
    if text in SLUGS:
        return text, []
    if text.isascii() and text.isdigit() and 1 <= int(text[:4]) <= len(SLUGS):
        return SLUGS[int(text[:4]) - 1], []
    taken = next(iter(difflib.get_close_matches(text.lower(), SLUGS, 1)), SLUGS[0])
    return taken, [
        Note(
            f"There is no step {shown(text)}; choose one of {', '.join(SLUGS)}, or a number from 1 to {len(SLUGS)}. Taken instead: {taken}."
        )
    ]


STATE = PageState(NOW, read)


def go(*, step: str | None = None, present: bool | None = None) -> None:
    """Turn to a step, or present mode on or off, as a callback does."""
    now = STATE.now
    here = now.present if present is None else present
    STATE.put(Lecture(step if step in SLUGS else now.step, now.experiment, here))


def put(**texts: str) -> None:
    """Change the pair or its path, as a widget's callback does; options of a path that is left are forgotten."""
    now = STATE.now
    flat = {**now.experiment.to_flat(changed_only=False), **texts}
    flat = {name: text for name, text in flat.items() if PAIR.get(name) and PAIR[name].slug in (None, flat["path"])}
    experiment, notes = nearest(flat)
    STATE.put(Lecture(now.step, experiment, now.present, tuple(notes)))


def option(name: str, experiment: Experiment) -> str:
    """Return the text of one choice of the pair."""
    return format_value(PAIR[name].read(experiment))

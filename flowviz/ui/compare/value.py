"""A comparison as a value, and as an address: what all have in common once, and for each what is its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flowviz.experiment import (
    LEAVES,
    Experiment,
    Leaf,
    Note,
    fitting_eta,
    fitting_solver,
    format_value,
    model_leaves,
    nearest,
    nearest_texts,
    settled,
)
from flowviz.scene.build import View
from flowviz.solvers import STIRRED
from flowviz.ui.compare.member_fields import OWN
from flowviz.ui.compare.presets import PRESETS, Preset

LETTERS = "abcde"
MOST, LEAST = 4, 2
PARTICLES = model_leaves(View)["particles"]
FIELDS: dict[str, Leaf] = {**LEAVES, **OWN}
"""Every choice in which members may differ, by its name in the address."""
FIRST = "coupling"
"""The question that the page opens with."""
SAME = "-"
"""Stands for a member that has nothing of its own."""
LONGEST = 4_000
"""Characters of one part of an address that are read; a comparison's whole address stays under 2,000."""


@dataclass(frozen=True)
class Member:
    """One panel: an experiment, and which of its flows is shown, carried how.

    Attributes:
        experiment: What is learned.
        flow: "learned" (the exact one until something is learned) or "exact".
        solver: The solver of its particles.
        solver_steps: Its steps.
        eta: Fresh noise in those of DDIM.
    """

    experiment: Experiment
    flow: str = "learned"
    solver: str = "euler"
    solver_steps: int = 60
    eta: float = 0.0

    @property
    def trains(self) -> bool:
        """Whether its flow has to be learned."""
        return self.flow == "learned"

    def flat(self, *, changed_only: bool = True) -> dict[str, str]:
        """Return names and texts, as in a link."""
        own = {name: format_value(getattr(self, name)) for name, leaf in OWN.items()}
        if self.solver not in STIRRED:
            del own["eta"]
        if changed_only:
            own = {name: text for name, text in own.items() if text != format_value(OWN[name].default)}
        return {**self.experiment.to_flat(changed_only=changed_only), **own}

    def view(self, particles: int) -> View:
        """Return how it is looked at."""
        how = {"solver": self.solver, "solver_steps": self.solver_steps, "eta": self.eta}
        return View.model_validate({"particles": particles, **how})


@dataclass(frozen=True)
class Comparison:
    """All that stands on the page.

    Attributes:
        members: Two to four.
        ask: The preset whose question is asked; empty for one's own.
        particles: How many are shown in each panel.
        notes: What had to be changed to make it legal, a sentence each.
        called: What each panel is called; empty for what each has of its own.
    """

    members: tuple[Member, ...]
    ask: str = FIRST
    particles: int = 500
    notes: tuple[Note, ...] = field(default=(), compare=False)
    called: tuple[str, ...] = ()

    @property
    def preset(self) -> Preset | None:
        """The question that is asked, if it is one of the page's own."""
        return PRESETS.get(self.ask)

    def address(self) -> dict[str, str]:
        """Return the shortest address that brings all this back."""
        flats = [member.flat() for member in self.members]
        common = {name: text for name, text in flats[0].items() if all(flat.get(name) == text for flat in flats)}
        head = {"ask": self.ask} if self.ask else {}
        if self.particles != 500:
            head["particles"] = str(self.particles)
        own = [{name: text for name, text in flat.items() if name not in common} for flat in flats]
        if self.preset is not None and read({**head, **common}).members == self.members:
            return {**head, **common}
        return {**head, **common, **{letter: _join(part) for letter, part in zip(LETTERS, own, strict=False)}}


def _join(part: Mapping[str, str]) -> str:
    return ",".join(f"{name}:{text}" for name, text in part.items()) or SAME


def _split(text: str) -> tuple[dict[str, str], list[str]]:
    """Return names and texts of one member, and what could not be read."""
    pieces = [piece for piece in text[:LONGEST].split(",") if piece not in ("", SAME)]
    return dict(piece.split(":", 1) for piece in pieces if ":" in piece), [piece for piece in pieces if ":" not in piece]


def member_of(flat: Mapping[str, str]) -> tuple[Member, list[Note]]:
    """Return the legal member nearest to some texts, and a sentence for each thing that was changed."""
    own, notes = nearest_texts(OWN, flat)
    experiment, more = nearest({name: text for name, text in flat.items() if name not in OWN})
    solver_steps = OWN["solver_steps"].parse(own.get("solver_steps", "60"))
    solver, unfit = fitting_solver(own.get("solver"), experiment.method.slug)
    eta, calm = fitting_eta(OWN["eta"].parse(own.get("eta", "0")), solver)
    return Member(experiment, own.get("flow", "learned"), solver, solver_steps, eta), notes + more + unfit + calm


def read(address: Mapping[str, str]) -> Comparison:
    """Return the legal comparison nearest to an address."""
    notes: list[Note] = []
    given = [name for name in address if len(name) == 1 and name.isalpha() and name.islower()]
    head = {name: text[:LONGEST] for name, text in address.items() if name not in given}
    ask = head.pop("ask", "" if given else FIRST)
    if ask not in PRESETS and ask:
        notes.append(Note(f"There is no question {ask[:40]!r}; choose one of {', '.join(PRESETS)}.", "changed", "ask"))
        ask = ""
    if not (ask or given):
        ask = FIRST
    found, more = nearest_texts({"particles": PARTICLES}, head)
    notes += more
    head.pop("particles", None)
    parts = [address[name] for name in sorted(given)]
    if len(parts) > MOST:
        notes.append(Note(f"At most four experiments stand side by side; {len(parts) - MOST} of this link were left out."))
    flats: list[dict[str, str]] = []
    for place, text in enumerate(parts[:MOST]):
        flat, unread = _split(text)
        notes += [
            Note(f"Panel {LETTERS[place].upper()}: {piece[:40]!r} is no choice with a value; it was left out.")
            for piece in unread
        ]
        flats.append({**head, **flat})
    if not flats and ask:
        flats = [{**head, **part} for part in PRESETS[ask].members]
    if len(flats) == 1:
        notes.append(Note("This link holds one experiment only; a copy stands beside it: change one thing in it."))
        flats *= 2
    members, more = _members(flats)
    return Comparison(members, ask, int(found.get("particles", "500")), tuple(notes + more))


def _members(flats: Iterable[Mapping[str, str]]) -> tuple[tuple[Member, ...], list[Note]]:
    members: list[Member] = []
    notes: list[Note] = []
    said: dict[Note, list[str]] = {}
    for letter, flat in zip(LETTERS.upper(), flats, strict=False):
        member, more = member_of(flat)
        members.append(member)
        for note in more:
            said.setdefault(note, []).append(letter)
    for note, letters in said.items():
        where = "All panels" if len(letters) == len(members) else f"Panel {', '.join(letters)}"
        notes.append(note.worded(f"{where}: {note}"))
    return tuple(members), notes


def changed(comparison: Comparison, **texts: str) -> Comparison:
    """Return the same comparison with some choices changed in all of its members."""
    flats = [settled(member.flat(changed_only=False), **texts) for member in comparison.members]
    members, notes = _members(flats)
    return Comparison(members, comparison.ask, comparison.particles, tuple(notes))


def changed_one(comparison: Comparison, place: int, **texts: str) -> Comparison:
    """Return the same comparison with some choices changed in one member; from then on the question is one's own."""
    flats = [member.flat(changed_only=False) for member in comparison.members]
    flats[place] = settled(flats[place], **texts)
    members, notes = _members(flats)
    return Comparison(members, "", comparison.particles, tuple(notes))


def copied(comparison: Comparison, place: int, **texts: str) -> Comparison:
    """Return a copy of one member beside the others, with some choices changed."""
    more = Comparison((*comparison.members, comparison.members[place])[:MOST], "", comparison.particles)
    return changed_one(more, len(more.members) - 1, **texts)


def without(comparison: Comparison, place: int) -> Comparison:
    """Return the comparison without one member."""
    kept = tuple(member for i, member in enumerate(comparison.members) if i != place)
    return Comparison(kept, "", comparison.particles) if len(kept) >= LEAST else comparison

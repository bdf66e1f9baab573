"""What a comparison is called: each member by what it has of its own, and what differs, in a sentence."""

from collections.abc import Sequence

from flowviz.couplings import COUPLINGS
from flowviz.experiment import LEAVES
from flowviz.paths import PATHS
from flowviz.ui.compare.value import FIELDS, LETTERS, Comparison, Member
from flowviz.ui.widgets import label_of

COLOURS = ("blue", "orange", "green", "violet", "gray")
"""Of the members' letters, as Markdown calls them."""
CURVES = ("fv:0", "fv:1", "fv:2", "fv:3", "fv:muted")
"""Of the members' curves: the same."""
GAMMA = {"sqrt": "γ = a√(2t(1−t))", "sin2": "γ = a sin²(πt)", "quadratic": "γ = a t(1−t)"}


def differing(members: Sequence[Member]) -> list[str]:
    """Return the names of the fields in which members differ; options only where two of one path or coupling differ in them."""
    flats = [member.flat(changed_only=False) for member in members]
    return [name for name in FIELDS if len({flat[name] for flat in flats if name in flat}) > 1]


def names(members: Sequence[Member]) -> list[str]:
    """Return a short name for each member: what it has of its own; equal ones have equal names."""
    fields = differing(members)
    if not fields:
        return [f"{PATHS[m.experiment.path.slug].label}, {COUPLINGS[m.experiment.coupling.slug].short}" for m in members]
    return [", ".join(dict.fromkeys(filter(None, (_part(m, name, fields) for name in fields)))) for m in members]


def _part(member: Member, name: str, fields: Sequence[str]) -> str:
    """Return what one field adds to a member's name."""
    flat = member.flat(changed_only=False)
    text = flat.get(name)
    if text is None:
        return ""
    if name in ("width", "depth"):
        return f"network {flat['depth']} × {flat['width']}"
    if name in ("solver", "solver_steps"):
        steps = flat["solver_steps"]
        return f"{steps} {label_of('solver', flat['solver'])} step{'s' if steps != '1' else ''}"
    if name == "eta":
        return f"η = {text}"
    if name in ("si_linear_a", "si_linear_kind"):
        height = "" if flat["si_linear_a"] == "1" else f", a = {flat['si_linear_a']}"
        return "γ = 0" if flat["si_linear_a"] == "0" else GAMMA[flat["si_linear_kind"]] + height
    if name == "pairs_rounds" or (name == "coupling" and text == "pairs"):
        return f"Reflow round {flat['pairs_rounds']}"
    if name == "path":
        return PATHS[text].label
    if name in ("source", "target"):
        return getattr(member.experiment, f"{name}_distribution").label
    if name in ("method", "coupling", "time_sampling", "flow"):
        return label_of(name, text).capitalize() if name == "flow" else label_of(name, text)
    return f"{title(name)} {label_of(name, text)}"


def title(name: str) -> str:
    """Return a field's title in the middle of a sentence."""
    words = FIELDS[name].info.title or name
    return words if words[:2].isupper() or not words[:1].isascii() else words[0].lower() + words[1:]


def letter(place: int, *, coloured: bool = True) -> str:
    """Return a member's letter, in its colour."""
    text = LETTERS[place].upper()
    return f":{COLOURS[place]}[**{text}**]" if coloured else text


def what_differs(comparison: Comparison) -> str:
    """Return what differs and what is common, in two sentences of Markdown."""
    members, fields = comparison.members, differing(comparison.members)
    called = ", ".join(f"{letter(i)} {name}" for i, name in enumerate(names(members)))
    groups = list(dict.fromkeys(_group(name) for name in fields))
    if not groups:
        words = "**Nothing differs**: all are equal."
    elif len(groups) == 1:
        words = f"Only the **{groups[0]}** differs: {called}."
    else:
        words = f"**{', '.join(groups[:-1])} and {groups[-1]}** differ: {called}."
    return f"{words} {_common(members[0], fields)}{_equal(members)}"


def _group(name: str) -> str:
    if name in ("width", "depth"):
        return "network’s size"
    if name in ("solver", "solver_steps"):
        return "number of solver steps" if name == "solver_steps" else "solver"
    if name in ("si_linear_a", "si_linear_kind"):
        return "noise γ on the way"
    if name == "pairs_rounds":
        return "coupling"
    return title(name)


def _common(member: Member, fields: Sequence[str]) -> str:
    one = member.experiment
    method = {"method": f"{one.method.label} method"} if one.method.slug != LEAVES["method"].default else {}
    parts = {
        "source target": f"{one.source_distribution.label} → {one.target_distribution.label}",
        "path": f"{PATHS[one.path.slug].label} path",
        "coupling": f"{COUPLINGS[one.coupling.slug].label} coupling",
        **method,
        "steps": f"{one.total_steps:,} training steps",
        "seed": f"seed {one.seed}",
    }
    kept = [text for names, text in parts.items() if not set(names.split()) & set(fields)]
    return f"Common to all: {', '.join(kept)}, and the same particles." if kept else ""


def _equal(members: Sequence[Member]) -> str:
    """Return a sentence about those that are the same, or whose training is."""
    places: dict[Member, list[str]] = {}
    for i, member in enumerate(members):
        places.setdefault(member, []).append(LETTERS[i].upper())
    twice = [letters for letters in places.values() if len(letters) > 1]
    if twice:
        each = " and ".join(f"{', '.join(letters[:-1])} and {letters[-1]}" for letters in twice)
        return f" {each} are equal: trained once, shown more than once."
    trained = [member.experiment for member in members if member.trains]
    return " Those with the same experiment share one training." if len(set(trained)) < len(trained) else ""

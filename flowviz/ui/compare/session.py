"""The visitor's comparison: kept while they are here, and in the address always."""

from flowviz.experiment import FAMILIES, format_value
from flowviz.ui.compare import value
from flowviz.ui.compare.value import FIELDS, Comparison
from flowviz.ui.page_state import PageState

STATE = PageState("fv.compare", value.read)


def put_all(**texts: str) -> None:
    """Change some choices in all members."""
    STATE.put(value.changed(STATE.now, **texts))


def ask(question: str) -> None:
    """Put a preset's panels side by side; what was common to the former ones and is not asked about stays."""
    before = STATE.now
    asked = {name for member in value.PRESETS[question].members for name in member}
    families = {leaf.group for name, leaf in FIELDS.items() if name in asked and leaf.group in FAMILIES} | asked
    keep = {n: t for n, t in common(before).items() if n in KEPT and n not in families}
    STATE.put(value.read({"ask": question, "particles": format_value(before.particles), **keep}))


KEPT = ("source", "target", "steps", "batch", "lr", "seed")
"""What of a comparison goes over to the next question."""


def common(comparison: Comparison) -> dict[str, str]:
    """Return the choices that all members share, as texts."""
    flats = [member.flat(changed_only=False) for member in comparison.members]
    return {name: text for name, text in flats[0].items() if all(flat.get(name) == text for flat in flats)}

"""One sentence that answers a preset's question, from the measures and their spread."""

from collections.abc import Sequence

from flowviz.measures import Measures, shown
from flowviz.ui.compare.presets import Preset

CLEAR = 2.0
"""Standard deviations of a difference below which two values count as even."""


def leaders(runs: Sequence[Measures], slug: str) -> list[int]:
    """Return the panels whose value is the best, or within the spread of it; all measures asked about are better when lower."""
    known = [(run[slug].value, run[slug].spread or 0.0, i) for i, run in enumerate(runs)]
    found = [(value, spread, i) for value, spread, i in known if value is not None]
    if not found:
        return []
    best, around, _ = min(found)
    return [i for value, spread, i in found if value - best <= CLEAR * (spread**2 + around**2) ** 0.5]


def answer(preset: Preset, names: Sequence[str], runs: Sequence[Measures]) -> str:
    """Return the answer, with the numbers that it rests on; empty where fewer than two have any."""
    slug = preset.measure
    known = [i for i, run in enumerate(runs) if run[slug].value is not None]
    if len(known) < 2:
        return ""
    first = leaders(runs, slug)
    text = preset.even if len(first) == len(known) else preset.against if 0 in first else preset.claim
    called = [names[i] for i in first]
    words = text.format(names=" and ".join(filter(None, [", ".join(called[:-1]), called[-1]])))
    kind = runs[known[0]][slug].kind
    numbers = ", ".join(f"{names[i]}: {shown(runs[i][slug])}" for i in known)
    bests = [run[slug].best for run in runs if run[slug].best is not None]
    best = f"; the best possible is {bests[0]:.3g}" if bests else ""
    word = kind.name if kind.name.isupper() or len(kind.name) < 3 else kind.name.lower()
    return f"{words} ({word}, lower is better: {numbers}{best})."

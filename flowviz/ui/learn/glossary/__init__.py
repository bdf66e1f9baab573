"""The glossary: every symbol and term with one sentence, one formula and a paper."""

from flowviz.ui.learn.glossary.entry import Entry, Paper
from flowviz.ui.learn.glossary.flows import FLOWS
from flowviz.ui.learn.glossary.learning import LEARNING
from flowviz.ui.learn.glossary.sampling import SAMPLING
from flowviz.ui.learn.glossary.symbols import SYMBOLS

GLOSSARY: dict[str, Entry] = {
    entry.slug: entry for entry in (*SYMBOLS, *sorted((*FLOWS, *LEARNING, *SAMPLING), key=lambda e: e.name.casefold()))
}
"""All entries by slug: symbols first, then terms from A to Z."""

__all__ = ["GLOSSARY", "Entry", "Paper"]

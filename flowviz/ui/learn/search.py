"""Finding entries by what people type: case, hyphens, accents, small digits and Greek letters make no difference."""

import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

GREEK = {
    "α": "alpha",
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "ε": "epsilon",
    "θ": "theta",
    "λ": "lambda",
    "μ": "mu",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "ς": "sigma",
    "τ": "tau",
    "φ": "phi",
    "ϕ": "phi",
    "∇": "nabla",
}
SHORT = 2
"""Letters up to which only the beginnings of words in the names count: one letter is in the middle of every word."""
LONGEST = 200
"""Characters of a search that are read."""


def folded(text: str) -> str:
    """Return lower-case words of letters and digits, with Greek letters by their names.

    >>> folded("Runge–Kutta, x₁ and σ_min")
    'runge kutta x1 and sigma min'
    """
    spelled = "".join(f" {GREEK[c]} " if c in GREEK else c for c in unicodedata.normalize("NFKD", text).casefold())
    kept = (c if c.isalnum() else "" if unicodedata.combining(c) or c in "'’" else " " for c in spelled)
    return " ".join("".join(kept).split())


def found(query: str, entries: Iterable[T], names: Callable[[T], str], words: Callable[[T], str]) -> list[T]:
    """Return the entries in which every word of a query is found, those found by name first.

    Args:
        query: What was typed; an empty one finds all.
        entries: What to look through.
        names: What an entry is called, all its other names too.
        words: What else it says.
    """
    asked = folded(query[:LONGEST]).split()
    ranked = [(_rank(asked, folded(names(entry)), folded(words(entry))), place, entry) for place, entry in enumerate(entries)]
    return [entry for rank, _, entry in sorted(ranked, key=lambda r: r[:2]) if rank < MISS]


MISS = 9


def _rank(asked: list[str], names: str, words: str) -> int:
    """Return 0 where all is the beginning of words in the names, 1 in the names, 2 anywhere, `MISS` nowhere."""
    starts = f" {names}"
    if all(f" {word}" in starts for word in asked):
        return 0
    long = [word for word in asked if len(word) > SHORT]
    # "continuityequation" and "runge kutta" are found too, so also with the spaces taken out on both sides.
    if len("".join(asked)) > SHORT and "".join(asked) in names.replace(" ", ""):
        return 1
    if long and all(word in names for word in long):
        return 1
    everything = f"{names} {words}"
    if long and all(word in everything for word in long):
        return 2
    return MISS

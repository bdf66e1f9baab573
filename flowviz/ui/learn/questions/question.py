"""What a question is: as people ask it, an answer in words whose numbers are computed, and the pictures that answer."""

import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flowviz.lessons.answers import Answer
from flowviz.ui.compare.value import Comparison, member_of
from flowviz.ui.learn.glossary.entry import Paper
from flowviz.ui.learn.questions.figures import Figure
from flowviz.ui.learn.terms import term

TERM = re.compile(r"\[\[([\w-]+)(?:\|([^\]]+))?\]\]")
POWERS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class _Formatter(string.Formatter):
    """As `str.format`, with "sci" for powers of ten as they are written by hand."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec != "sci":
            return super().format_field(value, format_spec)
        if value == 0:
            return "0"
        digits, power = f"{value:.0e}".split("e")
        return f"{digits}·10{str(int(power)).translate(POWERS)}"


def filled(template: str, numbers: Mapping[str, float]) -> str:
    """Return a text with its numbers.

    >>> filled("{a:.2f} and {b:sci}", {"a": 1.234, "b": 2.2e-15})
    '1.23 and 2·10⁻¹⁵'
    """
    return _Formatter().vformat(template, (), numbers)


@dataclass(frozen=True)
class AnswerFigure:
    """One of the pictures beside each other.

    Attributes:
        title: What it shows, in a few words; its numbers are computed too.
        figure: A figure for `livefig`.
        share: Its part of the row's width.
    """

    title: str
    figure: Figure
    share: float = 1.0


def nothing(numbers: Mapping[str, float]) -> str:
    """Return no sentence."""
    return ""


@dataclass(frozen=True)
class Question:
    """A question with its answer.

    Attributes:
        slug: Its name in the address, for ever.
        ask: As people ask it.
        words: At most 120 words that answer straight; ``{name:.2f}`` is a computed number, ``[[slug|words]]`` a term.
        compute: Finds the numbers and what the picture draws.
        picture: The pictures, from left to right.
        look: What to look at, one sentence.
        experiments: Flat choices: of one, the Playground opens; of several, the comparison; none where Families opens.
        also: Other words by which people look for it.
        about_article: Whether it is a place where the tutorial that this app follows is wrong.
        opening: What the numbers decide, before the words: the sentences depend on which way the numbers came out.
        ending: The same after the words.
        papers: Where it is shown or proposed.
        families: Choices of the page Families, where that opens.
    """

    slug: str
    ask: str
    words: str
    compute: Callable[[], Answer]
    picture: Callable[[Answer], list[AnswerFigure]]
    look: str
    experiments: tuple[dict[str, str], ...]
    also: tuple[str, ...] = ()
    about_article: bool = False
    opening: Callable[[Mapping[str, float]], str] = nothing
    ending: Callable[[Mapping[str, float]], str] = nothing
    papers: tuple[Paper, ...] = ()
    families: Mapping[str, str] | None = None

    def paragraph(self, numbers: Mapping[str, float]) -> str:
        """Return the answer in Markdown, with its numbers and links."""
        template = " ".join(filter(None, (self.opening(numbers), self.words, self.ending(numbers))))
        return TERM.sub(lambda found: term(found[1], found[2]), filled(template, numbers))

    @property
    def terms(self) -> list[str]:
        """Slugs of the terms in the answer."""
        return [found[1] for found in TERM.finditer(self.words)]

    @property
    def plain(self) -> str:
        """What can be searched."""
        return TERM.sub(lambda found: found[2] or found[1], self.words)

    @property
    def comparison(self) -> Comparison | None:
        """The comparison that shows it, where more than one experiment does."""
        if len(self.experiments) < 2:
            return None
        return Comparison(tuple(member_of(flat)[0] for flat in self.experiments), ask="")

    @property
    def page(self) -> str:
        """The page that opens the experiments: "playground", "compare" or "families"."""
        return "families" if self.families is not None else "compare" if self.comparison else "playground"

    @property
    def address(self) -> dict[str, str]:
        """The address of the experiments, without the page's name."""
        if self.families is not None:
            return dict(self.families)
        return self.comparison.address() if self.comparison else dict(self.experiments[0])

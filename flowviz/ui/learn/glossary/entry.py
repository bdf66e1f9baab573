"""What an entry of the glossary is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """Where a term comes from, or where it is best explained.

    Attributes:
        authors: Family names; "et al." for more than three.
        title: Its short title.
        year: Of its first public version.
        arxiv: Its arXiv id; empty where it has none.
        where: Journal or publisher, for those without.
    """

    authors: str
    title: str
    year: int
    arxiv: str = ""
    where: str = ""

    @property
    def markdown(self) -> str:
        """The reference on one line, with a link where there is one."""
        place = f"[arXiv {self.arxiv}](https://arxiv.org/abs/{self.arxiv})" if self.arxiv else self.where
        return f"{self.authors}, *{self.title}*, {self.year}{', ' if place else ''}{place}"


@dataclass(frozen=True)
class Entry:
    """One symbol or term.

    Attributes:
        slug: Its name in the address, for ever.
        name: As it stands in the middle of a sentence.
        sentence: What it is, in one sentence.
        formula: One formula in LaTeX.
        paper: Where it comes from.
        related: Slugs of its neighbours.
        symbol: Whether it is a symbol of the formulas; those come first.
        also: Other words by which people look for it.
    """

    slug: str
    name: str
    sentence: str
    formula: str
    paper: Paper
    related: tuple[str, ...]
    symbol: bool = False
    also: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """The name at the head of its entry."""
        return self.name if self.symbol else self.name[:1].upper() + self.name[1:]

    @property
    def short(self) -> str:
        """The name without what explains it: "x₀" of "x₀, source point"."""
        return self.name.split(", ")[0]

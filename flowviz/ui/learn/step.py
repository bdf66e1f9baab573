"""What a step of the lecture is."""

from collections.abc import Callable
from dataclasses import dataclass

from flowviz.experiment import Experiment

Words = Callable[[Experiment], str]
"""Markdown about the pair and path that the visitor has chosen; its numbers are computed from them."""


@dataclass(frozen=True)
class Step:
    """One screen: one picture, at most 80 words, one thing to try, one question whose answer is hidden at first.

    Attributes:
        slug: Its name in the address, for ever.
        title: What stands above it; a sentence or a few words.
        words: At most 80 words of Markdown. Terms link to the glossary.
        formula: In LaTeX, or empty; its symbols are coloured as in the picture by `symbols.coloured`.
        try_this: One thing to do with the picture, one sentence.
        question: One question.
        answer: Its answer.
        picture: Draws the one picture, with what sets it, through Streamlit.
    """

    slug: str
    title: str
    words: Words
    formula: Words
    try_this: Words
    question: str
    answer: Words
    picture: Callable[[Experiment], None]

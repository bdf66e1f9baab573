"""Links from a text to the glossary."""

from flowviz.ui.learn.glossary import GLOSSARY


def term(slug: str, words: str | None = None) -> str:
    """Return a term as a Markdown link to its entry.

    Args:
        slug: The entry.
        words: What the link says; the entry's name unless given.

    Raises:
        KeyError: If there is no such entry.
    """
    if slug not in GLOSSARY:
        raise KeyError(f"unknown term {slug!r}; choose one of {', '.join(sorted(GLOSSARY))}.")
    return f"[{words or GLOSSARY[slug].short}](glossary?term={slug})"

"""Saying no in one sentence that names the value and the legal ones."""

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError


def shown(value: Any) -> str:
    """A value as it stands in a sentence: on one line, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}… ({len(text):,} characters)"


def unknown(name: str, value: str, legal: Mapping[str, Any]) -> str:
    """One sentence for a value that is not on the list, with the nearest that is."""
    near = difflib.get_close_matches(value, list(legal), 1)
    return (
        f"unknown {name} {shown(value)}; "
        + (f"did you mean {near[0]!r}? " if near else "")
        + f"choose one of {', '.join(legal)}."
    )


def complaint(error: Any) -> str:
    message = error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return message if error["type"] == "value_error" else f"{message[0].lower()}{message[1:]}; got {shown(error['input'])}."


def sentence(error: ValidationError) -> str:
    """pydantic's first complaint, as one sentence."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"`{where}`: {complaint(first)}" if where else complaint(first)

"""Saying no in one sentence that names the value and the legal ones."""

import difflib
from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo


class Note(str):
    """A sentence about what was changed in a choice, and what it is about, for code that acts on it.

    Attributes:
        code: "changed" (another value was taken), "gone" (own data that are not here), "left-out" or "unfit".
        field: The choice that it is about; empty where it is about several.
    """

    code: str
    field: str

    def __new__(cls, words: str, code: str = "changed", field: str = "") -> "Note":
        note = super().__new__(cls, words)
        note.code, note.field = code, field
        return note

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        return Note, (str(self), self.code, self.field)

    def worded(self, words: str) -> "Note":
        """Return the same note in other words."""
        return Note(words, self.code, self.field)


class UnfitError(ValueError):
    """Choices that are legal each for itself and not together.

    Attributes:
        gives_way: The choice that goes to its default where a legal experiment is wanted.
    """

    def __init__(self, words: str, gives_way: str) -> None:
        super().__init__(words)
        self.gives_way = gives_way


def shown(value: Any) -> str:
    """Return a value as it stands in a sentence: on one line, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:50]}… ({len(text):,} characters)"


def unknown(name: str, value: str, legal: Mapping[str, Any]) -> str:
    """Return one sentence for a value that is not on the list, with the nearest that is."""
    near = difflib.get_close_matches(value, list(legal), 1)
    return (
        f"unknown {name} {shown(value)}; "
        + (f"did you mean {near[0]!r}? " if near else "")
        + f"choose one of {', '.join(legal)}."
    )


def wanted(info: FieldInfo) -> str | None:
    """Return what a field may hold, in words, with its range; None where it is no plain number, switch or list of texts.

    >>> from flowviz.experiment import Experiment, Network
    >>> wanted(Experiment.model_fields["seed"])
    'a whole number from 0 to 2,147,483,647'
    >>> wanted(Network.model_fields["width"])
    'a whole number from 8 to 512, a multiple of 8'
    """
    kind = info.annotation
    if get_origin(kind) is Literal:
        *most, last = map(repr, get_args(kind))
        return f"{', '.join(most)} or {last}" if most else last
    if kind is bool:
        return "true or false"
    if kind not in (int, float):
        return None
    rules = {name: getattr(rule, name) for rule in info.metadata for name in RULES if hasattr(rule, name)}
    words = "a whole number" if kind is int else "a number"
    if {"gt", "le"} <= set(rules):
        words += f" above {_number(rules['gt'])} and at most {_number(rules['le'])}"
    elif {"ge", "le"} <= set(rules):
        words += f" from {_number(rules['ge'])} to {_number(rules['le'])}"
    return words + (f", a multiple of {rules['multiple_of']}" if "multiple_of" in rules else "")


RULES = ("ge", "gt", "le", "multiple_of")


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def refusal(where: str, info: FieldInfo | None, error: Any) -> str:
    """Return pydantic's complaint about one value, in our words: the field, what it may hold, what was given.

    Args:
        where: The name of the field, as whoever wrote the value knows it; empty for the whole.
        info: The field, where it is known.
        error: One of pydantic's `errors()`.
    """
    kind, name = error["type"], f"`{where}`" if where else ""
    if kind == "value_error":  # a sentence of our own
        words = str(error["ctx"]["error"])
        return f"{name}: {words}" if name else words
    if kind == "json_invalid":
        return f"{name}{': ' * bool(name)}invalid JSON: {error['ctx']['error']}; got {shown(error['input'])}."
    if kind == "extra_forbidden":
        return f"{name} is no field; got {shown(error['input'])}."
    legal = (wanted(info) if info is not None else None) or _without_a_range(kind)
    return f"{name or 'it'} must be {legal}; got {shown(error['input'])}."


def _without_a_range(kind: str) -> str:
    """Return what a value must be, from the kind of pydantic's error alone."""
    start = kind.partition("_")[0]
    names = {
        "int": "a whole number",
        "float": "a number",
        "finite": "a number",
        "bool": "true or false",
        "string": "a text",
        "tuple": "a list",
        "is": "a name, or an object with its slug and options",
    }
    return names.get(start, "an object with its fields by name")


def sentence(error: ValidationError, model: type | None = None) -> str:
    """Return pydantic's first complaint, as one sentence.

    Args:
        error: The error.
        model: The model or dataclass that refused the value: its fields say what is legal.
    """
    first = error.errors()[0]
    where = [part for part in first["loc"] if part not in ("str", "Points")]  # which of several types was tried says nothing
    return refusal(".".join(map(str, where)), _field(model, where), first)


def _field(model: Any, where: Sequence[Any]) -> FieldInfo | None:
    """Return the field of a model that a location names, or None."""
    info = None
    for part in where:
        info = getattr(model, "__pydantic_fields__", {}).get(part)
        model = info.annotation if info is not None else None
    return info

"""One field of the flat form: its name, its range, its default, how a text becomes its value."""

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from flowviz.distributions import DISTRIBUTIONS, Points, Rows
from flowviz.distributions.shelf import GoneError, is_own, link_text, read_own
from flowviz.experiment.choices import FAMILIES
from flowviz.experiment.refusals import Note, refusal, unknown


class Leaf(NamedTuple):
    """One field of the flat form: where it lives, what it may be.

    Attributes:
        group: "network", "training", or a family such as "path"; empty for a field of the experiment itself.
        field: Its name there.
        slug: For an option of a member of a family, whose; None otherwise.
        info: pydantic's description: title, range, help.
        default: Its default (a slug for a family).
        choices: The legal texts, where there is a list.
    """

    group: str
    field: str
    slug: str | None
    info: FieldInfo
    default: Any
    choices: tuple[str, ...] | None

    def read(self, experiment: Any) -> Any:
        """Return the value in an experiment; None where this option belongs to a member of a family that is not chosen."""
        if not self.group:
            value = getattr(experiment, self.field)
            if isinstance(value, Points):
                return link_text(value)
            return value.slug if self.field in FAMILIES or isinstance(value, Rows) else value
        owner = getattr(experiment, self.group)
        if self.slug is not None and owner.slug != self.slug:
            return None
        return getattr(owner, self.field)

    @property
    def takes_own(self) -> bool:
        """Whether own data may stand here, besides the choices."""
        return not self.group and self.field in ("source", "target")

    @property
    def kind(self) -> type:
        """bool, int, float or str."""
        return type(self.default)

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """Least and greatest legal value, where there are."""
        low = high = None
        for rule in self.info.metadata:
            low = getattr(rule, "ge", getattr(rule, "gt", low))
            high = getattr(rule, "le", getattr(rule, "lt", high))
        return low, high

    def parse(self, text: str) -> Any:
        """Read one text.

        Raises:
            ValueError: With a sentence that names the value, the legal values and the remedy.
        """
        name = flat_name(self)
        if self.choices is not None and self.kind is str:
            if self.takes_own and is_own(text):
                return link_text(_own(name, text))
            if text not in self.choices:
                raise ValueError(unknown(name, text, dict.fromkeys(self.choices)))
            return text
        try:
            return _adapter(self).validate_python(text)
        except ValidationError as error:
            words = refusal(name, self.info, error.errors()[0])
            raise ValueError(f"{words} The default is {format_value(self.default)}.") from None

    def clamp(self, text: str) -> Any:
        """Return the nearest legal value to a number that is out of range; None for anything else."""
        low, high = self.bounds
        try:
            number = float(text)
        except ValueError:
            return None
        if self.kind is bool or low is None or high is None or not math.isfinite(number):
            return None
        for value in (min(max(number, low), high), round(number), 8 * round(number / 8)):
            try:
                return self.parse(format_value(value))
            except ValueError:
                continue
        return None


def _own(name: str, text: str) -> Points:
    try:
        return read_own(text)
    except ValueError as error:
        raise type(error)(f"`{name}`: {error}") from None


def _adapter(leaf: Leaf) -> TypeAdapter[Any]:
    """Return what reads a leaf's texts; made once for each field, since making one costs a hundred times what reading does."""
    return _made_adapter(leaf.kind, leaf.info)


_ADAPTERS: dict[int, tuple[FieldInfo, TypeAdapter[Any]]] = {}


def _made_adapter(kind: type, info: FieldInfo) -> TypeAdapter[Any]:
    if id(info) not in _ADAPTERS:  # the description itself is kept with it, so that its id stays its own
        _ADAPTERS[id(info)] = info, _new_adapter(kind, info)
    return _ADAPTERS[id(info)][1]


def _new_adapter(kind: type, info: FieldInfo) -> TypeAdapter[Any]:
    finite = Field(allow_inf_nan=False) if kind is float else Field()
    rules: Any = Annotated[kind, finite, *info.metadata]  # pyright: ignore[reportInvalidTypeForm]
    return TypeAdapter(rules)


def format_value(value: Any) -> str:
    """Return a value as it stands in a link: shortest text that reads back the same."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def flat_name(leaf: Leaf) -> str:
    """Return the flat name: options of a member of a family carry its slug, e.g. ``vp_B``; all others are unique as they are."""
    return leaf.field if leaf.slug is None else f"{leaf.slug.replace('-', '_')}_{leaf.field}"


def choices_of(annotation: Any) -> tuple[str, ...] | None:
    return tuple(annotation.__args__) if getattr(annotation, "__origin__", None) is Literal else None


def model_leaves(model: type[BaseModel], group: str = "") -> dict[str, Leaf]:
    """Return the leaves of a model whose fields are plain numbers, texts and switches, by name."""
    return {
        name: Leaf(group, name, None, info, info.default, choices_of(info.annotation))
        for name, info in model.model_fields.items()
    }


def leaves_of(model: type[BaseModel], groups: Mapping[str, type[BaseModel]]) -> dict[str, Leaf]:
    """Return the leaves of a model by their flat names: its own fields, those of its groups, and the options of every family."""
    found: list[Leaf] = []
    for name, info in model.model_fields.items():
        if name in groups:
            found += model_leaves(groups[name], name).values()
        elif name in FAMILIES:
            found.append(Leaf("", name, None, info, next(iter(FAMILIES[name])), tuple(FAMILIES[name])))
            for slug, kind in FAMILIES[name].items():
                for field, inner in getattr(kind, "__pydantic_fields__", {}).items():
                    found.append(Leaf(name, field, slug, inner, inner.default, choices_of(inner.annotation)))
        else:
            legal = tuple(DISTRIBUTIONS) if name in ("source", "target") else choices_of(info.annotation)
            found.append(Leaf("", name, None, info, info.default, legal))
    return {flat_name(leaf): leaf for leaf in found}


def nearest_texts(leaves: Mapping[str, Leaf], flat: Mapping[str, str]) -> tuple[dict[str, str], list[Note]]:
    """Return the legal texts nearest to given ones, each for itself, and a sentence for each that was changed.

    Numbers out of range go to the end of their range; what cannot be read goes to its default.
    """
    kept: dict[str, str] = {}
    notes: list[Note] = []
    for name, text in flat.items():
        if name not in leaves:
            continue
        leaf = leaves[name]
        try:
            value = leaf.parse(text)
        except ValueError as error:
            value = leaf.clamp(text)
            words = f"{error} Taken instead: {format_value(leaf.default if value is None else value)}."
            notes.append(Note(words, "gone" if isinstance(error, GoneError) else "changed", name))
        if value is not None:
            kept[name] = format_value(value)
    return kept, notes

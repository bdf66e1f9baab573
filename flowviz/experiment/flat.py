"""The flat form: an experiment as names and texts, for links, widgets and the command line."""

import math
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from flowviz.couplings import COUPLINGS
from flowviz.distributions import DISTRIBUTIONS
from flowviz.experiment.values import Experiment, Network, Training, unknown
from flowviz.paths import PATHS


class Leaf(NamedTuple):
    """One field of the flat form: where it lives, what it may be.

    Attributes:
        group: "network", "training", "path" or "coupling"; empty for a field of the experiment itself.
        field: Its name there.
        slug: For an option of a path or coupling, whose; None otherwise.
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

    def read(self, experiment: Experiment) -> Any:
        """The value in an experiment; None where this option belongs to a path or coupling that is not chosen."""
        if not self.group:
            value = getattr(experiment, self.field)
            return value.slug if self.field in ("path", "coupling") else value
        owner = getattr(experiment, self.group)
        if self.slug is not None and owner.slug != self.slug:
            return None
        return getattr(owner, self.field)

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
            if text not in self.choices:
                raise ValueError(unknown(name, text, dict.fromkeys(self.choices)))
            return text
        try:
            return _adapter(name).validate_python(text)
        except ValidationError as error:
            raise ValueError(f"`{name}`: {_complaint(error.errors()[0])}{self._remedy()}") from None

    def clamp(self, text: str) -> Any:
        """The nearest legal value to a number that is out of range; None for anything else."""
        low, high = self.bounds
        try:
            number = float(text)
        except ValueError:
            return None
        if self.kind is bool or low is None or high is None or not math.isfinite(number):
            return None
        for value in (min(max(number, low), high), 8 * round(number / 8), round(number)):
            try:
                return self.parse(format_value(value))
            except ValueError:
                continue
        return None

    def _remedy(self) -> str:
        if self.kind is bool:
            return " Write true or false."
        low, high = self.bounds
        return f" Legal: {low:g} to {high:g}; the default is {format_value(self.default)}." if high is not None else ""


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    leaf = LEAVES[name]
    return TypeAdapter(Annotated[leaf.kind, Field(allow_inf_nan=False) if leaf.kind is float else Field(), *leaf.info.metadata])


def _complaint(error: Any) -> str:
    message = error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return message if error["type"] == "value_error" else f"{message[0].lower()}{message[1:]}; got {error['input']!r}."


def sentence(error: ValidationError) -> str:
    """pydantic's first complaint, as one sentence."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"`{where}`: {_complaint(first)}" if where else _complaint(first)


def format_value(value: Any) -> str:
    """A value as it stands in a link: shortest text that reads back the same."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def flat_name(leaf: Leaf) -> str:
    """The flat name: options of a path or coupling carry its slug, e.g. ``vp_B``; all others are unique as they are."""
    return leaf.field if leaf.slug is None else f"{leaf.slug.replace('-', '_')}_{leaf.field}"


def _choices(annotation: Any) -> tuple[str, ...] | None:
    return tuple(annotation.__args__) if getattr(annotation, "__origin__", None) is Literal else None


def _leaves() -> dict[str, Leaf]:
    families: dict[str, Mapping[str, type]] = {"path": PATHS, "coupling": COUPLINGS}
    found: list[Leaf] = []
    for name, info in Experiment.model_fields.items():
        if name in ("network", "training"):
            group: type[Network | Training] = Network if name == "network" else Training
            for field, inner in group.model_fields.items():
                found.append(Leaf(name, field, None, inner, inner.default, _choices(inner.annotation)))
        elif name in families:
            found.append(Leaf("", name, None, info, next(iter(families[name])), tuple(families[name])))
            for slug, kind in families[name].items():
                for field, inner in kind.__pydantic_fields__.items():  # type: ignore[attr-defined]
                    found.append(Leaf(name, field, slug, inner, inner.default, _choices(inner.annotation)))
        else:
            legal = tuple(DISTRIBUTIONS) if name in ("source", "target") else _choices(info.annotation)
            found.append(Leaf("", name, None, info, info.default, legal))
    return {flat_name(leaf): leaf for leaf in found}


LEAVES: dict[str, Leaf] = _leaves()
"""Every field of the flat form by its name: widgets, options of the command line and links are made from this."""


def to_flat(experiment: Experiment, *, changed_only: bool = True) -> dict[str, str]:
    """See `Experiment.to_flat`."""
    out = {}
    for name, leaf in LEAVES.items():
        value = leaf.read(experiment)
        if value is not None and not (changed_only and value == leaf.default):
            out[name] = format_value(value)
    return out


def from_flat(flat: Mapping[str, str]) -> Experiment:
    """See `Experiment.from_flat`."""
    tree: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for name, text in flat.items():
        if name not in LEAVES:
            raise ValueError(unknown("field", name, LEAVES))
        leaf = LEAVES[name]
        value = leaf.parse(text)
        if leaf.slug is not None:
            options[name] = value
        else:
            (tree.setdefault(leaf.group, {}) if leaf.group else tree)[leaf.field] = value
    for family in ("path", "coupling"):
        tree[family] = {"slug": tree.get(family, LEAVES[family].default)}
    for name, value in options.items():
        leaf = LEAVES[name]
        if tree[leaf.group]["slug"] != leaf.slug:
            raise ValueError(
                f"`{name}` belongs to {leaf.group} {leaf.slug!r}, but the {leaf.group} is {tree[leaf.group]['slug']!r}; "
                f"leave one out."
            )
        tree[leaf.group][leaf.field] = value
    try:
        return Experiment.model_validate(tree)
    except ValidationError as error:
        raise ValueError(sentence(error)) from None


def nearest(flat: Mapping[str, str]) -> tuple[Experiment, list[str]]:
    """The legal experiment nearest to a flat form, and one sentence for each thing that was changed.

    Numbers out of range go to the end of their range; what cannot be read goes to its default; where a path and a
    source do not fit, the source gives way.
    """
    kept: dict[str, str] = {}
    notes: list[str] = []
    for name, text in flat.items():
        try:
            value = LEAVES[name].parse(text)
        except ValueError as error:
            value = LEAVES[name].clamp(text)
            shown = format_value(LEAVES[name].default if value is None else value)
            notes.append(f"{error} Taken instead: {shown}.")
        if value is not None:
            kept[name] = format_value(value)
    for name in list(kept):
        leaf = LEAVES[name]
        if leaf.slug is not None and kept.get(leaf.group, LEAVES[leaf.group].default) != leaf.slug:
            notes.append(f"`{name}` was left out: it belongs to {leaf.group} {leaf.slug!r}, which is not chosen.")
            del kept[name]
    for give_way in ("source", "batch"):
        if complaint := _refusal(kept):
            fewer = {name: text for name, text in kept.items() if name != give_way}
            if _refusal(fewer) != complaint:  # this is the one that did not fit
                notes.append(f"{complaint} Taken instead: {give_way} {format_value(LEAVES[give_way].default)}.")
                kept = fewer
    return from_flat(kept), notes


def _refusal(flat: Mapping[str, str]) -> str:
    """Why a flat form is no experiment; empty where it is one."""
    try:
        from_flat(flat)
    except ValueError as error:
        return str(error)
    return ""

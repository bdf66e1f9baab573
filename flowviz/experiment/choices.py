"""The kinds of values that an experiment holds: members of families, distributions, own data; how texts become them."""

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationError

from flowviz.couplings import COUPLINGS, Coupling
from flowviz.distributions import DISTRIBUTIONS, Distribution, Points, Rows
from flowviz.distributions.shelf import is_own, read_own
from flowviz.experiment.refusals import sentence, unknown
from flowviz.methods import METHODS, Method
from flowviz.paths import PATHS, Path


class Model(BaseModel, frozen=True):
    """A frozen value that refuses names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def _choice(family: Mapping[str, type], name: str) -> Any:
    """Make a validator that turns a slug, a dict with a slug, or the object itself into the object."""

    def read(value: Any) -> Any:
        options: dict[str, Any] = {}
        if isinstance(value, Mapping):
            options = {str(k): v for k, v in value.items()}
            value = options.pop("slug", None)
        if not isinstance(value, str):
            return value
        if value not in family:
            raise ValueError(unknown(name, value, family))
        kind = family[value]
        if extra := set(options) - {f.name for f in dataclass_fields(kind)}:
            raise ValueError(f"{name} {value!r} has no option {sorted(extra)[0]!r}.")
        try:
            return kind(**options)
        except ValidationError as error:
            raise ValueError(sentence(error, kind)) from None

    return read


def _distribution(value: Any) -> Any:
    """Return a slug as it is; own data from the text that holds or names them."""
    if isinstance(value, str) and value not in DISTRIBUTIONS:
        if is_own(value):
            return read_own(value)
        raise ValueError(unknown("distribution", value, DISTRIBUTIONS))
    return value


def distribution_of(choice: str | Points | Rows) -> Distribution:
    return DISTRIBUTIONS[choice]() if isinstance(choice, str) else choice


def _dump_distribution(choice: str | Points | Rows) -> str:
    if isinstance(choice, Rows):  # a table is no part of a text: what reads this says so
        return choice.slug
    return choice if isinstance(choice, str) else choice.text


FAMILIES: dict[str, Mapping[str, type]] = {"path": PATHS, "coupling": COUPLINGS, "method": METHODS}
"""The fields of an experiment that are one of a family of classes, by slug; the first is the default."""


def options_of(choice: Path | Coupling | Method) -> dict[str, Any]:
    """Return the options of a member of a family, by name."""
    return {f.name: getattr(choice, f.name) for f in dataclass_fields(choice)}  # type: ignore[arg-type]


def _dump(choice: Path | Coupling | Method) -> dict[str, Any]:
    return {"slug": choice.slug, **options_of(choice)}


DistributionChoice = Annotated[str | Points | Rows, BeforeValidator(_distribution), PlainSerializer(_dump_distribution)]
PathChoice = Annotated[Path, BeforeValidator(_choice(PATHS, "path")), PlainSerializer(_dump)]
CouplingChoice = Annotated[Coupling, BeforeValidator(_choice(COUPLINGS, "coupling")), PlainSerializer(_dump)]
MethodChoice = Annotated[Method, BeforeValidator(_choice(METHODS, "method")), PlainSerializer(_dump)]

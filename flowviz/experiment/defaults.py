"""Fields of network and training whose default is another with a method or with a target."""

from collections.abc import Mapping
from typing import Any

from flowviz.couplings import COUPLINGS
from flowviz.distributions import DISTRIBUTIONS
from flowviz.methods import METHODS


def slug_of(choice: Any) -> str:
    """Return the slug of a choice, whether given as one, as a mapping that holds one, or as the object itself.

    Empty where it has none.
    """
    slug = choice.get("slug") if isinstance(choice, Mapping) else getattr(choice, "slug", choice)
    return slug if isinstance(slug, str) else ""


def own_defaults(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the method, and those of the target that do not speak against them.

    Args:
        choices: An experiment's choices by name, of which method, target and coupling count; one that is missing has none.

    Returns:
        Defaults by the flat name of their field.
    """
    method = METHODS.get(slug_of(choices.get("method", "")), METHODS["flow-matching"])
    target = DISTRIBUTIONS.get(slug_of(choices.get("target", "")))
    coupling = COUPLINGS.get(slug_of(choices.get("coupling", "")))
    found = {} if target is None else {name: value for name, value in target.defaults.items() if name not in method.unused}
    if not method.labels or method.distils or (coupling is not None and coupling.made):  # these learn no classes
        found.pop("classes", None)
    return {**found, **method.defaults}

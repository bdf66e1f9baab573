"""The flat form: an experiment as names and texts, for links, widgets and the command line."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from flowviz.distributions import DISTRIBUTIONS
from flowviz.experiment.leaf import Leaf, choices_of, flat_name, format_value, model_leaves, nearest_texts
from flowviz.experiment.refusals import Note, UnfitError, sentence, shown, unknown
from flowviz.experiment.values import FAMILIES, Experiment, Network, Training
from flowviz.methods import METHODS


def _leaves() -> dict[str, Leaf]:
    found: list[Leaf] = []
    for name, info in Experiment.model_fields.items():
        if name in ("network", "training"):
            found += model_leaves(Network if name == "network" else Training, name).values()
        elif name in FAMILIES:
            found.append(Leaf("", name, None, info, next(iter(FAMILIES[name])), tuple(FAMILIES[name])))
            for slug, kind in FAMILIES[name].items():
                for field, inner in getattr(kind, "__pydantic_fields__", {}).items():
                    found.append(Leaf(name, field, slug, inner, inner.default, choices_of(inner.annotation)))
        else:
            legal = tuple(DISTRIBUTIONS) if name in ("source", "target") else choices_of(info.annotation)
            found.append(Leaf("", name, None, info, info.default, legal))
    return {flat_name(leaf): leaf for leaf in found}


LEAVES: dict[str, Leaf] = _leaves()
"""Every field of the flat form by its name: widgets, options of the command line and links are made from this."""


def default_of(name: str, method: str | None = None) -> Any:
    """The default of a field, which a method may narrow; without a method that of flow matching."""
    kind = METHODS.get(method or "")
    return kind.legal[name][0] if kind is not None and name in kind.legal else LEAVES[name].default


def to_flat(experiment: Experiment, *, changed_only: bool = True) -> dict[str, str]:
    """See `Experiment.to_flat`."""
    out = {}
    for name, leaf in LEAVES.items():
        value = leaf.read(experiment)
        if value is not None and not (changed_only and value == default_of(name, experiment.method.slug)):
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
    method = tree.get("method")
    for family in FAMILIES:
        tree[family] = {"slug": tree.get(family, default_of(family, method))}
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
        cause = error.errors()[0].get("ctx", {}).get("error")
        raise (cause if isinstance(cause, UnfitError) else ValueError(sentence(error, Experiment))) from None


def nearest(flat: Mapping[str, str]) -> tuple[Experiment, list[Note]]:
    """The legal experiment nearest to a flat form, and one sentence for each thing that was changed.

    Numbers out of range go to the end of their range; what cannot be read goes to its default; where a path and a
    source do not fit, the source gives way.
    """
    kept, notes = nearest_texts(LEAVES, flat)
    if strange := [name for name in flat if name not in LEAVES]:
        more = f" and {len(strange) - 3:,} more" if len(strange) > 3 else ""
        notes.append(Note(f"Unknown names were left out: {', '.join(map(shown, strange[:3]))}{more}.", "left-out"))
    method = kept.get("method") or str(LEAVES["method"].default)
    for family, slugs in METHODS[method].legal.items():
        if family in kept and kept[family] not in slugs:
            del kept[family]
            words = f"Method {method!r} takes only {family} {' or '.join(map(repr, slugs))}; `{family}` was left out."
            notes.append(Note(words, "left-out", family))
    for name in list(kept):
        leaf = LEAVES[name]
        if leaf.slug is not None and kept.get(leaf.group, default_of(leaf.group, method)) != leaf.slug:
            words = f"`{name}` was left out: it belongs to {leaf.group} {leaf.slug!r}, which is not chosen."
            notes.append(Note(words, "left-out", name))
            del kept[name]
    while True:  # a choice at its default fits: each round leaves one out
        try:
            return from_flat(kept), notes
        except UnfitError as error:
            if error.gives_way not in kept:
                raise
            taken = format_value(LEAVES[error.gives_way].default)
            notes.append(Note(f"{error} Taken instead: {error.gives_way} {taken}.", "unfit", error.gives_way))
            kept = {name: text for name, text in kept.items() if name != error.gives_way}


def settled(flat: Mapping[str, str], **texts: str) -> dict[str, str]:
    """Change some choices of a flat form, and what hangs on them.

    Options of a path, coupling or method that is left are forgotten; what a newly chosen method does not take goes to its
    default, its solver too. Names that are no field of an experiment stay as they are.
    """
    flat = {**flat, **texts}
    if kind := METHODS.get(texts.get("method", "")):
        flat |= {family: slugs[0] for family, slugs in kind.legal.items() if flat.get(family) not in slugs}
        flat |= {"solver": kind.solvers[0]} if "solver" in flat else {}
    left = {name for name, leaf in LEAVES.items() if leaf.slug is not None and flat.get(leaf.group) != leaf.slug}
    return {name: text for name, text in flat.items() if name not in left}


def fitting_solver(solver: str, method: str) -> tuple[str, list[Note]]:
    """The solver that carries a method's particles: the one asked for, or its first, and a sentence where that differs."""
    legal = METHODS[method].solvers
    if solver in legal:
        return solver, []
    first = next(name for name in legal)
    words = f"Method {method!r} has no solver {solver!r}; it has {', '.join(legal)}. Taken instead: {first}."
    return first, [Note(words, "changed", "solver")]


def check_solver(solver: str, experiment: Experiment) -> None:
    """Refuse a solver that a method has no use for.

    Raises:
        ValueError: If the experiment's method does not have it.
    """
    legal = experiment.method.solvers
    if solver not in legal:
        having = [slug for slug, kind in METHODS.items() if solver in kind.solvers]
        other = f", or method {' or '.join(map(repr, having))}" if having else ""
        raise ValueError(f"method {experiment.method.slug!r} has no solver {solver!r}; choose one of {', '.join(legal)}{other}.")

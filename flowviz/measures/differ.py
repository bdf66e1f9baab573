"""What differs between experiments, in words."""

from collections.abc import Mapping, Sequence

from flowviz.experiment import FAMILIES, LEAVES, Experiment

ENDS = ("source", "target")


def end_name(experiment: Experiment, end: str) -> str:
    """Return the slug of a source or target: of own points a short one, not all their text."""
    value = getattr(experiment, end)
    return value if isinstance(value, str) else value.slug


def differing(experiments: Sequence[Experiment]) -> dict[str, list[str]]:
    """Return the fields that are not the same in all experiments, with each experiment's value.

    Options of a path, coupling or method stand behind its name, where they are not at their default or tell two apart:
    "pairs (rounds 2)".

    Args:
        experiments: Any number of them.

    Returns:
        Values in the order of the experiments, by the field's flat name.
    """
    flats = [experiment.to_flat(changed_only=False) for experiment in experiments]
    found: dict[str, list[str]] = {}
    for name, leaf in LEAVES.items():
        if leaf.slug is not None:
            continue
        values = [end_name(e, name) if name in ENDS else flat[name] for e, flat in zip(experiments, flats, strict=True)]
        if name in FAMILIES:
            values = [_with_options(name, flat, flats) for flat in flats]
        if len(set(values)) > 1:
            found[name] = values
    return found


def _with_options(family: str, flat: Mapping[str, str], flats: Sequence[Mapping[str, str]]) -> str:
    slug, words = flat[family], []
    for name, leaf in LEAVES.items():
        if leaf.group == family and leaf.slug == slug:
            others = {other[name] for other in flats if other[family] == slug}
            if len(others) > 1:
                words.append(f"{leaf.field.replace('_', ' ')} {flat[name]}")
    return f"{slug} ({', '.join(words)})" if words else slug


def differences(experiments: Sequence[Experiment]) -> str:
    """Return what differs between experiments, in words: "path: linear, trig, vp".

    Args:
        experiments: Any number of them.

    Returns:
        One clause for each field, with semicolons between; a sentence where nothing differs, or where some are equal.
    """
    if len(experiments) < 2:
        return "nothing: there is only one experiment"
    own = list(dict.fromkeys(experiments))
    if len(own) == 1:
        return "nothing: these experiments are equal"
    words = "; ".join(f"{name.replace('_', ' ')}: {', '.join(values)}" for name, values in differing(own).items())
    return words if len(own) == len(experiments) else f"{words} (of {len(experiments)} experiments {len(own)} are different)"


def names_of(experiments: Sequence[Experiment]) -> list[str]:
    """Return a short name for each experiment: what it has of its own. Equal ones have equal names.

    >>> names_of([Experiment(), Experiment(path="trig")])
    ['linear', 'trig']
    >>> names_of([Experiment(), Experiment(seed=1, path="trig")])
    ['path linear, seed 0', 'path trig, seed 1']
    """
    found = differing(experiments)
    if not found:
        return [f"{end_name(e, 'source')} to {end_name(e, 'target')}, {e.path.slug}, {e.coupling.slug}" for e in experiments]
    if len(found) == 1 and next(iter(found)) in (*FAMILIES, *ENDS):
        return next(iter(found.values()))
    named = [[f"{name.replace('_', ' ')} {value}" for value in values] for name, values in found.items()]
    return [", ".join(words) for words in zip(*named, strict=True)]

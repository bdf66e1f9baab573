"""Which choices go together: what an experiment refuses, each with a sentence that says what to choose instead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowviz.distributions import distributions_in
from flowviz.experiment.choices import distribution_of
from flowviz.experiment.refusals import UnfitError
from flowviz.paths import PATHS

if TYPE_CHECKING:
    from flowviz.experiment.values import Experiment


def check_fit(experiment: Experiment) -> None:
    """Refuse choices that are legal each by itself, and do not go together.

    Raises:
        UnfitError: Says which one gives way.
    """
    _check_method(experiment)
    if experiment.path.gaussian_source and experiment.source != "gaussian":
        raise UnfitError(
            f"path {experiment.path.slug!r} needs a Gaussian source; got source {experiment.source_distribution.slug!r}. "
            f"Choose source 'gaussian', or a path for any source: "
            f"{', '.join(slug for slug, path in PATHS.items() if not path.gaussian_source)}.",
            "source",
        )
    _check_space(experiment)
    _check_classes(experiment)
    most = experiment.coupling.max_batch
    if most is not None and experiment.training.batch > most:
        raise UnfitError(
            f"coupling {experiment.coupling.slug!r} pairs batches of at most {most:,} points; "
            f"got batch {experiment.training.batch:,}. Try 256.",
            "batch",
        )


def _check_method(experiment: Experiment) -> None:
    method = experiment.method
    for family, slugs in method.legal.items():
        value = getattr(experiment, family)
        slug = value if isinstance(value, str) else value.slug
        if slug not in slugs:
            raise UnfitError(
                f"method {method.slug!r} takes only {family} {' or '.join(map(repr, slugs))}; got {family} {slug!r}. "
                f"Leave `{family}` out, or choose method 'flow-matching'.",
                family,
            )
    for name in method.unused:
        group = next(part for part in (experiment.network, experiment.training) if name in type(part).model_fields)
        value, default = getattr(group, name), type(group).model_fields[name].default
        if value != default:
            raise UnfitError(
                f"`{name}` has no part in method {method.slug!r}; got {name} {value!r}. "
                f"Leave `{name}` out, or choose method 'flow-matching'.",
                name,
            )


def _check_classes(experiment: Experiment) -> None:
    training = experiment.training
    if training.classes == "off" and training.drop != type(training).model_fields["drop"].default:
        raise UnfitError(
            f"`drop` is the share of labels that are not told, and no classes are learned; got drop {training.drop:g}. "
            "Choose classes 'within', or leave `drop` out.",
            "drop",
        )
    if training.classes != "off" and not experiment.method.labels:
        raise UnfitError(
            f"method {experiment.method.slug!r} learns no classes here; got classes {training.classes!r}. "
            "Choose method 'flow-matching', or classes 'off'.",
            "classes",
        )
    if training.classes != "off" and experiment.coupling.made:
        raise UnfitError(
            f"classes {training.classes!r} need data with labels, and coupling {experiment.coupling.slug!r} makes its own pairs, "
            "which have none. Choose coupling 'independent' or 'ot', or classes 'off'.",
            "classes",
        )


def _check_space(experiment: Experiment) -> None:
    ends = [distribution_of(end) for end in (experiment.source, experiment.target) if end != "gaussian"]
    if len({end.space for end in ends}) > 1:
        first, second = ends
        raise UnfitError(
            f"source {first.slug!r} is in the {first.space.label.lower()} and target {second.slug!r} in the "
            f"{second.space.label.lower()}; they must share one. Choose source 'gaussian', which is in both, or a source of: "
            f"{', '.join(distributions_in(second.space))}.",
            "source",
        )

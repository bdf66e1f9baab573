"""Known: exact field, ghosts, bounds, probe, floor and beginning of one experiment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import torch

from flowviz.exact import ExactField, class_fields, exact_field, irreducible_loss
from flowviz.experiment import Experiment, Training
from flowviz.known.beginning import Beginning, measured_beginning
from flowviz.known.draws import WIDE_LAW, path_draws
from flowviz.metrics import Probe
from flowviz.solvers import Field

Bounds = tuple[float, ...]
"""Least and greatest value of each coordinate in turn: xmin, xmax, ymin, ymax, and zmin, zmax in space; of pictures and series those of each coordinate."""
GHOSTS = 600


@dataclass(frozen=True, eq=False)
class Known:
    """What needs no training. Each attribute is computed when it is first asked for.

    Attributes:
        experiment: The part of an experiment that all this depends on.
    """

    experiment: Experiment

    @cached_property
    def field(self) -> ExactField:
        """The exact field, or what stands in for it."""
        one = self.experiment
        ends = one.source_distribution, one.target_distribution
        within = one.training.classes == "within"
        return exact_field(*ends, one.path, one.coupling, batch=one.training.batch, seed=one.seed, within=within)

    @cached_property
    def class_fields(self) -> tuple[ExactField | None, ...]:
        """The exact field of each class of the data; None for a class without components of its own."""
        return class_fields(self.field, self.experiment.target_distribution)

    @cached_property
    def ghosts(self) -> tuple[np.ndarray, np.ndarray]:
        """Points of source and target, shape (600, d) each, to be drawn faintly."""
        rng = torch.Generator().manual_seed(1)
        ends = self.experiment.source_distribution, self.experiment.target_distribution
        source, target = (end.sample(GHOSTS, rng).numpy() for end in ends)
        return source, target

    @property
    def _not_noise(self) -> list[np.ndarray]:
        """Points of those ends that are no Gaussian; of both where both are."""
        ends = self.experiment.source, self.experiment.target
        return [points for points, end in zip(self.ghosts, ends, strict=True) if end != "gaussian" or ends == ("gaussian",) * 2]

    @cached_property
    def bounds(self) -> Bounds:
        """A square, a cube in space, or one range for all pixels of a picture or samples of a series, that holds nearly all of source and target: the axes of every picture."""
        source, target = self.ghosts
        if self.experiment.space.series:  # as high as the data: the noise before them is cut off
            half = float(np.ceil(10 * np.quantile(np.abs(np.concatenate(self._not_noise)).max(1), 0.95)) / 10)
            return (-half, half) * self.experiment.space.dim
        low, high = np.quantile(np.concatenate([source, target]), [0.004, 0.996], axis=0)
        # About the middle of the data, to a whole unit: what lies evenly in the picture is easier to read.
        middle = np.round((np.quantile(target, 0.01, axis=0) + np.quantile(target, 0.99, axis=0)) / 2, 0)
        if self.experiment.space.picture:
            middle = np.zeros_like(middle)  # one range of greys for all pixels
        half = float(np.ceil(2.16 * np.maximum(high - middle, middle - low).max() + 0.5) / 2)
        return tuple(float(end) for m in middle for end in (m - half, m + half))

    @cached_property
    def probe(self) -> Probe | None:
        """Points drawn from the path with the exact velocities there: what a learned field is held against.

        None where the method learns no velocity of a path.
        """
        if not self.experiment.method.on_path:
            return None
        low, high = self.experiment.path.interval
        t = torch.linspace(max(low, 0.02), min(high, 0.98), 8)
        x = path_draws(self.experiment, t, 256)[0]
        return Probe(t, x, torch.stack([self.field.velocity(xt, s) for xt, s in zip(x, t, strict=True)]))

    @cached_property
    def beginning(self) -> Beginning | None:
        """Where the path begins; None where it is x0 alone, or too near to it for a picture to show."""
        return measured_beginning(self.experiment, self.field)

    def error(self, field: Field) -> float | None:
        """Return the root-mean-square distance of a learned velocity from the exact one, per unit t.

        None where there is nothing to compare.
        """
        return None if self.probe is None else self.probe.error(field)

    def floor(self, time_sampling: str) -> float | None:
        """Return the least loss that any network can reach, estimated from draws.

        None where coupling or method have none in closed form.
        """
        known = self.experiment.coupling.closed_form and self.experiment.method.known_floor
        return _floor(self, time_sampling) if known else None


def exact_part(experiment: Experiment) -> Experiment:
    """Return the part of an experiment that its exact field depends on, with all else at its default."""
    batch = Training.model_fields["batch"].default if experiment.coupling.closed_form else experiment.training.batch
    return Experiment(
        source=experiment.source,
        target=experiment.target,
        path=experiment.path,
        coupling=experiment.coupling,
        training=Training(batch=batch, classes=experiment.training.classes, drop=experiment.training.drop),
        seed=experiment.seed,
        method=experiment.method,
    )


def known(experiment: Experiment) -> Known:
    """Return what is known of an experiment; cached (LRU), one value for all that differ in their training alone."""
    return _known(exact_part(experiment))


@lru_cache(maxsize=64)
def _known(part: Experiment) -> Known:
    return Known(part)


def floor_of(experiment: Experiment) -> float | None:
    """Return the least loss that any network can reach with an experiment's own times; see `Known.floor`."""
    return known(experiment).floor(experiment.training.time_sampling)


@lru_cache(maxsize=64)
def _floor(one: Known, time_sampling: str) -> float:
    experiment, rng = one.experiment, torch.Generator().manual_seed(3)
    wide = len(one.field.law.weights) > WIDE_LAW
    share = (torch.arange(24 if wide else 96) + 0.5) / (24 if wide else 96)
    # Evenly through the distribution of t: drawn at random, the times alone would make the estimate jump by a tenth.
    low, high = experiment.path.interval
    times = low + (high - low) * (share if time_sampling == "uniform" else torch.sigmoid(torch.special.ndtri(share)))
    ends = experiment.source_distribution, experiment.target_distribution
    parts = one.class_fields if experiment.class_count else ()
    how = {"points": 192 if wide else 512, "method": experiment.method, "parts": parts, "drop": experiment.training.drop}
    return irreducible_loss(one.field, *ends, times, rng, **how)


def shared_bounds(experiments: Iterable[Experiment]) -> Bounds:
    """Return a square or cube that holds the pictures of several experiments of one space; of one alone, its own."""
    each = np.array([known(experiment).bounds for experiment in experiments])
    low, high = each[:, ::2], each[:, 1::2]
    middle = (low.min(0) + high.max(0)) / 2
    half = float((high.max(0) - low.min(0)).max()) / 2
    return tuple(float(end) for m in middle for end in (m - half, m + half))

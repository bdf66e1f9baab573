"""What one visitor costs the server: CPU for a live refresh and for a new choice, and the bytes that are sent."""

import time
from collections.abc import Callable, Iterable

import numpy as np

from flowviz.bench.report import Aim, Row
from flowviz.distributions import distributions_in
from flowviz.experiment import Experiment
from flowviz.figures import loss_figure
from flowviz.known import floor_of, known
from flowviz.networks import learned_field
from flowviz.paths import PATHS
from flowviz.scene import Panel, compact, pack
from flowviz.scene.build import View, exact_scene
from flowviz.scene.learned import learned_scene
from flowviz.spaces import SPACES
from flowviz.training import untrained_weights


def _cpu_ms(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return 1e3 * (time.process_time() - start)


def server(quick: bool) -> Iterable[Row]:
    """Measure a live refresh, a full scene, and the exact flow of every choice."""
    repeats = 5 if quick else 15
    for name, flat in (("3×64", {}), ("the article's network", {"width": "128", "time_features": "embedding"})):
        experiment, view = Experiment.from_flat(flat), View()
        weights, losses = untrained_weights(experiment), np.linspace(30, 10, experiment.total_steps, dtype=np.float32)
        sent = 0

        def refresh(experiment=experiment, weights=weights, losses=losses, view=view) -> None:
            nonlocal sent
            field = learned_field(experiment, weights)
            known(experiment).error(field)
            figure = loss_figure(losses, len(losses), floor_of(experiment))
            sent = len(compact([Panel((learned_scene(experiment, field, 100, view, live=True),))], figure=figure))

        refresh()
        ours = float(np.median([_cpu_ms(refresh) for _ in range(repeats)]))
        note = "1,000 particles, 60 Euler steps, field, density, loss; once for all who watch"
        yield Row(f"CPU of a live refresh, {name}", ours, unit="ms", aim=Aim("≤", 60, of="ours"), note=note)
        yield Row(f"sent for a live refresh, {name}", sent / 1e3, unit="KB", aim=Aim("≤", 40, of="ours"))
    full = pack([Panel((exact_scene(Experiment(), View(particles=5000)),))])
    yield Row("sent for a full scene of 5,000 particles", len(full) / 1e6, unit="MB", aim=Aim("≤", 2, of="ours"))
    yield _choices(quick)


def tried(quick: bool) -> list[Experiment]:
    """Return pairs of distributions of every space, and every path, as when a visitor tries one after another."""
    found = [Experiment.from_flat({"path": path}) for path in PATHS]
    for space in SPACES.values():
        every = list(distributions_in(space))
        slugs = every[:: min(5 if quick else 2, len(every) - 1)]  # a space of one distribution is tried with it and the Gaussian
        found += [Experiment.from_flat({"source": a, "target": b}) for a in slugs for b in slugs]
    return found


def _choices(quick: bool) -> Row:
    """Return the exact flow of all of these."""
    choices = tried(quick)
    seconds = [_cpu_ms(lambda e=e: exact_scene(e, View())) / 1e3 for e in choices]
    note = f"{len(choices)} choices, slowest {max(seconds):.2f} s"
    return Row(
        "a choice redrawn, 95th percentile",
        float(np.quantile(seconds, 0.95)),
        unit="s CPU",
        aim=Aim("≤", 1, of="ours"),
        note=note,
    )

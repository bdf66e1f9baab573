"""What is sent to all who watch one run on the Playground."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from flowviz.engine import Run, shared
from flowviz.experiment import Experiment
from flowviz.figures import Figure, loss_figure, recent
from flowviz.known import floor_of, known
from flowviz.scene import Panel, Scene, compact
from flowviz.scene.build import View
from flowviz.ui import pictures
from flowviz.ui.feed import Watched
from flowviz.ui.player import figure_json
from flowviz.ui.progress import Line, lines_json
from flowviz.ui.watching import GOING, progress_words

PLAYER, LOSS, PROGRESS = "fv-main", "fv-loss", "fv-progress"
"""Keys of what the feed renews on the page."""
THIN = 300
"""Particles of the exact flow under a learned one that is renewed."""


def signature(run: Run | None) -> str:
    """Return what the page's buttons depend on."""
    if run is None:
        return "none"
    if run.status in GOING:
        return "going"
    return f"{run.status}{run.step}" if run.finished else run.status


def moment_of(run_id: str) -> Hashable:
    """Return what changes when there is something new to say of a run; cheap, since it is asked for ten times a second."""
    run = shared().get(run_id)
    return None if run is None else (run.status, run.place, run.starting, run.step, run.watchers)


def tag_of(run_id: str, show: str, view: View) -> str:
    """Return what player, figure and progress are about."""
    return "-".join(map(str, (run_id, show, *view.model_dump().values())))


@dataclass(frozen=True)
class WatchedRun(Watched):
    """One run and how it is looked at.

    Attributes:
        experiment: What is trained.
        view: How it is looked at.
        show: How exact and learned flow stand on the page.
    """

    experiment: Experiment
    view: View
    show: str

    @cached_property
    def run_id(self) -> str:
        """A hash of the whole experiment: made once."""
        return self.experiment.key

    @property
    def key(self) -> str:
        return f"run {tag_of(self.run_id, self.show, self.view)}"

    def moment(self) -> Hashable:
        return moment_of(self.run_id)

    def message(self, pause: float) -> bytes:
        run = shared().get(self.run_id)
        told = {"signature": signature(run), "pause": pause, "watchers": 0 if run is None else run.watchers, "at": 0}
        if run is None or run.finished:
            return compact([], feed=told)
        look = pictures.latest(run)
        shown = pictures.learned(self.experiment, look, self.view, live=True)
        panels = self._renewed(look, shown.scene)
        told |= {"at": run.step, "panels": [[PLAYER, pictures.FED[self.show] + i] for i in range(len(panels))]}
        told["lines"] = {PROGRESS: lines_json([line_of(run, look.step, shown.error, pause)])}
        told["figures"] = {LOSS: figure_json(loss_of(run))}
        return compact(panels, feed=told)

    def _renewed(self, look: pictures.Look, scene: Scene) -> list[Panel]:
        """Return the panels that change while training, from `FED` on.

        The learned flow, and the codes of the data where there are any.
        """
        if self.show not in pictures.FED:
            return []
        codes = pictures.codes(self.experiment, look, self.view, self.show, live=True)
        rows = [(scene, self._thin_exact()) if self.show == "over" else (scene,), *([] if codes is None else [(codes,)])]
        return [Panel(row) for row in rows]

    def _thin_exact(self) -> Scene:
        """Return the exact flow with no more particles than a live refresh may carry beside the learned ones."""
        particles = min(THIN, self.view.particles)
        return pictures.exact(self.experiment, View(particles=particles, solver="euler", solver_steps=30))


def loss_of(run: Run, at: int | None = None) -> Figure:
    """Return the loss of a run so far, with a mark at a step `at`."""
    experiment, losses = run.experiment, np.zeros(0) if run.snapshot is None else run.snapshot.losses
    name = "irreducible loss" if known(experiment).field.exact else "irreducible loss of the stand-in"
    drawn = experiment.method.parts[: -1 if experiment.method.counts else None]
    own = [] if run.snapshot is None else list(zip(drawn, run.snapshot.parts, strict=False))
    return loss_figure(losses, experiment.total_steps, floor_of(experiment), name, at, loss=experiment.method.loss, parts=own)


def line_of(run: Run, step: int, error: float | None, pause: float = 0.0) -> Line:
    """Return how far a run is, with its numbers; `error` is of the field after `step` steps."""
    share = min(1.0, run.step / run.experiment.total_steps) if run.status in (*GOING, "paused") else None
    notes = run.snapshot.notes if run.snapshot is not None else ()
    told = numbers(run, step, error)  # of a GAN there is none before its first step
    words = " · ".join(filter(None, (progress_words(run, pause), told)))
    return Line(words, share, notes=tuple(notes))


def numbers(run: Run, step: int, error: float | None) -> str:
    """Return loss and velocity error, in words."""
    exact, parts = known(run.experiment).field, []
    losses = run.snapshot.losses[:step] if run.snapshot is not None else np.zeros(0)
    when = f" at step {step:,}" if run.finished and step < run.step else ""
    if len(losses) > 1:
        mean, spread = recent(losses)
        floor = floor_of(run.experiment)
        least = f" (least possible {floor:.3g})" if floor else ""
        parts.append(f"loss{when} **{mean:.3g}** ± {spread:.1g}{least}")
    against = "exact" if exact.exact else "stand-in"
    if error is not None:
        parts.append(f"velocity error{when} **{error:.2f}** per unit t (RMS, against the {against} field)")
    if (what := run.experiment.method.counts) and run.snapshot is not None and len(losses):
        count = run.snapshot.parts[-1][: len(losses)]
        parts.append(f"**{count[-1]:,.0f}** {what} a step, {count.sum(dtype=np.float64):,.0f} in all")
    if run.experiment.training.average and step:
        parts.append("averaged weights")
    return " · ".join(parts)

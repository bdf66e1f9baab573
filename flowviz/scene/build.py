"""Make scenes: particles carried by a field, the field on a grid, the density behind them."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from flowviz import solvers
from flowviz.exact import ExactField
from flowviz.experiment import Experiment, Model, Network
from flowviz.known import Bounds, Known, known
from flowviz.scene.asked import ALL, ASKED, ASKED_ROWS, asked_field, classes_asked, columns_of
from flowviz.scene.exact_grids import DENSITY_SIDE, exact_arrows, exact_density, slow_times
from flowviz.scene.grids import counted_density
from flowviz.scene.value import Scene
from flowviz.solvers import (
    FRAMES,
    SOLVERS,
    STIRRED,
    Averaged,
    GridName,
    Noise,
    NoiseShape,
    SolverName,
    Trajectory,
    WithScore,
    interpolate,
)
from flowviz.training.draws import SEED_STRIDE

LIVE_TIMES = 11
EXACT_WORK = 400_000_000
"""Particles × evaluations × components of one exact picture: what a core does in some 0.7 s."""
FULL_WORK = 2_500_000
"""Particles × evaluations of the default network in one full picture: what a core does in a second."""
LIVE_WORK = 60_000
"""Particles × evaluations of the default network in one live picture: what a core does in some 25 ms."""
SEEN_STEPS = 20
"""Steps of a solver up to which each is seen on the clock, though all are alike."""
SHEET_ROWS = {"image": 10, "signal": 8}
"""Rows of a sheet, by space."""
REAL = 10
"""Series of the data that stand under a sheet."""


ENDS = "Each point goes straight to where the flow takes it: only the ends are real."
BESIDE = "It is the flow of independent pairs on straight lines, for comparison: the method learns no path."
WATCH = "Watch one colour: neighbours may part, but paths of the flow never cross."
COPIES = "On a set of pictures the exact flow can only copy: each sample ends as one of them."
FEW = "With so few steps the particles leave the field’s own curves: that error is the solver’s."
FRESH = "Every step adds fresh noise: no particle’s way is smooth, yet at each t they are spread as the flow would be."


class View(Model, frozen=True):
    """How an experiment is looked at; it changes nothing of what is learned."""

    particles: int = Field(default=1000, ge=50, le=5000, title="Particles", description="How many are shown.")
    solver: SolverName = Field(
        default="euler",
        title="Solver",
        description="How particles are carried along the field; adaptive ones choose their own steps, DDIM and DDPM go by the expected data.",
    )
    solver_steps: int = Field(default=60, ge=1, le=200, title="Solver steps", description="Steps from t = 0 to t = 1.")
    grid: GridName = Field(
        default="even",
        title="Time grid",
        description="How long the steps are: all alike, short at both ends, short near the source, or short near the data.",
    )
    noise: float = Field(
        default=0.0,
        ge=0.0,
        le=3.0,
        title="Noise ε",
        description="Fresh noise on the way, and a drift towards denser places that makes up for it: other ways, the same densities.",
    )
    noise_shape: NoiseShape = Field(
        default="constant", title="Noise over time", description="ε all the way, or fading: ε² falls as 1 − t."
    )
    eta: float = Field(
        default=0.0,
        ge=0.0,
        le=1.0,
        title="DDIM’s η",
        description="Fresh noise in each step of DDIM: 0 adds none, 1 as much as DDPM. What each step forgets of its noise, it draws anew.",
    )
    guidance: float = Field(
        default=1.0,
        ge=0.0,
        le=8.0,
        title="Guidance w",
        description="Where classes are learned: 0 is the flow without them, 1 the flow of the class, more exaggerates it.",
    )
    of_class: int = Field(
        default=ALL, ge=ALL, le=255, title="Class", description="The class that is asked for; −1 for all, as often as they are."
    )

    @property
    def evaluations(self) -> int:
        """Evaluations of the field; for an adaptive solver about what it takes."""
        solver = SOLVERS[self.solver]
        return 150 if solver.evaluations is None else solver.evaluations * (1 if solver.jumps else self.solver_steps)

    @property
    def stirred(self) -> float:
        """η where the solver takes it, else 0."""
        return self.eta if self.solver in STIRRED else 0.0

    @property
    def draws_on_the_way(self) -> bool:
        """Whether particles meet fresh noise at every step."""
        return self.solver == "ddpm" or self.noise > 0 or self.stirred > 0

    @property
    def few(self) -> bool:
        """Whether the solver's own error is likely to be seen."""
        return self.evaluations < 12 and not SOLVERS[self.solver].averages


def starts(experiment: Experiment, n: int) -> tuple[Tensor, np.ndarray]:
    """Return the same particles for every picture of an experiment: points, shape (n, d), and labels, shape (n,), uint8."""
    rng = torch.Generator().manual_seed(SEED_STRIDE * experiment.seed + SEED_STRIDE - 1)
    x0, labels = experiment.source_distribution.draw(n, rng)
    return x0, labels.to(torch.uint8).numpy()


def thinned(found: Trajectory, most: int) -> Trajectory:
    """Return at most `most` frames, evenly spread."""
    if len(found.t) <= most:
        return found
    t = torch.linspace(float(found.t[0]), float(found.t[-1]), most, dtype=found.t.dtype)
    return replace(found, t=t, x=interpolate(found, t))


def exact_scene(experiment: Experiment, view: View, bounds: Bounds | None = None) -> Scene:
    """Return the exact flow of an experiment; no training needed. `bounds` are its own unless given."""
    about = known(experiment)
    field, bounds = about.field, bounds or about.bounds
    shown = min(wanted(experiment, view), max(50, EXACT_WORK // (view.evaluations * len(field.law.weights))))
    x0, labels, y = asked_starts(experiment, view, shown)
    taken = asked_field(experiment, field, view, y)
    if SOLVERS[view.solver].averages:
        averaged = Averaged(taken)
        mean = (
            view.model_copy(update={"solver": "one-step"}) if SOLVERS[view.solver].draws else view
        )  # it has no law to draw from
        found = replace(carried(experiment, averaged, x0, mean, FRAMES), nfe=averaged.nfe)
    else:
        found = carried(experiment, taken, x0, view, FRAMES)
    found = solvers.finished(taken, found)
    source, target = ghosts_shown(about)
    return Scene(
        t=found.t.numpy(),
        x=found.x.numpy(),
        labels=labels,
        bounds=bounds,
        title=_exact_title(about),
        kind="exact",
        stands_in=not field.exact,
        target=target,
        source=source,
        nfe=found.nfe,
        **steps_seen(found, view),
        about=asked_words(experiment, view, y),
        note=" ".join(filter(None, [found.gave_up, _exact_note(about, view), part_shown(shown, wanted(experiment, view))])),
        space=experiment.space.slug,
        frame=experiment.frame,
        nearest=nearest_data(experiment, found.x[-1]),
        **_on_grids(about, view, found, bounds),
    )


def asked_starts(experiment: Experiment, view: View, shown: int) -> tuple[Tensor, np.ndarray, Tensor | None]:
    """Return where the shown particles start, what colours them, and which class each is asked for."""
    x0, labels = starts(experiment, wanted(experiment, view))
    y = classes_asked(experiment, view, shown)
    return x0[:shown], labels[:shown] if y is None else y.to(torch.uint8).numpy(), y


def _on_grids(about: Known, view: View, found: Trajectory, bounds: Bounds) -> dict[str, Any]:
    """Return field and density as a scene holds them; nothing where the space has no grids."""
    if not about.experiment.space.grids:
        return {}
    t, density = slow_times(about), exact_density(about, view, bounds)
    if density is None:
        density = counted_density(interpolate(found, t).numpy(), bounds, DENSITY_SIDE // 2)
    return {"field_t": t.numpy(), "field": exact_arrows(about, view, bounds), "density_t": t.numpy(), "density": density}


def carried(
    experiment: Experiment, field: solvers.Field, x0: Tensor, view: View, most: int, rng: torch.Generator | None = None
) -> Trajectory:
    """Return particles on their way from t = 0 as far as the field is finite, in at most so many even frames.

    Fresh noise, of the steps of DDPM and DDIM or on the way, comes from `rng`, or from the experiment's own generator.
    """
    rng = rng or torch.Generator().manual_seed(SEED_STRIDE * experiment.seed + SEED_STRIDE - 9)
    noise = Noise(view.noise, view.noise_shape) if view.noise else None
    if noise is not None and not isinstance(field, ExactField):
        field = WithScore(field, experiment.path)
    how = {"solver": view.solver, "steps": view.solver_steps, "grid": view.grid, "noise": noise, "eta": view.stirred, "rng": rng}
    return thinned(solvers.carry(field, x0, **how), most)


def steps_seen(found: Trajectory, view: View) -> dict[str, Any]:
    """Return the solver's steps as a scene holds them: those that it chose, or was told if they are few or uneven."""
    told = SOLVERS[view.solver].adaptive is None and (view.solver_steps <= SEEN_STEPS or view.grid != "even")
    return {"steps": tuple(found.t[1:].tolist()) if told else found.steps, "rejected": found.rejected}


def _exact_title(about: Known) -> str:
    """Return what is seen: an exact flow ends at the data, an exact field from another beginning need not."""
    experiment, field = about.experiment, about.field
    if about.beginning is not None:
        return f"{'Exact field' if field.exact else 'Field of a stand-in'}, from x₀ alone"
    noun = experiment.method.noun if experiment.method.on_path else "flow"
    if field.exact:
        return f"Exact {noun}"
    if experiment.coupling.closed_form:
        return f"Exact {noun} of a stand-in"
    return f"Approximate {noun}"


def _exact_note(about: Known, view: View) -> str:
    field = about.field
    what = "Known in closed form; nothing was trained." if field.exact else field.note
    if field.exact and about.experiment.space.picture and about.experiment.target_distribution.data is not None:
        what = f"{what} {COPIES}"
    if (beginning := about.beginning) is not None:
        what = f"{what} {beginning.sentence}"
    if about.experiment.method.pathless:
        what = f"{what} {BESIDE}"
    if SOLVERS[view.solver].jumps:
        return f"{what} {ENDS}"
    watch = "" if about.experiment.space.sheet else WATCH
    if view.draws_on_the_way:
        return f"{what} {FRESH}"
    if not about.experiment.source_distribution.has_density:
        watch = "The source is points: particles that start together stay together, no flow can spread them."
    elif view.few:
        watch = FEW
    return f"{what} {watch}".strip()


def affordable(network: Network, view: View, work: float) -> int:
    """Return particles of a picture, fewer where the solver or the network is dear."""
    size, usual = (n.width**2 * n.depth for n in (network, Network()))
    return max(50, round(work / view.evaluations / max(1.0, (size / usual) ** 0.5)))


def part_shown(shown: int, of: int) -> str:
    """Return what is said where not all particles are shown."""
    return "" if shown == of else f"{shown:,} of {of:,} particles: more would take too long here."


def wanted(experiment: Experiment, view: View) -> int:
    """Return how many particles a scene is to show: of pictures and series one sheet, whatever the number of particles."""
    space = experiment.space
    return SHEET_ROWS[space.slug] * columns_of(space) if space.sheet else view.particles


def ghosts_shown(about: Known) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return points of source and target that lie behind the particles.

    Of series a few of the data to compare with, of pictures none.
    """
    space = about.experiment.space
    if space.sheet:
        return None, about.ghosts[1][:REAL] if space.series else None
    return about.ghosts


def nearest_data(experiment: Experiment, x: Tensor) -> np.ndarray | None:
    """Return the picture of the data nearest to each of some pictures, shape (n, d).

    None outside picture spaces, or without a data set.
    """
    data = experiment.target_distribution.data
    if not experiment.space.picture or data is None:
        return None
    return data[0][torch.cdist(x.float().nan_to_num(), data[0]).argmin(1)].numpy()


def asked_words(experiment: Experiment, view: View, y: Tensor | None) -> str:
    """Return what is said of the classes that particles are asked for."""
    if y is None:
        return ""
    if not experiment.space.sheet:
        return ASKED
    return ASKED_ROWS if view.of_class == ALL else ""

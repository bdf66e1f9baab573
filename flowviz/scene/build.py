"""Make scenes: particles carried by a field, the field on a grid, the density behind them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from flowviz import solvers
from flowviz.exact import ExactField
from flowviz.experiment import Experiment, Model, Network
from flowviz.known import WIDE_LAW, Bounds, Known, cell_centres, known, path_draws
from flowviz.scene.asked import ALL, ASKED, ASKED_ROWS, COLUMNS, asked_field, classes_asked, shown_field
from flowviz.scene.grids import counted_density, field_on_grid, judged_on_grid
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

DENSITY_SIDE = 64
SLOW_TIMES = 21
"""Times at which field and density are stored; the player moves smoothly between them."""
LIVE_TIMES = 11
EXACT_WORK = 400_000_000
"""Particles × evaluations × components of one exact picture: what a core does in some 0.7 s."""
FULL_WORK = 2_500_000
"""Particles × evaluations of the default network in one full picture: what a core does in a second."""
LIVE_WORK = 60_000
"""Particles × evaluations of the default network in one live picture: what a core does in some 25 ms."""
SEEN_STEPS = 20
"""Steps of a solver up to which each is seen on the clock, though all are alike."""
SHEET = 10 * COLUMNS
"""Pictures in a scene, at most: ten rows."""
CLOUD = 4_000
"""Particles behind the density of a learned flow."""


LEARNED = "The same particles, carried by the network's own field."
"""What every learned scene says of itself."""
LEARNED_PICTURES = "The same noise, carried by the network's own field."
MADE = "The same points, each made into a sample by one evaluation: only the ends are real, nothing was learned of what lies between."
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
    """The same particles for every picture of an experiment: points, shape (n, d), and labels, shape (n,), uint8."""
    rng = torch.Generator().manual_seed(SEED_STRIDE * experiment.seed + SEED_STRIDE - 1)
    x0, labels = experiment.source_distribution.draw(n, rng)
    return x0, labels.to(torch.uint8).numpy()


def thinned(found: Trajectory, most: int) -> Trajectory:
    """At most `most` frames, evenly spread."""
    if len(found.t) <= most:
        return found
    t = torch.linspace(float(found.t[0]), float(found.t[-1]), most, dtype=found.t.dtype)
    return replace(found, t=t, x=interpolate(found, t))


def exact_scene(experiment: Experiment, view: View, bounds: Bounds | None = None) -> Scene:
    """The exact flow of an experiment; no training needed. `bounds` are its own unless given."""
    about = known(experiment)
    field, bounds = about.field, bounds or about.bounds
    shown = min(_wanted(experiment, view), max(50, EXACT_WORK // (view.evaluations * len(field.law.weights))))
    x0, labels, y = _asked_starts(experiment, view, shown)
    taken = asked_field(experiment, field, view, y)
    if SOLVERS[view.solver].averages:
        averaged = Averaged(taken)
        mean = (
            view.model_copy(update={"solver": "one-step"}) if SOLVERS[view.solver].draws else view
        )  # it has no law to draw from
        found = replace(_carried(experiment, averaged, x0, mean, FRAMES), nfe=averaged.nfe)
    else:
        found = _carried(experiment, taken, x0, view, FRAMES)
    found = solvers.finished(taken, found)
    slow = torch.linspace(0, field.interval[1], SLOW_TIMES)
    source, target = _ghosts(about)
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
        about=_asked_words(experiment, view, y),
        note=" ".join(filter(None, [found.gave_up, _exact_note(about, view), _part(shown, _wanted(experiment, view))])),
        space=experiment.space.slug,
        nearest=_nearest(experiment, found.x[-1]),
        **_on_grids(
            experiment,
            shown_field(experiment, field, view),
            bounds,
            slow,
            lambda: _exact_density(experiment, _density_field(about, view), found, bounds, slow),
        ),
    )


def _asked_starts(experiment: Experiment, view: View, shown: int) -> tuple[Tensor, np.ndarray, Tensor | None]:
    """Where the shown particles start, what colours them, and which class each is asked for."""
    x0, labels = starts(experiment, _wanted(experiment, view))
    y = classes_asked(experiment, view, shown)
    return x0[:shown], labels[:shown] if y is None else y.to(torch.uint8).numpy(), y


def _density_field(about: Known, view: View) -> ExactField | None:
    """The exact field whose density is that of the particles; None where guidance takes them to none in closed form."""
    if not about.experiment.class_count or view.guidance == 0:
        return about.field
    if view.guidance != 1:
        return None
    return about.field if view.of_class == ALL else about.class_fields[view.of_class]


def _carried(experiment: Experiment, field: solvers.Field, x0: Tensor, view: View, most: int) -> Trajectory:
    """Particles on their way from t = 0 as far as the field is finite, in at most so many even frames."""
    rng = torch.Generator().manual_seed(
        SEED_STRIDE * experiment.seed + SEED_STRIDE - 9
    )  # of the steps of DDPM and DDIM, and of noise
    noise = Noise(view.noise, view.noise_shape) if view.noise else None
    if noise is not None and not isinstance(field, ExactField):
        field = WithScore(field, experiment.path)
    how = {"solver": view.solver, "steps": view.solver_steps, "grid": view.grid, "noise": noise, "eta": view.stirred, "rng": rng}
    return thinned(solvers.carry(field, x0, **how), most)


def steps_seen(found: Trajectory, view: View) -> dict[str, Any]:
    """The solver's steps as a scene holds them: those that it chose, or was told if they are few or uneven."""
    told = SOLVERS[view.solver].adaptive is None and (view.solver_steps <= SEEN_STEPS or view.grid != "even")
    return {"steps": tuple(found.t[1:].tolist()) if told else found.steps, "rejected": found.rejected}


def _on_grids(
    experiment: Experiment, field: solvers.Field, bounds: Bounds, t: Tensor, density: Callable[[], np.ndarray]
) -> dict[str, Any]:
    """Field and density as a scene holds them; nothing where the space has no grids."""
    if not experiment.space.grids:
        return {}
    times = t.numpy()
    moving = {"field_t": times, "field": field_on_grid(field, bounds, t)} if hasattr(field, "velocity") else {}
    return {**moving, "density_t": times, "density": density()}


def _judged(experiment: Experiment, field: solvers.Field, bounds: Bounds, side: int) -> np.ndarray | None:
    """What the discriminator says on a grid; None where there is none, or the space has no grids."""
    judged = getattr(getattr(field, "network", None), "judged", None)
    return None if judged is None or not experiment.space.grids else judged_on_grid(judged, bounds, side)


def _exact_title(about: Known) -> str:
    """What is seen: an exact flow ends at the data, an exact field from another beginning need not."""
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
    watch = "" if about.experiment.space.picture else WATCH
    if view.draws_on_the_way:
        return f"{what} {FRESH}"
    if not about.experiment.source_distribution.has_density:
        watch = "The source is points: particles that start together stay together, no flow can spread them."
    elif view.few:
        watch = FEW
    return f"{what} {watch}".strip()


def _exact_density(experiment: Experiment, field: ExactField | None, found: Trajectory, bounds: Bounds, t: Tensor) -> np.ndarray:
    if field is None:
        return counted_density(interpolate(found, t).numpy(), bounds, DENSITY_SIDE // 2)
    if len(field.law.weights) <= WIDE_LAW:
        points = cell_centres(bounds, DENSITY_SIDE)
        density = torch.stack([field.log_density(points, s) for s in t]).exp()
        return density.view(len(t), DENSITY_SIDE, DENSITY_SIDE).numpy()
    x = path_draws(experiment, t, 20_000)[0]
    return counted_density(x.numpy(), bounds, DENSITY_SIDE)


def _learned_words(experiment: Experiment, view: View, y: Tensor | None) -> str:
    """What a learned scene says of itself."""
    if SOLVERS[view.solver].jumps:
        return MADE
    carried = LEARNED_PICTURES if experiment.space.picture else LEARNED
    return f"{carried} {_asked_words(experiment, view, y)}".strip()


def affordable(network: Network, view: View, work: float) -> int:
    """Particles of a picture, fewer where the solver or the network is dear."""
    size, usual = (n.width**2 * n.depth for n in (network, Network()))
    return max(50, round(work / view.evaluations / max(1.0, (size / usual) ** 0.5)))


def _part(shown: int, wanted: int) -> str:
    return "" if shown == wanted else f"{shown:,} of {wanted:,} particles: more would take too long here."


def _wanted(experiment: Experiment, view: View) -> int:
    """How many particles a scene is to show: of pictures one sheet, whatever the number of particles."""
    return SHEET if experiment.space.picture else view.particles


def _ghosts(about: Known) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Points of source and target that lie behind the particles; none where those are pictures beside one another."""
    return (None, None) if about.experiment.space.picture else about.ghosts


def _nearest(experiment: Experiment, x: Tensor) -> np.ndarray | None:
    """The picture of the data nearest to each of some pictures, shape (n, d); None outside picture spaces, or without a data set."""
    data = experiment.target_distribution.data
    if not experiment.space.picture or data is None:
        return None
    return data[0][torch.cdist(x.float().nan_to_num(), data[0]).argmin(1)].numpy()


def _asked_words(experiment: Experiment, view: View, y: Tensor | None) -> str:
    """What is said of the classes that particles are asked for."""
    if y is None:
        return ""
    if not experiment.space.picture:
        return ASKED
    return ASKED_ROWS if view.of_class == ALL else ""


def learned_scene(
    experiment: Experiment,
    field: solvers.Field,
    step: int,
    view: View,
    *,
    live: bool = False,
    bounds: Bounds | None = None,
) -> Scene:
    """The flow of a learned field.

    Args:
        experiment: What was trained.
        field: Its learned field, as `learned_field` makes it.
        step: Steps that it has seen.
        view: How it is looked at.
        live: A lighter picture for twice a second: fewer particles where the solver is dear, coarser field and density.
        bounds: The axes; its own unless given.
    """
    about = known(experiment)
    bounds = bounds or about.bounds
    most = affordable(experiment.network, view, LIVE_WORK if live else FULL_WORK)
    shown = min(_wanted(experiment, view), most)
    x0, labels, _ = _asked_starts(experiment, view, shown)
    if not live and experiment.space.grids:
        x0 = torch.cat([x0, starts(experiment, CLOUD)[0][shown : max(shown, most)]])
    y = classes_asked(experiment, view, len(x0))
    taken = asked_field(experiment, field, view, y)
    many = shown * (experiment.space.dim if experiment.space.picture else 1)  # each pixel of a picture is carried by itself
    found = _carried(experiment, taken, x0, view, FRAMES if many <= 1000 or not live else 31)
    whole = solvers.finished(taken, found)
    slow = torch.linspace(0, solvers.interval_of(field)[1], LIVE_TIMES if live else SLOW_TIMES)
    side = DENSITY_SIDE // 2 if live else DENSITY_SIDE
    source, target = _ghosts(about)
    return Scene(
        t=whole.t.numpy(),
        x=whole.x[:, :shown].numpy(),
        labels=labels,
        bounds=bounds,
        title=f"Learned {experiment.method.noun} after {step:,} step{'s' if step != 1 else ''}",
        kind="learned",
        target=target,
        source=source,
        nfe=whole.nfe,
        **steps_seen(whole, view),
        about=_learned_words(experiment, view, y),
        note=" ".join(
            filter(
                None,
                (
                    found.gave_up or (FRESH if view.draws_on_the_way else FEW if view.few else ""),
                    _part(shown, _wanted(experiment, view)),
                ),
            )
        ),
        space=experiment.space.slug,
        nearest=_nearest(experiment, whole.x[-1, :shown]),
        judged=_judged(experiment, field, bounds, side),
        **_on_grids(
            experiment,
            shown_field(experiment, field, view),
            bounds,
            slow,
            lambda: counted_density(interpolate(found, slow).numpy(), bounds, side),
        ),
    )

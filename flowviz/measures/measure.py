"""measure(experiment, snapshot) -> Measures: every experiment on the same stratified samples."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import cast

import torch
from torch import Tensor

from flowviz.distributions import Distribution
from flowviz.exact import ExactField
from flowviz.experiment import Experiment, check_eta, check_solver
from flowviz.known import known
from flowviz.measures.kinds import KINDS, OF_PICTURES, OF_SERIES, Measure, Measures
from flowviz.measures.pictures import judged, no_judge
from flowviz.measures.spectrum import misplaced_in, spectrum_floor
from flowviz.metrics import (
    Probe,
    Spread,
    log_density,
    negative_log_likelihood,
    normalised_path_energy,
    path_energy,
    sampling_floor,
    straightness,
    stratified,
    wasserstein2,
)
from flowviz.networks import learned_field
from flowviz.solvers import SOLVERS, Averaged, Field, Trajectory, carry, finished, interval_of
from flowviz.training import Snapshot

SEED = 20_000
"""Samples of repeat r are drawn with seed 20,000 + r, for every experiment: the same points for all."""
FINE = 60
"""Midpoint steps by which energy and straightness are integrated, and Runge–Kutta steps of the likelihood."""
CHECKED = 200
"""Points from which the error of the integrals is estimated."""
SEEN, LEAST = 0.02, {"npe": 0.005, "straightness": 0.002, "nll": 0.01}
"""The error of an integral that is mentioned: this share of its value, or this much where the value is small."""
WHOLE = 2**13
"""Parts that the mixture of someone's own points may have: all of them."""
MOST_COORDINATES = 16
"""Of a likelihood that is followed with the exact trace."""
NO_WAY = "There is no way between source and data: each sample is made by one evaluation."
LOST = "The flow carries particles out of all bounds, so this has no value."


def samples(experiment: Experiment, n: int, repeat: int) -> tuple[Tensor, Tensor]:
    """Return the points that every experiment with this source and target is measured on, stratified by label.

    Args:
        experiment: The experiment.
        n: How many of each.
        repeat: Which sample, from 0.

    Returns:
        x0 and x1, shape (n, d) each, independent of one another.
    """
    rng = torch.Generator().manual_seed(SEED + repeat)
    return stratified(experiment.source_distribution, n, rng)[0], stratified(experiment.target_distribution, n, rng)[0]


@lru_cache(maxsize=64)
def floor_at(target: Distribution, n: int, repeats: int = 3) -> Spread:
    """Return W2 between two independent stratified samples of a target: what a perfect flow would reach; cached (LRU)."""
    rng = torch.Generator().manual_seed(SEED - 1)
    return sampling_floor(target, n, rng, repeats=repeats)


def samples_by(field: Field, x0: Tensor, solver: str, steps: int, repeat: int = 0, *, eta: float = 0.0) -> Trajectory:
    """Carry points from t = 0 to 1; where the velocity of a learned field is infinite there, it is left by a last step.

    Args:
        field: The field.
        x0: Source points, shape (n, d).
        solver: What carries them.
        steps: Its steps.
        repeat: Which sample it is: the noise of DDPM, and of DDIM with η, follows from it.
        eta: Fresh noise in the steps of DDIM.
    """
    rng = torch.Generator().manual_seed(SEED - 2 - repeat)
    if SOLVERS[solver].averages and isinstance(field, ExactField):
        field, solver = Averaged(field), "one-step" if SOLVERS[solver].draws else solver
    flow = carry(field, x0, solver=solver, steps=steps, eta=eta, rng=rng)
    return flow if isinstance(field, ExactField | Averaged) else finished(field, flow)


def measure(
    experiment: Experiment,
    snapshot: Snapshot | None,
    *,
    n: int = 1000,
    repeats: int = 3,
    solver: str = "euler",
    steps: int = 60,
    eta: float = 0.0,
) -> Measures:
    """Measure a learned field, or the exact one.

    Args:
        experiment: The experiment.
        snapshot: Its weights; None measures the exact field instead, or what stands in for it.
        n: Points in each sample.
        repeats: How many samples; the spread is over these.
        solver: What carries the particles for W2, one of the method's; energy, straightness and likelihood have finer solvers of their own.
        steps: Its steps; adaptive solvers do not use them.
        eta: Fresh noise in those of DDIM.

    Returns:
        The measures; what cannot be had has no value and a note that says why.

    Raises:
        ValueError: If `n`, `repeats`, `solver`, `steps` or `eta` is not legal.
    """
    if n < 2 or repeats < 1:
        raise ValueError(f"`n` must be at least 2 and `repeats` at least 1; got {n} and {repeats}. Try 1,000 and 3.")
    if solver not in SOLVERS:
        raise ValueError(f"unknown solver {solver!r}; choose one of {', '.join(SOLVERS)}.")
    check_solver(solver, experiment)
    check_eta(eta, solver)
    field = known(experiment).field if snapshot is None else learned_field(experiment, snapshot.weights)
    points = [samples(experiment, n, repeat) for repeat in range(repeats)]
    note = _note(experiment, field)
    found: dict[str, Measure] = {}
    flows = [samples_by(field, x0, solver, steps, repeat, eta=eta) for repeat, (x0, _) in enumerate(points)]
    floor = floor_at(experiment.target_distribution, n, max(repeats, 3))
    found["w2"] = _repeated(
        "w2", [_w2(flow, x1) for flow, (_, x1) in zip(flows, points, strict=True)], floor.mean, note, flows[0].gave_up
    )
    ones = [_w2(samples_by(field, x0, experiment.method.one_step, 1), x1) for x0, x1 in points]
    found["w2_one"] = _repeated("w2_one", ones, floor.mean, note)
    if hasattr(field, "velocity"):
        found |= _of_the_way(field, points, note)
    else:
        found |= {slug: Measure(slug, best=0.0, note=NO_WAY) for slug in ("npe", "straightness")}
    found["nll"] = likelihood_of(experiment, field, points, note)
    found["field_error"] = _field_error(experiment, field)
    found["nfe"] = Measure("nfe", float(flows[0].nfe), best=1.0)
    found |= _training(experiment, snapshot)
    found |= _of_pictures(experiment, field, solver, steps, eta)
    found |= _of_series(experiment, [flow.x[-1] for flow in flows], note)
    return Measures(
        experiment,
        tuple(found[slug] for slug in KINDS),
        snapshot is None,
        n,
        repeats,
        solver,
        steps,
        not known(experiment).field.exact,
        eta,
    )


def _of_pictures(experiment: Experiment, field: Field, solver: str, steps: int, eta: float) -> dict[str, Measure]:
    """Return what is asked of pictures alone: without a value and a word for points."""
    if not experiment.space.picture or no_judge(experiment) or SOLVERS[solver].averages:
        return {slug: Measure(slug) for slug in OF_PICTURES}
    plain, guided = (judged(experiment, field, w, solver=solver, steps=steps, eta=eta) for w in (1.0, 2.0))
    return {
        "judged": Measure("judged", plain.share, best=plain.held_out),
        "judged_guided": Measure("judged_guided", guided.share, best=guided.held_out),
        "copies": Measure("copies", plain.copies, best=0.0),
        "away": Measure("away", plain.away, best=plain.away_held_out),
    }


def _of_series(experiment: Experiment, made: list[Tensor], note: str) -> dict[str, Measure]:
    """Return what is asked of series alone: without a value and a word for all else."""
    if not experiment.space.series:
        return {slug: Measure(slug) for slug in OF_SERIES}
    target = experiment.target_distribution
    values = [misplaced_in(target, x) for x in made]
    return {"spectrum": _repeated("spectrum", values, spectrum_floor(target, len(made[0])), note)}


def _of_the_way(field: Field, points: list[tuple[Tensor, Tensor]], note: str) -> dict[str, Measure]:
    """Return the path energy and straightness, with the errors of their integrals."""
    energies, bends = zip(*[_energy_and_bend(field, x0, _least(x0, x1), FINE) for x0, x1 in points], strict=True)
    few, least = points[0][0][:CHECKED], _least(*_few(points[0]))
    errors = _integration_errors(lambda steps: _energy_and_bend(field, few, least, steps), order=2)
    return {
        "npe": _repeated("npe", list(energies), 0.0, note, _caution("npe", energies[0], errors[0])),
        "straightness": _repeated("straightness", list(bends), 0.0, note, _caution("straightness", bends[0], errors[1])),
    }


def _note(experiment: Experiment, field: Field) -> str:
    if not isinstance(field, ExactField):
        return "Of the flow without classes." if experiment.class_count else ""
    last = field.interval[1]
    ends = f" Ends at t = {last:g}: the target is points, so the velocity is infinite at 1." if last < 1 else ""
    return (field.note + ends).strip()


def _repeated(slug: str, values: list[float], best: float | None, note: str = "", caution: str = "") -> Measure:
    if not all(map(math.isfinite, values)):
        return Measure(slug, best=best, note=caution or LOST)
    mean, spread = Spread.of(values)
    return Measure(slug, mean, spread if len(values) > 1 else None, best, note, caution)


def _few(pair: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Return as many points as an error is estimated from."""
    return pair[0][:CHECKED], pair[1][:CHECKED]


def _integration_errors(values: Callable[[int], tuple[float, ...]], order: int) -> list[float]:
    """Estimate the errors that `FINE` steps leave in some integrals, by those that half of them leave.

    Args:
        values: The integrals by a number of steps.
        order: Of the solver.

    References:
        Richardson, "The Deferred Approach to the Limit", 1927.
    """
    fine, half = values(FINE), values(FINE // 2)
    return [abs(a - b) / (2**order - 1) for a, b in zip(fine, half, strict=True)]


def _caution(slug: str, value: float, error: float) -> str:
    """Return a sentence where the error of an integral would be seen in its value; empty where it would not."""
    if not error > max(SEEN * abs(value), LEAST[slug]):
        return ""
    return f"{KINDS[slug].name}: {FINE} steps leave an error of about {error:.1g}; the field turns too sharply for them."


def _w2(flow: Trajectory, x1: Tensor) -> float:
    return wasserstein2(flow.x[-1], x1) if bool(flow.x[-1].isfinite().all()) else math.nan


def _least(x0: Tensor, x1: Tensor) -> float:
    """Return the least energy that carries some points to others: W2² between them."""
    return wasserstein2(x0, x1) ** 2


def _energy_and_bend(field: Field, x0: Tensor, least: float, steps: int) -> tuple[float, float]:
    """Return the path energy over the least one, and straightness, from points x0, shape (n, d)."""
    flow = carry(field, x0, solver="midpoint", steps=steps)
    if not bool(flow.x.isfinite().all()):
        return math.nan, math.nan
    energy = path_energy(field, flow.x, flow.t)
    npe = normalised_path_energy(energy, least) if least > 0 else math.nan
    return npe, straightness(field, flow.x, flow.t)


def no_likelihood(experiment: Experiment) -> str:
    """Return why a flow has no likelihood that could be compared, a sentence; empty where it has."""
    source, target = experiment.source_distribution, experiment.target_distribution
    if not (source.exact and source.has_density):
        return f"The density of the source, {source.label}, has no closed form, so there is no likelihood."
    if not target.has_density:
        return f"The target, {target.label}, has no density: the likelihood of a good flow grows without end."
    if experiment.space.dim > MOST_COORDINATES:
        return f"The likelihood takes a derivative for each of {experiment.space.dim} coordinates at every step: that takes too long here."
    return ""


def likelihood_interval(field: Field) -> tuple[float, float]:
    """Return the times between which a field's likelihood is followed.

    An exact one all the way, a learned one where it is finite.
    """
    return (0.0, 1.0) if isinstance(field, ExactField) else interval_of(field)


def likelihood_of(experiment: Experiment, field: Field, points: list[tuple[Tensor, Tensor]], note: str = "") -> Measure:
    """Return the mean negative log-likelihood of fresh data.

    Arguments as `measure` makes them. No value and a note where there is none.
    """
    learned = not isinstance(field, ExactField)
    if why := no_likelihood(experiment) or (experiment.method.no_likelihood if learned else ""):
        return Measure("nll", note=why)
    start = experiment.source_distribution.mixture(WHOLE)

    def one(x1: Tensor, steps: int) -> float:
        x1 = x1.double() if isinstance(field, ExactField) else x1
        return negative_log_likelihood(field, x1, start, steps=steps, interval=likelihood_interval(field))

    values = [one(x1, FINE) for _, x1 in points]
    (error,) = _integration_errors(lambda steps: (one(_few(points[0])[1], steps),), order=4)
    return _repeated("nll", values, _entropy(experiment, points), note, _caution("nll", values[0], error))


def _entropy(experiment: Experiment, points: list[tuple[Tensor, Tensor]]) -> float | None:
    """Return the least mean NLL: the entropy in closed form, or −log p1 on the same points where the target is a mixture."""
    target = experiment.target_distribution
    if target.entropy is not None or not target.exact:
        return target.entropy
    mixture = target.mixture(WHOLE)
    return -float(torch.stack([log_density(mixture, x1.double()).mean() for _, x1 in points]).mean())


def _field_error(experiment: Experiment, field: Field) -> Measure:
    if isinstance(field, ExactField):
        return Measure("field_error", best=0.0, note="This is the exact field itself.")
    if not experiment.method.on_path:
        return Measure("field_error", best=0.0, note=f"{experiment.method.label} learns no velocity of a path to compare with.")
    if not experiment.coupling.closed_form:
        label = experiment.coupling.label
        return Measure("field_error", best=0.0, note=f"The coupling {label} has no exact field in closed form to compare with.")
    return _repeated("field_error", [cast(Probe, known(experiment).probe).error(field)], 0.0, known(experiment).field.note)


def _training(experiment: Experiment, snapshot: Snapshot | None) -> dict[str, Measure]:
    if snapshot is None:
        return {slug: Measure(slug, note="Nothing was trained.") for slug in ("seconds", "rate")}
    early = snapshot.step < experiment.total_steps
    note = f"Ended at step {snapshot.step:,} of {experiment.total_steps:,}." if early else ""
    rate = snapshot.step / snapshot.seconds if snapshot.seconds > 0 else None
    return {"seconds": Measure("seconds", snapshot.seconds, note=note), "rate": Measure("rate", rate, note=note)}

"""The data of the lecture's pictures: made once for each pair, and kept for all who look at the same."""

from typing import Any

import numpy as np
import torch

from flowviz.distributions import stratified
from flowviz.experiment import Experiment
from flowviz.known import WIDE_LAW, exact_part, known
from flowviz.lessons import landings
from flowviz.lessons.tables import coefficient_table, law_table
from flowviz.metrics import sampling_floor
from flowviz.ui.caching import SharedCache

Arrays = dict[str, np.ndarray]
PAIRS = 200
"""Pairs whose paths are drawn."""
PARTICLES = 300
STEPS = (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50)
_landed: SharedCache[tuple[Arrays, dict[str, Any]]] = SharedCache(16)


def around(experiment: Experiment) -> tuple[Arrays, list[float]]:
    """Return source and target as faint points, the path's table, and the bounds of the picture."""
    part = exact_part(experiment)
    source, target = (points.astype(np.float32).ravel() for points in known(part).ghosts)
    table = coefficient_table(experiment.path, known(experiment).field.interval[1])
    return {"source": source, "target": target, **table}, [float(edge) for edge in known(part).bounds]


def pairs(experiment: Experiment, n: int = PAIRS) -> Arrays:
    """Return drawn pairs with their noise and the label of their data point: x0, x1, z, labels."""
    rng = torch.Generator().manual_seed(4)
    x0 = experiment.source_distribution.sample(n, rng)
    x1, labels = experiment.target_distribution.draw(n, rng)
    z = torch.randn(n, 2, generator=rng)
    points = {name: x.double().numpy().ravel() for name, x in (("x0", x0), ("x1", x1), ("z", z))}
    return {**points, "labels": labels.to(torch.uint8).numpy()}


def law(experiment: Experiment) -> Arrays:
    """Return the components of the exact field's law."""
    return law_table(known(experiment).field)


def landed(experiment: Experiment) -> tuple[Arrays, dict[str, Any]]:
    """Return where 1 to 50 Euler steps land, for both couplings, with W2 and its floor."""
    part = exact_part(experiment)
    return _landed.get(part, lambda: _land(part))


def _land(experiment: Experiment) -> tuple[Arrays, dict[str, Any]]:
    rng = torch.Generator().manual_seed(5)
    # Some 4,600 components make each step dear: fewer particles, so that nobody waits.
    points = PARTICLES if len(known(experiment).field.law.weights) <= WIDE_LAW else PARTICLES // 2
    x0, labels = stratified(experiment.source_distribution, points, rng)
    x1 = stratified(experiment.target_distribution, points, rng)[0]
    floor = sampling_floor(experiment.target_distribution, points, rng, repeats=2).mean
    arrays: Arrays = {"labels": labels.to(torch.uint8).numpy(), "target": x1.float().numpy().ravel()}
    notes = {}
    for coupling in ("independent", "ot"):
        field = known(experiment.changed(coupling=coupling)).field
        found = landings(field, x0, x1, STEPS)
        arrays[f"x_{coupling}"] = np.concatenate([one.trajectory.x.float().numpy().ravel() for one in found])
        arrays[f"w2_{coupling}"] = np.array([one.w2 for one in found])
        notes[coupling] = field.note
    mean = field_mean(experiment)
    options = {"floor": floor, "mean": mean, "points": points, "note": notes["independent"], "ot_note": notes["ot"]}
    return arrays, {**options, "steps": list(STEPS)}


def field_mean(experiment: Experiment) -> list[float]:
    """Return the mean of the data, as the exact field knows it."""
    law = known(experiment).field.law
    return (law.weights[:, None] * law.mu).sum(0).tolist()


def far_pair(drawn: Arrays) -> int:
    """Return one of the first pairs whose ends lie far apart: there is most to see between them."""
    gaps = np.square(drawn["x1"] - drawn["x0"]).reshape(-1, 2).sum(1)
    return int(np.argsort(gaps)[int(0.8 * len(gaps))])

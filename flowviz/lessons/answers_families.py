"""Answers about flows beside other families: GANs, diffusion, training by likelihood, networks that need one step."""

import time
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowviz.distributions import DISTRIBUTIONS, Points
from flowviz.experiment import Experiment
from flowviz.lessons.answers import Answer, data, distance, exact, floor, start_points, usual, ways
from flowviz.methods import Denoiser
from flowviz.metrics import log_density, negative_log_likelihood
from flowviz.networks import learned_field
from flowviz.paths import Path
from flowviz.solvers import Field, carry, finished
from flowviz.threads import one_thread
from flowviz.training import Snapshot, evaluations_per_step, train

BATCH, SMALL = {"batch": "128"}, {"batch": "64"}
"""Small batches, so that a training takes no longer than a picture that is computed on the spot may; the smaller where four are trained."""


def trained(experiment: Experiment) -> tuple[Any, float]:
    """Return the field that a training learns, and how many seconds it took, with the pairs it needs from another flow."""
    begin = time.perf_counter()
    *_, last = train(experiment)
    return learned_field(experiment, last.weights), time.perf_counter() - begin


def ends(field: Any, x0: Tensor, solver: str, steps: int) -> Tensor:
    """Return where a learned field takes particles, shape (n, d)."""
    return finished(field, carry(field, x0, solver=solver, steps=steps)).x[-1]


def distances(field: Any, x0: Tensor, solver: str, steps: tuple[int, ...]) -> list[float]:
    """Return W2 to the data for each number of steps, in units of x."""
    return [distance(ends(field, x0, solver, count).double()) for count in steps]


GENERATOR = {"method": "gan", "steps": "300", "depth": "2", "lr": "0.002", **SMALL}
"""A GAN that is trained briefly: it finds the modes, and leaves samples between them."""
FLOW_STEPS, EVALUATIONS = 400, (1, 2, 3, 4, 8, 16)
MADE = 2048
"""Points that the GAN makes for the flow to learn from."""
FEW = 3


@one_thread()
def gan_and_flow() -> Answer:
    """Return W2 against evaluations of flows from noise and from a GAN's samples, whose generator counts as one evaluation."""
    generator, _ = trained(usual(**GENERATOR))
    z = torch.randn(MADE, 2, generator=torch.Generator().manual_seed(21))
    made = Points.of(generator.made(z).numpy(), std=0.0, title="Made by a GAN").text
    x0 = start_points().float()
    starts = {"noise": ("gaussian", x0), "gan": (made, generator.made(x0))}
    numbers: dict[str, float] = {"gan": distance(starts["gan"][1].double()), "floor": floor().mean, "points": len(x0)}
    numbers |= {"gan_steps": float(GENERATOR["steps"]), "flow_steps": FLOW_STEPS, "few": FEW, "many": EVALUATIONS[-1]}
    arrays = {"noise_nfe": np.array(EVALUATIONS), "gan_nfe": np.array(EVALUATIONS[1:]), "made": starts["gan"][1].numpy()}
    for start, (source, x) in starts.items():
        for coupling in ("independent", "ot"):
            field, _ = trained(usual(source=source, coupling=coupling, steps=str(FLOW_STEPS), **SMALL))
            name, nfe = f"{start}_{coupling}", arrays[f"{start}_nfe"].tolist()
            arrays[name] = np.array(distances(field, x, "euler", tuple(count - (start == "gan") for count in nfe)))
            numbers |= {f"{name}_few": arrays[name][nfe.index(FEW)], f"{name}_many": arrays[name][-1]}
            if coupling == "ot":
                end = ends(field, x, "euler", nfe[-1] - (start == "gan"))
                numbers[f"way_{start}"] = float((end - x).norm(dim=1).mean())
                arrays[f"end_{start}"] = end.numpy()
    return Answer(numbers, arrays)


DIFFUSION_STEPS, SAMPLED = 1500, (1, 2, 4, 8, 16, 32)
SEEN, SHORT = 16, 4
"""Steps of the ways that are drawn, and of a short sampling."""


def euler_in_other_variables(field: Denoiser, path: Path, x: Tensor, grid: Tensor) -> Tensor:
    """Return Euler's steps for d(x/α)/d(σ/α) = ε̂, which is the probability flow in the variables y = x/α and σ/α.

    Shape (k, n, d).

    References:
        Song, Meng & Ermon, 2020, arXiv 2010.02502, section 4.3.
    """
    found = [x]
    for now, then in pairwise(grid):
        step = path.sigma(then) / path.alpha(then) - path.sigma(now) / path.alpha(now)
        found.append(path.alpha(then) * (found[-1] / path.alpha(now) + step * field.noise(found[-1], now)))
    return torch.stack(found)


def off(field: Field, right: Field, x: Tensor, times: Tensor) -> float:
    """Return the error of a velocity at points on the way, shape (k, n, d), root mean square over that of the right one."""
    u = torch.stack([right.velocity(at, t) for at, t in zip(x, times, strict=True)])
    v = torch.stack([field.velocity(at, t) for at, t in zip(x, times, strict=True)])
    return float((v - u).square().mean().sqrt() / u.square().mean().sqrt())


@one_thread()
def trained_diffusion() -> Answer:
    """Return a network that has learned the noise, as a velocity: beside the exact one, and sampled by DDIM and by the ODE."""
    steps, x0 = str(DIFFUSION_STEPS), start_points()
    learn = {"diffusion": usual(method="diffusion", steps=steps, **BATCH), "flow": usual(path="vp", steps=steps, **BATCH)}
    fields = {}
    for name, experiment in learn.items():
        *_, last = train(experiment)
        fields[name] = learned_field(experiment, last.weights, dtype=torch.float64)
    right, diffusion = exact(path="vp"), fields["diffusion"]
    true = ways(right, x0[:200], steps=40, last=right.path.interval[1])
    some, times = true.x[4:40:4], true.t[4:40:4]
    curves = {"ddim": ("diffusion", "ddim"), "ode": ("diffusion", "euler"), "flow": ("flow", "euler")}
    arrays = {"nfe": np.array(SAMPLED)}
    arrays |= {name: np.array(distances(fields[field], x0, solver, SAMPLED)) for name, (field, solver) in curves.items()}
    numbers: dict[str, float] = {"steps": DIFFUSION_STEPS, "points": len(x0), "floor": floor().mean}
    numbers |= {
        "off_diffusion": 100 * off(diffusion, right, some, times),
        "off_flow": 100 * off(fields["flow"], right, some, times),
    }
    numbers |= {"short": SHORT, "many": SAMPLED[-1]}
    for name in curves:
        numbers |= {f"{name}_short": arrays[name][SAMPLED.index(SHORT)], f"{name}_many": arrays[name][-1]}
    ddim, ode = carry(diffusion, x0[:16], solver="ddim", steps=SEEN), carry(diffusion, x0[:16], solver="rk4", steps=60)
    other = euler_in_other_variables(diffusion, diffusion.path, x0[:16], ddim.t)
    numbers |= {"same": float((other - ddim.x).abs().max()), "seen": SEEN}
    arrays |= {"ddim_way": ddim.x.numpy(), "ode_way": ode.x.numpy()}
    arrays["u"] = torch.stack([right.velocity(x, t) for x, t in zip(some, times, strict=True)])[:, :80, 0].numpy()
    arrays["v"] = torch.stack([diffusion.velocity(x, t) for x, t in zip(some, times, strict=True)])[:, :80, 0].numpy()
    return Answer(numbers, arrays)


LIKELIHOOD_STEPS = 32
"""Steps of the training by likelihood: about one second."""


@lru_cache(maxsize=1)
def _same_seconds() -> dict[str, tuple[Experiment, Snapshot, float]]:
    """Return two trainings with the seconds each took: one by likelihood, and one of flow matching that is stopped after as many.

    Seconds of the processor, since both trainings run in one thread: what else the machine does must not count. Measured once a
    process.
    """
    level = {"schedule": "warmup", **BATCH}  # a schedule that need not know when it will be stopped
    cnf, flow = usual(method="cnf", steps=str(LIKELIHOOD_STEPS), **level), usual(steps="50000", **level)
    for first in (cnf, flow):  # the first step of a process loads what torch needs for it
        list(train(first.changed(steps=1)))
    begin = time.thread_time()
    *_, slow = train(cnf)
    between = time.thread_time()
    *_, fast = train(flow, stop=lambda: time.thread_time() - between >= between - begin)
    return {"cnf": (cnf, slow, between - begin), "flow": (flow, fast, time.thread_time() - between)}


@one_thread()
def by_likelihood() -> Answer:
    """Return one step of both trainings, in milliseconds and evaluations, and W2 and NLL after the same seconds."""
    x0, x1, source = start_points().float(), data().float(), DISTRIBUTIONS["gaussian"]().mixture()
    numbers: dict[str, float] = {"floor": floor().mean, "points": len(x0)}
    numbers["least"] = -float(log_density(DISTRIBUTIONS["8gaussians"]().mixture(), x1.double()).mean())
    arrays = {}
    for name, (experiment, last, seconds) in _same_seconds().items():
        field = learned_field(experiment, last.weights)
        end = ends(field, x0, "midpoint", 20)
        numbers |= {f"ms_{name}": 1000 * seconds / last.step, f"steps_{name}": last.step}
        numbers |= {f"evaluations_{name}": evaluations_per_step(experiment), f"w2_{name}": distance(end.double())}
        numbers[f"nll_{name}"] = negative_log_likelihood(field, x1, source, steps=12)
        arrays[name] = end.numpy()
    numbers["batch"] = float(BATCH["batch"])
    numbers["seconds"] = _same_seconds()["cnf"][2]
    numbers["times"] = numbers["ms_cnf"] / numbers["ms_flow"]
    return Answer(numbers, arrays)


ONE_STEP: dict[str, tuple[dict[str, str], str]] = {
    "flow": ({}, "euler"),
    "ot": ({"coupling": "ot"}, "euler"),
    "meanflow": ({"method": "meanflow"}, "average"),
    "distilled": ({"method": "distilled"}, "one-step"),
}
"""What is trained, and what carries its particles."""
COUNTS, ONE_STEP_STEPS = (1, 2, 4), 400


@lru_cache(maxsize=1)
def _few_step_fields() -> dict[str, tuple[Any, float]]:
    """Return the four fields, and the seconds of each training; measured once a process.

    The distilled flow finds the first flow already trained, so the seconds of that are added to its own.
    """
    found = {name: trained(usual(steps=str(ONE_STEP_STEPS), **flat, **SMALL)) for name, (flat, _) in ONE_STEP.items()}
    field, seconds = found["distilled"]
    return {**found, "distilled": (field, seconds + found["flow"][1])}


@one_thread()
def cost_of_one_step() -> Answer:
    """Return W2 after one, two and four evaluations, and the seconds that each training took."""
    x0 = start_points().float()
    numbers: dict[str, float] = {"floor": floor().mean, "points": len(x0), "steps": ONE_STEP_STEPS}
    arrays = {"nfe": np.array(COUNTS)}
    for name, (field, seconds) in _few_step_fields().items():
        solver = ONE_STEP[name][1]
        counts = COUNTS if hasattr(field, "velocity") else COUNTS[:1]
        found = distances(field, x0, solver, counts)
        numbers |= {f"{name}_{count}": w2 for count, w2 in zip(counts, found, strict=True)}
        numbers[f"seconds_{name}"] = seconds
        arrays[name], arrays[f"end_{name}"] = np.array(found), ends(field, x0, solver, 1).numpy()
    return Answer(numbers, arrays)

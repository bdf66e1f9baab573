"""The first half of a script: source, target, path, coupling, and pools of pairs drawn from them."""

import re
from types import FunctionType

from flowviz.couplings import (
    Coupling,
    _coarse_to_fine,
    _far_off,
    _gibbs,
    _kernel,
    _scaled,
    _scaled_down,
    optimal_assignment,
    partners_within,
    sinkhorn_plan,
)
from flowviz.distributions import Distribution, Points
from flowviz.distributions.digits import Digits
from flowviz.experiment import Experiment
from flowviz.methods import MeanFlow, Method
from flowviz.paths import Path
from flowviz.script import embedded, pictures
from flowviz.script.source import Coefficients, constants_of, function_text
from flowviz.training.draws import SEED_STRIDE, pool_batches

LEARNED = {"velocity": "velocities u", "noise": "noises u", "average": "velocities u"}
"""What a script's network learns, by what its method predicts."""


def summary(owner: object) -> str:
    """Return the first line of a docstring, without what it says of labels: scripts draw none."""
    line = (owner.__doc__ or "").strip().splitlines()[0]
    return re.split(r"[.;] (?=[^.;]*\blabels?\b)", line, flags=re.IGNORECASE)[0].rstrip(".") + "."


def samplers(experiment: Experiment) -> list[str]:
    """Return the functions `sample_source` and `sample_target`, and what they call."""
    source, target = experiment.source_distribution, experiment.target_distribution
    first, labelled = _sampler(source, "sample_source"), bool(experiment.class_count)
    if source == target and not labelled:
        return [*first, "sample_target = sample_source\n"]
    return [*first, *_sampler(target, "sample_target", labelled)]


def _sampler(distribution: Distribution, name: str, labelled: bool = False) -> list[str]:
    if isinstance(distribution, Points):
        return embedded.sampler(distribution, name, labelled)
    if isinstance(distribution, Digits):
        return pictures.sampler(name, labelled)
    kind, constants = type(distribution), constants_of(distribution)
    about = "Draw points and their classes." if labelled else summary(kind)
    parts = [function_text(kind.draw, name, about, constants, only_first=not labelled)]
    for helper, function in vars(kind).items():
        plain = helper.lstrip("_")
        if isinstance(function, FunctionType) and helper.startswith("_") and re.search(rf"\b{plain}\(", parts[0]):
            parts.insert(0, function_text(function, plain, "", constants))
    return parts


def path_function(path: Path, method: Method) -> str:
    """Return the function `path`: a point on it, and what is learned there, its velocity or its noise."""
    coefficients = Coefficients(path)
    noisy, denoises = path.noisy, method.predicts == "noise"
    slopes = () if denoises else ("d_alpha", "d_sigma", *["d_gamma"] * noisy)
    for name in ("alpha", "sigma", *["gamma"] * noisy, *slopes):
        coefficients.need(name)
    given = [
        "x0",
        "x1",
        "t",
        *["z"] * noisy,
        *(f"{name}={value!r}" for name, value in constants_of(path).items() if name in coefficients.used),
    ]
    point, velocity = "alpha * x1 + sigma * x0", "d_alpha * x1 + d_sigma * x0"
    if noisy:
        point, velocity = point + " + gamma * z", velocity + " + d_gamma * z"
    lines = [f"def path({', '.join(given)}):", f'    """{summary(type(path))}"""', "    t = t[:, None]"]
    lines += [f"    {line}" for line in coefficients.assignments()]
    lines += [
        f"    return {point}, "
        + ("x0  # x_t, and the noise in it" if denoises else f"{velocity}  # x_t, and its velocity u = dx_t/dt")
    ]
    return "\n".join(lines) + "\n"


def coefficients_function(path: Path) -> str:
    """Return the function `coefficients`: α and σ at a time, for sampling."""
    found = Coefficients(path)
    for name in ("alpha", "sigma"):
        found.need(name)
    given = ["t", *(f"{name}={value!r}" for name, value in constants_of(path).items() if name in found.used)]
    lines = [f"def coefficients({', '.join(given)}):", '    """α and σ of the path at a time t, shape ()."""']
    lines += [f"    {line}" for line in found.assignments()]
    return "\n".join([*lines, "    return alpha, sigma"]) + "\n"


def pairing(experiment: Experiment) -> list[str]:
    """Return the function `partners` and what it calls, and that which pairs within classes; nothing for independent pairs."""
    coupling = experiment.coupling
    found = _pairing(coupling)
    if not found or experiment.training.classes != "within":
        return found
    within = function_text(partners_within, "partners_within", "Pair within each class.", {})
    within = within.replace("coupling.", "").replace("(coupling, ", "(")
    return [*found, within if coupling.draws else within.replace(", rng)", ")")]


def _pairing(coupling: Coupling) -> list[str]:
    if coupling.slug == "independent":
        return []
    if coupling.slug == "ot":
        return [
            function_text(_kernel, "gibbs_kernel", summary(_kernel), {}),
            function_text(_scaled_down, "scaled_down", summary(_scaled_down), {}),
            function_text(_far_off, "far_off", summary(_far_off), {}),
            function_text(optimal_assignment, "partners", summary(optimal_assignment), {}),
        ]
    helpers = [
        function_text(_gibbs, "gibbs_kernel", summary(_gibbs), {}),
        function_text(_scaled, "scaled", summary(_scaled), {}),
        function_text(_coarse_to_fine, "coarse_to_fine", summary(_coarse_to_fine), {}),
    ]
    plan = function_text(sinkhorn_plan, "sinkhorn_plan", summary(sinkhorn_plan), {})
    drawn = "Draw a partner for every x0 from its row of the entropic transport plan."
    return [*helpers, plan, function_text(type(coupling).partners, "partners", drawn, constants_of(coupling))]


def _paired(experiment: Experiment) -> list[str]:
    """Return the lines of `draw_pool` that put batches in the order of their partners."""
    rng = ", rng" * experiment.coupling.draws
    if not experiment.class_count:
        return [
            "    batches = zip(x0.split(BATCH), x1.split(BATCH), strict=True)",
            f"    x1 = torch.cat([b[partners(a, b{rng})] for a, b in batches])",
        ]
    within = experiment.training.classes == "within"
    call = f"partners_within(a, b, of{rng})" if within else f"partners(a, b{rng})"
    return [
        "    batches = zip(x0.split(BATCH), x1.split(BATCH), y.split(BATCH), strict=True)",
        f"    chosen = [{call} for a, b, {'of' if within else '_'} in batches]",
        "    x1 = torch.cat([b[j] for b, j in zip(x1.split(BATCH), chosen, strict=True)])",
        "    y = torch.cat([of[j] for of, j in zip(y.split(BATCH), chosen, strict=True)])",
    ]


def _times(experiment: Experiment, name: str) -> list[str]:
    """Return the lines of `draw_pool` that draw times."""
    if experiment.training.time_sampling == "uniform":
        lines = [f"    {name} = torch.rand(len(x0), generator=rng)"]
    else:
        lines = [f"    {name} = torch.sigmoid(torch.randn(len(x0), generator=rng))  # logit-normal: more often near ½"]
    if experiment.path.interval != (0.0, 1.0):
        first, last = experiment.path.interval
        scaled = f"{last!r} * {name}" if first == 0 else f"{first!r} + ({last!r} - {first!r}) * {name}"
        why = "no noise is left at t = 1" if experiment.method.predicts == "noise" else "the loss is infinite on [0, 1]"
        lines.append(f"    {name} = {scaled}  # {why}")
    return lines


def _later(experiment: Experiment, same: float) -> list[str]:
    """Return the lines of `draw_pool` that give each pair a later time, or the same."""
    return [
        *_times(experiment, "other"),
        f"    same = torch.rand(len(x0), generator=rng) < {same!r}  # these learn the velocity itself",
        "    t, s = torch.where(same, t, torch.minimum(t, other)), torch.where(same, t, torch.maximum(t, other))",
    ]


def pool_function(experiment: Experiment) -> str:
    """Return the function `draw_pool`."""
    coupling, path = experiment.coupling, experiment.path
    batches = pool_batches(experiment)
    classes = experiment.class_count
    lines = [
        "def draw_pool(number):",
        f'    """Draw the pairs of {batches} batches at once: points x_t, the {LEARNED[experiment.method.predicts]} to learn there, and times t."""',
        f"    rng = torch.Generator().manual_seed({SEED_STRIDE} * SEED + number + 1)",
    ]
    if classes:
        lines.append(f"    x0 = sample_source({batches} * BATCH, rng)")
        lines.append(f"    x1, y = sample_target({batches} * BATCH, rng)")
    else:
        lines.append(f"    x0, x1 = sample_source({batches} * BATCH, rng), sample_target({batches} * BATCH, rng)")
    if coupling.slug != "independent":
        lines += _paired(experiment)
    if coupling.uses > 1:
        again = f"    x0, x1 = x0.repeat({coupling.uses}, 1), x1.repeat({coupling.uses}, 1)"
        lines.append(f"{again}  # each pair again, at other times")
        lines += [f"    y = y.repeat({coupling.uses})"] * bool(classes)
    lines += _times(experiment, "t")
    if path.noisy:
        lines.append("    z = torch.randn(x0.shape, generator=rng)")
    if isinstance(experiment.method, MeanFlow):
        lines += _later(experiment, experiment.method.same)
    if classes:
        told = f"torch.where(torch.rand(len(y), generator=rng) < {experiment.training.drop!r}, {classes}, y)"
        lines.append(f"    y = {told}  # {classes} is no class: so much is learned without")
    spans = experiment.method.spans
    lines.append(f"    return *path(x0, x1, t{', z' * path.noisy}), t{', y' * bool(classes)}{', s' * spans}")
    return "\n".join(lines) + "\n"

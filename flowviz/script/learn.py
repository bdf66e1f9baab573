"""The second half of a script: training, and samples."""

from flowviz.experiment import ROUND, Experiment
from flowviz.methods import MeanFlow
from flowviz.methods.meanflow import LEAST
from flowviz.script.network import on_gpu
from flowviz.training.draws import pool_steps
from flowviz.training.loop import WARMUP

EULER = 60
LOSSES = {
    "velocity": "E‖v(x_t, t) − u‖², the flow matching loss",
    "noise": "E‖ε(x_t, t) − u‖², the denoising loss; u is the noise",
}
"""The loss in words, by what the method predicts."""
SAMPLES = 2000


def schedule(experiment: Experiment) -> list[str]:
    """Return the function `learning_rate`; nothing where it is level."""
    training = experiment.training
    if training.schedule == "constant":
        return []
    cosine = training.schedule == "cosine"
    about = f"{WARMUP} steps of warm-up, then {'a cosine down to zero' if cosine else 'level'}"
    lines = ["def learning_rate(step):"]
    if training.more:
        lines.append(f'    """{about}; every further round of {ROUND} steps begins anew."""')
        lines.append(f"    step, length = (step, STEPS) if step < STEPS else ((step - STEPS) % {ROUND}, {ROUND})")
        warm, length = f"min({WARMUP}, max(1, length // 4))", "length"
    else:
        lines.append(f'    """{about}."""')
        warm, length = str(min(WARMUP, max(1, training.steps // 4))), "STEPS"
    rate = f"LR * min(1.0, (step + 1) / {warm})"
    if cosine:
        rate += f" * (0.5 * (1 + math.cos(math.pi * step / {length})))"
    return ["\n".join([*lines, f"    return {rate}"]) + "\n"]


def loop(
    experiment: Experiment,
    body: list[str] | None = None,
    *,
    adams: list[str] | None = None,
    steps: str | None = None,
    draw: str = "draw_pool",
    said: str = "step",
) -> str:
    """Return the training loop.

    Args:
        experiment: The choices.
        body: Its lines from the batch to the last step of Adam; by default those of a regression on pairs.
        adams: The lines that make the optimisers; by default one for all parameters.
        steps: How many steps, as the script writes it.
        draw: The function that draws a pool.
        said: What stands before the number of a step where losses are printed.
    """
    per_pool, average = pool_steps(experiment), experiment.training.average
    lines = [*(adams or [adam(experiment)]), *["average = [p.detach().clone() for p in params]"] * average, "losses = []"]
    lines.append(f"for step in range({steps or all_steps(experiment)}):")
    lines.append(f"    if step % {per_pool} == 0:")
    lines.append(f"        pool = {_on_device(f'{draw}(step // {per_pool})', experiment)}")
    lines += body or [f"    first = step % {per_pool} * BATCH", *_minimised(experiment), *descend(experiment)]
    if average:
        lines.append("    for mean, p in zip(average, params, strict=True):  # the moving average is what is sampled")
        lines.append("        mean.lerp_(p.detach(), 1 - min(0.999, (1 + step) / (10 + step)))")
    lines.append("    losses.append(loss.item())")
    lines.append("    if (step + 1) % 100 == 0:")
    lines.append(f'        print(f"{said} {{step + 1:6}}  mean loss of 100 steps {{sum(losses[-100:]) / 100:.9f}}")')
    lines.append(f'print(f"{said} {{len(losses):6}}  loss {{losses[-1]:.9f}}")')
    return "\n".join(lines) + "\n"


def all_steps(experiment: Experiment) -> str:
    """Return how many steps a training has, further rounds included."""
    return f"STEPS + {ROUND} * MORE" if experiment.training.more else "STEPS"


def adam(experiment: Experiment, name: str = "adam", params: str = "params", betas: str = "") -> str:
    """Return the line that makes an optimiser; `betas` is an argument of it, with a comma before it."""
    fused = "" if experiment.device == "mps" else ", fused=True"
    return f"{name} = torch.optim.Adam({params}, lr=LR{betas}{fused})"


def descend(experiment: Experiment, name: str = "adam", params: str = "params") -> list[str]:
    """Return the lines of the loop from the gradients to the step of Adam."""
    lines = []
    if clip := experiment.training.clip:
        lines.append(f"    nn.utils.clip_grad_norm_({params}, {clip!r})")
    if experiment.training.schedule != "constant":
        lines.append(f'    {name}.param_groups[0]["lr"] = learning_rate(step)')
    return [*lines, f"    {name}.step()"]


def _on_device(pool: str, experiment: Experiment) -> str:
    return f"[part.to(DEVICE) for part in {pool}]" if on_gpu(experiment) else pool


def _minimised(experiment: Experiment) -> list[str]:
    """Return the lines of the loop from the batch to the gradients."""
    name, y = experiment.method.predicts, ", y" * bool(experiment.class_count)
    if isinstance(experiment.method, MeanFlow):
        return [
            "    xt, u, t, s = (part[first : first + BATCH] for part in pool)",
            "    found, slope = value_and_slope(xt, t, s, u)",
            "    square = (found - (u + (s - t)[:, None] * slope)).square().sum(1)  # u = v + (s − t)(∂_t + v·∇)u",
            f"    weight = (square.detach() + {LEAST!r}).pow(-{experiment.method.adaptive!r})",
            "    loss = square.mean()",
            "    adam.zero_grad()",
            "    (weight * square).mean().backward()",
        ]
    return [
        f"    xt, u, t{y} = (part[first : first + BATCH] for part in pool)",
        f"    loss = ({name}(xt, t{y}) - u).square().sum() / BATCH  # {LOSSES[name]}",
        "    adam.zero_grad()",
        "    loss.backward()",
    ]


def samples(experiment: Experiment, jump: str = "", *, averaged: bool = False) -> str:
    """Return samples by Euler's method, by DDIM where noise was learned, or in one evaluation, and their mean and covariance.

    Args:
        experiment: The choices.
        jump: What makes samples of source points x in one evaluation, where the method does so, and a comment.
        averaged: Whether the networks have their averaged weights already.
    """
    device = ", device=DEVICE" * on_gpu(experiment)
    start, end = f"sample_source({SAMPLES}, rng)", "x"
    if on_gpu(experiment):
        start, end = f"{start}.to(DEVICE)", "x.cpu()"
    lines = ["with torch.no_grad():"]
    if not averaged:
        lines += [f"    {line}" for line in averages(experiment)]
    lines.append(f"    x = {start}")
    y = ", y" * bool(experiment.class_count)
    if y:
        to = ".to(DEVICE)" * on_gpu(experiment)
        lines.append(f"    y = sample_target({SAMPLES}, rng)[1]{to}  # classes to ask for, as often as the data have them")
    if experiment.method.spans:
        jump = "x + average_velocity(x, torch.zeros_like(x[:, 0]), torch.ones_like(x[:, 0]))  # one step, all the way"
    if jump:
        lines.append(f"    x = {jump}")
    else:
        lines += _ddim(device, y) if experiment.method.one_step == "ddim" else _euler(device, y)
    lines.append(f'for name, points in (("samples", {end}), ("data", sample_target({SAMPLES}, rng){"[0]" * bool(y)})):')
    lines.append('    print(f"{name:8} mean {points.mean(0).tolist()}, covariance {torch.cov(points.T).tolist()}")')
    return "\n".join(lines) + "\n"


def averages(experiment: Experiment) -> list[str]:
    """Return the lines that put the averaged weights into the networks; none where they are not averaged."""
    return ["for mean, p in zip(average, params, strict=True):", "    p.copy_(mean)"] * experiment.training.average


def _euler(device: str, y: str) -> list[str]:
    return [
        f"    for k in range({EULER}):  # Euler's method: follow the velocity from t = 0 to t = 1",
        f"        x = x + velocity(x, torch.full((len(x),), k / {EULER}{device}){y}) / {EULER}",
    ]


def _ddim(device: str, y: str) -> list[str]:
    return [
        f"    for k in range({EULER}):  # DDIM: towards the data point that the noise leaves, at every step anew",
        f"        t, s = (torch.tensor(j / {EULER}{device}) for j in (k, k + 1))",
        "        (a, b), (a_next, b_next) = coefficients(t), coefficients(s)",
        f"        e = noise(x, t.expand(len(x)){y})",
        "        x = a_next * (x - b * e) / a + b_next * e",
    ]

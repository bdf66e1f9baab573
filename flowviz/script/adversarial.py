"""The script of a GAN, after its samplers."""

from typing import cast

from flowviz.experiment import Experiment
from flowviz.methods import GAN
from flowviz.script import latent, learn
from flowviz.script.network import networks, on_gpu
from flowviz.training.draws import pool_steps
from flowviz.training.gan_step import GanStep


def parts(experiment: Experiment) -> list[str]:
    """Return pools, generator and discriminator, their training in turn, and samples G(z)."""
    dim = experiment.space.dim
    size = experiment.method.latent_size(dim)
    z = latent.whole("x", experiment, ".to(DEVICE)" * on_gpu(experiment))
    betas = f", betas={GanStep.betas!r}"
    adams = [learn.adam(experiment, f"adam_{name[0]}", f"{name}.parameters()", betas) for name in ("generator", "discriminator")]
    body = [*_discriminator_steps(experiment), *_generator_step(experiment)]
    return [
        latent.pool_function(experiment, "points z for the generator"),
        networks(experiment, {"generator": (size, dim), "discriminator": (dim, 1)}),
        _logits(),
        *learn.schedule(experiment),
        learn.loop(experiment, body, adams=adams) + learn.samples(experiment, f"generator({z})  # G(z), one evaluation"),
    ]


def _logits() -> str:
    lines = [
        "def logits(x):",
        '    """The discriminator before its sigmoid, d(x) = log D(x) − log(1 − D(x))."""',
        "    return discriminator(x)[:, 0]",
    ]
    return "\n".join(lines) + "\n"


def _discriminator_steps(experiment: Experiment) -> list[str]:
    """Return the lines of the discriminator's steps, the last on the batch that the generator learns from."""
    method, per_pool = cast(GAN, experiment.method), pool_steps(experiment)
    steps = method.critic_steps
    first = f"(step + k) % {per_pool}" if steps > 1 else f"step % {per_pool}"
    smooth, gamma = method.smoothing, method.r1
    lines = [
        f"    first = {first} * BATCH",
        "    z, x1 = (part[first : first + BATCH] for part in pool)",
        *["    x1.requires_grad_()"] * bool(gamma),
        "    with torch.no_grad():",
        "        made = generator(z)",
        "    data, made = logits(x1), logits(made)",
    ]
    real = "softplus(-data)"
    if smooth:
        real = "real"
        lines.append(f"    # One-sided label smoothing: data are to be called data with probability 1 − {smooth!r}.")
        lines.append(f"    real = (1 - {smooth!r}) * softplus(-data) + {smooth!r} * softplus(data)")
    lines.append(f"    loss = {real}.mean() + softplus(made).mean()  # −E log D(x1) − E log(1 − D(G(z)))")
    if gamma:
        lines.append("    (slope,) = torch.autograd.grad(data.sum(), x1, create_graph=True)")
        lines.append(f"    penalty = 0.5 * {gamma!r} * slope.square().sum(1).mean()  # R1: γ/2 E‖∇d(x1)‖²")
    lines += ["    adam_d.zero_grad()", f"    {'(loss + penalty)' if gamma else 'loss'}.backward()"]
    lines += learn.descend(experiment, "adam_d", "discriminator.parameters()")
    if steps == 1:
        return lines
    order = ", ".join(map(str, [*range(1, steps), 0]))
    return [f"    for k in ({order}):  # last on the batch that the generator learns from", *(f"    {line}" for line in lines)]


def _generator_step(experiment: Experiment) -> list[str]:
    """Return the lines of the loop that make one step of the generator."""
    return [
        "    cost = softplus(-logits(generator(z))).mean()  # −E log D(G(z)), what the generator minimises",
        "    adam_g.zero_grad()",
        "    cost.backward()",
        *learn.descend(experiment, "adam_g", "generator.parameters()"),
    ]

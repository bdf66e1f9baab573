"""The script of a continuous normalizing flow that is trained by likelihood, after its samplers."""

from typing import cast

from flowviz.experiment import Experiment
from flowviz.methods import CNF, minus_log_density, velocity_and_divergence
from flowviz.script import latent, learn
from flowviz.script.network import network, output
from flowviz.script.source import function_text
from flowviz.training.draws import pool_steps


def parts(experiment: Experiment) -> list[str]:
    """Return pools, the network, its divergence, −log p by the solver, training, and samples by Euler's method."""
    body = [
        f"    first = step % {pool_steps(experiment)} * BATCH",
        "    _, x1 = (part[first : first + BATCH] for part in pool)",
        "    loss = minus_log_density(x1).mean()  # −E log p_1(x1), in nats",
        "    adam.zero_grad()",
        "    loss.backward()",
        *learn.descend(experiment),
    ]
    return [
        latent.pool_function(experiment, "source points, drawn and not used"),
        network(experiment),
        *output(experiment, one_time=True),
        _divergence(),
        *(_by_adjoint(experiment) if cast(CNF, experiment.method).adjoint else [_by_midpoint(experiment)]),
        *learn.schedule(experiment),
        learn.loop(experiment, body) + learn.samples(experiment),
    ]


def _divergence() -> str:
    about = "v and its divergence ∇·v, one row of the Jacobian after the other."
    text = function_text(velocity_and_divergence, "velocity_and_divergence", about, {})
    return text.replace("(velocity, x, t)", "(x, t)")


def _by_midpoint(experiment: Experiment) -> str:
    """Return the function `minus_log_density`, with gradients through every step of the solver."""
    steps = cast(CNF, experiment.method).midpoints
    about = "−log p_1 = −log p_0 + ∫ ∇·v dt at data, by the midpoint rule from t = 1 to 0 and N(0, I) there."
    text = function_text(minus_log_density, "minus_log_density", about, {})
    text = text.replace("velocity", "v").replace("moving(", "velocity_and_divergence(")
    return text.replace("(moving, x, steps)", f"(x, steps={steps})")


def _by_adjoint(experiment: Experiment) -> list[str]:
    """Return the function `minus_log_density`, with gradients by a second equation backward in time."""
    lines = [
        "def minus_log_density(x):",
        '    """−log p_1 = −log p_0 + ∫ ∇·v dt at data, from t = 1 to 0; gradients by the adjoint equation."""',
        "    ends, start = x.new_tensor([1.0, 0.0]), (x, x.new_zeros(len(x)))",
        f'    how = {{"method": "midpoint", "options": {{"step_size": 1.0 / {cast(CNF, experiment.method).midpoints}}}}}',
        "    found = odeint_adjoint(rates, start, ends, adjoint_params=tuple(params), **how)",
        "    x0, spread = (part[-1] for part in found)",
        "    return 0.5 * x0.square().sum(1) + 0.5 * x0.shape[1] * math.log(2 * math.pi) - spread",
    ]
    rates = [
        "def rates(t, state):",
        '    """What is integrated: the velocity of the points, and its divergence."""',
        "    with torch.enable_grad():  # the solver runs without, the divergence needs it",
        "        return velocity_and_divergence(state[0], t)",
    ]
    return ["\n".join(rates) + "\n", "\n".join(lines) + "\n"]

"""The script of a distilled flow, after its samplers: a flow, its pairs, and the network that learns from them."""

import textwrap

from flowviz.experiment import Experiment
from flowviz.networks import FREQUENCIES
from flowviz.script import draws, learn
from flowviz.script.network import network, on_gpu, output
from flowviz.script.source import function_text
from flowviz.solvers import SOLVERS
from flowviz.training.draws import SEED_STRIDE, pool_batches
from flowviz.training.pairs import CHUNK, MOST, STEPS, parent_of


def parts(experiment: Experiment) -> list[str]:
    """Return the flow's pools and network, one training loop for both, the flow's pairs, pools of those, and samples."""
    flow = parent_of(experiment)
    begin = "first_weights = [p.detach().clone() for p in params]  # of the flow, and of the network that is distilled from it\n"
    run = [
        'train(draw_pool, STEPS, "flow, step")',
        "starts, ends = make_pairs()",
        f'train(draw_made, {learn.all_steps(experiment)}, "step")  # the same network from its first weights, now to be distilled',
    ]
    jump = "x + velocity(x, torch.zeros_like(x[:, 0]))  # the whole way in one evaluation"
    return [
        draws.path_function(flow.path, flow.method),
        draws.pool_function(flow),
        network(experiment) + begin,
        *output(experiment),
        *learn.schedule(experiment),
        _train(experiment),
        _velocity_at(experiment),
        _rk4(),
        _make_pairs(experiment),
        _draw_made(experiment),
        "\n".join(run) + "\n" + learn.samples(experiment, jump, averaged=True),
    ]


def _train(experiment: Experiment) -> str:
    """Return the function `train`."""
    loop = learn.loop(experiment, steps="steps", draw="draw", said="{name}")
    lines = [
        "def train(draw, steps, name):",
        '    """Train the network from its first weights on pools that `draw` returns, and print its losses under a name."""',
        "    with torch.no_grad():",
        "        for p, weights in zip(params, first_weights, strict=True):",
        "            p.copy_(weights)",
        *textwrap.indent(loop, "    ").splitlines(),
    ]
    if ending := learn.averages(experiment):
        lines += ["    with torch.no_grad():", *(f"        {line}" for line in ending)]
    return "\n".join(lines) + "\n"


def _velocity_at(experiment: Experiment) -> str:
    """Return the function `velocity_at`, with the sums of `LearnedField` in their order."""
    dim, kind = experiment.space.dim, experiment.network.time_features
    lines = [
        "def velocity_at(x, t):",
        '    """v(x, t) at one time for all points: what t adds to the first layer is the same row for all of them."""',
    ]
    if kind == "fourier":
        lines.append(f"    angle = t.reshape(1, 1) * (math.pi * torch.arange(1.0, {FREQUENCIES + 1}.0))")
    features = {
        "fourier": "torch.cat([torch.cos(angle), torch.sin(angle)], 1)",
        "embedding": "embed(t.reshape(1, 1))",
        "plain": "t.reshape(1, 1)",
    }
    lines += [
        f"    features, weight = {features[kind]}, net[0].weight",
        f"    row = net[0].bias + features[0] @ weight[:, {dim}:].T",
        f"    return net[1:](torch.addmm(row, x, weight[:, :{dim}].T))",
    ]
    return "\n".join(lines) + "\n"


def _rk4() -> str:
    step = SOLVERS["rk4"].step
    assert step is not None
    text = function_text(step, "rk4", "A step of Runge–Kutta 4 from time t to s.", {})
    return text.replace("field.velocity", "velocity_at").replace("(field, x, t, s, rng)", "(x, t, s)")


def _make_pairs(experiment: Experiment) -> str:
    """Return the function `make_pairs`; on the CPU, as training makes them."""
    names = [*["embed"] * (experiment.network.time_features == "embedding"), "net"] * on_gpu(experiment)
    seed = SEED_STRIDE - 1 - experiment.flows_before
    lines = [
        "def make_pairs():",
        f'    """Carry source points along the flow Φ, {STEPS} steps and {CHUNK:,} points at a time: x0 and Φ(x0)."""',
        f"    rng = torch.Generator().manual_seed({SEED_STRIDE} * SEED + {seed})",
        f"    x0, ends = sample_source(min({MOST}, STEPS * BATCH), rng), []",
        *(f"    {name}.cpu()" for name in names),
        "    with torch.no_grad():",
        f"        for x in x0.split({CHUNK}):",
        "            end = x",
        f"            for t, s in pairwise(torch.linspace(0.0, 1.0, {STEPS + 1})):",
        "                end = rk4(end, t, s)",
        "            ends.append(end)",
        *(f"    {name}.to(DEVICE)" for name in names),
        "    return x0, torch.cat(ends)",
    ]
    return "\n".join(lines) + "\n"


def _draw_made(experiment: Experiment) -> str:
    """Return the function `draw_made`."""
    lines = [
        "def draw_made(number):",
        f'    """Draw {pool_batches(experiment)} batches of the flow\'s pairs: x0, the way Φ(x0) − x0 to learn there, and t = 0."""',
        f"    rng = torch.Generator().manual_seed({SEED_STRIDE} * SEED + number + 1)",
        f"    rows = {pool_batches(experiment)} * BATCH",
        "    chosen = torch.randperm(max(rows, len(starts)), generator=rng)[:rows] % len(starts)",
        "    return starts[chosen], ends[chosen] - starts[chosen], torch.zeros(rows)",
    ]
    return "\n".join(lines) + "\n"

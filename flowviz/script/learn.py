"""The second half of a script: the network, its training, and samples."""

from flowviz.experiment import ROUND, Experiment
from flowviz.methods import MeanFlow
from flowviz.methods.meanflow import LEAST
from flowviz.networks import ACTIVATIONS, EMBEDDING, FREQUENCIES
from flowviz.script.source import function_text
from flowviz.training.average_step import through, value_and_slope
from flowviz.training.draws import SEED_STRIDE, pool_steps
from flowviz.training.loop import WARMUP

EULER = 60
LOSSES = {
    "velocity": "E‖v(x_t, t) − u‖², the flow matching loss",
    "noise": "E‖ε(x_t, t) − u‖², the denoising loss; u is the noise",
}
"""The loss in words, by what the method predicts."""
SAMPLES = 2000


def on_gpu(experiment: Experiment) -> bool:
    """Whether the script must name a device."""
    return experiment.device not in ("auto", "cpu")


def network(experiment: Experiment) -> str:
    """The network, its first weights, and the function `velocity`."""
    choice, training = experiment.network, experiment.training
    embedded = choice.time_features == "embedding"
    dim = experiment.space.dim
    timed = {"fourier": 2 * FREQUENCIES, "embedding": EMBEDDING, "plain": 1}[choice.time_features]
    inputs = dim + timed * (1 + experiment.method.spans) + experiment.class_count
    activation = f"nn.{ACTIVATIONS[choice.activation].__name__}()"
    lines = []
    if embedded:
        lines.append(f"embed = nn.Sequential(nn.Linear(1, {EMBEDDING}), nn.SiLU(), nn.Linear({EMBEDDING}, {EMBEDDING}))  # of t")
    lines.append("net = nn.Sequential(")
    for size in [inputs, *[choice.width] * (choice.depth - 1)]:
        lines.append(f"    nn.Linear({size}, {choice.width}), {activation},")
    lines += [f"    nn.Linear({choice.width}, {dim}),", ")"]
    lines += [f"rng = torch.Generator().manual_seed({SEED_STRIDE} * SEED)"]
    lines.append(f"for layer in {'[*embed[::2], *net[::2]]' if embedded else 'net[::2]'}:")
    lines += ["    bound = layer.in_features**-0.5  # first weights uniform in ±1/√inputs"]
    lines += [f"    layer.{part}.data.uniform_(-bound, bound, generator=rng)" for part in ("weight", "bias")]
    if training.weight_norm:
        lines.append("    weight_norm(layer)  # each row's length and direction apart")
    if on_gpu(experiment):
        lines += ["embed.to(DEVICE)"] * embedded + ["net.to(DEVICE)"]
    lines.append(f"params = {'[*embed.parameters(), *net.parameters()]' if embedded else 'list(net.parameters())'}")
    return "\n".join(lines) + "\n"


def average(experiment: Experiment) -> list[str]:
    """The functions `features`, `average_velocity` and `value_and_slope` of a network of two times."""
    kind, device = experiment.network.time_features, ", device=t.device" * on_gpu(experiment)
    lines = ["def features(t):", '    """Features of times, or of spans between two."""']
    if kind == "fourier":
        lines.append(f"    angle = t[:, None] * (math.pi * torch.arange(1.0, {FREQUENCIES + 1}.0{device}))")
    found = {
        "fourier": "torch.cat([torch.cos(angle), torch.sin(angle)], 1)",
        "embedding": "embed(t[:, None])",
        "plain": "t[:, None]",
    }
    lines.append(f"    return {found[kind]}")
    about = '    """u(x, t, s): the network, the average velocity from t to s; at s = t the velocity."""'
    body = "    return net(torch.cat([x, features(t), features(s - t)], 1))"
    slope = function_text(value_and_slope, "value_and_slope", "u(x, t, s) and its slope (∂_t + v·∇) u, which is a constant.", {})
    slope = slope.replace("module.", "").replace("(module, ", "(")
    carried = function_text(through, "through", "What layers make of values, and of their slopes along one direction.", {})
    average = "\n".join(["def average_velocity(x, t, s):", about, body]) + "\n"
    return ["\n".join(lines) + "\n", average, carried, _features_and_slope(kind, device), slope]


def _features_and_slope(kind: str, device: str) -> str:
    """The function `features_and_slope`."""
    lines = ["def features_and_slope(t):", '    """Features of times, or of spans, and how they change with them."""']
    if kind == "fourier":
        lines.append(f"    rate = math.pi * torch.arange(1.0, {FREQUENCIES + 1}.0{device})")
        lines.append("    angle = t[:, None] * rate")
        lines.append("    return features(t), torch.cat([-rate * torch.sin(angle), rate * torch.cos(angle)], 1)")
    elif kind == "embedding":
        lines.append("    return through(embed, t[:, None], torch.ones_like(t)[:, None])")
    else:
        lines.append("    return features(t), torch.ones_like(t)[:, None]")
    return "\n".join(lines) + "\n"


def output(experiment: Experiment) -> list[str]:
    """The function `velocity`, or `noise` or `average` where that is what the network learns, and what it needs."""
    if experiment.method.spans:
        return average(experiment)
    kind, name, sign = experiment.network.time_features, experiment.method.predicts, experiment.method.sign
    about = {
        "fourier": f"{sign}(x, t): the network, on x and {FREQUENCIES} cosines and sines of t.",
        "embedding": f"{sign}(x, t): the network, on x and a learned embedding of t.",
        "plain": f"{sign}(x, t): the network, on x and t itself.",
    }[kind]
    if experiment.class_count:
        about = about.replace("(x, t)", "(x, t, y)").removesuffix(".") + f", and the class y; {experiment.class_count} for none."
    lines = [f"def {name}(x, t{', y' * bool(experiment.class_count)}):", f'    """{about}"""']
    if kind == "fourier":
        device = ", device=t.device" * on_gpu(experiment)
        lines.append(f"    angle = t[:, None] * (math.pi * torch.arange(1.0, {FREQUENCIES + 1}.0{device}))")
    features = {"fourier": "torch.cos(angle), torch.sin(angle)", "embedding": "embed(t[:, None])", "plain": "t[:, None]"}[kind]
    told = ""
    if experiment.class_count:
        device = ", device=y.device" * on_gpu(experiment)
        lines.append(f"    told = (y[:, None] == torch.arange({experiment.class_count}{device})).to(x.dtype)")
        told = ", told"
    lines.append(f"    return net(torch.cat([x, {features}{told}], 1))")
    return ["\n".join(lines) + "\n"]


def schedule(experiment: Experiment) -> list[str]:
    """The function `learning_rate`; nothing where it is level."""
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


def loop(experiment: Experiment) -> str:
    """The training loop."""
    training = experiment.training
    per_pool = pool_steps(experiment)
    fused = "" if experiment.device == "mps" else ", fused=True"
    lines = [f"adam = torch.optim.Adam(params, lr=LR{fused})"]
    if training.average:
        lines.append("average = [p.detach().clone() for p in params]")
    lines.append("losses = []")
    lines.append(f"for step in range({f'STEPS + {ROUND} * MORE' if training.more else 'STEPS'}):")
    lines.append(f"    if step % {per_pool} == 0:")
    pool = f"draw_pool(step // {per_pool})"
    lines.append(f"        pool = {f'[part.to(DEVICE) for part in {pool}]' if on_gpu(experiment) else pool}")
    lines.append(f"    first = step % {per_pool} * BATCH")
    lines += _minimised(experiment)
    if training.clip:
        lines.append(f"    nn.utils.clip_grad_norm_(params, {training.clip!r})")
    if training.schedule != "constant":
        lines.append('    adam.param_groups[0]["lr"] = learning_rate(step)')
    lines.append("    adam.step()")
    if training.average:
        lines.append("    for mean, p in zip(average, params, strict=True):  # the moving average is what is sampled")
        lines.append("        mean.lerp_(p.detach(), 1 - min(0.999, (1 + step) / (10 + step)))")
    lines.append("    losses.append(loss.item())")
    lines.append("    if (step + 1) % 100 == 0:")
    lines.append('        print(f"step {step + 1:6}  mean loss of 100 steps {sum(losses[-100:]) / 100:.9f}")')
    lines.append('print(f"step {len(losses):6}  loss {losses[-1]:.9f}")')
    return "\n".join(lines) + "\n"


def _minimised(experiment: Experiment) -> list[str]:
    """The lines of the loop from the batch to the gradients."""
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


def samples(experiment: Experiment) -> str:
    """Samples by Euler's method, or by DDIM where noise was learned, and what can be said of them in numbers."""
    device = ", device=DEVICE" * on_gpu(experiment)
    start, end = f"sample_source({SAMPLES}, rng)", "x"
    if on_gpu(experiment):
        start, end = f"{start}.to(DEVICE)", "x.cpu()"
    lines = ["with torch.no_grad():"]
    if experiment.training.average:
        lines += ["    for mean, p in zip(average, params, strict=True):", "        p.copy_(mean)"]
    lines.append(f"    x = {start}")
    y = ", y" * bool(experiment.class_count)
    if y:
        to = ".to(DEVICE)" * on_gpu(experiment)
        lines.append(f"    y = sample_target({SAMPLES}, rng)[1]{to}  # classes to ask for, as often as the data have them")
    if experiment.method.spans:
        lines.append(
            "    x = x + average_velocity(x, torch.zeros_like(x[:, 0]), torch.ones_like(x[:, 0]))  # one step, all the way"
        )
    else:
        lines += _ddim(device, y) if experiment.method.one_step == "ddim" else _euler(device, y)
    lines.append(f'for name, points in (("samples", {end}), ("data", sample_target({SAMPLES}, rng){"[0]" * bool(y)})):')
    lines.append('    print(f"{name:8} mean {points.mean(0).tolist()}, covariance {torch.cov(points.T).tolist()}")')
    return "\n".join(lines) + "\n"


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

"""The second half of a script: the network, its training, and samples."""

from flowviz.experiment import ROUND, Experiment
from flowviz.networks import ACTIVATIONS, EMBEDDING, FREQUENCIES
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
    inputs = dim + {"fourier": 2 * FREQUENCIES, "embedding": EMBEDDING, "plain": 1}[choice.time_features]
    inputs += experiment.classes
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


def output(experiment: Experiment) -> str:
    """The function `velocity`, or `noise` where that is what the network learns."""
    kind, name, sign = experiment.network.time_features, experiment.method.predicts, experiment.method.sign
    about = {
        "fourier": f"{sign}(x, t): the network, on x and {FREQUENCIES} cosines and sines of t.",
        "embedding": f"{sign}(x, t): the network, on x and a learned embedding of t.",
        "plain": f"{sign}(x, t): the network, on x and t itself.",
    }[kind]
    if experiment.classes:
        about = about.replace("(x, t)", "(x, t, y)").removesuffix(".") + f", and the class y; {experiment.classes} for none."
    lines = [f"def {name}(x, t{', y' * bool(experiment.classes)}):", f'    """{about}"""']
    if kind == "fourier":
        device = ", device=t.device" * on_gpu(experiment)
        lines.append(f"    angle = t[:, None] * (math.pi * torch.arange(1.0, {FREQUENCIES + 1}.0{device}))")
    features = {"fourier": "torch.cos(angle), torch.sin(angle)", "embedding": "embed(t[:, None])", "plain": "t[:, None]"}[kind]
    told = ""
    if experiment.classes:
        device = ", device=y.device" * on_gpu(experiment)
        lines.append(f"    told = (y[:, None] == torch.arange({experiment.classes}{device})).to(x.dtype)")
        told = ", told"
    lines.append(f"    return net(torch.cat([x, {features}{told}], 1))")
    return "\n".join(lines) + "\n"


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
    y = ", y" * bool(experiment.classes)
    lines.append(f"    xt, u, t{y} = (part[first : first + BATCH] for part in pool)")
    name = experiment.method.predicts
    lines.append(f"    loss = ({name}(xt, t{y}) - u).square().sum() / BATCH  # {LOSSES[name]}")
    lines += ["    adam.zero_grad()", "    loss.backward()"]
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
    y = ", y" * bool(experiment.classes)
    if y:
        to = ".to(DEVICE)" * on_gpu(experiment)
        lines.append(f"    y = sample_target({SAMPLES}, rng)[1]{to}  # classes to ask for, as often as the data have them")
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

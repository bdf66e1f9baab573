"""The networks of a script and their first weights, and what they say at a point and a time."""

from collections.abc import Mapping

from flowviz.experiment import Experiment
from flowviz.networks import ACTIVATIONS, EMBEDDING, FREQUENCIES
from flowviz.script.source import function_text
from flowviz.training.average_step import through, value_and_slope
from flowviz.training.draws import SEED_STRIDE


def on_gpu(experiment: Experiment) -> bool:
    """Return whether the script must name a device."""
    return experiment.device not in ("auto", "cpu")


def network(experiment: Experiment) -> str:
    """Return the network of a velocity or a noise, and its first weights."""
    dim = experiment.space.dim
    timed = {"fourier": 2 * FREQUENCIES, "embedding": EMBEDDING, "plain": 1}[experiment.network.time_features]
    inputs = dim + timed * (1 + experiment.method.spans) + experiment.class_count
    lines = []
    if embedded := experiment.network.time_features == "embedding":
        lines.append(f"embed = nn.Sequential(nn.Linear(1, {EMBEDDING}), nn.SiLU(), nn.Linear({EMBEDDING}, {EMBEDDING}))  # of t")
    lines += [*_perceptron("net", inputs, dim, experiment), *_first_weights([*["embed"] * embedded, "net"], experiment)]
    return "\n".join(lines) + "\n"


def networks(experiment: Experiment, sizes: Mapping[str, tuple[int, int]]) -> str:
    """Return networks that are told no time, by name with how many numbers they take and give, and their first weights."""
    lines = []
    for name, (inputs, outputs) in sizes.items():
        lines += _perceptron(name, inputs, outputs, experiment)
    return "\n".join([*lines, *_first_weights(list(sizes), experiment)]) + "\n"


def _perceptron(name: str, inputs: int, outputs: int, experiment: Experiment) -> list[str]:
    choice = experiment.network
    lines = [f"{name} = nn.Sequential("]
    for size in [inputs, *[choice.width] * (choice.depth - 1)]:
        lines.append(f"    nn.Linear({size}, {choice.width}), nn.{ACTIVATIONS[choice.activation].__name__}(),")
    return [*lines, f"    nn.Linear({choice.width}, {outputs}),", ")"]


def _first_weights(names: list[str], experiment: Experiment) -> list[str]:
    """Return the lines that draw the weights of networks, in this order, and gather them in `params`."""
    layers, weights = [f"{name}[::2]" for name in names], [f"{name}.parameters()" for name in names]
    alone = len(names) == 1
    lines = [f"rng = torch.Generator().manual_seed({SEED_STRIDE} * SEED)"]
    lines.append("for layer in " + (layers[0] if alone else f"[*{', *'.join(layers)}]") + ":")
    lines += ["    bound = layer.in_features**-0.5  # first weights uniform in ±1/√inputs"]
    lines += [f"    layer.{part}.data.uniform_(-bound, bound, generator=rng)" for part in ("weight", "bias")]
    if experiment.training.weight_norm:
        lines.append("    weight_norm(layer)  # each row's length and direction apart")
    if on_gpu(experiment):
        lines += [f"{name}.to(DEVICE)" for name in names]
    lines.append("params = " + (f"list({weights[0]})" if alone else f"[*{', *'.join(weights)}]"))
    return lines


def average(experiment: Experiment) -> list[str]:
    """Return the functions `features`, `average_velocity` and `value_and_slope` of a network of two times."""
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
    """Return the function `features_and_slope`."""
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


def output(experiment: Experiment, *, one_time: bool = False) -> list[str]:
    """Return the function `velocity`, or `noise` or `average` where that is what the network learns, and what it needs.

    Args:
        experiment: The choices.
        one_time: Whether it also takes one time for all points, shape ().
    """
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
    lines += ["    t = t.expand(len(x))  # one time for all points, or one for each"] * one_time
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

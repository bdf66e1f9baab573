"""The loops that flowviz is held against, and the means to time several of them fairly."""

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from flowviz.experiment import Experiment
from flowviz.networks import VelocityField
from flowviz.training import train
from flowviz.training.steps import first_network

Run = Callable[[], object]


def paired(runs: dict[str, Run], steps: int, rounds: int) -> dict[str, float]:
    """Time several loops alternately, so that whatever else the machine does falls on all of them.

    Args:
        runs: Each makes `steps` steps when called.
        steps: How many.
        rounds: How often each is run; every other round goes backwards.

    Returns:
        Milliseconds a step of the fastest round, by name: what disturbs a measurement only ever adds to it.
    """
    best = dict.fromkeys(runs, float("inf"))
    for number in range(rounds):
        for name in list(runs)[:: 1 if number % 2 == 0 else -1]:
            start = time.perf_counter()
            runs[name]()
            best[name] = min(best[name], 1000 * (time.perf_counter() - start) / steps)
    return best


def ours(experiment: Experiment) -> None:
    """Train from the first weights to the last snapshot."""
    for _ in train(experiment, every=1e9):
        pass


def torchcfm_matcher(kind: str) -> Any:
    """Return torchcfm's own matcher, with its tutorial's σ = 0.1.

    Raises:
        ModuleNotFoundError: If torchcfm or POT is not installed.
    """
    from torchcfm import conditional_flow_matching as torchcfm

    return getattr(torchcfm, kind)(sigma=0.1)


def torchcfm_loop(
    matcher: Any, experiment: Experiment, steps: int, *, seconds: float = float("inf"), lr: float = 1e-3
) -> VelocityField:
    """Return torchcfm's tutorial: its matcher, Adam, one batch a step; only the sampler is vectorised, and the network is ours.

    Args:
        matcher: From `torchcfm_matcher`.
        experiment: Source, target, network, batch and seed.
        steps: How many steps.
        seconds: Stop earlier, after so many seconds.
        lr: Adam's step size; torch's default, as in the tutorial.

    Returns:
        The trained network.
    """
    source, target, batch = experiment.source_distribution, experiment.target_distribution, experiment.training.batch
    rng = torch.Generator().manual_seed(experiment.seed)
    with torch.random.fork_rng(devices=[]):  # the matcher draws from torch's global generator
        torch.manual_seed(experiment.seed)
        model = first_network(experiment)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        end = time.perf_counter() + seconds
        for _ in range(steps):
            optimizer.zero_grad()
            t, xt, ut = matcher.sample_location_and_conditional_flow(source.sample(batch, rng), target.sample(batch, rng))
            loss = torch.mean((model(xt, t) - ut) ** 2)
            loss.backward()
            optimizer.step()
            if time.perf_counter() >= end:
                break
    return model


def article_loop(experiment: Experiment, steps: int) -> VelocityField:
    """Return the source article's loop: a straight path, one batch a step, Adam at 5e-4, the mean of the squared error."""
    source, target, batch = experiment.source_distribution, experiment.target_distribution, experiment.training.batch
    rng = torch.Generator().manual_seed(experiment.seed)
    model = first_network(experiment)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
    for _ in range(steps):
        x0, x1 = source.sample(batch, rng), target.sample(batch, rng)
        t = torch.rand(batch, 1, generator=rng)
        predicted = model((1 - t) * x0 + t * x1, t[:, 0])
        loss = torch.mean((predicted - (x1 - x0)) ** 2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


def products(experiment: Experiment) -> Callable[[int], None]:
    """Return only the matrix products of a gradient step: forward, and backward for weights and activations.

    Returns:
        A function that does those of so many steps.
    """
    weights = [layer.weight.detach() for layer in first_network(experiment).net if isinstance(layer, torch.nn.Linear)]
    batch = experiment.training.batch
    layers: list[tuple[Tensor, Tensor, Tensor, Tensor, Tensor]] = []
    for weight in weights:
        x, y = torch.randn(batch, weight.shape[1]), torch.randn(batch, weight.shape[0])
        layers.append((weight, x, y, torch.empty_like(weight), torch.empty_like(x)))

    def run(steps: int) -> None:
        for _ in range(steps):
            for weight, x, y, _, _ in layers:
                torch.mm(x, weight.t(), out=y)
            for i, (weight, x, y, d_weight, d_x) in enumerate(reversed(layers)):
                torch.mm(y.t(), x, out=d_weight)
                if i < len(layers) - 1:  # nothing flows back into the data
                    torch.mm(y, weight, out=d_x)

    return run

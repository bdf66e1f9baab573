"""What a training step costs: evaluations of its networks, counted while it is made."""

import torch
from torch import nn

from flowviz.experiment import Experiment
from flowviz.training.draws import Pool
from flowviz.training.make_step import OWN
from flowviz.training.steps import AutogradStep


def evaluations_per_step(experiment: Experiment) -> int:
    """Return how many times one training step evaluates its networks, each on a whole batch; counted on a small one.

    The step is the one by autograd: where there is a hand-written one, that evaluates as often. A slope beside the values, as
    in MeanFlow, is part of its evaluation.
    """
    small = experiment.changed(batch=2) if experiment.coupling.max_batch is None else experiment
    kind = OWN.get(type(small.method), AutogradStep)
    step = kind(small, torch.device("cpu"))
    assert isinstance(step, AutogradStep)
    counted: list[int] = []
    for network in step.module.children():
        last = [layer for layer in network.modules() if isinstance(layer, nn.Linear)][-1]
        if network is not getattr(step.module, "embed", None):
            last.register_forward_hook(lambda *_: counted.append(1))
    n, d = small.training.batch, small.space.dim
    rng = torch.Generator().manual_seed(0)
    x, u = (torch.randn(n, size, generator=rng) for size in (small.method.latent_size(d), d))
    t = torch.full((n,), 0.5)
    y = torch.zeros(n, dtype=torch.long) if small.class_count else None
    step.use(Pool(x, t, u, y, t.clone() if small.method.spans else None))
    step.step(0, 1e-3, 0.0, torch.zeros(()))
    return len(counted)

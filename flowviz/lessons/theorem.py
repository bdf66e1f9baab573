"""The theorem of conditional flow matching: two losses, one gradient."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flowviz.exact import ExactField
from flowviz.experiment import Network
from flowviz.lessons.draws import draw_pairs
from flowviz.networks import VelocityField

NETWORK = Network(width=8, depth=2, time_features="plain")
"""The small network whose gradients are compared: 122 weights."""
TIMES = 64
"""Different times in one large batch."""
BATCHES = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
WORK = 25_000_000
"""Points × components of one comparison: what a core does in some 0.4 s."""


@dataclass(frozen=True, eq=False)
class Gradients:
    """Gradients of both losses with respect to all weights of one network, for growing parts of one batch.

    Attributes:
        sizes: Batch sizes B, ascending; each batch holds the smaller ones.
        conditional: ∇L_CFM, shape (k, P): against each pair's own velocity u.
        marginal: ∇L_FM, shape (k, P): against the exact field u_t(x_t), at the same x_t and t.
        groups: Name of each group of weights with its number of weights, in the order of the gradient.
    """

    sizes: tuple[int, ...]
    conditional: Tensor
    marginal: Tensor
    groups: tuple[tuple[str, int], ...]

    @property
    def cosine(self) -> Tensor:
        """Cosine of the angle between both gradients, for each size, shape (k,)."""
        return torch.nn.functional.cosine_similarity(self.conditional, self.marginal, dim=1)

    @property
    def difference(self) -> Tensor:
        """‖∇L_CFM − ∇L_FM‖ / ‖∇L_FM‖ for each size, shape (k,): it falls like 1/√B."""
        return (self.conditional - self.marginal).norm(dim=1) / self.marginal.norm(dim=1)


def affordable_sizes(field: ExactField) -> tuple[int, ...]:
    """Return batch sizes for which a comparison answers at once: up to 65,536, fewer where the field has many components."""
    return tuple(size for size in BATCHES if size <= max(2048, WORK // len(field.law.weights)))


def gradients(
    field: ExactField, rng: torch.Generator, *, sizes: Sequence[int] | None = None, network: Network = NETWORK
) -> Gradients:
    """Return both gradients of one untrained network, ∇_θ E‖v_θ(x_t, t) − u‖² and ∇_θ E‖v_θ(x_t, t) − u_t(x_t)‖².

    Their difference, 2 E[J_θ (u_t − u)], has the mean 0 for every θ: given x_t and t, u averages to u_t(x_t).

    References:
        Lipman et al., 2022, arXiv 2210.02747, theorem 2.
        Tong et al., 2023, arXiv 2302.00482, theorem 3.2.

    Args:
        field: The exact field; pairs are drawn from its law, so that it is their exact mean even where it is a stand-in.
        rng: Source of the weights, pairs and times.
        sizes: Batch sizes; by default the affordable ones.
        network: The network.

    Returns:
        The gradients, float64.

    Raises:
        ValueError: If a size is below 1.
    """
    wanted = tuple(sorted(set(affordable_sizes(field) if sizes is None else sizes)))
    if not wanted or wanted[0] < 1:
        raise ValueError(f"`sizes` must hold batch sizes of at least 1; got {list(wanted)}. Try 16, 256 and 4096.")
    module = VelocityField(network, rng).double()
    x, t, u, mean = _batch(field, wanted[-1], rng)
    sums, found, start = torch.zeros(2, sum(p.numel() for p in module.parameters()), dtype=torch.float64), [], 0
    for end in wanted:
        v = module(x[start:end], t[start:end])
        parts = [(v - goal[start:end]).square().sum() for goal in (u, mean)]
        sums = sums + torch.stack([_flat(part, module) for part in parts])
        found.append(sums / end)
        start = end
    conditional, marginal = torch.stack(found, 1)
    groups = tuple((_name(name), p.numel()) for name, p in module.named_parameters())
    return Gradients(wanted, conditional, marginal, groups)


def _name(parameter: str) -> str:
    layer, kind = parameter.split(".")[-2:]
    return f"layer {int(layer) // 2 + 1} {kind}"


def _flat(loss: Tensor, module: VelocityField) -> Tensor:
    return torch.cat([g.ravel() for g in torch.autograd.grad(loss, list(module.parameters()), retain_graph=True)])


def _batch(field: ExactField, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return x_t, t, u and u_t(x_t) of n pairs at 64 times, one in each 64th of the path's interval, in turn in random order."""
    x0, x1 = draw_pairs(field.law, n, rng)
    z = torch.randn(x0.shape, generator=rng, dtype=x0.dtype) if field.path.noisy else None
    low, high = field.path.interval
    shifts = torch.rand(TIMES, generator=rng, dtype=torch.float64)
    times = low + (high - low) * (torch.randperm(TIMES, generator=rng) + shifts) / TIMES
    turn = torch.arange(n) % TIMES
    t = times[turn]
    x, u = field.path.point(x0, x1, t, z), field.path.target(x0, x1, t, z)
    mean = torch.empty_like(x)
    with torch.no_grad():
        for k, s in enumerate(times[: min(n, TIMES)]):
            mean[turn == k] = field.velocity(x[turn == k], s)
    return x, t, u, mean

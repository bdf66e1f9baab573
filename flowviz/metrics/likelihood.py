"""The likelihood that a flow gives to data, by the instantaneous change of variables."""

import math

import torch
from torch import Tensor

from flowviz.distributions import Mixture
from flowviz.solvers import Field, solve


def log_density(mixture: Mixture, x: Tensor) -> Tensor:
    """Return the log density of a mixture of Gaussians, log Σ_k w_k N(x; μ_k, λ_k Q diag(r) Qᵀ), in nats per unit volume.

    Args:
        mixture: The mixture; every variance above 0.
        x: Points, shape (n, d).

    Returns:
        Log densities, shape (n,).
    """
    mixture = mixture.to(x.dtype)
    away, spread = x[:, None] - mixture.means, 0.0
    if mixture.axes is not None and mixture.stretch is not None:
        away, spread = (away @ mixture.axes) / mixture.stretch.sqrt(), 0.5 * mixture.stretch.log().sum()
    square = away.square().sum(2) / mixture.variances  # (n, K)
    constant = torch.log(mixture.weights) - 0.5 * x.shape[1] * torch.log(2 * math.pi * mixture.variances)
    return torch.logsumexp(constant - 0.5 * square, 1) - spread


def velocity_and_jacobian(field: Field, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return a field with its Jacobian J = ∂v/∂x, by one vector-Jacobian product for each dimension.

    Args:
        field: The field; its velocity must be differentiable in x.
        x: Points, shape (n, d).
        t: One time for all points, shape ().

    Returns:
        Velocities, shape (n, d), and Jacobians, shape (n, d, d): row i is the gradient of v_i.
    """
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        v = field.velocity(x, t)
        rows = [torch.autograd.grad(v[:, i].sum(), x, retain_graph=True)[0] for i in range(x.shape[1])]
    return v.detach(), torch.stack(rows, 1)


def velocity_and_divergence(field: Field, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return a field with its exact divergence, div v = Σ_i ∂v_i/∂x_i.

    Arguments as in `velocity_and_jacobian`.

    Returns:
        Velocities, shape (n, d), and divergences, shape (n,).
    """
    v, jacobian = velocity_and_jacobian(field, x, t)
    return v, jacobian.diagonal(dim1=1, dim2=2).sum(1)


def probed_divergence(field: Field, x: Tensor, t: Tensor, signs: Tensor) -> Tensor:
    """Return what each probe says of the divergence, εᵀ (∂v/∂x) ε, by one vector-Jacobian product whatever the dimension.

    Args:
        field: The field; its velocity must be differentiable in x.
        x: Points, shape (n, d).
        t: One time for all points, shape ().
        signs: The probes ε of each point, shape (m, n, d).

    Returns:
        Estimates, shape (m, n); their mean over many probes of E[ε εᵀ] = I is the divergence.
    """
    m, n, d = signs.shape
    with torch.enable_grad():
        repeated = x.detach().expand(m, n, d).reshape(m * n, d).requires_grad_()
        (product,) = torch.autograd.grad(field.velocity(repeated, t), repeated, signs.reshape(m * n, d))
    return (product.view(m, n, d) * signs).sum(2)


def rademacher(probes: int, x: Tensor, rng: torch.Generator) -> Tensor:
    """Draw probes of independent signs, ±1 with equal chance, for points x of shape (n, d); shape (probes, n, d)."""
    return 2 * torch.randint(2, (probes, *x.shape), generator=rng).to(x.dtype) - 1


def hutchinson_divergence(field: Field, x: Tensor, t: Tensor, probes: int, rng: torch.Generator) -> Tensor:
    """Estimate the divergence without bias, div v ≈ (1/m) Σ_j ε_jᵀ (∂v/∂x) ε_j, with Rademacher probes ε_j.

    References:
        Hutchinson, "A stochastic estimator of the trace of the influence matrix for Laplacian smoothing splines", 1990.
        Grathwohl et al., "FFJORD", 2018, arXiv 1810.01367, equation 7.

    Args:
        field: The field; its velocity must be differentiable in x.
        x: Points, shape (n, d).
        t: One time for all points, shape ().
        probes: m, at least 1.
        rng: Source of randomness.

    Returns:
        Estimates, shape (n,), with variance Σ_{i<j} (J_ij + J_ji)² / m: none where the Jacobian J is diagonal.

    Raises:
        ValueError: If `probes` is below 1.
    """
    if probes < 1:
        raise ValueError(f"`probes` must be at least 1; got {probes}. Try 4.")
    return probed_divergence(field, x, t, rademacher(probes, x, rng)).mean(0)


class _WithDivergence:
    """The field of the state [x, ℓ] with ℓ' = div v."""

    def __init__(self, field: Field) -> None:
        self.field = field

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        v, divergence = velocity_and_divergence(self.field, x[:, :-1], t)
        return torch.cat([v, divergence[:, None]], 1)


def log_likelihood(
    field: Field,
    x1: Tensor,
    source: Mixture,
    *,
    solver: str = "rk4",
    steps: int = 60,
    interval: tuple[float, float] = (0.0, 1.0),
) -> Tensor:
    """Return the log density that a flow gives to data: log p1(x1) = log p0(x0) + ℓ(0), where [x, ℓ] runs from t = 1 to 0.

    References:
        Chen et al., "Neural Ordinary Differential Equations", 2018, arXiv 1806.07366, theorem 1.
        Lipman et al., 2022, arXiv 2210.02747, appendix C.

    Args:
        field: The field; its velocity must be differentiable in x.
        x1: Data, shape (n, d).
        source: The distribution of x0; every variance above 0.
        solver: A solver of `solve`.
        steps: Its steps.
        interval: First and last time of the flow.

    Returns:
        Log densities in nats per unit volume, shape (n,).
    """
    state = torch.cat([x1, torch.zeros_like(x1[:, :1])], 1)  # (n, d + 1)
    # Reverse time: the likelihood needs t from 1 (data) back to 0.
    start = solve(_WithDivergence(field), state, solver=solver, steps=steps, interval=(interval[1], interval[0])).x[-1]
    return log_density(source, start[:, :-1]) + start[:, -1]


def negative_log_likelihood(
    field: Field,
    x1: Tensor,
    source: Mixture,
    *,
    solver: str = "rk4",
    steps: int = 60,
    interval: tuple[float, float] = (0.0, 1.0),
) -> float:
    """Return the mean of −log p1(x1) over data, in nats: no flow reaches less than the entropy of the data, in expectation.

    Arguments as in `log_likelihood`.
    """
    return -float(log_likelihood(field, x1, source, solver=solver, steps=steps, interval=interval).double().mean())

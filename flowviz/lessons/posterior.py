"""Who may have made x: the components behind a place, with their weights, their velocities and the mean of these."""

from dataclasses import dataclass

import torch
from torch import Tensor

from flowviz.exact import BLOCK, JointMixture, MixtureAt
from flowviz.paths import Path


@dataclass(frozen=True, eq=False)
class Posterior:
    """What is known of the pairs that pass through each of n places, component by component.

    Attributes:
        weights: P(component | x_t = x), shape (n, C); each row sums to one.
        velocities: E[u | x_t = x, component], shape (n, C, d): the arrow of one pair where the component is one pair.
        x0: E[x0 | x_t = x, component], shape (n, C, d).
        x1: E[x1 | x_t = x, component], shape (n, C, d).
        variances: Var[u | x_t = x, component] in each dimension, shape (n, C): 0 where one pair alone can pass.
    """

    weights: Tensor
    velocities: Tensor
    x0: Tensor
    x1: Tensor
    variances: Tensor

    @property
    def velocity(self) -> Tensor:
        """The weighted mean of the arrows, u_t(x), shape (n, d): equation 8 of arXiv 2210.02747."""
        return (self.weights[:, :, None] * self.velocities).sum(1)

    @property
    def variance(self) -> Tensor:
        """E[‖u − u_t(x)‖² | x_t = x], summed over dimensions, shape (n,): what no network can learn at x."""
        spread = (self.velocities - self.velocity[:, None]).square().sum(2) + self.velocities.shape[2] * self.variances
        return (self.weights * spread).sum(1)


def posterior(path: Path, law: JointMixture, x: Tensor, t: Tensor) -> Posterior:
    """Return weights and velocities of all components at given places, by Bayes' rule.

    With M = α μ + σ m, C = α² λ + σ² s + γ², h = ½ C' and y = x − M: weights ∝ w N(x; M, C I), and given the component
    u has the mean α' μ + σ' m + (h / C) y and the variance α'² λ + σ'² s + γ'² − h² / C. For a Gaussian source N(0, s I)
    and points μ_k this is w_k ∝ π_k N(x; α μ_k, (σ² s + γ²) I).

    References:
        Lipman et al., 2022, arXiv 2210.02747, equation 8 (the mean) and theorem 3 (the velocity of one component).
        Tong et al., 2023, arXiv 2302.00482, equation 9.

    Args:
        path: The path.
        law: The law of (x0, x1), such as `field.law`.
        x: Places, shape (n, d).
        t: One time for all, shape (), or one for each place, shape (n,).

    Returns:
        What is known, in the type of x.

    Raises:
        ValueError: If `t` has another shape.
    """
    if t.shape not in ((), (len(x),)):
        raise ValueError(
            f"`t` must be one time or one for each of the {len(x)} places; got shape {tuple(t.shape)}. Try t.expand(n)."
        )
    law, t = law.to(x.dtype), t.to(x.dtype).reshape(-1, 1)  # (n, 1) or (1, 1)
    now = MixtureAt(path, law, t)
    a, sigma = path.alpha(t), path.sigma(t)
    y = (x[:, None] - now.mean) / now.variance[..., None]
    log_w = torch.log(law.weights) - 0.5 * (y.square().sum(2) * now.variance + x.shape[1] * torch.log(now.variance))
    u = now.drift + now.half_slope[..., None] * y
    free = path.d_alpha(t) ** 2 * law.lam + path.d_sigma(t) ** 2 * law.s + path.d_gamma(t) ** 2 - now.half_slope**2 / now.variance
    shape = (len(x), *law.mu.shape)
    return Posterior(
        weights=torch.softmax(log_w, 1).expand(shape[:2]),
        velocities=u.expand(shape),
        x0=law.m + (sigma * law.s)[..., None] * y,
        x1=law.mu + (a * law.lam)[..., None] * y,
        variances=free.clamp(min=0).expand(shape[:2]),
    )


def mean_and_variance(path: Path, law: JointMixture, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
    """Return `posterior(...).velocity` and `.variance` for many places at one time, as matrix products alone.

    Given the component u has the mean b + r x, with r = h / C and b = α' μ + σ' m − r M, and the variance f in each
    dimension: E‖u‖² = Σ w [|b|² + 2 r b·x + r² |x|² + d f], of which |E u|² is taken away.

    Args:
        path: The path.
        law: The law of (x0, x1).
        x: Places, shape (n, d); float64, since the variance is a difference of large numbers.
        t: One time, shape ().

    Returns:
        u_t(x), shape (n, d), and E[‖u − u_t(x)‖² | x_t = x], shape (n,).
    """
    one = posterior(path, law, x[:0].new_zeros(1, x.shape[1]), t)  # at x = 0 its velocities are b, and f needs no x at all
    now = MixtureAt(path, law, t)
    c, mean, rate = now.variance, now.mean, now.rate
    b, d = one.velocities[0], x.shape[1]
    power = b.square().sum(1) + d * one.variances[0]
    values = torch.cat([b, rate[:, None], power[:, None], rate[:, None] * b, rate[:, None] ** 2], 1)
    constant = torch.log(law.weights) - 0.5 * (mean.square().sum(1) / c + d * torch.log(c))
    slopes = torch.cat([mean, torch.full_like(mean[:, :1], -0.5)], 1).T / c
    means, variances = [], []
    for rows in x.split(max(1, BLOCK // len(c))):
        square = rows.square().sum(1, keepdim=True)
        log_w = torch.addmm(constant, torch.cat([rows, square], 1), slopes)
        found = torch.softmax(log_w, 1) @ values
        u = found[:, :d] + found[:, d : d + 1] * rows
        power_here = found[:, d + 1] + 2 * (found[:, d + 2 : 2 * d + 2] * rows).sum(1) + found[:, -1] * square[:, 0]
        means.append(u)
        variances.append((power_here - u.square().sum(1)).clamp(min=0))
    return torch.cat(means), torch.cat(variances)

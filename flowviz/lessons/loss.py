"""The conditional flow matching loss and its two parts: what can be learned, and what cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flowviz.exact import LEAST, ExactField, JointMixture
from flowviz.lessons.draws import quadrature, spread_pairs
from flowviz.lessons.posterior import mean_and_variance
from flowviz.metrics import Spread
from flowviz.paths import Path
from flowviz.solvers import Field

REPEATS = 8
"""Independent samples: their spread says how far each number may be off."""
WORK = 100_000_000
"""Points × times × components of one decomposition: what a core does in some 0.8 s."""


@dataclass(frozen=True, eq=False)
class LossParts:
    """E‖v − u‖² = E‖v − u_t(x_t)‖² + E‖u − u_t(x_t)‖², by t and in total, in squared units of x per unit t.

    Attributes:
        t: Times, shape (k,): the ends of the path's interval, and the times of the mean between them.
        learnable: E‖v − u_t(x_t)‖² at each time, shape (k,): a better v makes it smaller, u_t makes it 0.
        floor: E‖u − u_t(x_t)‖² at each time, shape (k,): the same for every v.
        learnable_total: Its mean over uniform t in the path's interval, and the standard error of that.
        floor_total: The floor's mean, and its standard error.
    """

    t: Tensor
    learnable: Tensor
    floor: Tensor
    learnable_total: Spread
    floor_total: Spread

    @property
    def total(self) -> float:
        """The loss E‖v − u‖²."""
        return self.learnable_total.mean + self.floor_total.mean


@dataclass(frozen=True, eq=False)
class Still:
    """The field that is 0 everywhere."""

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return torch.zeros_like(x)


@dataclass(frozen=True, eq=False)
class Constant:
    """One velocity for every place and time, shape (d,)."""

    value: Tensor

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return self.value.to(x.dtype).expand_as(x)


@dataclass(frozen=True, eq=False)
class OneBell:
    """The best field that is linear in x: exact if both clouds were one bell each, with their true means and covariances.

    v(x, t) = E[u] + H C⁻¹ (x − E[x_t]), where C = α² S₁ + σ² S₀ + γ² I is the covariance of x_t and H = ½ C' that of u and x_t,
    for x0 and x1 independent: the regression line of u on x_t.
    """

    path: Path
    law: JointMixture

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        (m, s), (mu, lam) = _moments(self.law)
        path, t, eye = self.path, t.double(), torch.eye(len(m), dtype=torch.float64)
        c = path.alpha(t) ** 2 * lam + path.sigma(t) ** 2 * s + (path.gamma(t) ** 2 + LEAST) * eye
        h = path.alpha(t) * path.d_alpha(t) * lam + path.sigma_d_sigma(t) * s + path.gamma_d_gamma(t) * eye
        slope = torch.linalg.solve(c, h)  # (H C⁻¹)ᵀ, since both are symmetric
        mean = path.alpha(t) * mu + path.sigma(t) * m
        return (mean_velocity(path, self.law, t) + (x.double() - mean) @ slope).to(x.dtype)


def _moments(law: JointMixture) -> list[tuple[Tensor, Tensor]]:
    """Return mean, shape (d,), and covariance, shape (d, d), of x0 and of x1, float64."""
    w, found = law.weights.double()[:, None], []
    for means, widths in ((law.m.double(), law.s.double()), (law.mu.double(), law.lam.double())):
        mean = (w * means).sum(0)
        inside = (w[:, 0] * widths).sum() * torch.eye(len(mean), dtype=torch.float64)
        found.append((mean, inside + (means - mean).T @ (w * (means - mean))))
    return found


def mean_velocity(path: Path, law: JointMixture, t: Tensor) -> Tensor:
    """Return E[u] at one time, α' E[x1] + σ' E[x0], shape (d,)."""
    (m, _), (mu, _) = _moments(law)
    drift = path.d_alpha(t.double()) * mu
    return drift + path.d_sigma(t.double()) * m if bool(m.any()) else drift


def best_constant(field: ExactField) -> Constant:
    """Return the one velocity with the least loss: the mean of u over all pairs and times; E[x1] − E[x0] on straight paths."""
    low, high = (torch.tensor(end, dtype=torch.float64) for end in field.path.interval)
    (m, _), (mu, _) = _moments(field.law)
    path = field.path
    way = (path.alpha(high) - path.alpha(low)) * mu + (path.sigma(high) - path.sigma(low)) * m
    return Constant(way / (high - low))


def affordable(field: ExactField, times: int) -> int:
    """Return points of one sample for which a decomposition answers within a second on one core."""
    most = WORK // (len(field.law.weights) * times * REPEATS)
    return 2 ** max(4, min(11, most.bit_length() - 1))  # a power of 2 is filled most evenly


def losses_parts(
    field: ExactField,
    candidates: Mapping[str, Field],
    rng: torch.Generator,
    *,
    times: int = 33,
    points: int | None = None,
) -> dict[str, LossParts]:
    """Take the losses of several candidates apart, on the same pairs of the exact field's own law.

    The cross term vanishes because u_t(x) is the mean of u given x_t = x. The floor is the mean of the posterior variance
    over x_t, which scatters less than ‖u − u_t‖² itself and at t = 0, for a Gaussian source, not at all. The same evenly
    spread pairs serve every t, so that curves are smooth; eight such samples give the standard errors.

    References:
        Lipman et al., 2022, arXiv 2210.02747, theorem 2, whose constant is the floor.

    Args:
        field: The exact field; its law is the law of the pairs.
        candidates: Each v, by name.
        rng: Source of randomness.
        times: Times inside the interval.
        points: Pairs in each of the eight samples; by default what is affordable.

    Returns:
        The parts of each, by name.
    """
    inside, share = quadrature(field.path.interval, times)
    low, high = field.path.interval
    t = torch.cat([inside.new_tensor([low]), inside, inside.new_tensor([high])])
    n = affordable(field, len(t)) if points is None else points
    samples = _samples(field, list(candidates.values()), t, n, rng)
    curves, totals = samples.mean(2), torch.einsum("kcr,k->cr", samples[1:-1], share)
    floor = _mean_and_error(totals[0])
    return {
        name: LossParts(t, curves[:, i], curves[:, 0], _mean_and_error(totals[i]), floor)
        for i, name in enumerate(candidates, start=1)
    }


def _samples(field: ExactField, candidates: Sequence[Field], t: Tensor, n: int, rng: torch.Generator) -> Tensor:
    """Return the floor and each candidate's own part at all times in each sample, shape (k, 1 + candidates, 8)."""
    samples = [spread_pairs(field.law, n, rng) for _ in range(REPEATS)]
    x0, x1, z = (torch.cat(part) for part in zip(*samples, strict=True))  # (8 n, d), sample by sample
    found = []
    with torch.no_grad():
        for s in t:
            x = field.path.point(x0, x1, s, z if field.path.noisy else None)
            mean, variance = mean_and_variance(field.path, field.law, x, s)
            apart = [(v.velocity(x, s) - mean).square().sum(1) for v in candidates]
            found.append(torch.stack([variance, *apart]).view(-1, REPEATS, n).mean(2))
    return torch.stack(found)


def _mean_and_error(totals: Tensor) -> Spread:
    return Spread(float(totals.mean()), float(totals.std() / len(totals) ** 0.5))

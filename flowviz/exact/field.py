"""Velocity, density and score in closed form: the oracle that every learned field is held against."""

from collections.abc import Iterator, Sequence
from itertools import repeat

import torch
from torch import Tensor

from flowviz.distributions import Distribution
from flowviz.exact.law import JointMixture, MixtureAt, column
from flowviz.methods import METHODS, Method
from flowviz.paths import Path

FLOW_MATCHING = METHODS["flow-matching"]()

BLOCK = 2**17
"""Points × components handled at once: what fits into a core's own cache."""
RECENT = 4
"""Times whose law is kept: the steps of a solver ask for one and the same time twice, and a guided field asks for it as often."""


class ExactField:
    """The marginal velocity u_t(x) = E[u | x_t = x] and all that comes with it, for a mixture of Gaussian pairs.

    With M = αμ + σm, C = α²λ + σ²s + γ² and h = ½C' for each component, and w the components' probabilities given x:
    u_t = Σ w [α'μ + σ'm + (h/C)(x − M)], score = −Σ w (x − M)/C, E[x1 | x] = Σ w [μ + αλ (x − M)/C]. Where the law has axes, all this
    holds along each of them, and points are turned there and back.

    References:
        Lipman et al., 2022, arXiv 2210.02747, theorem 1 and equation 8.
        Albergo et al., 2023, arXiv 2303.08797, appendix A.

    Args:
        path: The path.
        law: The law of (x0, x1).
        exact: Whether `law` is the experiment's own law, or a stand-in for it.
        note: What stands in for what, a sentence; empty where nothing does.
    """

    def __init__(self, path: Path, law: JointMixture, *, exact: bool = True, note: str = "") -> None:
        self.path = path
        self.law = law
        self.exact = exact
        self.note = note
        self._centred = not bool(law.m.any())
        self._cast: dict[torch.dtype, JointMixture] = {law.m.dtype: law.turned}
        self._recent: tuple[tuple[tuple[float, torch.dtype], MixtureAt], ...] = ()

    def at(self, t: Tensor, dtype: torch.dtype) -> MixtureAt:
        """Return the law of x_t at one time, shape (), in a floating-point type."""
        if dtype not in self._cast:
            self._cast[dtype] = self.law.turned.to(dtype)
        if t.requires_grad:
            return MixtureAt(self.path, self._cast[dtype], t.to(dtype))
        asked = float(t), dtype
        for key, found in self._recent:
            if key == asked:
                return found
        found = MixtureAt(self.path, self._cast[dtype], t.to(dtype))
        # A whole new tuple: threads share a field.
        self._recent = ((asked, found), *self._recent[: RECENT - 1])
        return found

    def _turned(self, x: Tensor) -> Tensor:
        """Return points, shape (n, d), in the coordinates along the law's axes; as they are where it has none."""
        return x if self.law.axes is None else x @ self.law.axes.to(x.dtype)

    def _back(self, x: Tensor) -> Tensor:
        """Return points or velocities from those coordinates."""
        return x if self.law.axes is None else x @ self.law.axes.to(x.dtype).T

    def _narrow(self, x: Tensor, t: Tensor) -> bool:
        """Return whether |x − M|²/C would drown in the rounding of float32."""
        return x.dtype == torch.float32 and float(self.at(t, x.dtype).variance.min()) < 1e-4

    def _weighed(self, x: Tensor, now: MixtureAt, values: Tensor, odds: Tensor | None = None) -> Iterator[tuple[Tensor, Tensor]]:
        """Sum what belongs to each component over the components, weighed by how likely they have made x; a block of points at a time.

        Args:
            x: Points, shape (n, d).
            now: The law of x_t.
            values: What to sum, shape (C, v).
            odds: What is added to each point's log weights of the components, shape (n, C); −inf leaves a component out.

        Yields:
            For the points of a block the sums, shape (b, v + 1), the last one that of the weights; and the greatest log weight, by which
            all are scaled down, shape (b, 1).
        """
        # log w − |x − M|²/2C − (d/2) log 2πC, with |x − M|² expanded so that it is one matrix product
        powers = x.square() if now.along_axes else x.square().sum(1, keepdim=True)
        points = torch.cat([x, powers], 1)
        values = torch.cat([values, values.new_ones(len(values), 1)], 1)
        size = max(1, BLOCK // len(now.log_scale))
        added = repeat(now.log_scale) if odds is None else (now.log_scale + some for some in odds.split(size))
        for rows, start in zip(points.split(size), added, strict=False):
            log_w = torch.addmm(start, rows, now.slopes)
            top = log_w.detach().amax(1, keepdim=True)  # detached: any shift gives the same average, and its slope
            yield torch.mm(log_w.sub_(top).clamp_(min=-60).exp_(), values), top

    def _average(self, x: Tensor, now: MixtureAt, values: Tensor, odds: Tensor | None = None) -> Tensor:
        """Average what belongs to each component over the components that may have made x.

        Arguments as in `_weighed`.

        Returns:
            Averages, shape (n, v).
        """
        out = [sums[:, :-1] / sums[:, -1:] for sums, _ in self._weighed(x, now, values, odds)]
        return out[0] if len(out) == 1 else torch.cat(out) if out else x.new_zeros(0, values.shape[1])

    def velocity(self, x: Tensor, t: Tensor, odds: Tensor | None = None) -> Tensor:
        """Return the marginal velocity u_t(x).

        Args:
            x: Points, shape (n, d).
            t: One time for all points, shape ().
            odds: What is known of each point's component besides: log odds, shape (n, C), −inf for one that it cannot be.

        Returns:
            Velocities per unit of t, shape (n, d).
        """
        if self._narrow(x, t):
            return self.velocity(x.double(), t, odds if odds is None else odds.double()).float()
        x, now = self._turned(x), self.at(t, x.dtype)
        out = self._average(x, now, now.velocities, odds)
        d = x.shape[1]
        return self._back(out[:, :d] + out[:, d:] * x)

    def log_density(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the log density of x_t, in nats per unit area.

        Args:
            x: Points, shape (n, d).
            t: One time for all points, shape ().

        Returns:
            Log densities, shape (n,).
        """
        if self._narrow(x, t):
            return self.log_density(x.double(), t).float()
        x, now = self._turned(x), self.at(t, x.dtype)
        out = [top + torch.log(total) for total, top in self._weighed(x, now, now.mean[:, :0])]
        return torch.cat(out).squeeze(1) if out else x.new_zeros(0)

    def score(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the score ∇ log p_t(x); shapes as in `velocity`."""
        if self._narrow(x, t):
            return self.score(x.double(), t).float()
        x, now = self._turned(x), self.at(t, x.dtype)
        precision = column(1 / now.variance)
        out = self._average(x, now, torch.cat([precision * now.mean, precision], 1))
        d = x.shape[1]
        return self._back(out[:, :d] - out[:, d:] * x)

    def expected_x1(self, x: Tensor, t: Tensor, odds: Tensor | None = None) -> Tensor:
        """Return the mean of the data point given where its particle is, E[x1 | x_t = x].

        Arguments and shapes as in `velocity`.
        """
        if self._narrow(x, t):
            return self.expected_x1(x.double(), t, odds if odds is None else odds.double()).float()
        x, now = self._turned(x), self.at(t, x.dtype)
        gain = column(self.path.alpha(now.t) * now.law.lam / now.variance)
        out = self._average(x, now, torch.cat([now.law.mu - gain * now.mean, gain], 1), odds)
        d = x.shape[1]
        return self._back(out[:, :d] + out[:, d:] * x)

    @property
    def interval(self) -> tuple[float, float]:
        """The times between which the velocity is finite for every point."""
        last = torch.tensor(1.0, dtype=torch.float64)
        ends_in_points = float((self.path.alpha(last) ** 2 * self.law.lam + self.path.sigma(last) ** 2).min()) < 1e-9
        runs_away = not self._centred and not bool(torch.isfinite(self.path.d_sigma(last)))
        return 0.0, 1 - 1e-3 if ends_in_points or runs_away else 1.0


def irreducible_loss(
    field: ExactField,
    source: Distribution,
    target: Distribution,
    times: Tensor,
    rng: torch.Generator,
    *,
    points: int = 512,
    method: Method = FLOW_MATCHING,
    parts: Sequence["ExactField | None"] = (),
    drop: float = 1.0,
) -> float:
    """Return the least loss that any network can reach, for the independent coupling: in flow matching E‖u − u_t(x_t)‖².

    A network that is told the class of the data knows more: where it is told, its best answer is the class's own field.

    Args:
        field: The exact field.
        source: Distribution of x0.
        target: Distribution of x1.
        times: Times to average over, shape (k,), drawn as training draws them.
        rng: Source of randomness.
        points: Pairs for each time.
        method: What is regressed on.
        parts: For a network that is told classes, the field of each.
        drop: Share of pairs whose class it is not told.

    Returns:
        The mean squared difference, summed over dimensions.
    """
    total = 0.0
    for t in times:
        x0 = source.sample(points, rng).double()
        x1, y = target.draw(points, rng)
        x1 = x1.double()
        z = torch.randn(x0.shape, generator=rng, dtype=torch.float64) if field.path.noisy else None
        xt, u = field.path.point(x0, x1, t.double(), z), method.target(field.path, x0, x1, t.double(), z)
        best = method.best(field.path, field, xt, t)
        loss = (u - best).square().sum(1).mean()
        if parts:
            for rows, part in ((y == label, part) for label, part in enumerate(parts) if part is not None):
                best[rows] = method.best(field.path, part, xt[rows], t)
            loss = drop * loss + (1 - drop) * (u - best).square().sum(1).mean()
        total += float(loss)
    return total / len(times)

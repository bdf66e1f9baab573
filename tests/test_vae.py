"""A VAE against closed forms: torch's own densities and divergences, probabilistic PCA, and the entropy that bounds its loss."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal, kl_divergence

from flowviz.experiment import Experiment, nearest
from flowviz.methods import VAE
from flowviz.networks import Autoencoder, learned_field
from flowviz.solvers import solve
from flowviz.training import draw_pool, train, untrained_weights
from flowviz.training.likelihood_steps import VaeStep

SMALL = {"method": "vae", "width": "16", "depth": "2", "batch": "32"}


@pytest.mark.parametrize("std", [0.05, 0.5, 2.0])
@pytest.mark.parametrize("dim", [2, 3])
def test_the_terms_are_torchs_density_and_divergence(dim: int, std: float, rng: torch.Generator) -> None:
    x, made, mean, log_var = torch.randn(4, 40, dim, generator=rng, dtype=torch.float64)
    near, kl = VAE(std=std).terms(x, made, mean, log_var)
    torch.testing.assert_close(near, -Normal(made, std).log_prob(x).sum(1).mean())
    code = Normal(mean, (0.5 * log_var).exp())
    noise = Normal(torch.zeros_like(mean), torch.ones_like(mean))
    torch.testing.assert_close(kl, kl_divergence(code, noise).sum(1).mean())


def bound(method: VAE, x: Tensor, decoder: Tensor, encoder: Tensor, log_var: Tensor) -> Tensor:
    """The bound for x̂(z) = z Wᵀ and codes N(x Aᵀ, diag σ²), free of chance: 2d points stand for each code, exact for a square."""
    n, d = x.shape
    mean = x @ encoder.T
    offsets = math.sqrt(d) * torch.cat([torch.eye(d, dtype=x.dtype), -torch.eye(d, dtype=x.dtype)]) * (0.5 * log_var).exp()
    z = (mean[:, None] + offsets).flatten(0, 1)
    many = [part.repeat_interleave(2 * d, 0) for part in (x, mean, log_var.expand(n, d))]
    return torch.stack(method.terms(many[0], z @ decoder.T, *many[1:])).sum()


@pytest.fixture
def pca(rng: torch.Generator) -> tuple[VAE, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Data whose covariance is exactly C = U Λ Uᵀ, and W = U (Λ − s² I)^½ with its posterior, of covariance s² Λ⁻¹ (R = I).

    Tipping & Bishop, "Probabilistic Principal Component Analysis", 1999, equations 6 and 7 of section 3.
    """
    std, variances = 0.4, torch.tensor([3.0, 0.7], dtype=torch.float64)
    axes, _ = torch.linalg.qr(torch.randn(2, 2, generator=rng, dtype=torch.float64))
    x = torch.randn(300, 2, generator=rng, dtype=torch.float64)
    x = x - x.mean(0)
    white = x @ torch.linalg.inv(torch.linalg.cholesky(x.T @ x / 300)).T
    x = white * variances.sqrt() @ axes.T
    decoder = axes * (variances - std**2).sqrt()
    encoder = (decoder / variances).T
    covariance = axes * variances @ axes.T
    torch.testing.assert_close(x.T @ x / 300, covariance)
    return VAE(std=std), x, covariance, decoder, encoder, (std**2 / variances).log()


def test_at_the_optimum_of_probabilistic_pca_the_bound_is_the_likelihood(pca: tuple) -> None:
    method, x, covariance, *networks = pca
    likelihood = MultivariateNormal(torch.zeros(2, dtype=torch.float64), covariance).log_prob(x).mean()
    torch.testing.assert_close(bound(method, x, *networks), -likelihood)
    entropy = 0.5 * torch.logdet(2 * math.pi * math.e * covariance)
    torch.testing.assert_close(bound(method, x, *networks), entropy)


@pytest.mark.parametrize("size", [1e-3, 0.1, 1.0])
def test_elsewhere_the_bound_is_never_below_the_likelihood_nor_the_optimum(pca: tuple, size: float, rng: torch.Generator) -> None:
    method, x, _, *networks = pca
    least = bound(method, x, *networks)
    for _ in range(50):
        decoder, encoder, log_var = (p + size * torch.randn(p.shape, generator=rng, dtype=p.dtype) for p in networks)
        found = bound(method, x, decoder, encoder, log_var)
        model = MultivariateNormal(
            torch.zeros(2, dtype=x.dtype), decoder @ decoder.T + method.std**2 * torch.eye(2, dtype=x.dtype)
        )
        assert found > -model.log_prob(x).mean()
        assert found > least


def test_the_optimum_is_where_the_slope_of_the_terms_is_zero(pca: tuple) -> None:
    method, x, _, *networks = pca
    networks = [p.requires_grad_() for p in networks]
    for slope in torch.autograd.grad(bound(method, x, *networks), networks):
        torch.testing.assert_close(slope, torch.zeros_like(slope), rtol=0, atol=1e-12)


def test_a_step_draws_one_code_for_each_point_and_shows_both_terms() -> None:
    run = Experiment.from_flat(SMALL)
    step, pool = VaeStep(run, torch.device("cpu")), draw_pool(run, 0)
    step.use(pool)
    x, noise, networks = pool.xt[:32], pool.u[:32], step.module
    assert isinstance(networks, Autoencoder)
    mean, log_var = networks.codes(x)
    terms = VAE().terms(x, networks.net(mean + (0.5 * log_var).exp() * noise), mean, log_var)
    loss = torch.zeros(())
    step.step(0, 0.01, 0.9, loss)
    assert torch.equal(step.parts, torch.stack(terms).detach())
    assert float(loss) == float(step.parts.sum())
    assert float(pool.u.std()) == pytest.approx(1, abs=0.02)
    assert not torch.equal(pool.xt, draw_pool(run, 1).xt)


def test_a_draw_of_the_decoder_has_its_width_and_its_mean_is_the_one_evaluation(rng: torch.Generator) -> None:
    run = Experiment.from_flat(SMALL | {"vae_std": "0.3"})
    field = learned_field(run, untrained_weights(run))
    z = torch.randn(20_000, 2, generator=rng)
    mean, drawn = (solve(field, z, solver=solver, rng=rng) for solver in ("one-step", "one-draw"))
    assert mean.nfe == drawn.nfe == 1
    off = drawn.x[-1] - mean.x[-1]
    assert torch.allclose(off.std(0), torch.tensor(0.3), rtol=0.03)  # five standard errors of 20,000 draws
    assert torch.allclose(off.mean(0), torch.zeros(2), atol=0.011)
    with pytest.raises(ValueError, match="'one-draw' draws; hand over a generator"):
        solve(field, z, solver="one-draw")


def test_the_loss_of_a_gaussian_comes_down_to_its_entropy_and_not_below() -> None:
    """N(0, I) is what probabilistic PCA fits without a rest: the bound is log 2πe = 2.838 there."""
    run = Experiment.from_flat(SMALL | {"target": "gaussian", "batch": "256", "steps": "500"})
    *_, last = train(run, every=math.inf)
    found, entropy = float(last.losses[-100:].mean()), math.log(2 * math.pi * math.e)
    assert last.losses[0] > entropy + 1
    assert entropy - 0.03 < found < entropy + 0.1  # 25,600 values of spread 1 to 2: five standard errors are .03 to .06
    np.testing.assert_allclose(last.parts.sum(0), last.losses, rtol=1e-6)


def test_what_a_vae_does_not_take_is_left_out_with_a_sentence() -> None:
    found, notes = nearest({"method": "vae", "source": "moons", "path": "vp", "coupling": "ot"})
    assert found == Experiment(method="vae")  # type: ignore[arg-type]
    assert sorted(note.field for note in notes) == ["coupling", "path", "source"]
    with pytest.raises(ValueError, match="takes only source 'gaussian'"):
        Experiment.from_flat({"method": "vae", "source": "moons", "target": "moons"})

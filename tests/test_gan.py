"""A GAN against what is known of it: the best discriminator, torch's cross entropy, R1 by differences, and who moves when."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from flowviz.distributions import TwoGaussians
from flowviz.experiment import Experiment
from flowviz.methods import GAN
from flowviz.metrics import log_density
from flowviz.training import draw_pool
from flowviz.training.gan_step import GanStep

CPU = torch.device("cpu")
SMALL = {"method": "gan", "width": "16", "depth": "2", "batch": "32", "target": "two-gaussians"}


def step_of(**flat: str) -> GanStep:
    """The step of a small GAN, with a pool of 64 batches."""
    run = Experiment.from_flat(SMALL | flat)
    step = GanStep(run, CPU)
    step.use(draw_pool(run, 0))
    return step


def arrays(params: list[nn.Parameter]) -> list[np.ndarray]:
    return [p.detach().numpy().copy() for p in params]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_losses_are_torchs_cross_entropies(smoothing: float, rng: torch.Generator) -> None:
    data, made = 5 * torch.randn(2, 50, generator=rng, dtype=torch.float64)
    wanted = cross_entropy(data, torch.full_like(data, 1 - smoothing)) + cross_entropy(made, torch.zeros_like(made))
    torch.testing.assert_close(GAN(smoothing=smoothing).critic_loss(data, made), wanted, rtol=1e-13, atol=0)
    torch.testing.assert_close(GAN.generator_loss(made), cross_entropy(made, torch.ones_like(made)), rtol=1e-13, atol=0)


def test_where_the_discriminator_cannot_tell_the_losses_are_the_words_numbers() -> None:
    logits = torch.zeros(7, dtype=torch.float64)
    assert float(GAN().critic_loss(logits, logits)) == pytest.approx(math.log(4), rel=1e-15)
    assert float(GAN.generator_loss(logits)) == pytest.approx(math.log(2), rel=1e-15)


def test_the_gradient_with_r1_is_that_of_differences() -> None:
    """Of L + ½γ E‖∇d‖², with ∇d by differences in x and the slope along the weights by differences too; no autograd."""
    step = step_of(gan_r1="3.0", gan_smoothing="0.1", activation="tanh", batch="8", average="false")
    step.networks.double()
    step.use(step.pool.each(Tensor.double))
    batch, logits, h = step.batch(0), step.networks.logits, 1e-4
    step.adam.param_groups[0]["lr"] = 0.0
    shown = step._judge(batch)
    slopes = [p.grad.clone() for p in step.critic if p.grad is not None]
    assert len(slopes) == len(step.critic)

    @torch.no_grad()
    def minimised() -> tuple[float, float]:
        made, x1 = step.networks.net(batch.xt), batch.u.detach()
        around = [(logits(x1 + h * e) - logits(x1 - h * e)) / (2 * h) for e in torch.eye(2, dtype=torch.float64)]
        loss = step.method.critic_loss(logits(x1), logits(made))
        return float(loss), float(loss + 0.5 * 3.0 * torch.stack(around).square().sum(0).mean())

    loss, whole = minimised()
    assert float(shown.detach()) == pytest.approx(loss, rel=1e-12)  # the penalty is minimised, not shown
    assert whole > loss + 1e-3
    for p, slope in zip(step.critic, slopes, strict=True):
        way = torch.randn(p.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        ends = []
        for sign in (1, -1):
            p.data += sign * h * way
            ends.append(minimised()[1])
            p.data -= sign * h * way
        # Both differences are of second order: 1e-8 of values near 1.
        assert float((slope * way).sum()) == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-6, abs=1e-7)


@pytest.mark.parametrize("critic_steps", [1, 3])
def test_each_network_makes_its_own_number_of_steps(critic_steps: int) -> None:
    step = step_of(gan_critic_steps=str(critic_steps))
    before = arrays(step.critic), arrays(step.generator)
    for number in range(5):
        step.step(number, 0.01, 0.9, torch.zeros(()))
    for params, first, wanted in ((step.critic, before[0], 5 * critic_steps), (step.generator, before[1], 5)):
        assert not any(a.tobytes() == b.tobytes() for a, b in zip(arrays(params), first, strict=True))
        assert {float(step.adam.state[p]["step"]) for p in params} == {wanted}
        assert {step.steps_of(p, 5) for p in params} == {wanted}
    assert step.adam.param_groups[0]["betas"][0] == 0.5


def test_a_step_of_one_network_leaves_the_other_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    step = step_of(gan_r1="1.0", gan_critic_steps="2")
    step.step(0, 0.01, 0.9, torch.zeros(()))  # Adam has moments for both now, by which a stray step would move
    critic, generator = arrays(step.critic), arrays(step.generator)
    step._judge(step.batch(1))
    assert same(arrays(step.generator), generator)
    assert not same(arrays(step.critic), critic)
    critic = arrays(step.critic)
    monkeypatch.setattr(step, "_judge", lambda batch: torch.zeros(()))
    step.learn(2)
    assert same(arrays(step.critic), critic)
    assert not same(arrays(step.generator), generator)


def test_what_is_shown_is_the_discriminators_loss_before_its_step_and_the_generators_after() -> None:
    step = step_of()
    batch, networks = step.batch(0), step.networks
    before = step.method.critic_loss(networks.logits(batch.u), networks.logits(networks.net(batch.xt)))
    generator = [p.detach().clone() for p in step.generator]
    loss = torch.zeros(())
    step.step(0, 0.01, 0.9, loss)
    assert torch.equal(loss, before.detach())
    for p, kept in zip(step.generator, generator, strict=True):
        p.data.copy_(kept)
    assert float(step.parts) == pytest.approx(float(step.method.generator_loss(networks.logits(networks.net(batch.xt))).detach()))


def test_the_best_discriminator_says_how_much_of_a_place_is_data() -> None:
    """D* = p/(p + q) with G frozen at the identity, so that q = N(0, I): off by less than .01 in the mean over p and q."""
    step = step_of(width="64", batch="512", average="false", activation="relu")
    layers = [layer for layer in step.networks.net if isinstance(layer, nn.Linear)]
    for layer, rows in zip(layers, (torch.cat([torch.eye(2), -torch.eye(2)]), torch.eye(4), None), strict=True):
        layer.weight.data.zero_()
        layer.bias.data.zero_()  # z = relu(z) − relu(−z), through two layers
        rows = torch.cat([torch.eye(2), -torch.eye(2)], 1) if rows is None else rows
        layer.weight.data[: rows.shape[0], : rows.shape[1]] = rows
    z = torch.randn(100, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(step.networks.net(z), z)
    for k in range(1000):
        if k % 32 == 0:
            step.use(draw_pool(step.experiment, k // 32))
        step.adam.param_groups[0]["lr"] = 4e-3 * (1 - k / 1000)
        step._judge(step.batch(k % 32))
    grid = torch.cartesian_prod(torch.linspace(-5, 5, 81), torch.linspace(-3, 3, 49)).double()
    source = step.experiment.source_distribution
    p, q = (log_density(end.mixture(), grid).exp() for end in (TwoGaussians(), source))
    error = (torch.sigmoid(step.networks.logits(grid.float())).detach() - p / (p + q)).abs()
    assert float((error * (p + q)).sum() / (p + q).sum()) < 0.01

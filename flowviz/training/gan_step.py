"""A training step of a GAN: some steps of the discriminator, then one of the generator."""

import torch
from torch import Tensor, nn

from flowviz.experiment import Experiment
from flowviz.methods import GAN
from flowviz.networks import Adversarial
from flowviz.training.draws import Pool
from flowviz.training.steps import BETA2, AutogradStep


class GanStep(AutogradStep):
    """Adam with β₁ = ½ on both losses in turn (Radford, Metz & Chintala, 2015, arXiv 1511.06434, section 3)."""

    betas = (0.5, BETA2)

    def __init__(self, experiment: Experiment, device: torch.device) -> None:
        super().__init__(experiment, device)
        assert isinstance(experiment.method, GAN)
        assert isinstance(self.module, Adversarial)
        self.method, self.networks = experiment.method, self.module
        self.generator, self.critic = list(self.networks.net.parameters()), list(self.networks.critic.parameters())

    def learn(self, number: int) -> Tensor:
        batches = len(self.pool.xt) // self.experiment.training.batch
        for k in range(1, self.method.critic_steps):  # the last one is made on the generator's own batch
            self._judge(self.batch((number + k) % batches))
        batch = self.batch(number)
        loss = self._judge(batch)
        made = self.method.generator_loss(self.networks.logits(self.networks.net(batch.xt)))
        self.descend(made, self.generator)
        self.parts = made.detach().reshape(1)
        return loss

    def _judge(self, batch: Pool) -> Tensor:
        """Make one step of the discriminator; return its loss before, without the penalty."""
        data = batch.u.requires_grad_() if self.method.r1 else batch.u
        with torch.no_grad():
            made = self.networks.net(batch.xt)
        real = self.networks.logits(data)
        loss = self.method.critic_loss(real, self.networks.logits(made))
        minimised = loss
        if self.method.r1:
            (slope,) = torch.autograd.grad(real.sum(), data, create_graph=True)
            minimised = loss + 0.5 * self.method.r1 * slope.square().sum(1).mean()
        self.descend(minimised, self.critic)
        return loss

    def steps_of(self, p: nn.Parameter, step: int) -> int:
        return step * self.method.critic_steps if any(p is one for one in self.critic) else step

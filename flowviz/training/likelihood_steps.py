"""Training steps of methods that learn by likelihood: a VAE by a bound of it, a CNF by the solver."""

import math
from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor

from flowviz.methods import CNF, VAE, minus_log_density, velocity_and_divergence
from flowviz.networks import Autoencoder, VelocityField
from flowviz.training.draws import Pool
from flowviz.training.steps import AutogradStep


class VaeStep(AutogradStep):
    """A step of a VAE, with one code drawn for each point (Kingma & Welling, 2013, arXiv 1312.6114, equation 10)."""

    def losses(self, batch: Pool) -> tuple[Tensor, Tensor]:
        method, networks = cast(VAE, self.experiment.method), cast(Autoencoder, self.module)
        mean, log_var = networks.codes(batch.xt)
        made = networks.net(mean + (0.5 * log_var).exp() * batch.u)
        terms = method.terms(batch.xt, made, mean, log_var)
        self.parts = torch.stack(terms).detach()
        return terms[0] + terms[1], terms[0] + terms[1]


class CnfStep(AutogradStep):
    """A step of a CNF: the gradient goes through every step of the solver, or by the adjoint equation."""

    def losses(self, batch: Pool) -> tuple[Tensor, Tensor]:
        method, network = cast(CNF, self.experiment.method), cast(VelocityField, self.module)
        self.evaluations = 0

        def moving(x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
            self.evaluations += 1
            with torch.enable_grad():
                return velocity_and_divergence(network, x, t)

        if method.adjoint:
            loss = self._by_adjoint(moving, batch.xt, method.midpoints)
        else:
            loss = minus_log_density(moving, batch.xt, method.midpoints).mean()
        return loss, loss

    def learn(self, number: int) -> Tensor:
        loss = super().learn(number)
        self.parts = torch.tensor([float(self.evaluations)])  # the adjoint's too
        return loss

    def _by_adjoint(self, moving: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]], x: Tensor, steps: int) -> Tensor:
        """Return the mean of −log p_1 with gradients by the adjoint method, shape ()."""
        from torchdiffeq import odeint_adjoint

        def rates(t: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
            return moving(state[0], t)

        ends, start = x.new_tensor([1.0, 0.0]), (x, x.new_zeros(len(x)))
        how = {"method": "midpoint", "options": {"step_size": 1.0 / steps}}
        found = odeint_adjoint(rates, start, ends, adjoint_params=tuple(self.params), **how)
        x0, spread = (part[-1] for part in found)
        return (0.5 * x0.square().sum(1) + 0.5 * x0.shape[1] * math.log(2 * math.pi) - spread).mean()

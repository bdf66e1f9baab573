"""The script of a variational autoencoder, after its samplers."""

from flowviz.experiment import Experiment
from flowviz.methods import VAE
from flowviz.script import latent, learn
from flowviz.script.network import networks
from flowviz.script.source import constants_of, function_text
from flowviz.training.draws import pool_steps


def parts(experiment: Experiment) -> list[str]:
    """Return pools, decoder and encoder, both terms of the bound, training, and samples by the decoder's mean."""
    dim = experiment.space.dim
    about = "The terms of the bound on −log p(x), in nats: E[−log p(x|z)] and KL(q(z|x) ‖ N(0, I))."
    body = [
        f"    first = step % {pool_steps(experiment)} * BATCH",
        "    noise, x1 = (part[first : first + BATCH] for part in pool)",
        "    mean, log_var = encoder(x1).chunk(2, 1)",
        "    made = decoder(mean + (0.5 * log_var).exp() * noise)  # one code for each point, z = μ + σ ε",
        "    near, apart = terms(x1, made, mean, log_var)",
        "    loss = near + apart",
        "    adam.zero_grad()",
        "    loss.backward()",
        *learn.descend(experiment),
    ]
    return [
        latent.pool_function(experiment, "noise ε of the codes"),
        networks(experiment, {"decoder": (dim, dim), "encoder": (dim, 2 * dim)}),
        function_text(VAE.terms, "terms", about, constants_of(experiment.method)),
        *learn.schedule(experiment),
        learn.loop(experiment, body) + learn.samples(experiment, "decoder(x)  # the mean of p(x|z), one evaluation"),
    ]

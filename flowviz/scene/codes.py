"""The codes that an encoder draws for data, beside the noise that they are to look like."""

import torch
from torch import Tensor

from flowviz.experiment import Experiment
from flowviz.known import Bounds, known
from flowviz.known.value import GHOSTS
from flowviz.methods import Jump
from flowviz.scene.build import FULL_WORK, LIVE_WORK, View, affordable
from flowviz.scene.learned import CLOUD
from flowviz.scene.value import Scene
from flowviz.training.draws import SEED_STRIDE

TITLE = "Codes of the data"
CODES = (
    "Fresh data in the colours of their labels; at t = 0 a code of each, drawn by the encoder, among draws of N(0, I) (“Source”). "
    "Where no code lies, the decoder is untrained."
)
"""What every such scene says of itself."""


def codes_scene(experiment: Experiment, field: Jump, view: View, *, live: bool = False, bounds: Bounds | None = None) -> Scene:
    """Return fresh data points at t = 1, and at t = 0 a code drawn for each: together the aggregate posterior.

    Args:
        experiment: What was trained.
        field: Its learned field, as `learned_field` makes it, whose network draws codes.
        view: How it is looked at.
        live: A lighter picture for twice a second: fewer particles where the network is dear.
        bounds: The axes; the experiment's own unless given.
    """
    about = known(experiment)
    shown = min(view.particles, affordable(experiment.network, view, LIVE_WORK if live else FULL_WORK))
    rng = torch.Generator().manual_seed(SEED_STRIDE * experiment.seed + SEED_STRIDE - 13)
    x1, labels = experiment.target_distribution.draw(max(shown, CLOUD), rng)
    codes = field.network.codes(x1, rng)
    return Scene(
        t=torch.linspace(0, 1, 2).numpy(),
        x=torch.stack([codes, x1])[:, :shown].numpy(),
        labels=labels[:shown].to(torch.uint8).numpy(),
        bounds=bounds or about.bounds,
        title=TITLE,
        kind="learned",
        target=about.ghosts[1],
        source=torch.randn(GHOSTS, experiment.space.dim, generator=rng).numpy(),
        about=CODES,
        note=moments(codes),
        space=experiment.space.slug,
        frame=experiment.frame,
    )


def moments(codes: Tensor) -> str:
    """Return the mean and standard deviation of each coordinate of codes, shape (n, d), against those of N(0, I), in words."""
    mean, std = (" and ".join(_written(v) for v in values.tolist()) for values in (codes.mean(0), codes.std(0)))
    return f"{len(codes):,} codes: mean {mean} (N(0, I): 0), standard deviation {std} (N(0, I): 1)."


def _written(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")  # no −0.00

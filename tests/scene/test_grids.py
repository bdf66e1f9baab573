"""What stands behind the particles lies where it should: rows from below, columns from the left."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.networks import learned_field
from flowviz.scene.build import View, exact_scene
from flowviz.scene.grids import judged_on_grid
from flowviz.scene.learned import learned_scene
from flowviz.training import untrained_weights

ONE = View(particles=50, solver="one-step")


def test_what_a_discriminator_says_stands_in_rows_from_below():
    grid = judged_on_grid(lambda x: 10 * x[:, 1] + x[:, 0], (-1.0, 1.0, -2.0, 2.0), 4)
    x, y = np.meshgrid([-0.75, -0.25, 0.25, 0.75], [-1.5, -0.5, 0.5, 1.5])
    np.testing.assert_allclose(grid, 10 * y + x, atol=1e-6)


@pytest.mark.parametrize(("live", "side"), [(False, 64), (True, 32)])
def test_the_scene_of_a_gan_holds_its_own_discriminator(live: bool, side: int):
    experiment = Experiment.from_flat({"method": "gan", "width": "16"})
    field = learned_field(experiment, untrained_weights(experiment))
    judged = learned_scene(experiment, field, 0, ONE, live=live).judged
    assert judged is not None
    assert judged.shape == (side, side)
    xmin, xmax, ymin, ymax = known(experiment).bounds
    row, column = 3 * side // 4, side // 8
    at = torch.tensor([[xmin + (column + 0.5) * (xmax - xmin) / side, ymin + (row + 0.5) * (ymax - ymin) / side]])
    assert judged[row, column] == pytest.approx(float(field.network.judged(at)), abs=1e-5)
    assert ((judged > 0) & (judged < 1)).all()


def test_without_a_discriminator_or_a_plane_nobody_judges():
    for flat in (
        {"method": "vae", "width": "16"},
        {"method": "gan", "width": "16", "target": "trefoil"},
        {"method": "distilled", "width": "16"},
    ):
        experiment = Experiment.from_flat(flat)
        field = learned_field(experiment, untrained_weights(experiment))
        assert learned_scene(experiment, field, 0, ONE).judged is None
    assert exact_scene(Experiment.from_flat({"method": "gan"}), ONE).judged is None

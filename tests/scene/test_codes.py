"""The codes of the data: real at both ends, beside the noise that they are held against, with moments that are computed."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from torch import Tensor

from flowviz.experiment import Experiment
from flowviz.methods import METHODS, Jump
from flowviz.networks import learned_field
from flowviz.scene import Panel, Scene, compact, pack, unpack
from flowviz.scene.build import View
from flowviz.scene.codes import TITLE, codes_scene, moments
from flowviz.scene.learned import CLOUD
from flowviz.training import untrained_weights
from tests.unpacking import expand

VAE = Experiment.from_flat({"method": "vae", "target": "moons", "seed": "5"})


class Shrinks:
    """An encoder whose codes are known: half of the point, and one to the right."""

    def codes(self, x: Tensor, rng: torch.Generator) -> Tensor:
        return 0.5 * x + torch.tensor([1.0, 0.0])


def shrunk() -> Scene:
    return codes_scene(VAE, Jump(lambda z: z, Shrinks()), View(particles=80))


def numbers(note: str) -> np.ndarray:
    return np.array([float(v.replace("−", "-")) for v in re.findall(r"−?\d+\.\d\d", note)]).reshape(2, -1)


def test_each_point_goes_straight_from_its_own_code_to_itself_in_the_colour_of_its_label():
    scene = shrunk()
    assert scene.t.tolist() == [0, 1]
    assert (scene.title, scene.kind, scene.space) == (TITLE, "learned", "plane")
    np.testing.assert_allclose(scene.x[0], 0.5 * scene.x[1] + [1, 0], atol=1e-6)
    # Each label's points lie about that label's own mean, which the target's definition gives.
    x, labels = VAE.target_distribution.draw(4000, torch.Generator().manual_seed(0))
    for label in labels.unique().tolist():
        expected, found = x[labels == label].mean(0).numpy(), scene.x[1][scene.labels == label].mean(0)
        assert np.linalg.norm(expected - found) < 1.0  # some 40 points, half a moon wide


def test_the_moments_are_those_of_the_codes_and_the_ghost_is_the_noise_they_are_held_against():
    scene, (x, _) = shrunk(), VAE.target_distribution.draw(20_000, torch.Generator().manual_seed(0))
    mean, std = numbers(scene.note)
    # Three standard errors of 4,000 points, and the rounding.
    np.testing.assert_allclose(mean, 0.5 * x.mean(0).numpy() + [1, 0], atol=0.1)
    np.testing.assert_allclose(std, 0.5 * x.std(0).numpy(), atol=0.06)
    assert f"{CLOUD:,} codes" in scene.note
    assert scene.source is not None
    np.testing.assert_allclose(scene.source.mean(0), 0, atol=0.15)
    np.testing.assert_allclose(scene.source.std(0), 1, atol=0.1)


def test_moments_in_words():
    codes = torch.tensor([[-1.0, 2.0], [0.0, 4.0], [1.0, 6.0]])
    assert numbers(moments(codes)).tolist() == [[0.0, 4.0], [1.0, 2.0]]
    assert "−0.00" not in moments(codes - torch.tensor([0.001, 4.001]))
    assert "mean −1.00 and" in moments(codes - torch.tensor([1.0, 0.0]))


@pytest.mark.parametrize("flat", [{"target": "moons"}, {"target": "trefoil"}], ids=["plane", "volume"])
@pytest.mark.parametrize("live", [False, True])
def test_an_encoders_codes_are_packed_in_every_space(flat: dict[str, str], live: bool):
    experiment = Experiment.from_flat({"method": "vae", "width": "16", **flat})
    field = learned_field(experiment, untrained_weights(experiment))
    scene, again = (codes_scene(experiment, field, View(particles=70), live=live) for _ in range(2))
    np.testing.assert_array_equal(scene.x, again.x)  # the same points at each refresh: only the encoder moves them
    assert scene.x.shape == (2, 70, experiment.space.dim)
    assert np.isfinite(scene.x).all()
    back = unpack(pack([Panel((scene,))]))[0][0].scenes[0]
    np.testing.assert_allclose(back.x, scene.x, atol=1e-3)
    small = expand(compact([Panel((scene,))]))[0][0][0]["x"]
    width = scene.bounds[1] - scene.bounds[0]
    np.testing.assert_allclose(small, scene.x, atol=width / 2000)


def test_whoever_encodes_has_codes_and_nobody_else():
    assert [slug for slug, kind in METHODS.items() if kind.encodes] == ["vae"]
    for slug, kind in METHODS.items():
        experiment = Experiment.from_flat({"method": slug, "width": "16"})
        field = learned_field(experiment, untrained_weights(experiment))
        assert hasattr(getattr(field, "network", None), "codes") == kind.encodes

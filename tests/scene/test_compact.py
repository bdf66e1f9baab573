"""What is sent to a hall is small, and nobody sees that it is: no particle is off by half a pixel."""

from __future__ import annotations

import dataclasses
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowviz.experiment import Experiment
from flowviz.networks import learned_field
from flowviz.scene import Panel, Scene, compact
from flowviz.scene.build import View
from flowviz.scene.compact import planes, zigzag
from flowviz.scene.learned import learned_scene
from flowviz.training import train, untrained_weights
from tests.scene.test_packing import make
from tests.unpacking import expand


def pixels_off(scene: Scene, back: np.ndarray) -> np.ndarray:
    """How far each place of each particle is from where it was, in pixels of a picture of 1,000."""
    size = min(scene.bounds[2 * axis + 1] - scene.bounds[2 * axis] for axis in range(scene.x.shape[2]))
    return np.linalg.norm(back - scene.x, axis=-1) / size * 1000


def expanded(scene: Scene) -> dict:
    return expand(compact([Panel((scene,))]))[0][0][0]


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(0, 60),
    k=st.sampled_from([1, 2, 5, 31, 61]),
    seed=st.integers(0, 99),
    smooth=st.booleans(),
    wide=st.sampled_from([1e-6, 0.3, 1.5, 8.0]),
)
def test_no_particle_is_off_by_half_a_pixel(n: int, k: int, seed: int, smooth: bool, wide: float) -> None:
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, k)[:, None, None]
    x0, x1, bend = rng.normal(0, wide, (3, n, 2))
    x = (1 - t) * x0 + t * x1 + np.sin(3 * t) * bend if smooth else rng.normal(0, wide, (k, n, 2))
    scene = dataclasses.replace(make(n, k), x=x.astype(np.float32))
    near = np.abs(scene.x).max((0, 2), initial=0.0) < 12  # those further away are moved nearer, where nobody sees them
    assert pixels_off(scene, expanded(scene)["x"])[:, near].max(initial=0.0) < 0.5


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_a_particle_that_has_left_the_world_of_numbers_costs_the_others_nothing(bad: float) -> None:
    scene = make(40, 61, 5)
    smooth = np.linspace(scene.x[0], scene.x[-1], 61).astype(np.float32)
    smooth[30:, 7, 1] = bad
    scene = dataclasses.replace(scene, x=smooth)
    back = expanded(scene)["x"]
    others = np.arange(40) != 7
    assert pixels_off(scene, back)[:, others].max() < 0.5
    assert pixels_off(scene, back)[:30, 7].max() < 0.5
    assert np.isnan(back[30:, 7]).all() or bad == 1e30


@pytest.mark.parametrize("flat", [{}, {"target": "trefoil"}], ids=["plane", "volume"])
@pytest.mark.parametrize("steps", [0, 300])
def test_a_snapshot_of_a_thousand_particles_is_small(flat: dict[str, str], steps: int) -> None:
    experiment = Experiment.from_flat({**flat, "steps": "300"})
    weights = list(train(experiment))[-1].weights if steps else untrained_weights(experiment)
    scene = learned_scene(experiment, learned_field(experiment, weights), steps, View(), live=True)
    assert scene.x.shape[:2] == (61, 1000)
    data = compact([Panel((scene,))])
    assert len(data) <= (40_000 if experiment.space.slug == "plane" else 46_000)
    assert pixels_off(scene, expand(data)[0][0][0]["x"]).max() < 0.5


def test_field_density_and_ghosts_come_back_within_their_stated_error() -> None:
    scene = make(seed=3, title="Learned flow", note="Look.", nfe=60, kind="learned")
    panels, header = expand(compact([Panel((scene,), "One")], feed={"at": 3}))
    back = panels[0][0]
    assert scene.field is not None
    assert scene.density is not None
    top = np.abs(scene.field).max()
    np.testing.assert_allclose(back["field"], scene.field, atol=top / 63 / 2 * 1.0001, rtol=0)
    root = np.sqrt(scene.density / scene.density.max())
    np.testing.assert_allclose(np.sqrt(back["density"] / scene.density.max()), root, atol=5 / 255 / 2 * 1.0001, rtol=0)
    np.testing.assert_allclose(back["judged"], scene.judged, atol=0.5 / 255 * 1.0001, rtol=0)
    for name in ("target", "source"):
        np.testing.assert_allclose(back[name], getattr(scene, name), atol=8 * 3 / 2000 / 2, rtol=0)
    entry = header["panels"][0]["scenes"][0]
    assert (entry["title"], entry["note"], entry["nfe"], entry["kind"]) == ("Learned flow", "Look.", 60, "learned")
    assert header["panels"][0]["title"] == "One"
    assert header["options"] == {"feed": {"at": 3}}


def test_whole_numbers_become_small_codes_and_two_planes() -> None:
    np.testing.assert_array_equal(zigzag(np.array([0, -1, 1, -2, 2, -32768, 32767])), [0, 1, 2, 3, 4, 65535, 65534])
    np.testing.assert_array_equal(planes(np.array([0, 255, 256, 65535])), [[0, 255, 0, 255], [0, 0, 1, 255]])


def test_the_same_panels_give_the_same_bytes() -> None:
    scene = make(seed=4)
    assert compact([Panel((scene,))]) == compact([Panel((scene,))])
    assert b'"panels":[]' in zlib.decompress(compact([]))

"""The picture of a learned flow comes before its density, which is counted in parts and no other for it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from flowviz.experiment import Experiment
from flowviz.networks import learned_field
from flowviz.scene import Panel, awaits_density, id_of, pack, pack_densities, unpack
from flowviz.scene.asked import asked_field, classes_asked
from flowviz.scene.build import FULL_WORK, View, affordable, carried, exact_scene, starts
from flowviz.scene.exact_grids import DENSITY_SIDE
from flowviz.scene.grids import counted_density
from flowviz.scene.learned import CLOUD, cloud_part, cloud_parts, learned_particles, learned_scene
from flowviz.solvers import interpolate
from flowviz.training import untrained_weights

PLAIN = Experiment.from_flat({"width": "16"})
CLASSES = Experiment.from_flat({"width": "16", "classes": "within"})
LOOKS = [
    (PLAIN, View(particles=300, solver_steps=4)),
    (PLAIN, View(particles=300, solver_steps=4, noise=0.6)),
    (CLASSES, View(particles=300, solver_steps=4, guidance=2.5)),
    (CLASSES, View(particles=300, solver_steps=4, guidance=2.5, of_class=1)),
]


def field_of(experiment):
    return learned_field(experiment, untrained_weights(experiment))


@pytest.mark.parametrize(("experiment", "view"), LOOKS)
def test_the_density_is_all_that_the_first_picture_lacks(experiment, view):
    first, whole = (make(experiment, field_of(experiment), 7, view) for make in (learned_particles, learned_scene))
    assert awaits_density([Panel((first,))])
    assert not awaits_density([Panel((whole,))])
    assert whole.density is not None
    for name in ("t", "x", "labels", "field", "field_t", "density_t", "target", "source"):
        np.testing.assert_array_equal(getattr(first, name), getattr(whole, name))
    assert (first.title, first.note, first.nfe) == (whole.title, whole.note, whole.nfe)


@pytest.mark.parametrize(("experiment", "view"), [look for look in LOOKS if not look[1].noise])
def test_parts_count_the_same_particles_as_all_at_once(experiment, view):
    scene, field = learned_scene(experiment, field_of(experiment), 0, view), field_of(experiment)
    taken = asked_field(experiment, field, view, classes_asked(experiment, view, CLOUD))
    x0 = torch.cat([starts(experiment, 300)[0], starts(experiment, CLOUD)[0][300:]])
    found = interpolate(carried(experiment, taken, x0, view, 61), torch.from_numpy(scene.density_t))
    # Sums over rows of another number may differ in the last bit, and so may a particle at a cell's edge.
    wanted = counted_density(found.numpy(), scene.bounds, DENSITY_SIDE)
    np.testing.assert_allclose(scene.density, wanted, atol=2e-3 * wanted.max())


@pytest.mark.parametrize("shown", [50, 300, 1000, CLOUD, 5000])
def test_every_other_particle_is_in_one_part(shown):
    view = View(particles=shown, solver_steps=4)
    rows = [row for part in cloud_parts(PLAIN, view, shown) for row in range(CLOUD)[part]]
    assert rows == list(range(shown, CLOUD))


def test_where_the_solver_is_expensive_there_are_fewer_of_them():
    view = View(particles=50, solver="rk4", solver_steps=200)
    assert cloud_parts(PLAIN, view, 50)[-1].stop == min(CLOUD, affordable(PLAIN.network, view, FULL_WORK))


def test_each_part_has_noise_of_its_own_and_always_the_same():
    view, times = View(particles=300, solver_steps=4, noise=1.0), np.linspace(0, 1, 5, dtype=np.float32)
    a, b, again = (cloud_part(PLAIN, field_of(PLAIN), view, rows, times) for rows in (slice(0, 9), slice(9, 18), slice(0, 9)))
    np.testing.assert_array_equal(a, again)
    assert np.abs(a - a[:1]).max() != pytest.approx(np.abs(b - b[:1]).max())


def test_a_picture_travels_without_its_density_and_is_small():
    first, whole = (make(PLAIN, field_of(PLAIN), 7, LOOKS[0][1]) for make in (learned_particles, learned_scene))
    packed = pack([Panel((first,))])
    ((panel,), header) = unpack(packed)
    assert panel.scenes[0].density is None
    np.testing.assert_array_equal(panel.scenes[0].density_t, first.density_t)
    assert id_of(packed) == header["id"]
    later = pack_densities([Panel((whole,))], key="p", of=header["id"])
    size = 21 * DENSITY_SIDE**2
    assert size < len(later) < size + 1_000
    assert len(packed) < len(pack([Panel((whole,))])) - size + 1_000


@pytest.mark.parametrize(("guidance", "of_class"), [(0.0, 1), (1.0, 1), (1.0, -1), (2.5, 1), (2.5, -1)])
def test_grids_of_an_exact_flow_are_made_once_for_every_solver(guidance, of_class, monkeypatch):
    from flowviz.known import known
    from flowviz.scene import exact_grids
    from flowviz.scene.asked import shown_field

    asked = {"guidance": guidance, "of_class": of_class, "particles": 60}
    first = exact_scene(CLASSES, View(solver_steps=2, **asked))
    about, t = known(CLASSES), torch.from_numpy(first.field_t)
    wanted = exact_grids.field_on_grid(shown_field(CLASSES, about.field, View(**asked)), about.bounds, t)
    np.testing.assert_array_equal(first.field, wanted)
    made = []
    monkeypatch.setattr(exact_grids, "field_on_grid", lambda *a: made.append(a))
    monkeypatch.setattr("flowviz.exact.ExactField.log_density", lambda *a: made.append(a))
    again = exact_scene(CLASSES, View(solver="heun", solver_steps=3, **asked))
    assert not made
    np.testing.assert_array_equal(first.field, again.field)

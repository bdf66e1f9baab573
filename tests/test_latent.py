"""A GAN whose z has another dimension than the data: what it is made of, what is seen of it, and that all else is as it was."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from flowviz.experiment import Experiment
from flowviz.experiment.flat import nearest
from flowviz.measures import Family, cells, family_run, measure
from flowviz.methods import GAN
from flowviz.methods.latent import latent_points
from flowviz.networks import learned_field, network_of
from flowviz.scene import Panel, pack, unpack
from flowviz.scene.build import View
from flowviz.scene.learned import learned_scene
from flowviz.training import draw_pool, train, untrained_weights

SMALL = {"method": "gan", "width": "16", "depth": "2", "batch": "32", "steps": "40"}
SIZES = pytest.mark.parametrize("size", [1, 2, 3, 16])


def gan(**flat: str) -> Experiment:
    return Experiment.from_flat(SMALL | flat)


def plane(n: int, rng: torch.Generator) -> torch.Tensor:
    return torch.randn(n, 2, generator=rng)


def test_more_coordinates_are_standard_normal_and_tell_nothing_of_one_another(rng: torch.Generator) -> None:
    z = latent_points(plane(50_000, rng), 6)
    for column in z[:, 2:].double().T:
        assert stats.kstest(column.numpy(), "norm").pvalue > 1e-3
    for rows in (z, z.square(), z.sign()):
        off = torch.corrcoef(rows.T) - torch.eye(6)
        assert float(off.abs().max()) < 5 / 50_000**0.5  # five standard errors


def test_neighbours_in_the_picture_have_nothing_to_do_with_one_another(rng: torch.Generator) -> None:
    x0 = plane(20_000, rng)
    near = torch.nextafter(x0, torch.full_like(x0, torch.inf))
    more = torch.stack([latent_points(points, 3)[:, 2] for points in (x0, near)])
    assert abs(float(torch.corrcoef(more)[0, 1])) < 5 / 20_000**0.5


@SIZES
def test_a_point_has_the_same_z_whoever_stands_beside_it_and_however_exactly_it_is_counted(
    size: int, rng: torch.Generator
) -> None:
    x0 = plane(200, rng)
    z = latent_points(x0, size)
    assert z.shape == (200, size)
    assert torch.equal(z[:, :2], x0[:, :size])
    assert torch.equal(latent_points(x0[50:70], size), z[50:70])
    torch.testing.assert_close(latent_points(x0.double(), size).float(), z, rtol=0, atol=0)


@SIZES
def test_the_generator_learns_from_the_source_and_from_what_is_drawn_beside_it(size: int) -> None:
    plain, pool = draw_pool(gan(), 0), draw_pool(gan(gan_latent=str(size)), 0)
    assert pool.xt.shape == (len(plain.xt), size)
    assert torch.equal(pool.xt[:, :2], plain.xt[:, :size])
    assert torch.equal(pool.u, plain.u)
    for column in pool.xt[:, 2:].double().T:
        assert stats.kstest(column.numpy(), "norm").pvalue > 1e-3


@SIZES
@pytest.mark.parametrize("target", ["8gaussians", "sphere"])
def test_samples_are_made_of_the_dots_that_are_shown(size: int, target: str) -> None:
    run = gan(gan_latent=str(size), target=target)
    weights = untrained_weights(run)
    field = learned_field(run, weights)
    scene = learned_scene(run, field, 1, View(particles=60, solver="one-step"))
    network = network_of(run)
    network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    with torch.no_grad():
        ends = network.net(latent_points(torch.from_numpy(scene.x[0]), size))
    np.testing.assert_allclose(scene.x[-1], ends.numpy(), rtol=0, atol=1e-5)  # of x0 + (G(z) − x0), in float32
    said = run.method.on_starts(run.space.dim)
    assert (said == "") == (size == run.space.dim)
    assert scene.about.endswith(said)
    np.testing.assert_allclose(unpack(pack([Panel((scene,))]))[0][0].scenes[0].x[-1], scene.x[-1], rtol=0, atol=1e-2)


def test_one_coordinate_makes_a_curve(rng: torch.Generator) -> None:
    run = gan(gan_latent="1")
    field = learned_field(run, untrained_weights(run))
    x0 = plane(50, rng)
    beside = x0 + torch.tensor([0.0, 2.0])
    torch.testing.assert_close(field.made(x0), field.made(beside), rtol=0, atol=0)
    assert not torch.equal(field.made(x0), field.made(x0 + torch.tensor([2.0, 0.0])))


def test_as_many_as_the_data_have_is_the_default_and_leaves_keys_and_losses_alone() -> None:
    assert gan(gan_latent="0").key == gan().key
    assert "gan_latent" not in gan().to_flat()
    assert gan(gan_latent="3").key != gan().key
    (*_, plain), (*_, named) = (list(train(one, every=1e9)) for one in (gan(), gan(gan_latent="2")))
    np.testing.assert_array_equal(plain.losses, named.losses)
    (*_, other) = train(gan(gan_latent="3"), every=1e9)
    assert not np.array_equal(plain.losses, other.losses)


def test_a_run_goes_on_bit_for_bit() -> None:
    run = gan(gan_latent="7", steps="80")
    (*_, whole) = train(run, every=1e9)
    looks = 0

    def stop() -> bool:
        nonlocal looks
        looks += 1
        return looks > 30

    (*_, first) = train(run, every=1e9, stop=stop)
    assert 0 < first.step < 80
    (*_, rest) = train(run, every=1e9, state=first.state)
    np.testing.assert_array_equal(rest.losses, whole.losses)


@SIZES
def test_it_is_measured_as_any_gan(size: int) -> None:
    run = gan(gan_latent=str(size))
    (*_, last) = train(run, every=1e9)
    found = measure(run, last, solver="one-step", n=64, repeats=1)
    w2 = found["w2"].value
    assert w2 is not None
    assert w2 > 0
    assert found["nll"].value is None


@SIZES
def test_it_has_a_column_in_the_table_of_families(size: int) -> None:
    run = gan(gan_latent=str(size))
    (*_, last) = train(run, every=1e9)
    found = cells(Family("GAN", run, (family_run(run, last, n=100),)))
    assert found["cost"] == cells(Family("GAN", gan()))["cost"]  # as many evaluations in a step
    assert int(found["parameters"].replace(",", "")) == sum(weights.size for weights in last.weights.values())


@pytest.mark.parametrize("text", ["-1", "65", "2.5", "many"])
def test_what_is_no_size_is_refused_with_the_legal_ones(text: str) -> None:
    with pytest.raises(ValueError, match="`gan_latent` must be a whole number from 0 to 64; got"):
        gan(gan_latent=text)


def test_another_method_has_no_latent_dimension() -> None:
    found, notes = nearest({"method": "vae", "gan_latent": "3"})
    assert found == Experiment.from_flat({"method": "vae"})
    assert [note.field for note in notes] == ["gan_latent"]


def test_the_formula_says_what_z_is() -> None:
    path = gan().path
    assert "z = x_0" in GAN().loss_of(path)
    assert "mathbb{R}^{16}" in GAN(latent=16).loss_of(path)
    assert "z = x_0" not in GAN(latent=16).loss_of(path)

"""What holds in every space: the same code, another number of coordinates."""

from __future__ import annotations

import pytest
import torch

from flowviz.distributions import DISTRIBUTIONS, distributions_in
from flowviz.distributions.gaussians import Gaussian
from flowviz.distributions.volume import Helix, LinkedRings, Sphere, Torus, Trefoil
from flowviz.experiment import Experiment, nearest
from flowviz.known import floor_of, known, shared_bounds
from flowviz.measures import measure
from flowviz.metrics import wasserstein2
from flowviz.networks import learned_field
from flowviz.scene import pack, unpack
from flowviz.scene.build import View, exact_scene
from flowviz.scene.learned import learned_scene
from flowviz.scene.value import Panel
from flowviz.spaces import IMAGE, PLANE, SPACES, VOLUME, space_of
from flowviz.training import train

IN_SPACE = [slug for slug in distributions_in(VOLUME) if slug != "gaussian"]
SMALL = {"steps": "60", "width": "16", "batch": "64"}


def test_a_space_is_found_by_its_coordinates() -> None:
    assert [space_of(space.dim) for space in SPACES.values()] == [PLANE, VOLUME, IMAGE, IMAGE]
    assert [space.sheet for space in SPACES.values()] == [False, False, True, True]
    assert all(len(space.axes) == space.dim for space in SPACES.values())
    with pytest.raises(ValueError, match=r"`dim` must be one of 2, 3, 64; got 7"):
        space_of(7)


def test_every_distribution_is_in_one_space_and_the_gaussian_in_all() -> None:
    for slug in DISTRIBUTIONS:
        assert sum(slug in distributions_in(space) for space in SPACES.values()) == (len(SPACES) if slug == "gaussian" else 1)


@pytest.mark.parametrize("target", IN_SPACE)
def test_a_gaussian_source_or_target_takes_the_space_of_the_other(target: str) -> None:
    there, back = Experiment(target=target), Experiment(source=target, target="gaussian")
    assert there.space == back.space == VOLUME
    assert there.source_distribution == back.target_distribution == Gaussian(dim=3)
    assert Experiment(target="gaussian").space == PLANE


def test_ends_of_two_spaces_are_refused_in_one_sentence_and_the_source_gives_way_in_a_link() -> None:
    with pytest.raises(ValueError, match="they must share one") as refusal:
        Experiment(source="moons", target="torus")
    for word in ("'moons'", "'torus'", "gaussian", "trefoil"):
        assert word in str(refusal.value)
    found, notes = nearest({"source": "moons", "target": "torus"})
    assert (found.source, found.target) == ("gaussian", "torus")
    assert len(notes) == 1
    assert "Taken instead: source gaussian." in notes[0]


@pytest.mark.parametrize("target", IN_SPACE)
def test_exact_and_learned_scenes_have_three_coordinates_and_no_grids(target: str) -> None:
    experiment, view = Experiment.from_flat({"target": target, **SMALL}), View(particles=60, solver_steps=8)
    *_, last = train(experiment)
    for scene in (
        exact_scene(experiment, view),
        learned_scene(experiment, learned_field(experiment, last.weights), last.step, view),
    ):
        assert (scene.space, scene.x.shape[1:]) == ("volume", (60, 3))
        assert len(scene.bounds) == 6
        sides = {round(scene.bounds[i + 1] - scene.bounds[i], 9) for i in (0, 2, 4)}
        assert len(sides) == 1, "a cube"
        assert scene.field is None
        assert scene.density is None
        assert scene.target is not None
        assert scene.target.shape[1] == 3
        (again,), _ = unpack(pack([Panel((scene,))]))
        assert abs(again.scenes[0].x - scene.x).max() < 1e-3


def test_the_same_seed_gives_the_same_losses_in_space() -> None:
    experiment = Experiment.from_flat({"target": "trefoil", "coupling": "ot", **SMALL})
    first, again = ([*train(experiment)][-1].losses for _ in range(2))
    assert (first == again).all()


@pytest.mark.slow
def test_a_knot_is_learned() -> None:
    """Training brings W2 from that of the untrained flow to near the sampling floor; the exact field is what it nears."""
    experiment = Experiment.from_flat({"target": "trefoil", "steps": "2500"})
    *_, last = train(experiment)
    learned, exact = (measure(experiment, seen, n=500, repeats=1) for seen in (last, None))
    floor = learned["w2"].best
    assert floor is not None
    assert learned["w2"].value is not None
    assert exact["w2"].value is not None
    assert exact["w2"].value < 1.25 * floor
    assert learned["w2"].value < 1.8 * floor
    assert learned["nll"].value is not None
    # The loss ends at its floor, and the field at the exact one, up to what a small network leaves.
    least = floor_of(experiment)
    assert least is not None
    assert least * 0.9 < float(last.losses[-300:].mean()) < 1.25 * least
    assert known(experiment).probe.x.shape[2] == 3


def test_axes_of_several_are_one_cube() -> None:
    one, two = Experiment(target="trefoil"), Experiment(target="helix")
    cube = shared_bounds([one, two])
    for experiment in (one, two):
        own = shared_bounds([experiment])
        assert all(cube[i] <= own[i] and own[i + 1] <= cube[i + 1] for i in (0, 2, 4))


@pytest.mark.parametrize(
    ("distribution", "far"),
    [
        (Sphere(noise=0.0), lambda x: (x.norm(dim=1) - 3.2).abs()),
        (Torus(noise=0.0), lambda x: ((x[:, :2].norm(dim=1) - 2.8).square() + x[:, 2].square()).sqrt() - 1.1),
        (Helix(noise=0.0), lambda x: x[:, :2].norm(dim=1) - 2),
    ],
    ids=lambda value: getattr(value, "slug", ""),
)
def test_without_noise_points_lie_on_their_surface(distribution, far, rng: torch.Generator) -> None:
    assert float(far(distribution.sample(2000, rng).double()).abs().max()) < 1e-5


def test_linked_rings_are_circles_that_pass_through_each_others_middle(rng: torch.Generator) -> None:
    x, ring = LinkedRings(noise=0.0).draw(2000, rng)
    for k, (sign, flat) in enumerate([(-1, 2), (1, 1)]):
        own = x[ring == k]
        assert float(own[:, flat].abs().max()) == 0
        centre = torch.tensor([sign * 1.25, 0.0, 0.0])
        assert torch.allclose((own - centre).norm(dim=1), torch.tensor(2.5), atol=1e-5)
    # The second ring crosses the first one's plane at x = −1.25, the first one's middle, and at 3.75, outside it: linked once.


def test_a_torus_is_covered_evenly(rng: torch.Generator) -> None:
    """The mean of cos v over the area is r/2R, and over each half of the tube the share is ½ ± r/(πR)."""
    x = Torus(noise=0.0).sample(100_000, rng).double()
    cos_v = (x[:, :2].norm(dim=1) - 2.8) / 1.1
    ratio = 1.1 / 2.8
    assert float(cos_v.mean()) == pytest.approx(ratio / 2, abs=5 * (0.5 / 100_000) ** 0.5)
    assert float((cos_v > 0).double().mean()) == pytest.approx(0.5 + ratio / torch.pi, abs=5 * (0.25 / 100_000) ** 0.5)


def test_a_sphere_is_covered_evenly(rng: torch.Generator) -> None:
    """Heights of even points on a sphere are even (Archimedes)."""
    z = Sphere(noise=0.0).sample(100_000, rng).double()[:, 2] / 3.2
    assert float(z.mean()) == pytest.approx(0, abs=5 * (1 / 3 / 100_000) ** 0.5)
    assert float(z.square().mean()) == pytest.approx(1 / 3, abs=5 * (4 / 45 / 100_000) ** 0.5)


def test_the_trefoil_does_not_meet_itself() -> None:
    """Two points of the curve that are far apart along it are further apart in space than the noise is wide."""
    means = Trefoil().mixture(192).means
    apart = (torch.arange(192)[:, None] - torch.arange(192)).abs()
    apart = torch.minimum(apart, 192 - apart)
    assert float(torch.cdist(means, means)[apart > 24].min()) > 5 * Trefoil().noise


def test_w2_in_space_is_that_of_a_shift(rng: torch.Generator) -> None:
    x = Gaussian(dim=3).sample(200, rng)
    assert wasserstein2(x, x + torch.tensor([1.0, 2.0, 2.0])) == pytest.approx(3, abs=1e-4)

"""Series: their moments against closed forms, and the exact flow of random walks against dense Gaussian algebra."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal

from flowviz.distributions import DISTRIBUTIONS, distributions_in
from flowviz.distributions.gaussians import Gaussian
from flowviz.distributions.signals import Heartbeats, RandomWalks, Sines
from flowviz.exact import JointMixture, class_fields
from flowviz.experiment import Experiment
from flowviz.export import FORMATS, Options, export
from flowviz.export.lines import traces
from flowviz.export.tiles import row_names
from flowviz.figures.spectrum import spectrum_figure
from flowviz.known import known
from flowviz.measures import measure
from flowviz.measures.spectrum import DRAWN, data_spectrum, misplaced_in, spectra
from flowviz.metrics.likelihood import log_density
from flowviz.metrics.modes import modes_of
from flowviz.metrics.spectrum import powers
from flowviz.networks import learned_field
from flowviz.paths import PATHS
from flowviz.scene import Panel, compact, pack, unpack
from flowviz.scene.build import View, exact_scene
from flowviz.scene.learned import learned_scene
from flowviz.spaces import IMAGE, SIGNAL
from flowviz.training import train

MANY = 200_000


def covariance_of(x: Tensor) -> Tensor:
    return (x - x.mean(0)).T @ (x - x.mean(0)) / len(x)


def walk_covariance(walks: RandomWalks) -> Tensor:
    """Within each half: s² min(i, j)."""
    place = torch.arange(1, 65, dtype=torch.float64)
    return walks.step**2 * torch.minimum(place[:, None], place)


def test_sines_have_the_covariance_of_their_law(rng: torch.Generator) -> None:
    """With a phase that is as likely everywhere: ½ E cos 2πf(t − s) over f, and the noise on the diagonal."""
    sines = Sines()
    time = torch.arange(64, dtype=torch.float64) / 64
    apart = 2 * math.pi * (time[:, None] - time)
    apart.fill_diagonal_(1.0)
    expected = 0.5 * (torch.sin(sines.high * apart) - torch.sin(sines.low * apart)) / apart / (sines.high - sines.low)
    expected.fill_diagonal_(0.5 + sines.noise**2)
    x = sines.sample(MANY, rng).double()
    assert float(x.mean(0).abs().max()) < 5 * (0.5 / MANY) ** 0.5
    assert float((covariance_of(x) - expected).abs().max()) < 5 * 0.5 / MANY**0.5  # a product of two samples varies by at most ½


def test_random_walks_have_the_covariance_of_their_law(rng: torch.Generator) -> None:
    walks = RandomWalks()
    drift = walks.drift * torch.arange(1, 65, dtype=torch.float64) / 64
    expected = walk_covariance(walks) + drift[:, None] * drift
    x = walks.sample(MANY, rng).double()
    deviation = expected.diagonal().sqrt()
    assert float((x.mean(0) / deviation).abs().max()) < 5 / MANY**0.5
    error = (covariance_of(x) - expected) / (deviation[:, None] * deviation)
    assert float(error.abs().max()) < 5 * (2 / MANY) ** 0.5


def test_steps_of_a_walk_do_not_depend_on_each_other(rng: torch.Generator) -> None:
    x, up = RandomWalks().draw(MANY, rng)
    steps = torch.cat([x[:, :1], x.diff(dim=1)], 1).double()
    own = covariance_of(steps - (2 * up - 1)[:, None] * RandomWalks().drift / 64)
    assert float((own - RandomWalks().step ** 2 * torch.eye(64)).abs().max()) < 6 * RandomWalks().step ** 2 * (2 / MANY) ** 0.5


def test_a_heartbeat_returns_after_one_beat_and_its_highest_wave_is_r() -> None:
    beats = Heartbeats(low=2.0, high=2.0)  # 32 samples each
    turn = torch.tensor([[0.0], [0.37]])
    x = beats._beats(torch.zeros(2, 1), turn)
    assert torch.allclose(x[:, :32], x[:, 32:], atol=1e-5)
    assert x[0].argmax() % 32 == 0  # R is the phase 0 of a beat, and the window's middle is sample 32
    assert torch.allclose(beats._beats(torch.zeros(1, 1), turn[:1] + 1), x[:1], atol=1e-4)


@pytest.mark.parametrize("path", ["linear", "trig", "vp", "bridge"])
def test_exact_field_of_walks_agrees_with_dense_gaussian_algebra(path: str, rng: torch.Generator) -> None:
    """E[u | x] from the joint Gaussian of (x, u) of each half, weighed by the density of x, all with dense matrices."""
    walks, experiment = RandomWalks(), Experiment(target="random-walks", path=path)
    field, own = known(experiment).field, experiment.path
    assert field.exact
    t = torch.tensor(0.6, dtype=torch.float64)
    a, sigma, da, ds = (float(f(t)) for f in (own.alpha, own.sigma, own.d_alpha, own.d_sigma))
    within, std = walk_covariance(walks), experiment.source_distribution.std
    noise = std**2 * torch.eye(64, dtype=torch.float64)
    spread = a * a * within + sigma**2 * noise + float(own.gamma(t)) ** 2 * torch.eye(64)
    cross = da * a * within + ds * sigma * noise + float(own.gamma_d_gamma(t)) * torch.eye(64)
    means = walks.drift * torch.arange(1, 65, dtype=torch.float64) / 64 * torch.tensor([[-1.0], [1.0]])
    parts = MultivariateNormal(a * means, spread.expand(2, 64, 64))
    z = torch.randn(6, 64, generator=rng, dtype=torch.float64)
    x = (a * means).repeat(3, 1) + z @ torch.linalg.cholesky(spread).T
    joint = MixtureSameFamily(Categorical(torch.ones(2, dtype=torch.float64)), parts)
    weights = torch.softmax(parts.log_prob(x[:, None]), 1)
    each = torch.stack([da * m + (x - a * m) @ torch.linalg.solve(spread, cross) for m in means], 1)
    expected = (weights[..., None] * each).sum(1)
    assert torch.allclose(field.velocity(x, t), expected, rtol=1e-7, atol=1e-8)
    assert torch.allclose(field.log_density(x, t), joint.log_prob(x), rtol=1e-9, atol=1e-7)
    y = x.clone().requires_grad_()
    (score,) = torch.autograd.grad(joint.log_prob(y).sum(), y)
    assert torch.allclose(field.score(x, t), score, rtol=1e-6, atol=1e-6)
    data = torch.stack([m + (x - a * m) @ torch.linalg.solve(spread, a * within) for m in means], 1)
    assert torch.allclose(field.expected_x1(x, t), (weights[..., None] * data).sum(1), rtol=1e-7, atol=1e-8)


def test_log_density_of_walks_is_that_of_their_two_gaussians(rng: torch.Generator) -> None:
    walks = RandomWalks()
    means = walks.drift * torch.arange(1, 65, dtype=torch.float64) / 64 * torch.tensor([[-1.0], [1.0]])
    parts = MultivariateNormal(means, walk_covariance(walks).expand(2, 64, 64))
    joint = MixtureSameFamily(Categorical(torch.ones(2, dtype=torch.float64)), parts)
    x = walks.sample(20, rng).double()
    assert torch.allclose(log_density(walks.mixture(), x), joint.log_prob(x), rtol=1e-9)


def test_each_drift_has_its_own_exact_field(rng: torch.Generator) -> None:
    field = known(Experiment(target="random-walks")).field
    down, up = class_fields(field, RandomWalks())
    assert down is not None
    assert up is not None
    assert [float(part.law.mu[:, -1].sum()) for part in (down, up)] == pytest.approx([-RandomWalks().drift, RandomWalks().drift])
    x = torch.randn(5, 64, generator=rng, dtype=torch.float64)
    start = torch.tensor(0.0, dtype=torch.float64)
    assert torch.allclose(
        (down.velocity(x, start) + up.velocity(x, start)) / 2, field.velocity(x, start)
    )  # at t = 0 x says nothing


def test_walks_may_be_the_source_and_both_ends() -> None:
    walks = RandomWalks().mixture()
    law = JointMixture.independent(walks, Gaussian(dim=64).mixture())
    assert (law.s.shape, law.lam.shape) == ((2, 64), (2, 64))
    assert torch.allclose(law.lam, torch.ones(2, 64, dtype=torch.float64))
    assert JointMixture.independent(walks, walks).s.shape == (4, 64)
    back = known(Experiment(source="random-walks", target="gaussian"))
    assert back.field.exact
    assert back.experiment.space == SIGNAL


def test_walks_are_no_two_modes_apart() -> None:
    assert modes_of(RandomWalks()) is None


def test_a_gaussian_beside_series_is_in_their_space_and_the_same_law_as_beside_pictures() -> None:
    series, pictures = (Experiment(target=slug).source_distribution for slug in ("sines", "digits"))
    assert (series.space, pictures.space) == (SIGNAL, IMAGE)
    assert series == pictures
    with pytest.raises(ValueError, match="they must share one"):
        Experiment(source="digits", target="sines")


@pytest.mark.parametrize("slug", [slug for slug in distributions_in(SIGNAL) if slug != "gaussian"])
@pytest.mark.parametrize("path", PATHS)
def test_every_path_leads_to_every_series(slug: str, path: str) -> None:
    experiment = Experiment(target=slug, path=path)
    assert experiment.space == SIGNAL
    assert experiment.network.width == DISTRIBUTIONS[slug].defaults["width"]


def test_powers_are_the_mean_square_and_a_sine_has_its_own_frequency(rng: torch.Generator) -> None:
    x = torch.randn(7, 64, generator=rng)
    assert torch.allclose(powers(x).sum(1), x.double().square().mean(1))
    assert powers(torch.ones(1, 64))[0].tolist() == pytest.approx([1.0] + [0.0] * 32)
    time = torch.arange(64, dtype=torch.float64) / 64
    assert powers(3 * torch.sin(2 * math.pi * 5 * time + 0.3)[None])[0].tolist() == pytest.approx(
        [4.5 * (k == 5) for k in range(33)]
    )


def test_spectrum_of_walks_is_that_of_their_covariance() -> None:
    """Σ_ij C_ij cos 2πk(i − j)/64, with the mean's own power."""
    walks, place = RandomWalks(), torch.arange(64, dtype=torch.float64)
    drift = walks.drift * (place + 1) / 64
    second = walk_covariance(walks) + drift[:, None] * drift
    turns = torch.cos(2 * math.pi * torch.arange(33)[:, None, None] * (place[:, None] - place) / 64)
    expected = (turns * second).sum((1, 2)) / 64**2
    expected[1:32] *= 2
    real, deviation = data_spectrum(walks)
    assert bool(((real - expected).abs() < 5 * deviation / DRAWN**0.5).all())


def test_exact_walks_reach_the_floor_of_their_spectrum_and_noise_does_not() -> None:
    experiment = Experiment(target="random-walks")
    found = spectra(experiment, known(experiment).field, n=1000, solver="midpoint", steps=60)
    assert found.misplaced < 1.5 * found.floor
    assert misplaced_in(RandomWalks(), torch.randn(1000, 64, generator=torch.Generator().manual_seed(1))) > 1
    figure = spectrum_figure(found.made, found.real, found.error, "exact flow")
    assert figure["data"][-1]["y"] == pytest.approx(found.made.tolist(), rel=1e-3)


def test_series_are_measured_with_a_floor_and_points_are_not() -> None:
    found = measure(Experiment(target="random-walks"), None, n=100, repeats=1, steps=30)
    one = found["spectrum"]
    assert one.best is not None
    assert one.value is not None
    assert 0 < one.value < 3 * one.best
    assert found["nll"].value is None
    assert "64 coordinates" in found["nll"].note
    assert measure(Experiment(), None, n=50, repeats=1)["spectrum"].value is None


SMALL = {"steps": "150", "width": "64", "batch": "64"}


def test_a_sheet_of_series_learned_and_exact_is_packed_small_and_near() -> None:
    experiment = Experiment.from_flat({"target": "random-walks", **SMALL})
    *_, last = train(experiment)
    assert last.losses[-10:].mean() < 0.8 * last.losses[:10].mean()
    learned = learned_scene(experiment, learned_field(experiment, last.weights), last.step, View(solver_steps=20), live=True)
    scene = exact_scene(experiment, View())
    for one in (scene, learned):
        assert (one.space, one.x.shape[1:], one.target.shape) == ("signal", (40, 64), (10, 64))
        assert (one.source, one.nearest, one.field) == (None, None, None)
        assert len(set(one.bounds)) == 2
    block = pack([Panel((scene,))])
    (panel,), _ = unpack(block)
    assert float(abs(panel.scenes[0].x - scene.x).max()) < 0.03
    assert len(block) < 300_000
    assert len(compact([Panel((learned,))])) < 60_000


def test_classes_of_series_stand_in_rows() -> None:
    experiment = Experiment.from_flat({"target": "random-walks", "classes": "within"})
    scene = exact_scene(experiment, View(solver_steps=30))
    assert row_names(scene.labels, 5) == [0, 1] * 4
    ends = torch.from_numpy(scene.x[-1, :, -1])
    assert float(ends[scene.labels == 1].mean()) > 0.3 > -0.3 > float(ends[scene.labels == 0].mean())


@pytest.mark.parametrize("format", [slug for slug, f in FORMATS.items() if f.needs == "panels"])
def test_every_format_holds_series(tmp_path: Path, format: str) -> None:
    scene = exact_scene(Experiment(target="random-walks"), View(solver_steps=6))
    file = tmp_path / f"walks.{format}"
    export([Panel((scene,))], format, file, Options(fps=5, seconds=0.8, colour="speed"))
    assert file.stat().st_size > 2000


def test_a_line_is_drawn_through_its_samples_and_cut_at_its_cell() -> None:
    x = torch.tensor([[0.0] * 62 + [1.0, 9.0]]).numpy()
    corners = traces(x, 2.0)
    assert corners.shape == (1, 64, 2)
    assert corners[0, :, 0].tolist() == pytest.approx(torch.linspace(0.05, 1.95, 64).tolist())
    assert corners[0, [0, 62, 63], 1].tolist() == pytest.approx([0.5, 0.725, 0.95])

"""Classes: what is learned of them, how they are paired, and what guidance makes of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from flowviz.couplings import COUPLINGS, partners_within
from flowviz.distributions import DISTRIBUTIONS, Points, label_shares
from flowviz.exact import GuidedExact, JointMixture, class_fields, classes_at, exact_field
from flowviz.exact.field import ExactField
from flowviz.experiment import Experiment, check_guidance, nearest, settled
from flowviz.known import floor_of, known, widened
from flowviz.measures.guidance import ROOM, class_distances, moments_of, tilted
from flowviz.metrics import log_density
from flowviz.networks import Guidance, VelocityField, guided_field, learned_field, one_hot
from flowviz.paths import PATHS
from flowviz.scene.asked import classes_asked
from flowviz.scene.build import View, exact_scene
from flowviz.scene.learned import learned_scene
from flowviz.solvers import GRIDS, SOLVERS, interval_of, solve
from flowviz.training import draw_pool, train, untrained_weights
from flowviz.training.make_step import make_step
from flowviz.training.steps import AutogradStep, HandStep
from flowviz.ui.state import read

WITHIN = Experiment.from_flat({"target": "two-gaussians", "classes": "within", "steps": "100", "batch": "64"})


def test_an_experiment_without_classes_is_what_it_was():
    plain = Experiment(target="moons")
    assert plain.class_count == 0
    assert plain.to_flat() == {"target": "moons"}
    assert draw_pool(plain, 0).y is None
    assert plain.key != Experiment.from_flat({"target": "moons", "classes": "within"}).key


@pytest.mark.parametrize(("slug", "kind"), DISTRIBUTIONS.items())
def test_every_distribution_has_classes_that_a_flow_can_learn(slug, kind):
    experiment = Experiment.from_flat({"target": slug, "classes": "within", "batch": "32"})
    assert experiment.class_count == len(label_shares(kind())) >= 2
    weights = untrained_weights(experiment)
    x, t = torch.randn(5, experiment.space.dim), torch.tensor(0.3)
    field = learned_field(experiment, weights)
    assert field.classes == experiment.class_count
    ways = [guided_field(experiment, field, Guidance(torch.tensor(y), 1.0)).velocity(x, t) for y in range(experiment.class_count)]
    assert len({tuple(way.ravel().tolist()) for way in ways}) == experiment.class_count


@pytest.mark.parametrize(
    ("flat", "words"),
    [
        ({"drop": "0.3"}, "no classes are learned"),
        ({"classes": "within", "coupling": "pairs"}, "makes its own pairs"),
    ],
)
def test_what_does_not_go_together_is_said(flat, words):
    with pytest.raises(ValueError, match=words):
        Experiment.from_flat(flat)
    experiment, notes = nearest(flat)
    assert len(notes) == 1
    assert experiment.class_count == 0


def test_what_hangs_on_classes_is_left_with_them():
    flat = {"classes": "within", "drop": "0.3", "guidance": "4", "of_class": "2", "particles": "200"}
    assert settled(flat, classes="off") == {"classes": "off", "particles": "200"}


@pytest.mark.parametrize(("guidance", "of_class"), [(2.0, -1), (1.0, 0)])
def test_guidance_needs_classes(guidance, of_class):
    with pytest.raises(ValueError, match="`classes` is off here"):
        check_guidance(guidance, of_class, Experiment())


def test_a_class_without_points_is_refused_by_name():
    gap = Points.of(np.random.default_rng(0).normal(size=(30, 2)), np.repeat([0, 2], 15), std=0.1, group="class")
    experiment = Experiment.model_validate({"target": gap, "training": {"classes": "within"}})
    assert experiment.class_count == 3
    with pytest.raises(ValueError, match="has no points of class 1; it has 0, 2"):
        check_guidance(1.0, 1, experiment)
    assert known(experiment).class_fields[1] is None
    assert class_distances(experiment, learned_field(experiment, untrained_weights(experiment)), "euler", 2, n=20).classes == (
        0,
        2,
    )


# --- Pairs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["independent", "ot", "sinkhorn"])
def test_pairs_within_classes_keep_every_class_to_itself(slug, rng):
    coupling = COUPLINGS[slug]()
    x0, (x1, y) = torch.randn(60, 2, generator=rng), DISTRIBUTIONS["smiley"]().draw(60, rng)
    found = partners_within(coupling, x0, x1, y, rng)
    assert torch.equal(y[found], y)
    if not coupling.draws:
        assert sorted(found.tolist()) == list(range(60))


def test_pairs_within_a_class_are_the_optimal_ones_of_that_class(rng):
    from scipy.optimize import linear_sum_assignment

    x0, (x1, y) = torch.randn(50, 2, generator=rng), DISTRIBUTIONS["moons"]().draw(50, rng)
    found = partners_within(COUPLINGS["ot"](), x0, x1, y, rng)
    for label in range(2):
        rows = (y == label).nonzero().squeeze(1)
        cost = torch.cdist(x0[rows].double(), x1[rows].double()).square()
        least = cost.numpy()[linear_sum_assignment(cost.numpy())].sum()
        assert float((x0[rows] - x1[found[rows]]).double().square().sum()) == pytest.approx(least, rel=1e-5)


@pytest.mark.parametrize("classes", ["within", "across"])
@pytest.mark.parametrize("coupling", ["independent", "ot", "sinkhorn"])
def test_a_pool_tells_the_class_of_its_data_and_drops_its_share(classes, coupling):
    flat = {"target": "two-gaussians", "classes": classes, "coupling": coupling, "batch": "64", "drop": "0.25"}
    experiment = Experiment.from_flat(flat)
    pool = draw_pool(experiment, 0)
    x1 = pool.xt + (1 - pool.t[:, None]) * pool.u  # on the linear path
    told = pool.y < 2
    assert torch.equal((x1[told, 0] > 0).long(), pool.y[told])
    assert float((~told).double().mean()) == pytest.approx(0.25, abs=0.03)
    x0 = pool.xt - pool.t[:, None] * pool.u
    means = [float(x0[pool.y == y, 0].mean()) for y in range(2)]
    apart = abs(means[1] - means[0])
    assert apart > 1.2 if classes == "across" and coupling != "independent" else apart < 0.3


# --- The network ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("flat", [{}, {"time_features": "plain", "depth": "1"}, {"method": "diffusion"}], ids=str)
def test_the_hand_written_step_is_the_definition(flat):
    experiment = Experiment.from_flat({"target": "moons", "classes": "within", "batch": "32", "lr": "0.001", **flat})
    pool, device = draw_pool(experiment, 0), torch.device("cpu")
    steps = make_step(experiment, device), AutogradStep(experiment, device)
    assert isinstance(steps[0], HandStep)
    losses = torch.zeros(2, 20)
    for row, step in zip(losses, steps, strict=True):
        step.use(pool)
        for k in range(20):
            step.step(k, 1e-3, 0.9, row[k])
    np.testing.assert_allclose(*losses.numpy(), rtol=1e-5)


def test_a_field_of_a_class_is_the_network_told_that_class(rng):
    module = VelocityField(WITHIN.network, rng, dim=2, classes=3)
    field_weights = {name: p.detach().numpy() for name, p in module.named_parameters()}
    experiment = Experiment.from_flat({"target": "moons", "classes": "within"})
    field = learned_field(experiment, field_weights)
    x, t, y = torch.randn(7, 2, generator=rng), torch.tensor(0.4), torch.tensor([0, 1, 2, 2, 1, 0, 1])
    torch.testing.assert_close(field.of_class(x, t, y), module(x, t, y))
    torch.testing.assert_close(field.velocity(x, t), module(x, t, torch.full((7,), 3)))
    free, of_class = module(x, t, torch.full((7,), 3)), module(x, t, y)
    for w in (0.0, 0.5, 1.0, 4.0):
        torch.testing.assert_close(guided_field(experiment, field, Guidance(y, w)).velocity(x, t), free + w * (of_class - free))


def test_no_class_is_a_row_of_zeros():
    assert one_hot(torch.tensor([0, 2, 3]), 3).tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]


@pytest.mark.slow
def test_a_flow_of_two_classes_ends_at_the_class_asked_for_and_its_loss_at_its_own_floor():
    experiment = WITHIN.changed(steps=1500)
    *_, last = train(experiment)
    floor = floor_of(experiment)
    assert floor is not None
    assert floor < 0.6 * (floor_of(experiment.changed(classes="off")) or 0)
    assert float(last.losses[-300:].mean()) == pytest.approx(floor, rel=0.1)
    found = class_distances(experiment, learned_field(experiment, last.weights), "rk4", 20)
    assert max(found.w2) < 2 * max(found.floor)


@pytest.mark.slow
def test_optimal_pairs_across_classes_hurt_and_within_them_do_not():
    far = {}
    for classes in ("within", "across"):
        experiment = WITHIN.changed(classes=classes, coupling="ot", steps=1000)
        *_, last = train(experiment)
        far[classes] = class_distances(experiment, learned_field(experiment, last.weights), "rk4", 10).mean.mean
    assert far["across"] > 5 * far["within"]


# --- The exact fields ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", [slug for slug, kind in DISTRIBUTIONS.items() if slug != "gaussian"])
def test_the_laws_of_the_classes_add_up_to_the_whole(slug):
    kind = DISTRIBUTIONS[slug]()
    source = known(Experiment.from_flat({"target": slug})).experiment.source_distribution
    whole = exact_field(source, kind, PATHS["linear"](), COUPLINGS["independent"]())
    parts = class_fields(whole, kind)
    assert len(parts) == len(label_shares(kind))
    assert all(part is not None for part in parts)
    x, t = 3 * torch.randn(50, kind.space.dim, dtype=torch.float64), torch.tensor(0.8, dtype=torch.float64)
    of = classes_at(kind, whole.law.mu)
    shares = [float(whole.law.weights[of == y].sum()) for y in range(len(parts))]
    added = torch.stack([part.log_density(x, t) + np.log(share) for part, share in zip(parts, shares, strict=True)]).logsumexp(0)
    torch.testing.assert_close(added, whole.log_density(x, t), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(shares, label_shares(kind), atol=0.03)


def test_one_gaussian_is_the_law_of_no_single_class():
    kind = DISTRIBUTIONS["gaussian"]()
    whole = exact_field(kind, kind, PATHS["linear"](), COUPLINGS["independent"]())
    assert class_fields(whole, kind) == (None,) * len(label_shares(kind))


def test_own_points_keep_their_own_classes():
    points = np.array([[0.0, 0.0], [0.1, 0.0], [3.0, 0.0], [3.1, 0.1]])
    own = Points.of(points, np.array([1, 0, 0, 1]), std=1.0, group="class")
    assert torch.equal(classes_at(own, own.means), own.labels)


@given(
    path=st.sampled_from(sorted(PATHS)),
    target=st.sampled_from(["8gaussians", "moons", "two-points"]),
    w=st.floats(0, 8),
    t=st.floats(0.02, 0.98),
    seed=st.integers(0, 99),
)
@settings(deadline=None, max_examples=60)
def test_guidance_mixes_the_two_fields_on_every_path(path, target, w, t, seed):
    about = known(Experiment.from_flat({"target": target, "path": path, "classes": "within"}))
    rng = torch.Generator().manual_seed(seed)
    x, time = torch.randn(6, 2, generator=rng, dtype=torch.float64), torch.tensor(t, dtype=torch.float64)
    y = torch.randint(2, (6,), generator=rng)
    guided = GuidedExact(about.field, about.class_fields, y, w)
    each = torch.stack([about.class_fields[int(label)].velocity(x[i : i + 1], time)[0] for i, label in enumerate(y)])
    free = about.field.velocity(x, time)
    torch.testing.assert_close(guided.velocity(x, time), free + w * (each - free), rtol=1e-9, atol=1e-9)
    assert bool(solve(guided, x, steps=4, interval=interval_of(guided)).x.isfinite().all())


def test_guidance_asks_two_fields_however_many_classes_its_particles_have(monkeypatch):
    about, asked = known(Experiment.from_flat({"target": "8gaussians", "classes": "within"})), []
    y, time = torch.arange(8).repeat(5), torch.tensor(0.4, dtype=torch.float64)
    x = torch.randn(40, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    monkeypatch.setattr("flowviz.exact.classes.JOINED", 7)
    each = GuidedExact(about.field, about.class_fields, y, 2.5).velocity(x, time)
    monkeypatch.setattr("flowviz.exact.classes.JOINED", 8)
    guided, average = GuidedExact(about.field, about.class_fields, y, 2.5), ExactField._average
    monkeypatch.setattr(ExactField, "_average", lambda *a: asked.append(1) or average(*a))
    torch.testing.assert_close(guided.velocity(x, time), each, rtol=1e-12, atol=1e-12)
    assert len(asked) == 2


def test_weight_0_is_the_flow_without_classes_and_1_that_of_the_class():
    about = known(WITHIN)
    x, t = torch.randn(9, 2, dtype=torch.float64), torch.tensor(0.5, dtype=torch.float64)
    for w, field in ((0.0, about.field), (1.0, about.class_fields[1])):
        torch.testing.assert_close(
            GuidedExact(about.field, about.class_fields, torch.tensor(1), w).velocity(x, t), field.velocity(x, t)
        )


# --- Tilted densities ------------------------------------------------------------------------------------------------------


def two_classes(centre: float, std: float) -> tuple[ExactField, ExactField]:
    """The fields of two Gaussians at ±centre, and of the right one."""
    mu = torch.tensor([[-centre, 0.0], [centre, 0.0]], dtype=torch.float64)
    one = torch.ones(2, dtype=torch.float64)
    law = JointMixture(one / 2, torch.zeros_like(mu), one, mu, std**2 * one)
    right = JointMixture(one[:1], law.m[1:], one[:1], mu[1:], std**2 * one[:1])
    return ExactField(PATHS["linear"](), law), ExactField(PATHS["linear"](), right)


@pytest.mark.parametrize("w", [0.0, 1.0, 2.5, 4.0, 8.0])
def test_the_tilted_density_is_the_product_of_powers(w):
    from scipy.integrate import quad

    whole, right = two_classes(1.0, 0.8)
    found = tilted(whole, right, w, (-8.0, 8.0, -8.0, 8.0), side=160)
    assert found.density.sum() * 0.1**2 == pytest.approx(1.0)

    def density(x: float) -> float:
        both, one = np.exp(-((x + 1) ** 2) / 1.28) + np.exp(-((x - 1) ** 2) / 1.28), 2 * np.exp(-((x - 1) ** 2) / 1.28)
        return both ** (1 - w) * one**w

    mass, first, second = (quad(lambda x, k=k: x**k * density(x), -6, 6, limit=200)[0] for k in range(3))
    mean, spread = found.moments
    assert mean[0] == pytest.approx(first / mass, abs=2e-3)
    assert spread[0] == pytest.approx((second / mass - (first / mass) ** 2) ** 0.5, abs=2e-3)
    assert spread[1] == pytest.approx(0.8, abs=2e-3)


def test_guidance_goes_further_out_and_is_narrower_than_the_tilted_density():
    """On two Gaussians 4 apart, .6 wide, at w = 4: tilted 2.00 and .60, guided 2.82 and .35."""
    whole, right = two_classes(2.0, 0.6)
    mean, spread = tilted(whole, right, 4.0, (-6.0, 6.0, -6.0, 6.0), side=120).moments
    np.testing.assert_allclose([mean[0], spread[0]], [2.00, 0.60], atol=0.01)
    x0 = torch.randn(4000, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = solve(GuidedExact(whole, (None, right), torch.tensor(1), 4.0), x0, solver="rk4", steps=40).x[-1]
    mean, spread = moments_of(found)
    np.testing.assert_allclose([mean[0], spread[0]], [2.82, 0.35], atol=0.02)


def test_with_w_1_the_tilted_density_is_that_of_the_class():
    part = known(WITHIN).class_fields[1]
    found = tilted(known(WITHIN).field, part, 1.0, widened(known(WITHIN).bounds, ROOM), side=60)
    mean, spread = found.moments
    np.testing.assert_allclose([*mean, *spread], [3.0, 0.0, 0.6, 0.6], atol=0.01)
    mixture = DISTRIBUTIONS["two-gaussians"]().mixture()
    right = dataclasses.replace(
        mixture, weights=mixture.weights[1:] * 2, means=mixture.means[1:], variances=mixture.variances[1:]
    )
    middle = found.density.max()
    assert middle == pytest.approx(float(log_density(right, right.means).exp()), rel=0.1)


# --- Pictures --------------------------------------------------------------------------------------------------------------


@given(
    w=st.sampled_from([0.0, 0.5, 1.0, 3.0, 8.0]),
    of_class=st.sampled_from([-1, 0, 1]),
    solver=st.sampled_from(["euler", "heun", "dopri5"]),
    steps=st.sampled_from([1, 5]),
    target=st.sampled_from(["moons", "two-points", "helix"]),
)
@settings(deadline=None, max_examples=25)
def test_pictures_of_every_choice_are_whole(w, of_class, solver, steps, target):
    experiment = Experiment.from_flat({"target": target, "classes": "within", "width": "16"})
    view = View(particles=50, solver=solver, solver_steps=steps, guidance=w, of_class=of_class)
    field = learned_field(experiment, untrained_weights(experiment))
    for scene in (exact_scene(experiment, view), learned_scene(experiment, field, 0, view)):
        assert np.isfinite(scene.x).all()
        assert scene.x.shape[1] == len(scene.labels) == 50
        if w and of_class >= 0:
            assert set(scene.labels) == {of_class}
        assert ("Colours are the classes" in scene.about) == bool(w)
        assert (scene.field is not None) == experiment.space.grids


@given(
    solver=st.sampled_from(sorted(SOLVERS)),
    grid=st.sampled_from(sorted(GRIDS)),
    path=st.sampled_from(sorted(PATHS)),
    noise=st.sampled_from([0.0, 0.3, 3.0]),
    w=st.sampled_from([0.0, 1.0, 8.0]),
    steps=st.sampled_from([1, 2, 7]),
    target=st.sampled_from(["8gaussians", "two-points"]),
)
@settings(deadline=None, max_examples=40)
def test_every_way_of_drawing_ends_in_numbers_or_in_a_sentence(solver, grid, path, noise, w, steps, target):
    flat = {"target": target, "path": path, "classes": "within", "solver": solver, "grid": grid, "noise": str(noise)}
    choice = read({**flat, "guidance": str(w), "of_class": "1", "particles": "50", "solver_steps": str(steps)})
    scene = exact_scene(choice.experiment, choice.view)
    assert scene.nfe > 0
    assert np.isfinite(scene.x).all() or "gave up" in scene.note or "cannot" in scene.note, scene.note
    wanted = {"solver": solver, "noise": noise, "guidance": w, "grid": grid}
    changed = {name for name, value in wanted.items() if getattr(choice.view, name) != value}
    assert changed == {note.field for note in choice.notes}


def test_a_particle_keeps_its_class_however_many_are_shown():
    few, many = (classes_asked(WITHIN, View(), n) for n in (50, 900))
    assert torch.equal(few, many[:50])
    assert float(many.double().mean()) == pytest.approx(0.5, abs=0.06)
    assert classes_asked(Experiment(), View(guidance=3.0), 5) is None

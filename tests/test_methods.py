"""Every method keeps its promises; diffusion against closed forms, torch's autograd and its published sampler."""

from __future__ import annotations

import math
from itertools import pairwise
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from torch import Tensor

from flowviz.exact import ExactField
from flowviz.experiment import (
    FAMILIES,
    LEAVES,
    Experiment,
    check_eta,
    check_solver,
    fitting_eta,
    fitting_solver,
    nearest,
    settled,
)
from flowviz.known import floor_of, known
from flowviz.measures import measure
from flowviz.methods import METHODS, Denoiser, noise_weight
from flowviz.metrics import stratified, wasserstein2
from flowviz.networks import VelocityField, learned_field
from flowviz.paths import PATHS
from flowviz.scene.build import View, exact_scene
from flowviz.scene.learned import learned_scene
from flowviz.solvers import DENOISING, SOLVERS, carry, finished, solve
from flowviz.training import draw_pool, train, untrained_weights

EVERY = pytest.mark.parametrize("slug", METHODS)
SCHEDULES = pytest.mark.parametrize("schedule", METHODS["diffusion"].legal["path"])
DIFFUSION = Experiment.from_flat({"method": "diffusion", "steps": "700", "lr": "0.008", "width": "64"})


class PerfectNoise:
    """The best noise prediction there is, in closed form, where a network would stand."""

    def __init__(self, exact: ExactField) -> None:
        self.exact = exact

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        path = self.exact.path
        return (x - path.alpha(t) * self.exact.expected_x1(x, t)) / path.sigma(t)


class KnowsTheData:
    """A denoiser that is told the one data point there is."""

    def __init__(self, schedule: str) -> None:
        self.path = PATHS[schedule]()
        self.x1 = torch.tensor([2.0, -1.0], dtype=torch.float64)

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        raise AssertionError("no sampler that denoises asks for it")

    def expected_x1(self, x: Tensor, t: Tensor) -> Tensor:
        return self.x1.expand(len(x), 2)


@pytest.fixture(scope="module")
def exact() -> ExactField:
    return known(DIFFUSION).field


@pytest.fixture
def x0(rng: torch.Generator) -> Tensor:
    return torch.randn(64, 2, generator=rng, dtype=torch.float64)


@EVERY
def test_a_method_is_a_value_with_its_words(slug: str) -> None:
    kind = METHODS[slug]
    assert kind.slug == slug
    assert kind() == kind()
    assert hash(kind()) == hash(kind())
    assert kind.label
    assert kind.noun
    assert kind.loss
    assert "x_t" in kind.formula
    assert kind.asked.endswith(":")
    for text in (kind.remark, kind.answered):
        assert text.endswith(".")
    if not kind.pathless:
        assert kind.trained_on.endswith(".")
        assert "0.01" in kind.trained_on.format(low=0.01, high=0.99)
    assert set(kind.unused) | set(kind.defaults) <= set(LEAVES)
    assert kind.on_path or kind.on_loss
    assert not (kind.jumps and set(kind.solvers) - {slug for slug, solver in SOLVERS.items() if solver.jumps})


@EVERY
def test_what_a_method_takes_is_legal_and_its_default_is_the_first(slug: str) -> None:
    kind = METHODS[slug]
    assert set(kind.solvers) <= set(SOLVERS)
    assert kind.one_step in kind.solvers
    experiment = Experiment.from_flat({"method": slug})
    for family, slugs in kind.legal.items():
        assert set(slugs) <= set(FAMILIES[family] if family in FAMILIES else LEAVES[family].choices or ())
        value = getattr(experiment, family)
        assert (value if isinstance(value, str) else value.slug) == slugs[0]
        assert experiment.method.takes(family, slugs[0])


@EVERY
def test_a_method_alone_is_the_whole_link(slug: str) -> None:
    experiment = Experiment.from_flat({"method": slug})
    assert set(experiment.to_flat()) <= {"method"}
    assert Experiment.from_flat(dict(parse_qsl(urlencode(experiment.to_flat())))) == experiment
    assert Experiment.from_flat(experiment.to_flat(changed_only=False)) == experiment
    assert Experiment.model_validate_json(experiment.model_dump_json()) == experiment
    assert Experiment(method=slug) == experiment  # type: ignore[arg-type]


def test_keys_of_methods_differ_and_the_first_ones_is_as_old_as_keys_are() -> None:
    assert len({Experiment.from_flat({"method": slug}).key for slug in METHODS}) == len(METHODS)
    both = {slug: Experiment.from_flat({"method": slug, "path": "vp"}) for slug in METHODS if METHODS[slug].on_path}
    assert len({experiment.key for experiment in both.values()}) == len(both)
    assert Experiment().key == "8429404b6e2e"


@pytest.mark.parametrize(("name", "text"), [("path", "trig"), ("coupling", "ot"), ("source", "moons")])
def test_what_a_method_does_not_take_is_refused_and_a_link_says_so(name: str, text: str) -> None:
    flat = {"method": "diffusion", name: text, "target": "moons"}
    with pytest.raises(ValueError, match=f"takes only {name}.*got {name} '{text}'"):
        Experiment.from_flat(flat)
    found, notes = nearest(flat)
    assert found == Experiment.from_flat({"method": "diffusion", "target": "moons"})
    assert len(notes) == 1
    assert f"`{name}` was left out" in notes[0]


def test_choosing_a_method_settles_what_hangs_on_it_and_keeps_the_rest() -> None:
    before = {**Experiment.from_flat({"path": "poly", "poly_n": "3", "coupling": "ot", "seed": "5"}).to_flat(changed_only=False)}
    flat = settled({**before, "solver": "rk4", "particles": "50"}, method="diffusion")
    assert (flat["path"], flat["coupling"], flat["source"]) == ("vp", "independent", "gaussian")
    assert (flat["solver"], flat["particles"], flat["seed"]) == ("ddim", "50", "5")
    assert not [name for name in flat if name.startswith(("poly_", "ot_"))]
    back = settled(flat, method="flow-matching")
    assert (back["path"], back["solver"]) == ("vp", "euler")
    assert settled(before, path="linear")["coupling"] == "ot"


@pytest.mark.parametrize("solver", SOLVERS)
@EVERY
def test_a_solver_belongs_to_methods_or_is_replaced_with_a_sentence(slug: str, solver: str) -> None:
    experiment = Experiment.from_flat({"method": slug})
    taken, notes = fitting_solver(solver, slug)
    if solver in METHODS[slug].solvers:
        check_solver(solver, experiment)
        assert (taken, notes) == (solver, [])
        return
    assert taken == METHODS[slug].solvers[0]
    assert repr(solver) in notes[0]
    with pytest.raises(ValueError, match=f"has no solver '{solver}'"):
        check_solver(solver, experiment)


@pytest.mark.parametrize("slug", [slug for slug, kind in METHODS.items() if kind.known_floor])
def test_the_best_answer_leaves_exactly_the_floor(slug: str) -> None:
    """The mean squared distance of targets from the best answer is the floor, and no other answer does better."""
    experiment = Experiment.from_flat({"method": slug, "path": "vp"})
    field, method, path = known(experiment).field, experiment.method, experiment.path
    pool = draw_pool(experiment, 0)
    groups = pool.t.double().argsort().split(512)  # points of nearly one time

    def loss(shift: float) -> float:
        errors = []
        for rows in groups:
            t = pool.t[rows].double()
            for chosen in rows[::32]:
                now = pool.t[chosen].double()
                best = method.best(path, field, pool.xt[chosen][None].double(), now)
                errors.append(float((best + shift - pool.u[chosen]).square().sum()))
            assert float(t.max() - t.min()) < 0.1
        return sum(errors) / len(errors)

    floor, at_best = floor_of(experiment), loss(0.0)
    assert floor is not None
    assert at_best == pytest.approx(floor, rel=0.2)  # 512 draws of a heavy-tailed loss
    assert loss(0.3) > at_best
    assert loss(-0.3) > at_best


def test_a_diffusion_is_asked_for_the_noise_in_the_point() -> None:
    pool = draw_pool(DIFFUSION, 3)
    alpha, sigma = (c(pool.t)[:, None] for c in (DIFFUSION.path.alpha, DIFFUSION.path.sigma))
    x1 = (pool.xt - sigma * pool.u) / alpha
    assert float(pool.u.std()) == pytest.approx(1, abs=0.02)
    assert torch.allclose(pool.u.mean(0), torch.zeros(2), atol=0.03)
    late = pool.t > 0.3
    assert wasserstein2(x1[late][:500], stratified(DIFFUSION.target_distribution, 500, torch.Generator().manual_seed(1))[0]) < 0.9


def test_the_best_denoiser_is_the_exact_field(exact: ExactField, x0: Tensor) -> None:
    denoiser = Denoiser(DIFFUSION.path, PerfectNoise(exact))
    for time in (0.0, 0.2, 0.5, 0.9, 0.998):
        t = torch.tensor(time, dtype=torch.float64)
        x = 2 * x0
        assert torch.allclose(denoiser.velocity(x, t), exact.velocity(x, t), rtol=1e-7, atol=1e-7)
        assert torch.allclose(denoiser.expected_x1(x, t), exact.expected_x1(x, t), rtol=1e-6, atol=1e-6)
        score = -denoiser.noise(x, t) / DIFFUSION.path.sigma(t)
        assert torch.allclose(score, exact.score(x, t), rtol=1e-6, atol=1e-6)


def test_velocity_of_a_denoiser_is_the_slope_of_the_path_at_its_answer(x0: Tensor) -> None:
    """Hold x̂1 and ε̂ fixed: dx/dt = α' x̂1 + σ' ε̂, by finite differences of the path."""
    network = VelocityField(DIFFUSION.network, torch.Generator().manual_seed(1)).double().requires_grad_(False)

    class Net:
        def velocity(self, x: Tensor, t: Tensor) -> Tensor:
            return network(x, t)

    denoiser, path = Denoiser(DIFFUSION.path, Net()), DIFFUSION.path
    t, h = torch.tensor(0.6, dtype=torch.float64), 1e-6
    x1, noise = denoiser.expected_x1(x0, t), denoiser.noise(x0, t)
    slope = (path.point(noise, x1, (t + h).expand(64)) - path.point(noise, x1, (t - h).expand(64))) / (2 * h)
    assert torch.allclose(denoiser.velocity(x0, t), slope, rtol=1e-6, atol=1e-6)


def test_ddim_on_the_linear_path_is_euler(x0: Tensor) -> None:
    field = known(Experiment()).field
    ddim, euler = (solve(field, x0, solver=method, steps=20) for method in ("ddim", "euler"))
    assert torch.allclose(ddim.x, euler.x, atol=1e-6)
    assert ddim.nfe == euler.nfe == 20


def test_ddim_follows_the_flow_as_steps_grow(exact: ExactField, x0: Tensor) -> None:
    """Against scipy's own solver of the probability-flow ODE, first order in the step."""
    end = 0.9

    def velocity(t: float, flat: np.ndarray) -> np.ndarray:
        x = torch.from_numpy(flat.reshape(-1, 2))
        return exact.velocity(x, torch.tensor(t, dtype=torch.float64)).numpy().ravel()

    truth = solve_ivp(velocity, (0, end), x0.numpy().ravel(), rtol=1e-10, atol=1e-10).y[:, -1].reshape(-1, 2)
    errors = []
    for steps in (100, 200, 400):
        found = solve(exact, x0, solver="ddim", steps=steps, interval=(0.0, end)).x[-1].numpy()
        errors.append(np.sqrt(((found - truth) ** 2).sum(1).mean()))
    assert errors[0] < 0.1
    for rough, fine in pairwise(errors):
        assert 1.5 < rough / fine < 2.6  # halved, as first order does; particles at a watershed disturb it


@SCHEDULES
def test_one_ancestral_step_draws_from_the_posterior_of_the_forward_process(schedule: str, rng: torch.Generator) -> None:
    """Given x1, x_s drawn by DDPM from x_t has the law that the path itself gives x_s: at every pair of times."""
    knows, n = KnowsTheData(schedule), 40_000
    path, x1 = knows.path, knows.x1
    for start, stop in ((0.0, 0.4), (0.3, 0.35), (0.5, 0.9)):
        t, s = (torch.tensor(v, dtype=torch.float64) for v in (start, stop))
        noise = torch.randn(n, 2, generator=rng, dtype=torch.float64)
        xt = path.alpha(t) * x1 + path.sigma(t) * noise
        xs = solve(knows, xt, solver="ddpm", steps=1, interval=(start, stop), rng=rng).x[-1]
        assert torch.allclose(xs.mean(0), path.alpha(s) * x1, atol=5 * float(path.sigma(s)) / math.sqrt(n))
        assert torch.allclose(xs.std(0), path.sigma(s).expand(2), rtol=0.02)  # five standard errors
        # Not independent of x_t either: their covariance is that of the process, α_{t|s} σ_s².
        ratio = path.alpha(t) / path.alpha(s)
        together = ((xs - xs.mean(0)) * (xt - xt.mean(0))).mean(0)
        assert torch.allclose(together, (ratio * path.sigma(s) ** 2).expand(2), atol=0.03 * float(path.sigma(t) * path.sigma(s)))


@SCHEDULES
@pytest.mark.parametrize("eta", [0.3, 0.7, 1.0])
def test_a_step_of_ddim_with_any_eta_leaves_the_law_of_the_path(schedule: str, eta: float, rng: torch.Generator) -> None:
    """Lemma 1 of DDIM: given x1, x_s has mean α_s x1 and standard deviation σ_s for every η; only the tie to x_t loosens."""
    knows, n = KnowsTheData(schedule), 40_000
    path, x1 = knows.path, knows.x1
    for start, stop in ((0.0, 0.4), (0.3, 0.35), (0.5, 0.9)):
        t, s = (torch.tensor(v, dtype=torch.float64) for v in (start, stop))
        noise = torch.randn(n, 2, generator=rng, dtype=torch.float64)
        xt = path.alpha(t) * x1 + path.sigma(t) * noise
        xs = solve(knows, xt, solver="ddim", eta=eta, steps=1, interval=(start, stop), rng=rng).x[-1]
        assert torch.allclose(xs.mean(0), path.alpha(s) * x1, atol=5 * float(path.sigma(s)) / math.sqrt(n))
        assert torch.allclose(xs.std(0), path.sigma(s).expand(2), rtol=0.02)  # five standard errors
        # Equation 16, in the paper's own ᾱ: what is fresh has this variance, and the rest is the old noise.
        before, after = path.alpha(t) ** 2, path.alpha(s) ** 2
        fresh = eta**2 * (1 - after) / (1 - before) * (1 - before / after)
        old = ((xs - xs.mean(0)) * noise).mean(0)
        assert torch.allclose(old, (1 - after - fresh).sqrt().expand(2), atol=0.03 * float(path.sigma(s)))


@SCHEDULES
@pytest.mark.parametrize("steps", [1, 7, 60])
def test_ddim_with_eta_one_is_ddpm_noise_by_noise(schedule: str, steps: int, x0: Tensor) -> None:
    """The two published formulas are one where η = 1: with the same generator, to rounding."""
    field = known(Experiment.from_flat({"method": "diffusion", "path": schedule})).field
    ours, theirs = (
        carry(field, x0, solver=solver, steps=steps, eta=eta, rng=torch.Generator().manual_seed(3)).x
        for solver, eta in (("ddim", 1.0), ("ddpm", 0.0))
    )
    assert torch.allclose(ours, theirs, atol=1e-6)


@SCHEDULES
def test_ddim_with_no_eta_is_what_it_was_and_with_little_is_near(schedule: str, x0: Tensor) -> None:
    field = known(Experiment.from_flat({"method": "diffusion", "path": schedule})).field
    plain = carry(field, x0, solver="ddim", steps=9).x
    assert torch.equal(carry(field, x0, solver="ddim", steps=9, eta=0.0).x, plain)
    little = carry(field, x0, solver="ddim", steps=9, eta=1e-7, rng=torch.Generator().manual_seed(0)).x
    assert torch.allclose(little, plain, atol=1e-4)  # particles at a watershed disturb it


def test_eta_is_refused_where_it_means_nothing(exact: ExactField, x0: Tensor) -> None:
    with pytest.raises(ValueError, match="hand over a generator"):
        solve(exact, x0, solver="ddim", steps=2, eta=0.5)
    for solver in ("euler", "ddpm", "dopri5"):
        with pytest.raises(ValueError, match=f"solver '{solver}' takes no `eta`; it belongs to ddim"):
            solve(exact, x0, solver=solver, steps=2, eta=0.5, rng=torch.Generator())
        with pytest.raises(ValueError, match="Leave `eta` out"):
            check_eta(0.5, solver)
        assert fitting_eta(0.0, solver) == (0.0, [])
        eta, (note,) = fitting_eta(0.5, solver)
        assert (eta, repr(solver) in note) == (0.0, True)
    for bad in (-0.1, 1.1):
        with pytest.raises(ValueError, match="`eta` must be from 0 to 1"):
            solve(exact, x0, solver="ddim", steps=2, eta=bad, rng=torch.Generator())
    check_eta(0.5, "ddim")
    assert fitting_eta(0.5, "ddim") == (0.5, [])


def test_eta_is_forgotten_with_its_solver() -> None:
    flat = {"method": "diffusion", "solver": "ddim", "eta": "0.5"}
    assert settled(flat, seed="3")["eta"] == "0.5"
    assert "eta" not in settled(flat, solver="ddpm")
    assert "eta" not in settled(flat, method="flow-matching")


@SCHEDULES
def test_squared_errors_of_velocity_are_weighted_ones_of_noise(schedule: str, rng: torch.Generator) -> None:
    """‖v̂ − u‖² = w(t) ‖ε̂ − ε‖² for any network, pair and time; w is α'²/(ασ)² where α² + σ² = 1."""
    path, n = PATHS[schedule](), 200
    x0, x1, said = torch.randn(3, n, 2, generator=rng, dtype=torch.float64)
    for t in torch.rand(n, generator=rng, dtype=torch.float64) * path.interval[1]:

        class Net:
            def velocity(self, x: Tensor, t: Tensor) -> Tensor:
                return said

        xt, u = path.point(x0, x1, t.expand(n)), path.target(x0, x1, t.expand(n))
        velocity = (Denoiser(path, Net()).velocity(xt, t) - u).square().sum(1)
        weight = noise_weight(path, t)
        assert torch.allclose(velocity, weight * (said - x0).square().sum(1), rtol=1e-8)
        assert float(weight) == pytest.approx(float(path.d_alpha(t) / (path.alpha(t) * path.sigma(t))) ** 2, rel=1e-8)


@SCHEDULES
def test_exact_denoising_ends_at_the_data_by_all_samplers(schedule: str) -> None:
    exact = known(Experiment.from_flat({"method": "diffusion", "path": schedule})).field
    rng = torch.Generator().manual_seed(0)
    x0, x1 = (stratified(d, 1000, rng)[0] for d in (DIFFUSION.source_distribution, DIFFUSION.target_distribution))
    ends = {m: carry(exact, x0, solver=m, steps=100, rng=rng).x[-1] for m in DENOISING}
    stirred = carry(exact, x0, solver="ddim", eta=0.5, steps=100, rng=rng).x[-1]
    assert wasserstein2(ends["ddim"], x1) < 0.35  # the floor of stratified samples is .25
    assert wasserstein2(stirred, x1) < 0.85
    assert wasserstein2(ends["ddpm"], x1) < 0.85  # it chooses modes by chance, for which the floor is .6 ± .13


def test_ancestral_steps_follow_from_their_generator(exact: ExactField, x0: Tensor) -> None:
    one, two, other = (carry(exact, x0, solver="ddpm", steps=5, rng=torch.Generator().manual_seed(seed)).x for seed in (1, 1, 2))
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    with pytest.raises(ValueError, match="hand over a generator"):
        solve(exact, x0, solver="ddpm", steps=5)


def test_a_field_that_cannot_denoise_is_refused(x0: Tensor) -> None:
    run = Experiment()
    field = learned_field(run, untrained_weights(run))
    with pytest.raises(ValueError, match="choose one of euler"):
        solve(field, x0.float(), solver="ddim", steps=5)


def test_where_the_velocity_is_infinite_at_the_end_one_step_is_left(x0: Tensor) -> None:
    field = learned_field(DIFFUSION, untrained_weights(DIFFUSION))
    flow = carry(field, x0.float(), solver="euler", steps=20)
    whole = finished(field, flow)
    assert float(flow.t[-1]) == pytest.approx(0.999)
    assert (float(whole.t[-1]), whole.nfe) == (1.0, flow.nfe + 1)
    assert torch.equal(whole.x[:-1], flow.x)
    assert torch.equal(whole.x[-1], field.expected_x1(flow.x[-1], flow.t[-1]))
    ddim = carry(field, x0.float(), solver="ddim", steps=20)
    assert finished(field, ddim) is ddim


@pytest.mark.slow
def test_a_trained_diffusion_is_as_good_as_they_are() -> None:
    """REFERENCE figures of a prototype (4,000 steps): DDIM 4, 10, 60 steps 1.20, .83, .72; DDPM 60 steps .52."""
    *_, last = train(Experiment.from_flat({"method": "diffusion"}))
    run = Experiment.from_flat({"method": "diffusion"})
    floor = floor_of(run)
    assert floor is not None
    assert float(last.losses[-500:].mean()) == pytest.approx(floor, rel=0.05)
    for solver, steps, most in (("ddim", 4, 1.4), ("ddim", 10, 0.8), ("ddim", 60, 0.6), ("ddpm", 60, 0.8), ("dopri5", 1, 0.6)):
        found = measure(run, last, solver=solver, steps=steps, repeats=2)["w2"].value
        assert found is not None
        assert found < most, (solver, steps)


def test_pictures_of_a_diffusion_say_what_they_show() -> None:
    view = View(particles=60, solver="ddpm", solver_steps=8)
    exact = exact_scene(DIFFUSION, view)
    learned = learned_scene(DIFFUSION, learned_field(DIFFUSION, untrained_weights(DIFFUSION)), 3, view)
    assert (exact.title, learned.title) == ("Exact diffusion", "Learned diffusion after 3 steps")
    assert "never cross" not in exact.note
    assert "fresh noise" in exact.note
    for scene in (exact, learned):
        assert scene.t[0] == 0
        assert scene.t[-1] == 1
        assert np.isfinite(scene.x).all()
        assert scene.nfe == 8
    for eta in (0.0, 0.5):
        ddim = view.model_copy(update={"solver": "ddim", "eta": eta})
        learned = learned_scene(DIFFUSION, learned_field(DIFFUSION, untrained_weights(DIFFUSION)), 3, ddim)
        for scene in (exact_scene(DIFFUSION, ddim), learned):
            assert ("fresh noise" in scene.note) == (eta > 0)
    other = exact_scene(DIFFUSION, View(particles=60, solver="ddpm", solver_steps=8, eta=0.5))  # η is of DDIM alone
    assert np.array_equal(other.x, exact.x)
    plain = exact_scene(DIFFUSION, View(particles=60))
    assert plain.t[-1] == 1
    assert "never cross" in plain.note


@pytest.mark.parametrize("solver", METHODS["diffusion"].solvers)
def test_every_solver_of_a_diffusion_makes_pictures_live_and_full(solver: str) -> None:
    view = View(particles=60, solver=solver, solver_steps=7)  # type: ignore[arg-type]
    for live in (True, False):
        scene = learned_scene(DIFFUSION, learned_field(DIFFUSION, untrained_weights(DIFFUSION)), 3, view, live=live)
        assert np.isfinite(scene.x).all()
        assert scene.field is not None
        assert np.isfinite(scene.field).all()
        assert scene.t[-1] == 1


def test_diffusion_works_in_space() -> None:
    run = Experiment.from_flat({"method": "diffusion", "target": "trefoil", "steps": "3", "batch": "32"})
    *_, last = train(run)
    scene = learned_scene(run, learned_field(run, last.weights), 3, View(particles=60, solver="ddim", solver_steps=5))
    assert scene.x.shape[1:] == (60, 3)
    assert measure(run, last, n=60, repeats=1, solver="ddpm", steps=5)["w2"].value is not None


def test_exact_field_by_method_is_the_same_velocity() -> None:
    """A method changes what is learned, not the law of the path."""
    paths = {slug: kind.legal.get("path", ("vp",)) for slug, kind in METHODS.items()}
    flow, *others = (known(Experiment.from_flat({"method": slug, "path": "vp"})).field for slug in METHODS if "vp" in paths[slug])
    x = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    for other in others:
        assert torch.equal(flow.velocity(x, torch.tensor(0.3)), other.velocity(x, torch.tensor(0.3)))

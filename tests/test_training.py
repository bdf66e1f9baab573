"""Training: the hand-written step is autograd's, and a run is a function of its experiment, however it was watched."""

from __future__ import annotations

import math
import pickle
import re
import threading
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor

from flowviz.couplings import COUPLINGS
from flowviz.distributions import Points
from flowviz.experiment import ARTICLE, ROUND, Experiment
from flowviz.metrics import normalised_path_energy, path_energy, wasserstein2
from flowviz.networks import LearnedField, VelocityField
from flowviz.paths import PATHS
from flowviz.solvers import solve
from flowviz.training import Diverged, Snapshot, TrainingState, draw_pool, train
from flowviz.training.average_step import AverageStep, HandAverageStep
from flowviz.training.draws import Pool, draw_times, pool_batches, pool_steps, pools
from flowviz.training.loop import FILM, averaging_decay, learning_rate
from flowviz.training.make_step import make_step
from flowviz.training.steps import AutogradStep, HandStep, first_network

CPU = torch.device("cpu")
SMALL = {"width": "16", "depth": "2", "batch": "32", "steps": "230"}
PLAIN = Experiment.from_flat(SMALL)


def experiment(**flat: str) -> Experiment:
    return Experiment.from_flat(SMALL | flat)


HAND = {
    "default": Experiment(),
    "smallest": experiment(width="8", depth="1", batch="2"),
    "odd batch, deep": experiment(width="24", depth="6", batch="7", time_features="plain"),
    "bridge, optimal transport": experiment(path="bridge", coupling="ot", time_sampling="logit-normal", average="false"),
    "wide": experiment(width="512", depth="1", batch="33"),
}
AVERAGES = {
    "MeanFlow": Experiment.from_flat({"method": "meanflow"}),
    "MeanFlow, odd batch, deep, all apart": experiment(
        method="meanflow", width="24", depth="6", batch="7", time_features="plain", meanflow_same="0", meanflow_adaptive="0.5"
    ),
    "MeanFlow, bridge, unweighted": experiment(method="meanflow", path="bridge", coupling="ot", meanflow_adaptive="0"),
    "MeanFlow, one layer": experiment(method="meanflow", width="8", depth="1", batch="2"),
}
TWIN = {
    "article": Experiment.from_flat(ARTICLE | {"steps": "230", "batch": "32", "width": "16"}),
    "clipped": experiment(clip="1.0", activation="tanh"),
    "weight normalisation": experiment(weight_norm="true"),
}
REUSED = {"optimal transport, thrice": experiment(coupling="ot", ot_reuse="3"), "sinkhorn": experiment(coupling="sinkhorn")}
KINDS = {
    "plain": PLAIN,
    **TWIN,
    **REUSED,
    "noisy": experiment(path="bridge"),
    "classes": experiment(target="moons", classes="within", coupling="ot"),
    "meanflow": experiment(method="meanflow"),
}
EVERY_KIND = pytest.mark.parametrize("kind", KINDS)


def last(run: Experiment, *, every: float = math.inf, state: TrainingState | None = None, until: int | None = None) -> Snapshot:
    """The last look at a training, which is paused before step `until` + 1."""
    *_, snapshot = train(run, every=every, state=state, stop=pause_after(until, state))
    return snapshot


@cache
def uninterrupted(kind: str) -> Snapshot:
    """The training of a kind, made once for all tests."""
    return last(KINDS[kind])


def pause_after(step: int | None, state: TrainingState | None = None) -> Callable[[], bool]:
    """A `stop` that is asked before every step, and says yes once `step` of them are made."""
    made = (state.step if state else 0) - 1

    def stop() -> bool:
        nonlocal made
        made += 1
        return step is not None and made >= step

    return stop


def assert_same(one: Snapshot, other: Snapshot) -> None:
    """Bit for bit: losses, weights, and all that is needed to go on."""
    assert one.step == other.step
    assert one.losses.tobytes() == other.losses.tobytes()
    assert one.state is not None
    assert other.state is not None
    assert_same_weights(one.weights, other.weights)
    assert one.state.arrays.keys() == other.state.arrays.keys()
    for name, arrays in one.state.arrays.items():
        assert [a.tobytes() for a in arrays] == [b.tobytes() for b in other.state.arrays[name]], name
    assert one.state.film.keys() == other.state.film.keys()
    for step in one.state.film:
        assert_same_weights(one.state.film[step], other.state.film[step])


def assert_same_weights(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    assert all(one[name].tobytes() == other[name].tobytes() for name in one)


# The two steps.


@pytest.mark.parametrize(
    ("run", "by_hand", "by_autograd"),
    [(HAND[kind], HandStep, AutogradStep) for kind in HAND] + [(run, HandAverageStep, AverageStep) for run in AVERAGES.values()],
    ids=[*HAND, *AVERAGES],
)
def test_hand_written_step_is_autograds_bit_for_bit(
    run: Experiment, by_hand: type[HandStep], by_autograd: type[AutogradStep]
) -> None:
    steps = 70
    hand, twin = by_hand(run, CPU), by_autograd(run, CPU)
    losses = torch.zeros(2, steps)
    for k in range(steps):
        number = k % pool_steps(run)
        if number == 0:
            pool = draw_pool(run, k // pool_steps(run))
            hand.use(pool)
            twin.use(pool)
        for which, loss in zip((hand, twin), losses, strict=True):
            which.step(number, learning_rate(run, k), averaging_decay(k), loss[k])
    assert losses[0].numpy().tobytes() == losses[1].numpy().tobytes()
    assert_same_weights(hand.weights(), twin.weights())


@pytest.mark.parametrize("kind", HAND)
def test_gradient_of_the_hand_written_step_is_that_of_the_loss(kind: str) -> None:
    run = HAND[kind]
    hand, pool, batch = HandStep(run, CPU), draw_pool(run, 0), run.training.batch
    hand.use(pool)
    loss = torch.zeros(())
    hand.step(0, 0.0, 0.0, loss)
    module = first_network(run).double()
    xt, t, u = (part[:batch].double() for part in pool[:3])
    expected = (module(xt, t) - u).square().sum(1).mean()
    gradients = torch.autograd.grad(expected, list(module.parameters()))
    assert float(loss) == pytest.approx(float(expected.detach()), rel=1e-5)  # float32 against float64
    for found, exact in zip(hand._views(hand.grad), gradients, strict=True):
        assert torch.allclose(found.double(), exact, rtol=1e-3, atol=1e-5 * float(exact.abs().max()))


def test_hand_written_step_is_used_where_it_covers_the_experiment() -> None:
    assert all(type(make_step(run, CPU)) is HandStep for run in HAND.values())
    assert all(type(make_step(run, CPU)) is HandAverageStep for run in AVERAGES.values())
    assert type(make_step(AVERAGES["MeanFlow"].changed(activation="tanh"), CPU)) is AverageStep
    assert all(isinstance(make_step(run, CPU), AutogradStep) for run in TWIN.values())


@pytest.mark.parametrize("kind", [*HAND, *TWIN])
def test_first_weights_are_those_of_the_untrained_network(kind: str) -> None:
    run = (HAND | TWIN)[kind]
    weights, module = make_step(run, CPU).weights(), first_network(run)
    for name, value in module.state_dict().items():
        # Weight normalisation writes a row as its length times its direction: once more rounded.
        assert np.allclose(weights[name], value.numpy(), rtol=1e-6 if run.training.weight_norm else 0, atol=0), name


def test_average_of_the_weights_is_the_moving_average() -> None:
    run = experiment(average="true")
    step, raw = AutogradStep(run, CPU), AutogradStep(experiment(average="false"), CPU)
    average = {name: value.astype(np.float64) for name, value in raw.weights().items()}
    pool = draw_pool(run, 0)
    step.use(pool)
    raw.use(pool)
    for k in range(40):
        for which in (step, raw):
            which.step(k, 0.01, averaging_decay(k), torch.zeros(()))
        decay = min(0.999, (1 + k) / (10 + k))
        average = {name: decay * average[name] + (1 - decay) * value for name, value in raw.weights().items()}
    for name, value in step.weights().items():
        assert np.allclose(value, average[name], atol=1e-6), name  # 40 roundings in float32
        assert not np.allclose(value, raw.weights()[name], atol=1e-3), name


def test_clipping_bounds_the_step_before_adam_sees_it() -> None:
    """Adam's first moment after one step is .1 of the gradient: its norm tells what was let through."""
    norms = {}
    for clip in ("0", "0.5"):
        step = AutogradStep(experiment(clip=clip), CPU)
        step.use(draw_pool(PLAIN, 0))
        step.step(0, 0.01, 0.9, torch.zeros(()))
        norms[clip] = math.sqrt(sum(float((a.astype(np.float64) ** 2).sum()) for a in step.state()["exp_avg"])) / 0.1
    assert norms["0"] > 1
    assert norms["0.5"] == pytest.approx(0.5, rel=1e-4)


# Schedules.


@pytest.mark.parametrize("steps", [1, 4, 20, 200, 2000])
@pytest.mark.parametrize("schedule", ["cosine", "warmup", "constant"])
def test_learning_rate_rises_to_its_peak_and_stays_positive(schedule: str, steps: int) -> None:
    run = experiment(schedule=schedule, steps=str(steps), lr="0.01")
    rates = [learning_rate(run, k) for k in range(steps)]
    assert all(0 < rate <= 0.01 for rate in rates)
    assert max(rates) > 0.0085
    if schedule == "constant":
        assert set(rates) == {0.01}
    elif steps >= 200:
        assert rates[0] == pytest.approx(0.01 / 50, rel=1e-2)
        assert np.all(np.diff(rates[:40]) > 0)
    if schedule == "cosine" and steps >= 200:
        assert np.all(np.diff(rates[50:]) < 0)
        assert rates[-1] < 1e-3 * 0.01


def test_each_further_round_starts_its_schedule_anew() -> None:
    run = experiment(schedule="cosine", steps="300", more="2")
    first, second = ([learning_rate(run, 300 + r * ROUND + k) for k in range(ROUND)] for r in range(2))
    assert first == second == [learning_rate(experiment(steps=str(ROUND)), k) for k in range(ROUND)]


def test_decay_of_the_average_grows_to_its_limit() -> None:
    decays = [averaging_decay(k) for k in range(20_000)]
    assert decays[0] == pytest.approx(0.1)
    assert np.all(np.diff(decays) >= 0)
    assert decays[-1] == 0.999


# What is drawn.


@pytest.mark.parametrize("kind", ["uniform", "logit-normal"])
def test_times_lie_in_the_interval_as_they_should(kind: str, rng: torch.Generator) -> None:
    t = draw_times(50_000, kind, (0.1, 0.9), rng)
    assert 0.1 <= float(t.min()) < float(t.max()) <= 0.9
    share = (t.double() - 0.1) / 0.8
    quantiles = share.quantile(torch.tensor([0.1, 0.25, 0.5, 0.75, 0.9], dtype=torch.float64))
    normal = torch.distributions.Normal(0.0, 1.0).icdf(torch.tensor([0.1, 0.25, 0.5, 0.75, 0.9]))
    expected = torch.tensor([0.1, 0.25, 0.5, 0.75, 0.9]) if kind == "uniform" else torch.sigmoid(normal)
    assert torch.allclose(quantiles, expected.double(), atol=5 * 0.5 / math.sqrt(50_000))  # five standard errors


@pytest.mark.parametrize("slug", PATHS)
def test_pool_is_points_on_the_path_with_their_velocities(slug: str) -> None:
    pool = draw_pool(experiment(path=slug, batch="256"), 0)
    first, final = PATHS[slug]().interval
    assert len(pool.xt) == len(pool.t) == len(pool.u) == 64 * 256
    assert all(part.isfinite().all() for part in pool[:3])
    assert first <= float(pool.t.min())
    assert float(pool.t.max()) <= final


@EVERY_KIND
def test_pool_follows_from_seed_and_number_alone(kind: str) -> None:
    run = KINDS[kind]
    before = torch.get_rng_state()
    first, again = draw_pool(run, 3), draw_pool(run, 3)
    others = [draw_pool(run, 4), draw_pool(run.changed(seed=1), 3)]
    assert all(a is b is None or torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(torch.equal(first.xt, other.xt) for other in others)
    assert torch.equal(torch.get_rng_state(), before), "the global generator was used"


def test_a_pairing_is_used_as_often_as_it_says_with_fresh_times() -> None:
    """On the straight path u = x1 − x0 is the pair's own, so it comes back; the time does not."""
    run = experiment(coupling="ot", ot_reuse="3")
    pool = draw_pool(run, 0)
    pairs = pool_batches(run) * 32
    assert len(pool.u) == pool_steps(run) * 32 == 3 * pairs
    assert torch.equal(pool.u[:pairs], pool.u[pairs : 2 * pairs])
    assert not bool((pool.t[:pairs] == pool.t[pairs : 2 * pairs]).all())


@pytest.mark.parametrize(("batch", "batches"), [(2, 64), (256, 64), (1024, 16), (4096, 4)])
def test_pools_of_large_batches_hold_fewer(batch: int, batches: int) -> None:
    run = Experiment.from_flat({"batch": str(batch)})
    assert pool_batches(run) == batches
    assert len(draw_pool(run, 0).t) == batches * batch


@pytest.mark.parametrize("coupling", [slug for slug, kind in COUPLINGS.items() if not kind.made])
def test_pairs_are_coupled_within_their_batch(coupling: str) -> None:
    """Each batch by itself travels as its coupling says; the mean squared way falls from independent to optimal."""
    ways = draw_pool(experiment(coupling=coupling, batch="256"), 0).u.square().sum(1).mean()
    expected = {"independent": 27.6, "sinkhorn": 16.0, "ot": 14.6}[coupling]  # E‖x1‖² + E‖x0‖² = 25.63 + 2; W2² = 14.4
    assert float(ways) == pytest.approx(expected, rel=0.03)


# The loop.


@EVERY_KIND
def test_same_seed_gives_the_same_losses_bit_for_bit(kind: str) -> None:
    (again,) = train(KINDS[kind], every=1000)  # seconds, so that there is one look
    assert_same(again, uninterrupted(kind))


def test_another_seed_gives_other_losses_from_the_first_step_on() -> None:
    one, other = last(PLAIN), last(PLAIN.changed(seed=1))
    assert one.losses[0] != other.losses[0]
    assert not np.array_equal(one.weights["net.0.weight"], other.weights["net.0.weight"])


@EVERY_KIND
def test_looking_does_not_change_what_is_seen(kind: str) -> None:
    often = list(train(KINDS[kind], every=0))
    assert len(often) > 100
    assert_same(often[-1], uninterrupted(kind))


def test_global_generator_plays_no_part() -> None:
    torch.manual_seed(1)
    one = last(PLAIN)
    torch.manual_seed(2)
    assert_same(one, last(PLAIN))


@EVERY_KIND
def test_a_training_that_was_paused_is_the_one_that_was_not(kind: str) -> None:
    """Before the first step, on both sides of the ends of pools of 64, in the middle, before the last step and after it."""
    state = None
    for pause in (0, 1, 37, 63, 64, 65, 128, 192, 229, 230):
        snapshot = last(KINDS[kind], state=state, until=pause)
        assert snapshot.step == pause
        assert snapshot.losses.tobytes() == uninterrupted(kind).losses[:pause].tobytes()
        state = pickle.loads(pickle.dumps(snapshot.state))
    assert_same(last(KINDS[kind], state=state), uninterrupted(kind))


@pytest.mark.parametrize(
    "kind", ["plain", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("article", "optimal transport, thrice"))]
)
def test_further_rounds_go_on_from_where_the_training_ended(kind: str) -> None:
    run = KINDS[kind]
    first = uninterrupted(kind)
    second = last(run.changed(more=1), state=first.state)
    third = last(run.changed(more=2), state=second.state, until=1300)
    assert (first.step, second.step, third.step) == (230, 1230, 1300)
    assert_same(third, last(run.changed(more=2), until=1300))
    assert third.losses[:230].tobytes() == first.losses.tobytes()


def test_seconds_go_on_where_they_were() -> None:
    first = last(PLAIN, until=100)
    second = last(PLAIN, state=first.state)
    assert 0 < first.seconds < second.seconds


def test_a_finished_training_has_nothing_left_to_do() -> None:
    done = last(PLAIN)
    assert_same(done, last(PLAIN, state=done.state))


def test_snapshots_grow_and_only_the_last_can_be_gone_on_from() -> None:
    snapshots = list(train(PLAIN, every=0))
    steps = [snapshot.step for snapshot in snapshots]
    assert steps == sorted(set(steps))
    assert all(len(snapshot.losses) == snapshot.step for snapshot in snapshots)
    assert all(snapshot.losses.dtype == np.float32 for snapshot in snapshots)
    assert [snapshot.state is None for snapshot in snapshots] == [True] * (len(snapshots) - 1) + [False]
    assert snapshots[-1].step == 230


def test_a_snapshot_stays_as_it_was() -> None:
    run = train(PLAIN, every=0)
    early = next(run)
    kept = {name: array.copy() for name, array in early.weights.items()}
    for array in early.weights.values():
        array += 1  # whoever holds a snapshot cannot disturb the training either
    *_, final = run
    assert_same(final, last(PLAIN))
    assert all(np.array_equal(early.weights[name], kept[name] + 1) for name in kept)


@EVERY_KIND
def test_weights_are_those_of_the_network_by_name(kind: str) -> None:
    run, weights = KINDS[kind], uninterrupted(kind).weights
    assert weights.keys() == VelocityField(run.network).state_dict().keys()
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}
    field = LearnedField(run.network, weights)
    assert field.velocity(torch.zeros(3, 2), torch.tensor(0.5)).isfinite().all()


def test_film_keeps_the_weights_of_round_numbers_of_steps() -> None:
    final = last(PLAIN)
    assert final.state is not None
    assert sorted(final.state.film) == [0, *sorted(step for step in FILM if step <= 230)]
    assert_same_weights(final.state.film[0], make_step(PLAIN, CPU).weights())
    for step in (10, 100):
        assert_same_weights(final.state.film[step], last(PLAIN, until=step).weights)


def test_large_networks_leave_no_film() -> None:
    final = last(experiment(width="512", depth="2", steps="2"))
    assert final.state is not None
    assert final.state.film == {}


def test_stop_is_asked_before_every_step() -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 12

    *_, snapshot = train(PLAIN, every=math.inf, stop=stop)
    assert snapshot.step == 12
    assert snapshot.state is not None


@pytest.mark.parametrize("kind", ["plain", "optimal transport, thrice"])
def test_a_training_that_is_dropped_leaves_no_thread_behind(kind: str) -> None:
    before = threading.active_count()
    run = train(KINDS[kind], every=0)
    next(run)
    run.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_said_to_be_missing(device: str) -> None:
    if {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}[device]:
        pytest.skip(f"this machine has {device}")
    with pytest.raises(ValueError, match=rf"device '{device}' was asked for, but this machine has only: cpu.*'auto'\."):
        next(train(experiment(device=device)))


# Trainings that blow up.


def diverged(run: Experiment, **options: object) -> Diverged:
    with pytest.raises(
        Diverged, match=r"the loss .* since step [\d,]+; try a smaller learning rate\. The weights of step"
    ) as caught:
        list(train(run, every=math.inf, **options))  # type: ignore[arg-type]
    return caught.value


class Poisoned:
    """Pools whose targets are infinite, or just too large, from some step on."""

    def __init__(self, step: int, factor: float = math.inf) -> None:
        self.step, self.factor = step, factor

    def __call__(self, run: Experiment, number: int) -> Pool:
        pool = draw_pool(run, number)
        first = max(0, self.step - number * pool_steps(run)) * run.training.batch
        pool.u[first:] *= self.factor
        return pool


@pytest.mark.parametrize("step", [0, 3, 49, 50, 51, 120])
def test_a_loss_that_is_not_finite_ends_the_training_with_its_last_good_weights(
    step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowviz.training.draws.draw_pool", Poisoned(step))
    error = diverged(PLAIN)
    assert f"not finite since step {step + 1};" in str(error)
    assert error.snapshot is not None
    assert error.snapshot.step <= step
    assert error.snapshot.step > step - 51, "at most fifty steps are lost"
    assert np.isfinite(error.snapshot.losses).all()
    assert all(np.isfinite(array).all() for array in error.snapshot.weights.values())
    monkeypatch.undo()
    assert_same(last(PLAIN, state=error.snapshot.state), last(PLAIN))


@pytest.mark.parametrize("pause", [20, 49])
def test_a_training_that_blew_up_is_not_handed_out_as_paused(pause: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowviz.training.draws.draw_pool", Poisoned(10))
    assert diverged(PLAIN, stop=pause_after(pause)).snapshot is not None


def test_no_look_at_a_training_shows_a_loss_that_is_not_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowviz.training.draws.draw_pool", Poisoned(70))
    seen = []
    with pytest.raises(Diverged):
        seen += [np.isfinite(snapshot.losses).all() for snapshot in train(PLAIN, every=0)]
    assert all(seen)


def test_a_loss_out_of_all_proportion_ends_the_training_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowviz.training.draws.draw_pool", Poisoned(60, 100.0))
    error = diverged(PLAIN)
    assert "times what it was at first, since step 61;" in str(error)
    assert error.snapshot is not None
    assert error.snapshot.step == 50


def test_the_last_good_weights_survive_the_way_out_of_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowviz.training.draws.draw_pool", Poisoned(60))
    error = diverged(PLAIN)
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert error.snapshot is not None
    assert_same(again.snapshot, error.snapshot)


def test_a_likelihood_that_begins_below_zero_is_no_divergence_and_still_blows_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Densities above 1 have a negative −log p: with narrow data the first loss is that."""
    narrow = Points.of(np.random.default_rng(0).normal(size=(50, 2)) * 0.05, std=0.02)
    run = experiment(method="vae", vae_std="0.1", steps="60").model_copy(update={"target": narrow})
    whole = last(run)
    assert whole.losses[0] < 0
    assert whole.step == 60

    def poisoned(run: Experiment, number: int) -> Pool:
        pool = draw_pool(run, number)
        pool.xt[20 * run.training.batch :] *= 1000
        return pool

    monkeypatch.setattr("flowviz.training.draws.draw_pool", poisoned)
    error = diverged(run)
    assert re.search(r"the loss is [\d,]+, from -1\.\d+ at first, since step 21;", str(error))


# What is learned.


def test_loss_falls_to_near_its_floor() -> None:
    """N(0, I) → 8 Gaussians: from 27 to the floor of 9.80 and no further, in 800 steps."""
    losses = last(Experiment.from_flat({"steps": "800"})).losses
    assert float(losses[:5].mean()) > 20
    # One loss is a mean of 256 with a spread of 11: 200 of them have a standard error of .05.
    assert 9.6 < float(losses[-200:].mean()) < 10.4


@pytest.mark.parametrize("slug", PATHS)
def test_every_path_learns(slug: str) -> None:
    losses = last(Experiment.from_flat({"steps": "300", "path": slug, "width": "32"})).losses
    # The bridge's target is mostly noise, E‖γ'z‖² ~ 2; of the others a third is learned at once.
    assert float(losses[-50:].mean()) < 0.8 * float(losses[:5].mean())


@pytest.fixture(scope="module")
def trained() -> dict[str, LearnedField]:
    """2,000 steps of 256 pairs at 2e-3, three layers of 64, for both couplings."""
    runs = {c: Experiment.from_flat({"coupling": c, "steps": "2000", "lr": "0.002"}) for c in ("independent", "ot")}
    return {c: LearnedField(run.network, last(run).weights) for c, run in runs.items()}


def measured(field: LearnedField, seed: int = 0) -> tuple[dict[int, float], float]:
    """W2 by Euler steps at n = 1000, and the normalised path energy."""
    rng = torch.Generator().manual_seed(seed)
    target = Experiment().target_distribution
    x0, x1 = torch.randn(1000, 2, generator=rng), target.sample(1000, rng)

    def w2(x: Tensor) -> float:
        return wasserstein2(x, x1)

    flow = solve(field, x0, steps=60)
    energy = path_energy(field, flow.x, flow.t)
    return {k: w2(solve(field, x0, steps=k).x[-1]) for k in (1, 8, 20)}, normalised_path_energy(energy, 14.38)


@pytest.mark.slow
def test_independent_coupling_needs_many_steps(trained: dict[str, LearnedField]) -> None:
    w2, npe = measured(trained["independent"])
    assert 0.1 < npe < 0.35
    assert w2[1] > 3
    assert w2[20] < 1.2


@pytest.mark.slow
def test_optimal_transport_straightens_the_flow(trained: dict[str, LearnedField]) -> None:
    w2, npe = measured(trained["ot"])
    assert npe < 0.05
    assert w2[1] < 1.2
    assert w2[1] < measured(trained["independent"])[0][1]


@pytest.mark.slow
def test_default_experiment_reaches_the_modes_and_the_sampling_floor() -> None:
    final = last(Experiment())
    w2, _ = measured(LearnedField(Experiment().network, final.weights))
    assert w2[20] < 0.598 + 3 * 0.128


@pytest.mark.parametrize("classes", ["off", "within"])
def test_a_pool_paired_by_two_threads_is_the_pool(classes: str) -> None:
    run = experiment(coupling="ot", ot_reuse="1", classes=classes)
    for number, pool in enumerate(pools(run, 0, 2)):
        for ahead, alone in zip(pool, draw_pool(run, number), strict=True):
            assert ahead is alone is None or torch.equal(ahead, alone)

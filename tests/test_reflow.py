"""Reflow: pairs that another flow makes, trained by the same call, resumable and stoppable at every point of the way."""

from __future__ import annotations

import itertools
import math
import pickle
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from flowviz.couplings import COUPLINGS, Independent, Pairs
from flowviz.engine.run import with_more
from flowviz.exact import exact_field, made_by_exact_flow
from flowviz.experiment import Experiment
from flowviz.figures import pairs_figure
from flowviz.known import floor_of, path_draws
from flowviz.metrics import normalised_path_energy, path_energy, straightness, stratified, wasserstein2
from flowviz.networks import LearnedField
from flowviz.solvers import solve
from flowviz.training import Diverged, Snapshot, TrainingState, draw_pool, draws, pairs, train
from flowviz.training.pairs import keep, make_pairs, parent_of

SMALL = {"width": "16", "depth": "2", "batch": "32", "steps": "60", "coupling": "pairs"}
ONE = Experiment.from_flat(SMALL)
TWO = ONE.changed(pairs_rounds=2)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No flow is remembered from another test."""
    pairs._kept.clear()
    yield
    pairs._kept.clear()


def last(run: Experiment, state: TrainingState | None = None, stop: Callable[[], bool] = lambda: False) -> Snapshot:
    *_, snapshot = train(run, every=math.inf, state=state, stop=stop)
    return snapshot


def after(asked: int) -> Callable[[], bool]:
    """A `stop` that says yes once, when asked for the nth time."""
    count = itertools.count(1)
    return lambda: next(count) == asked


def assert_same(one: Snapshot, other: Snapshot) -> None:
    assert one.losses.tobytes() == other.losses.tobytes()
    assert all(one.weights[name].tobytes() == other.weights[name].tobytes() for name in one.weights)


# The value.


def test_a_parent_has_one_round_less_and_all_else_in_common() -> None:
    assert parent_of(TWO) == ONE
    assert parent_of(ONE).coupling == Independent()
    assert parent_of(ONE).network == ONE.network
    assert parent_of(ONE).training == ONE.training
    assert parent_of(ONE).seed == ONE.seed


def test_every_chain_of_parents_ends_at_independent_pairs() -> None:
    for rounds in (1, 2, 3):
        run, chain = ONE.changed(pairs_rounds=rounds), 0
        while run.coupling.made:
            run, chain = parent_of(run), chain + 1
        assert chain == rounds
        assert run.coupling == Independent()


def test_a_parent_does_not_depend_on_further_rounds_of_steps() -> None:
    """Pairs stay the same when a training goes on: its losses must be those of a longer one."""
    assert parent_of(with_more(ONE, 2)) == parent_of(ONE)


def test_only_pairs_have_a_parent() -> None:
    with pytest.raises(ValueError, match=r"coupling 'independent' has no parent; only 'pairs'"):
        parent_of(Experiment())


def test_rounds_stand_in_the_link_and_out_of_range_is_refused() -> None:
    assert TWO.to_flat() == SMALL | {"pairs_rounds": "2"}
    assert Experiment.from_flat(TWO.to_flat()) == TWO
    with pytest.raises(ValueError, match=r"`pairs_rounds` must be a whole number from 1 to 3; got .* The default is 1\."):
        Experiment.from_flat(SMALL | {"pairs_rounds": "0"})


# The training.


def test_pairs_are_what_the_parents_flow_makes_of_fresh_source_points() -> None:
    state = last(ONE).state
    assert state is not None
    assert state.pairs is not None
    parent = last(parent_of(ONE))
    x0, x1 = torch.from_numpy(state.pairs)
    assert x0.shape == (32 * 60, 2)  # as many as are ever used; 16,384 at most
    field = LearnedField(ONE.network, parent.weights)
    found = solve(field, x0, solver="rk4", steps=pairs.STEPS).x[-1]
    assert torch.allclose(found, x1, atol=1e-5)
    pool = draw_pool(parent_of(ONE), 0)
    assert not torch.isin(x0, pool.xt).any()


def test_batches_are_drawn_from_the_pairs_and_use_all_of_them_alike() -> None:
    x0 = torch.arange(100.0)[:, None].repeat(1, 2)
    pool = draw_pool(ONE, 0, torch.stack([x0, x0 + 7]))
    assert torch.allclose(pool.u, torch.full_like(pool.u, 7.0))
    which = (pool.xt - 7 * pool.t[:, None]).round()[:, 0].long().bincount(minlength=100)
    assert int(which.max()) - int(which.min()) <= 1
    assert not torch.equal(draw_pool(ONE, 1, torch.stack([x0, x0 + 7])).xt, pool.xt)


def test_a_pool_without_pairs_is_refused() -> None:
    with pytest.raises(ValueError, match=r"coupling 'pairs' needs pairs that a flow has made"):
        draw_pool(ONE, 0)


@pytest.mark.parametrize("run", [ONE, TWO], ids=["one", "two"])
def test_same_seed_same_losses_with_or_without_remembered_parents(run: Experiment) -> None:
    first = last(run)
    again = last(run)  # its parents are remembered now
    pairs._kept.clear()
    fresh = last(run)
    for other in (again, fresh):
        assert_same(first, other)
    assert not np.array_equal(first.losses, last(run.changed(seed=1)).losses)


def test_snapshots_say_what_is_being_prepared_and_stand_at_step_0() -> None:
    looks = list(train(TWO, every=0))
    before = [look for look in looks if look.preparing]
    assert [look.preparing for look in before if "making" in look.preparing] == ["round 0: making pairs", "round 1: making pairs"]
    assert any(look.preparing.startswith("round 0: step ") for look in before)
    assert any(look.preparing.startswith("round 1: step ") for look in before)
    for look in before:
        assert (look.step, len(look.losses), look.seconds, look.state) == (0, 0, 0.0, None)
        LearnedField(TWO.network, look.weights)
    assert looks[: len(before)] == before
    assert [look.step for look in looks[len(before) :]] == sorted(look.step for look in looks[len(before) :])
    assert looks[-1].step == len(looks[-1].losses) == 60
    assert looks[-1].state is not None


@pytest.mark.parametrize("asked", [1, 7, 61, 63, 64, 65, 90, 122, 130])
def test_a_training_that_was_stopped_anywhere_goes_on_bit_for_bit(asked: int) -> None:
    """60 steps for the first flow, two chunks of pairs, 60 steps, …: stopped in each, kept as bytes, taken up elsewhere."""
    whole = last(TWO)
    pairs._kept.clear()
    snapshot = last(TWO, stop=after(asked))
    assert snapshot.state is not None
    assert snapshot.step == max(0, asked - 125)
    state = pickle.loads(pickle.dumps(snapshot.state))
    pairs._kept.clear()
    assert_same(last(TWO, state), whole)


def test_a_training_under_way_needs_its_parents_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = last(ONE)
    pairs._kept.clear()
    snapshot = last(ONE, stop=after(60 + 2 + 30))
    assert 0 < snapshot.step < 60
    pairs._kept.clear()
    monkeypatch.setattr(pairs, "make_pairs", None)  # would fail if it were called
    assert_same(last(ONE, snapshot.state), whole)


def test_further_rounds_of_steps_go_on_from_where_it_ended() -> None:
    first = last(ONE)
    more = last(with_more(ONE, 1), first.state, stop=after(101))
    pairs._kept.clear()
    assert_same(more, last(with_more(ONE, 1), stop=after(60 + 2 + 60 + 101)))
    assert more.losses[:60].tobytes() == first.losses.tobytes()


def test_a_parent_that_diverges_says_so_and_hands_over_a_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        draws, "draw_pool", lambda run, number: draw_pool(run, number)._replace(u=torch.full((2048, 2), math.inf))
    )
    with pytest.raises(Diverged, match=r"the flow that makes the pairs failed: the loss .*smaller learning rate") as caught:
        last(ONE)
    assert caught.value.snapshot is not None
    assert caught.value.snapshot.step == 0


def test_what_is_remembered_is_bounded_and_can_be_a_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(Experiment.from_flat({"coupling": "ot"}), {"a": np.zeros(3)})
    keep(with_more(ONE, 1), {"a": np.zeros(3)})
    assert not pairs._kept
    monkeypatch.setattr(pairs, "KEPT_BYTES", 100)
    for seed in range(5):
        keep(ONE.changed(seed=seed), {"a": np.zeros(5)})
    assert [run.seed for run in pairs._kept] == [3, 4]


def test_making_pairs_stops_when_told() -> None:
    weights = last(parent_of(ONE)).weights
    assert make_pairs(ONE, weights, stop=lambda: True) is None


# What stands in before anything is trained.


def test_the_stand_in_is_the_exact_flow_and_hardly_bends(rng: torch.Generator) -> None:
    run = Experiment(coupling=Pairs())
    source, target = run.source_distribution, run.target_distribution
    x0 = stratified(source, 400, rng)[0]
    x1 = made_by_exact_flow(source, target, run.path, Pairs(), x0)
    assert wasserstein2(x1, stratified(target, 400, rng)[0]) < 0.6
    field = exact_field(source, target, run.path, Pairs())
    assert not field.exact
    assert "made by the exact flow instead of a trained one" in field.note
    flow = solve(field, x0, steps=20)
    bent = exact_field(source, target, run.path, Independent())
    bend = [straightness(f, p.x, p.t) for f, p in ((field, flow), (bent, solve(bent, x0, steps=20)))]
    assert bend[0] < 0.1 * bend[1]


@pytest.mark.parametrize("slug", COUPLINGS)
def test_pictures_before_training_show_pairs_of_every_coupling(slug: str) -> None:
    run = Experiment.from_flat({"coupling": slug, "target": "two-points"})
    assert len(pairs_figure(run, (-3, 3, -3, 3))["data"]) == 3
    x, u = path_draws(run, torch.tensor([0.2, 0.8]), 64)
    assert bool(torch.isfinite(x).all() and torch.isfinite(u).all())
    assert (floor_of(run) is None) == (slug != "independent")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_reflow_straightens_as_found_elsewhere(seed: int) -> None:
    """N(0, I) → 8 Gaussians, 2,000 steps at 2e-3: one Euler step reaches .84 there, 4.47 without reflow; here < 1.3."""
    found = {}
    for slug in ("independent", "pairs"):
        run = Experiment.from_flat({"steps": "2000", "lr": "0.002", "coupling": slug, "seed": str(seed)})
        field, rng = LearnedField(run.network, last(run).weights), torch.Generator().manual_seed(seed)
        x0, x1 = stratified(run.source_distribution, 1000, rng)[0], stratified(run.target_distribution, 1000, rng)[0]
        flow = solve(field, x0, solver="rk4", steps=40)
        npe = normalised_path_energy(path_energy(field, flow.x, flow.t), 14.38)
        one_step = wasserstein2(solve(field, x0, steps=1).x[-1], x1)
        found[slug] = (one_step, npe, straightness(field, flow.x, flow.t))
    assert found["pairs"][0] < 1.3 < 3 < found["independent"][0]
    assert found["pairs"][1] < 0.06 < 0.1 < found["independent"][1]
    assert found["pairs"][2] < 0.1 < 1 < found["independent"][2]

"""Distillation: what its parent is, what it learns from, and that it does in one evaluation what the parent does in many."""

from __future__ import annotations

import itertools
import math
import pickle
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from flowviz.couplings import COUPLINGS
from flowviz.experiment import Experiment, nearest
from flowviz.known import floor_of
from flowviz.measures import samples
from flowviz.metrics import wasserstein2
from flowviz.networks import LearnedField, learned_field
from flowviz.solvers import solve
from flowviz.training import Diverged, Snapshot, TrainingState, draw_pool, pairs, train, untrained_weights
from flowviz.training.pairs import parent_of

SMALL = {"method": "distilled", "width": "16", "depth": "2", "batch": "32", "steps": "60"}
ONE = Experiment.from_flat(SMALL)
TWO = Experiment.from_flat(SMALL | {"coupling": "pairs"})


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


@pytest.mark.parametrize(
    "flat", [{}, {"coupling": "pairs"}, {"path": "vp"}, {"time_sampling": "logit-normal", "more": "2"}], ids=str
)
def test_the_parent_is_flow_matching_with_the_same_choices(flat: dict[str, str]) -> None:
    run = Experiment.from_flat(SMALL | flat)
    parent = parent_of(run)
    assert parent == Experiment.from_flat({**SMALL, **flat, "method": "flow-matching", "more": "0"})
    assert (parent.path, parent.coupling, parent.network, parent.seed) == (run.path, run.coupling, run.network, run.seed)
    assert run.flows_before == parent.flows_before + 1


@pytest.mark.parametrize("coupling", COUPLINGS)
def test_pairs_may_be_distilled_and_other_couplings_are_refused(coupling: str) -> None:
    flat = SMALL | {"coupling": coupling}
    if coupling in ("independent", "pairs"):
        assert Experiment.from_flat(flat).coupling.slug == coupling
        return
    with pytest.raises(ValueError, match=f"takes only coupling 'independent' or 'pairs'; got coupling '{coupling}'"):
        Experiment.from_flat(flat)
    found, notes = nearest(flat)
    assert found == ONE
    assert "`coupling` was left out" in notes[0]


def test_every_way_starts_at_its_source_and_is_asked_for_at_time_0() -> None:
    x0 = torch.arange(100.0)[:, None].repeat(1, 2)
    pool = draw_pool(ONE, 0, torch.stack([x0, 3 * x0 + 1]))
    assert torch.equal(pool.t, torch.zeros(len(pool.t)))
    assert torch.equal(pool.u, 2 * pool.xt + 1)
    assert set(pool.xt.unique().tolist()) == set(range(100))
    with pytest.raises(ValueError, match="method 'distilled' needs pairs that a flow has made"):
        draw_pool(ONE, 0)


def test_its_pairs_are_what_the_parent_makes_and_its_jump_is_x0_and_the_velocity_there() -> None:
    final, parent = last(ONE), last(parent_of(ONE))
    assert final.state is not None
    assert final.state.pairs is not None
    x0, x1 = torch.from_numpy(final.state.pairs)
    assert x0.shape == (32 * 60, 2)
    found = solve(LearnedField(ONE.network, parent.weights), x0, solver="rk4", steps=pairs.STEPS).x[-1]
    assert torch.allclose(found, x1, atol=1e-5)
    jumped = solve(learned_field(ONE, final.weights), x0, solver="one-step", steps=7)
    assert (jumped.nfe, jumped.t.tolist()) == (1, [0.0, 1.0])
    velocity = LearnedField(ONE.network, final.weights).velocity(x0, torch.tensor(0.0))
    assert torch.allclose(jumped.x[-1], x0 + velocity, atol=1e-6)
    assert floor_of(ONE) is None


def test_it_says_what_it_prepares_and_stands_at_step_0_until_then() -> None:
    looks = list(train(TWO, every=0))
    before = [look for look in looks if look.preparing]
    assert looks[: len(before)] == before
    making = [look.preparing for look in before if "making" in look.preparing]
    assert making == ["round 0: making pairs", "the flow to distil: making pairs"]
    assert any(look.preparing.startswith("the flow to distil: step ") for look in before)
    assert all((look.step, len(look.losses), look.state) == (0, 0, None) for look in before)
    assert looks[-1].step == 60
    assert looks[-1].state is not None


@pytest.mark.parametrize("run", [ONE, TWO], ids=["flow", "pairs"])
@pytest.mark.parametrize("asked", [1, 30, 61, 62, 63, 90, 122, 130, 170])
def test_a_training_that_was_stopped_anywhere_goes_on_bit_for_bit(asked: int, run: Experiment) -> None:
    """60 steps for each flow before it, a question more, two chunks of pairs: stopped in each, kept as bytes, taken up elsewhere."""
    whole = last(run)
    pairs._kept.clear()
    snapshot = last(run, stop=after(asked))
    assert snapshot.state is not None
    assert (snapshot.step == 60) == (run is ONE and asked > 122)
    state = pickle.loads(pickle.dumps(snapshot.state))
    pairs._kept.clear()
    assert_same(last(run, state), whole)


def test_a_student_is_nobodys_parent_and_a_failed_parent_says_so() -> None:
    assert parent_of(ONE) not in pairs._kept
    last(ONE)
    assert list(pairs._kept) == [parent_of(ONE)]
    with pytest.raises(Diverged, match=r"the flow that makes the pairs failed: the loss .*smaller learning rate") as caught:
        last(ONE.changed(lr=10))
    assert caught.value.snapshot is not None
    assert caught.value.snapshot.weights["net.0.weight"].tobytes() == untrained_weights(ONE)["net.0.weight"].tobytes()


@pytest.mark.slow
def test_one_evaluation_does_what_the_parent_does_in_many() -> None:
    run = Experiment.from_flat({"method": "distilled", "target": "two-gaussians", "steps": "1000", "batch": "128"})
    student, parent = learned_field(run, last(run).weights), learned_field(parent_of(run), last(parent_of(run)).weights)
    x0, x1 = samples(run, 500, 0)
    made, one = (solve(f, x0, solver=s, steps=1).x[-1] for f, s in ((student, "one-step"), (parent, "euler")))
    wanted = solve(parent, x0, solver="rk4", steps=25).x[-1]
    assert float(np.median((made - wanted).norm(dim=1))) < 0.3
    assert wasserstein2(made, wanted) < 0.6
    assert wasserstein2(made, x1) < 0.3 * wasserstein2(one, x1)

"""What every method promises of its trainings, pictures, measures and files: one small training of each, parametrised over all."""

from __future__ import annotations

import itertools
import math
import pickle
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from flowviz.experiment import Experiment, default_of, nearest, settled, usual_solver
from flowviz.export import export, load_field
from flowviz.measures import measure, quality_against_steps, samples
from flowviz.measures.kinds import OF_PICTURES, OF_SERIES
from flowviz.methods import METHODS
from flowviz.networks import learned_field, network_of
from flowviz.scene import Panel
from flowviz.scene.build import View, exact_scene
from flowviz.scene.learned import learned_scene
from flowviz.solvers import carry
from flowviz.training import Diverged, Snapshot, TrainingState, pairs, train, untrained_weights

SMALL = {"width": "16", "depth": "2", "batch": "16", "steps": "60"}
KINDS = {slug: {"method": slug} for slug in METHODS} | {
    "gan, all options": {"method": "gan", "gan_critic_steps": "3", "gan_r1": "1.0", "clip": "1.0", "weight_norm": "true"},
    "vae, raw weights": {"method": "vae", "average": "false", "schedule": "constant"},
    "cnf, few": {"method": "cnf", "cnf_midpoints": "1", "time_features": "embedding"},
    "cnf, adjoint": {"method": "cnf", "cnf_midpoints": "1", "cnf_adjoint": "true"},
}
EVERY = pytest.mark.parametrize("slug", METHODS)
EVERY_KIND = pytest.mark.parametrize("kind", KINDS)
IN = pytest.mark.parametrize("target", ["8gaussians", "trefoil"], ids=["plane", "volume"])


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No flow is remembered from another test."""
    pairs._kept.clear()
    yield
    pairs._kept.clear()


def small(kind: str, **flat: str) -> Experiment:
    return Experiment.from_flat(SMALL | KINDS[kind] | flat)


def last(run: Experiment, state: TrainingState | None = None, stop: Callable[[], bool] = lambda: False) -> Snapshot:
    *_, snapshot = train(run, every=math.inf, state=state, stop=stop)
    return snapshot


@cache
def whole(kind: str, target: str = "8gaussians") -> Snapshot:
    """A training of a kind that nobody interrupted."""
    return last(small(kind, target=target))


def after(asked: int) -> Callable[[], bool]:
    """A `stop` that says yes once, when asked for the nth time."""
    count = itertools.count(1)
    return lambda: next(count) == asked


def assert_same(one: Snapshot, other: Snapshot) -> None:
    """Bit for bit: losses, parts, weights, and all that is needed to go on."""
    assert one.losses.tobytes() == other.losses.tobytes()
    assert one.parts.tobytes() == other.parts.tobytes()
    assert one.state is not None
    assert other.state is not None
    assert one.state.parts.tobytes() == other.state.parts.tobytes()
    assert all(one.weights[name].tobytes() == other.weights[name].tobytes() for name in other.weights)
    for name, arrays in other.state.arrays.items():
        assert [a.tobytes() for a in arrays] == [b.tobytes() for b in one.state.arrays[name]], name


@EVERY_KIND
def test_the_same_seed_gives_the_same_training_however_often_it_is_looked_at(kind: str) -> None:
    torch.manual_seed(1)  # the global generator plays no part
    run = small(kind)
    looks = [look for look in train(run, every=0) if not look.preparing]
    assert_same(looks[-1], whole(kind))
    for look in looks:
        assert look.parts.shape == (len(run.method.parts), look.step)
        assert np.isfinite(look.parts).all()
    assert not np.array_equal(looks[-1].losses, last(run.changed(seed=1)).losses)


@EVERY_KIND
@pytest.mark.parametrize("asked", [(1, 8, 30), (51, 10, 61, 62)], ids=str)
def test_a_training_that_was_paused_is_the_one_that_was_not(kind: str, asked: tuple[int, ...]) -> None:
    state = None
    for pause in asked:
        snapshot = last(small(kind), state, after(pause))
        assert snapshot.state is not None
        assert snapshot.parts.shape == (len(small(kind).method.parts), snapshot.step)
        state = pickle.loads(pickle.dumps(snapshot.state))
        pairs._kept.clear()
    assert_same(last(small(kind), state), whole(kind))


@EVERY_KIND
def test_weights_are_those_of_the_networks_by_name(kind: str) -> None:
    run = small(kind)
    assert whole(kind).weights.keys() == network_of(run).state_dict().keys() == untrained_weights(run).keys()
    assert {array.dtype for array in whole(kind).weights.values()} == {np.dtype(np.float32)}


@EVERY
def test_a_step_size_far_too_large_ends_with_a_sentence_and_the_last_good_snapshot(slug: str) -> None:
    run = small(slug, lr="10", steps="200")
    with pytest.raises(Diverged, match=r"the loss .* since step [\d,]+; try a smaller learning rate\. The weights of") as caught:
        last(run)
    good = pickle.loads(pickle.dumps(caught.value)).snapshot
    assert good.parts.shape == (len(run.method.parts), good.step)
    assert np.isfinite(good.losses).all()
    assert all(np.isfinite(array).all() for array in good.weights.values())


@EVERY
@IN
def test_pictures_are_of_the_space_and_end_at_one(slug: str, target: str) -> None:
    run = small(slug, target=target)
    field = learned_field(run, whole(slug, target).weights)
    for solver in dict.fromkeys((usual_solver(slug), METHODS[slug].solvers[0], METHODS[slug].solvers[-1])):
        view = View(particles=50, solver=solver, solver_steps=3)  # type: ignore[arg-type]
        scenes = [exact_scene(run, view), *(learned_scene(run, field, 60, view, live=live) for live in (True, False))]
        for scene in scenes:
            assert scene.x.shape == (len(scene.t), len(scene.labels), run.space.dim)
            assert np.isfinite(scene.x).all()
            assert (float(scene.t[0]), float(scene.t[-1])) == (0.0, 1.0)
            assert scene.space == run.space.slug
            assert scene.density is None or np.isfinite(scene.density).all()
            assert (scene.density is None) == (not run.space.grids)
        assert METHODS[slug].noun in scenes[1].title
        if METHODS[slug].jumps:
            assert scenes[1].nfe == 1
            assert scenes[1].field is None


@pytest.mark.slow
@EVERY
@IN
def test_measures_have_values_or_say_why_not(slug: str, target: str) -> None:
    run = small(slug, target=target)
    how = {"n": 50, "repeats": 1, "solver": usual_solver(slug), "steps": 3}
    learned, exact = measure(run, whole(slug, target), **how), measure(run, None, **how)
    for found in (learned, exact):
        for one in found:
            if one.slug in (*OF_PICTURES, *OF_SERIES):  # not asked of points, so there is nothing to say
                assert (one.value, one.note) == (None, "")
            else:
                assert one.note.endswith(".") if one.value is None else math.isfinite(one.value), one.slug
        assert found["w2"].value is not None
        assert found["w2_one"].value is not None
    if target == "8gaussians":
        assert learned["nll"].note == METHODS[slug].no_likelihood
        assert (learned["nll"].value is None) == bool(METHODS[slug].no_likelihood)
    if METHODS[slug].jumps:
        assert learned["nfe"].value == 1
        assert learned["npe"].value is learned["straightness"].value is None
    assert (learned["field_error"].value is None) == (not METHODS[slug].on_path)


@EVERY
def test_quality_against_steps_has_a_point_for_each_way_to_make_samples(slug: str) -> None:
    run = small(slug)
    found = quality_against_steps(learned_field(run, whole(slug).weights), [samples(run, 40, 0)], evaluations=(1, 4))
    if METHODS[slug].jumps:
        assert {one.solver for one in found} == {"one-step"}
        assert [one.nfe for one in found] == [1]
    else:
        assert {"euler", "midpoint", "rk4"} <= {one.solver for one in found}
    assert all(one.w2 is not None and math.isfinite(one.w2) for one in found)


@EVERY
def test_exported_weights_load_back_to_the_same_field(slug: str, tmp_path: Path) -> None:
    run, learned, view = small(slug), whole(slug), View(particles=50, solver=usual_solver(slug), solver_steps=3)  # type: ignore[arg-type]
    field = learned_field(run, learned.weights)
    panel = Panel((learned_scene(run, field, learned.step, view),))
    for format, name in (("weights", "w.npz"), ("loss", "l.csv"), ("experiment", "e.json")):
        export([panel], format, tmp_path / name, experiment=run, learned=learned)
    x0, how = samples(run, 40, 0)[0], {"solver": usual_solver(slug), "steps": 3}
    assert torch.equal(carry(load_field(tmp_path / "w.npz"), x0, **how).x, carry(field, x0, **how).x)
    assert Experiment.model_validate_json((tmp_path / "e.json").read_text(encoding="utf-8")) == run
    assert len((tmp_path / "l.csv").read_text(encoding="utf-8").splitlines()) == 2 + learned.step


# Defaults, links, and what a method has no use for.


@EVERY
def test_a_method_comes_with_its_own_defaults_and_takes_them_away_again(slug: str) -> None:
    kind, first = METHODS[slug], {**Experiment().to_flat(changed_only=False), "solver": "euler"}
    del first["drop"]  # it is forgotten with the classes
    chosen = settled(first, method=slug)
    assert Experiment.from_flat({name: text for name, text in chosen.items() if name != "solver"}) == Experiment(method=slug)  # type: ignore[arg-type]
    assert chosen["solver"] == kind.solvers[0]
    # What the method narrows stays narrow, since flow matching takes it too; all else is as it was.
    assert settled(chosen, method="flow-matching") == first | {family: slugs[0] for family, slugs in kind.legal.items()}
    by_hand = {"lr": "0.02", "steps": "123", "activation": "selu"}
    for moved in (settled(first | by_hand, method=slug), settled(chosen | by_hand, method="flow-matching")):
        assert moved.items() >= by_hand.items()


def test_choosing_a_gan_takes_its_step_size_and_relu_and_going_back_takes_those_back() -> None:
    flat = {"lr": "0.004", "activation": "silu", "steps": "4000"}
    chosen = settled(flat, method="gan")
    assert (chosen["lr"], chosen["activation"], chosen["steps"]) == ("0.001", "relu", "4000")
    assert settled(chosen, method="flow-matching") == flat | {
        "method": "flow-matching",
        "path": "linear",
        "coupling": "independent",
    }
    assert settled(chosen | {"lr": "0.002"}, method="flow-matching")["lr"] == "0.002"
    assert settled(settled(chosen, method="cnf"), method="vae").items() >= flat.items()


@EVERY
def test_a_link_holds_what_differs_from_the_methods_own_defaults(slug: str) -> None:
    for name in ("lr", "steps", "activation"):
        own, first = default_of(name, slug), default_of(name)
        assert name not in Experiment.from_flat({"method": slug, name: str(own)}).to_flat()
        if own != first:
            run = Experiment.from_flat({"method": slug, name: str(first)})
            assert run.to_flat()[name] == str(first)
            assert Experiment.from_flat(run.to_flat()) == run
            assert Experiment.model_validate_json(run.model_dump_json()) == run


@EVERY
def test_a_field_that_a_method_does_not_use_is_left_out_with_a_sentence(slug: str) -> None:
    for name, value in {"time_sampling": "logit-normal", "time_features": "embedding"}.items():
        found, notes = nearest({"method": slug, name: value})
        if name in METHODS[slug].unused:
            assert found == Experiment(method=slug)  # type: ignore[arg-type]
            assert [(note.code, note.field) for note in notes] == [("left-out", name)]
            assert notes[0] == f"`{name}` has no part in method {slug!r}; it was left out."
            with pytest.raises(ValueError, match=f"`{name}` has no part in method '{slug}'; got {name} '{value}'"):
                Experiment.from_flat({"method": slug, name: value})
        else:
            assert not notes
            assert found.to_flat() == {"method": slug, name: value} if slug != "flow-matching" else {name: value}

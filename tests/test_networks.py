"""The learned field: its features of time, its layers, and that the quick evaluation is the plain one."""

from __future__ import annotations

import math
from typing import Any, get_args

import numpy as np
import pytest
import torch

from flowviz.experiment import ARTICLE, Experiment, Network
from flowviz.networks import ACTIVATIONS, FREQUENCIES, LearnedField, VelocityField, time_features

FEATURES = get_args(Network.model_fields["time_features"].annotation)
EVERY = pytest.mark.parametrize(
    "network",
    [Network(width=24, depth=2, activation=a, time_features=f) for a in ACTIVATIONS for f in FEATURES]  # type: ignore[arg-type]
    + [Network(width=8, depth=1), Network(width=16, depth=6)],
    ids=str,
)


def built(network: Network, seed: int = 0) -> VelocityField:
    return VelocityField(network, torch.Generator().manual_seed(seed))


def arrays(module: VelocityField) -> dict[str, np.ndarray]:
    return {name: value.numpy().copy() for name, value in module.state_dict().items()}


def test_every_activation_is_a_choice_and_every_choice_an_activation() -> None:
    assert get_args(Network.model_fields["activation"].annotation) == tuple(ACTIVATIONS)


@EVERY
@pytest.mark.parametrize("n", [0, 1, 33])
def test_field_has_the_shape_of_the_points(network: Network, n: int, rng: torch.Generator) -> None:
    x, module = torch.randn(n, 2, generator=rng), built(network)
    assert module(x, torch.rand(n, generator=rng)).shape == (n, 2)
    assert LearnedField(network, arrays(module)).velocity(x, torch.tensor(0.5)).shape == (n, 2)


@EVERY
def test_one_time_for_all_is_the_same_time_for_each(network: Network, rng: torch.Generator) -> None:
    x, module, t = torch.randn(16, 2, generator=rng), built(network), torch.tensor(0.3)
    assert torch.equal(module(x, t), module(x, t.expand(16)))


@EVERY
@pytest.mark.parametrize("t", [0.0, 0.37, 1.0])
def test_learned_field_is_the_module_with_its_weights(network: Network, t: float, rng: torch.Generator) -> None:
    module, x = built(network, 4), 3 * torch.randn(200, 2, generator=rng)
    field = LearnedField(network, arrays(module))
    found = field.velocity(x, torch.tensor(t))
    assert not found.requires_grad
    # The first layer adds up in another order: float32 rounding through a few layers.
    assert torch.allclose(found, module(x, torch.tensor(t)), atol=2e-5, rtol=1e-5)


@EVERY
def test_learned_field_keeps_its_own_copy_of_the_weights(network: Network) -> None:
    weights, x, t = arrays(built(network)), torch.ones(3, 2), torch.tensor(0.5)
    field = LearnedField(network, weights)
    before = field.velocity(x, t)
    for array in weights.values():
        array[...] = math.nan
    assert torch.equal(field.velocity(x, t), before)


@EVERY
def test_learned_field_takes_arrays_that_cannot_be_written(network: Network) -> None:
    """Shared snapshots are read-only."""
    weights = arrays(built(network))
    for array in weights.values():
        array.flags.writeable = False
    assert LearnedField(network, weights).velocity(torch.zeros(2, 2), torch.tensor(0.0)).isfinite().all()


@EVERY
def test_field_depends_on_place_and_time(network: Network) -> None:
    module = built(network)
    x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    at = [module(x, torch.tensor(t)) for t in (0.0, 0.5, 1.0)]
    assert len({tuple(row) for value in at for row in value.tolist()}) == 9


@EVERY
def test_first_weights_follow_from_the_generator_alone(network: Network) -> None:
    first, again, other = (arrays(built(network, seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not any(np.array_equal(first[name], other[name]) for name in first)


@EVERY
def test_first_weights_are_uniform_within_the_root_of_the_inputs(network: Network) -> None:
    for layer in built(network).modules():
        if isinstance(layer, torch.nn.Linear):
            bound = layer.in_features**-0.5
            assert 0.5 * bound < float(layer.weight.detach().abs().max()) <= bound
            assert float(layer.bias.detach().abs().max()) <= bound


@pytest.mark.parametrize("kind", FEATURES)
def test_network_has_the_parameters_that_its_choices_say(kind: Any) -> None:
    network = Network(width=40, depth=3, time_features=kind)
    inputs = 2 + {"fourier": 2 * FREQUENCIES, "embedding": 64, "plain": 1}[kind]
    embedding = 2 * 64 + 65 * 64 if kind == "embedding" else 0
    expected = embedding + (inputs + 1) * 40 + 2 * 41 * 40 + 41 * 2
    assert sum(p.numel() for p in built(network).parameters()) == expected


def test_articles_network_is_a_time_layer_of_64_and_three_of_128() -> None:
    module = built(Experiment.from_flat(ARTICLE).network)
    shapes = [tuple(layer.weight.shape) for layer in module.modules() if isinstance(layer, torch.nn.Linear)]
    assert sorted(shapes) == sorted([(64, 1), (64, 64), (128, 66), (128, 128), (128, 128), (2, 128)])


def test_fourier_features_are_cosines_and_sines_of_whole_half_turns() -> None:
    t = torch.linspace(0, 1, 11, dtype=torch.float64)
    features = time_features(t, "fourier")
    assert features.shape == (11, 16)
    for j in range(1, 9):
        assert torch.allclose(features[:, j - 1], torch.cos(math.pi * j * t), atol=1e-14)
        assert torch.allclose(features[:, 7 + j], torch.sin(math.pi * j * t), atol=1e-14)


def test_features_tell_every_time_from_every_other() -> None:
    """Half turns: with whole ones t = 0 and t = 1 would be the same."""
    features = time_features(torch.linspace(0, 1, 101), "fourier")
    assert float(torch.cdist(features, features).fill_diagonal_(1).min()) > 0.3


@pytest.mark.parametrize("kind", ["plain", "embedding"])
def test_other_features_are_the_time_itself(kind: str) -> None:
    t = torch.rand(5)
    assert torch.equal(time_features(t, kind), t[:, None])


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(RuntimeError, match="size mismatch"):
        LearnedField(Network(width=16), arrays(built(Network(width=8))))


def test_learned_field_asked_at_many_times_is_still_the_module(rng: torch.Generator) -> None:
    """It keeps what the last few times add to its first layer: by time and type, never by turn."""
    network = Network()
    module = VelocityField(network, rng)
    field = LearnedField(network, {name: value.numpy() for name, value in module.state_dict().items()})
    x = torch.randn(20, 2, generator=rng)
    for t in (0.3, 0.3, 0.7, 0.3, 0.1, 0.2, 0.4, 0.5, 0.3):
        with torch.no_grad():
            expected = module(x, torch.tensor(t))
        torch.testing.assert_close(field.velocity(x, torch.tensor(t)), expected, rtol=0, atol=1e-5)

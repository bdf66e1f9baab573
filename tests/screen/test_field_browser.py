"""A field in the browser is the field: velocities and ways as torch computes them, for every network and every law."""

from __future__ import annotations

import base64
import itertools
from typing import Any

import numpy as np
import pytest
import torch

from flowviz.experiment import Experiment
from flowviz.export.page import bundle
from flowviz.known import known
from flowviz.networks import ACTIVATIONS, Guidance, VelocityField, guided_field, learned_field
from flowviz.scene import Kit, Panel, pack
from flowviz.scene.kit import NODES, mixture_kit, network_kit
from flowviz.solvers import interval_of, solve
from tests.screen.player_app import swirl

pytestmark = pytest.mark.browser

ASK = """([code, packed, places, nodes]) => {
  const modules = new Function(code + "; return modules;")();
  const { kit } = modules["decode.js"].decode(Uint8Array.from(atob(packed), c => c.charCodeAt(0))).panels[0];
  const { evaluate, trace } = modules["field.js"];
  return { velocity: nodes.map(node => places.map(([x, y]) => evaluate(kit, x, y, node))),
    ways: nodes.filter(node => node % 2 === 0).map(node => places.map(([x, y]) => trace(kit, x, y, node))) };
}"""
NODES_ASKED = (0, 37, 64, 111, NODES - 1)
LAWS = [
    {},
    {"path": "vp"},
    {"path": "bridge"},
    {"path": "trig", "source": "two-gaussians"},
    {"path": "si-linear", "source": "two-gaussians"},
    {"target": "two-points"},
    {"target": "moons"},
    {"coupling": "ot"},
]
NETWORKS = [
    {"activation": activation, "time_features": features, "method": method, "width": "32", "depth": depth}
    for (activation, features), method, depth in zip(
        itertools.product(ACTIVATIONS, ("fourier", "embedding", "plain")),
        itertools.cycle(("flow-matching", "diffusion")),
        itertools.cycle(("1", "2", "3", "2")),
        strict=False,
    )
]


@pytest.fixture(scope="module")
def blank(chromium):
    page = chromium.new_page()
    page.goto("about:blank")
    yield page
    page.close()


def asked(page, kit: Kit | None, places: np.ndarray) -> dict[str, Any]:
    assert kit is not None
    data = base64.b64encode(pack([Panel((swirl(20),), kit=kit)])).decode()
    return page.evaluate(ASK, [bundle(), data, places.tolist(), list(NODES_ASKED)])


def agree(page, kit: Kit | None, field, *, end: float = 1e-3) -> None:
    """Velocities at all nodes, and where ways end against `solve` from the same time on."""
    places = 2 * torch.randn(12, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    found = asked(page, kit, places.numpy())
    times = torch.linspace(*interval_of(field), NODES, dtype=torch.float64)
    for node, seen in zip(NODES_ASKED, found["velocity"], strict=True):
        wanted = field.velocity(places, times[node])
        off = (torch.tensor(seen, dtype=torch.float64) - wanted).norm(dim=1)
        assert float((off / (1e-3 + wanted.norm(dim=1))).max()) < 1e-4, node
    even = [node for node in NODES_ASKED if node % 2 == 0]
    for node, ways in zip(even, found["ways"], strict=True):
        assert not any(way["lost"] for way in ways)
        for name, last in (("back", 0), ("on", NODES - 1)):
            tips = torch.tensor([way[name][-2:] for way in ways], dtype=torch.float64)
            steps = max(1, abs(last - node) // 2)
            wanted = solve(field, places, solver="rk4", steps=steps, interval=(float(times[node]), float(times[last]))).x[-1]
            assert float((tips - wanted).norm(dim=1).max()) < end, (node, name)


@pytest.mark.parametrize("flat", LAWS, ids=str)
def test_a_law_in_the_browser_is_the_exact_field(blank, flat: dict[str, str]):
    field = known(Experiment.from_flat(flat)).field
    agree(blank, mixture_kit(field), field)


@pytest.mark.parametrize("flat", NETWORKS, ids=lambda flat: " ".join(flat.values()))
def test_a_network_in_the_browser_is_the_learned_field(blank, flat: dict[str, str]):
    experiment = Experiment.from_flat({**flat, **({"path": "vp"} if flat["method"] == "diffusion" else {})})
    weights = drawn(experiment)
    agree(blank, network_kit(experiment, weights), learned_field(experiment, weights, dtype=torch.float64))


@pytest.mark.parametrize("y", [None, 1])
def test_a_network_that_tells_classes_apart_has_a_kit_for_each_and_one_for_none(blank, y: int | None):
    experiment = Experiment.from_flat({"classes": "within", "width": "32"})
    weights = drawn(experiment)
    field = learned_field(experiment, weights, dtype=torch.float64)
    wanted = field if y is None else guided_field(experiment, field, Guidance(torch.tensor(y), 1.0))
    agree(blank, network_kit(experiment, weights, y), wanted)


def drawn(experiment: Experiment) -> dict[str, np.ndarray]:
    """Weights as large as learned ones."""
    module = VelocityField(experiment.network, torch.Generator().manual_seed(5), classes=experiment.class_count)
    return {name: 1.5 * value.numpy() for name, value in module.state_dict().items()}


def test_every_activation_meets_every_feature_of_time_and_both_methods():
    assert {(f["activation"], f["time_features"]) for f in NETWORKS} == set(
        itertools.product(ACTIVATIONS, ("fourier", "embedding", "plain"))
    )
    assert {f["method"] for f in NETWORKS} == {"flow-matching", "diffusion"}


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_of_weights_that_are_not_finite_there_is_no_kit(bad: float):
    experiment = Experiment()
    weights = drawn(experiment)
    weights["net.0.bias"] = weights["net.0.bias"].copy()
    weights["net.0.bias"][3] = bad
    assert network_kit(experiment, weights) is None


def test_longer_steps_end_near_the_same_place(blank):
    """What a slow browser draws is the same field with fewer steps."""
    kit = mixture_kit(known(Experiment()).field)
    script = ASK.replace("trace(kit, x, y, node)", "trace(kit, x, y, node, 4)")
    assert kit is not None
    data = base64.b64encode(pack([Panel((swirl(20),), kit=kit)])).decode()
    places = [[0.4, -0.9], [1.5, 1.0]]
    fine, coarse = (blank.evaluate(s, [bundle(), data, places, [64]])["ways"][0] for s in (ASK, script))
    for one, other in zip(fine, coarse, strict=True):
        assert len(other["on"]) < len(one["on"]) / 3
        assert np.allclose(one["on"][-2:], other["on"][-2:], atol=0.02)
        assert np.allclose(one["back"][-2:], other["back"][-2:], atol=0.02)


def test_a_way_that_runs_out_of_all_bounds_says_so(blank):
    experiment = Experiment.from_flat({"activation": "relu", "time_features": "plain", "width": "32"})
    weights = {name: 3e3 * value for name, value in drawn(experiment).items()}
    found = asked(blank, network_kit(experiment, weights), np.array([[1.0, 1.0]]))
    assert found["ways"][1][0]["lost"]

"""What a page says beside a choice is true at both ends of every slider: each number is computed here once more, otherwise."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any, Literal, get_args, get_origin

import numpy as np
import ot
import pytest
import torch
from scipy.integrate import solve_ivp

from flowviz import figures
from flowviz.couplings import COUPLINGS, Coupling
from flowviz.experiment import Experiment
from flowviz.known import NEGLIGIBLE, POINTS, known
from flowviz.paths import PATHS, Path
from flowviz.scene.build import View, exact_scene
from flowviz.ui import controls, live, pictures, words

NUMBER = r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?"
FEW = View(particles=50, solver_steps=4)


def ends(family: dict[str, type[Any]]) -> list[dict[str, str]]:
    """Every member of a family as flat fields: with its defaults, and with each option at each choice or at either end."""
    name = "path" if family is PATHS else "coupling"
    found = [{name: slug} for slug in family]
    for slug, kind in family.items():
        for field, info in kind.__pydantic_fields__.items():
            values: list[Any] = list(get_args(info.annotation)) if get_origin(info.annotation) is Literal else []
            for rule in info.metadata:
                values += [getattr(rule, bound) for bound in ("ge", "le") if hasattr(rule, bound)]
                values += [1e-3] if getattr(rule, "gt", None) == 0 else []
            found += [{name: slug, f"{slug.replace('-', '_')}_{field}": str(value)} for value in values]
    return found


ALL_PATHS = [{}, *ends(PATHS)]
ALL_COUPLINGS = [{}, *ends(COUPLINGS)]


def numbers(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in re.findall(NUMBER, text)]


def path_of(flat: dict[str, str]) -> Path:
    return Experiment.from_flat(flat).path


def shown(flat: dict[str, str]) -> tuple[Coupling, torch.Tensor, torch.Tensor]:
    experiment = Experiment.from_flat(flat)
    return experiment.coupling, *figures.shown_pairs(experiment)


@pytest.mark.parametrize("flat", ALL_PATHS, ids=str)
def test_a_path_says_what_is_left_of_the_data_and_how_wide_its_noise_is(flat: dict[str, str]) -> None:
    path, half = path_of(flat), torch.tensor(0.5, dtype=torch.float64)
    alpha, sigma = (float(c(torch.zeros((), dtype=torch.float64))) for c in (path.alpha, path.sigma))
    said = path.caption.removeprefix(path.remark)
    assert ("At t = 0" in said) == (alpha > 0)
    if alpha:
        first = said.split(". ")[0]
        assert numbers(first)[1:5] == pytest.approx([alpha, sigma, alpha, sigma * path.source_std], rel=0.06)
    width = re.search(rf"γ\(½\) = ({NUMBER})", said)
    assert (width is not None) == path.noisy
    if width is not None:
        assert float(width[1]) == pytest.approx(float(path.gamma(half)), rel=0.06)
    assert ("no noise" in said) == (path.slug == "si-linear" and not path.noisy)
    late = re.search(r"made by t = (0\.\d\d)", said)
    assert (late is not None) == (path.slug in ("vp", "cosine"))
    if late is not None:
        t = torch.tensor(float(late[1]), dtype=torch.float64)
        assert float(path.alpha(t)) == pytest.approx((alpha + 1) / 2, abs=0.01)  # t has two digits


def test_no_remark_holds_at_the_default_only() -> None:
    assert path_of({"path": "vp", "vp_beta_max": "2"}).beginning[0] > 0.5
    assert float(path_of({"path": "vp", "vp_beta_max": "2"}).alpha(torch.tensor(0.5))) > 0.8  # so not "late"
    said = " ".join(kind.remark for kind in (*PATHS.values(), *COUPLINGS.values()))
    for claim in ("small, not zero", "so wide", "most of the change", "hardly cross", "2s²"):
        assert claim not in said


@pytest.mark.parametrize("flat", ALL_COUPLINGS, ids=str)
def test_a_coupling_says_how_far_apart_its_points_are(flat: dict[str, str]) -> None:
    coupling, x0, x1 = shown(flat)
    cost = ot.dist(x0.double().numpy(), x1.double().numpy())
    even = np.full(len(cost), 1 / len(cost))
    facts = [np.diag(cost).mean(), ot.emd2(even, even, cost), cost.mean()]
    said = numbers(coupling.caption(x0, x1).removeprefix(coupling.remark).replace("x₀", "").replace("x₁‖²", ""))
    assert said == pytest.approx(facts, rel=0.006)  # three digits


def test_a_plan_moves_from_optimal_transport_to_chance() -> None:
    """What the remark of Sinkhorn says, at both ends of its slider."""
    low, high = (shown({"coupling": "sinkhorn", "sinkhorn_epsilon": e}) for e in ("0.05", "100"))
    costs = [float((x0 - x1).square().sum(1).mean()) for _, x0, x1 in (low, high)]
    least, chance = numbers(low[0].caption(*low[1:]).removeprefix(low[0].remark))[-2:]
    assert costs[0] - least < 0.05 * (chance - least)
    assert costs[1] - least > 0.5 * (chance - least)


@pytest.mark.parametrize("s", ["0.001", "0.15", "0.16", "1", "4"])
@pytest.mark.parametrize("coupling", [{}, {"coupling": "sinkhorn", "sinkhorn_epsilon": "3"}])
def test_the_bridge_names_an_epsilon_that_can_be_chosen(s: str, coupling: dict[str, str]) -> None:
    experiment = Experiment.from_flat({"path": "bridge", "bridge_s": s, **coupling})
    said = controls._bridge(experiment)
    epsilon = 2 * float(s) ** 2
    assert float(re.search(rf"2s² = ({NUMBER})", said)[1]) == pytest.approx(epsilon, rel=0.006)  # type: ignore[index]
    assert ("exact OT" in said) == (epsilon < 0.05)
    assert ("chosen is ε = 3" in said) == (bool(coupling) and epsilon >= 0.05)


@pytest.mark.parametrize("flat", [f for f in ALL_PATHS if f.get("path") != "bridge"], ids=str)
def test_only_a_bridge_speaks_of_bridges(flat: dict[str, str]) -> None:
    assert controls._bridge(Experiment.from_flat(flat)) == ""


@pytest.mark.parametrize("flat", ALL_PATHS, ids=str)
def test_exact_is_called_what_ends_at_the_data(flat: dict[str, str]) -> None:
    experiment = Experiment.from_flat(flat)
    scene, beginning = exact_scene(experiment, FEW), known(experiment).beginning
    alpha, sigma = experiment.path.beginning
    x1 = experiment.target_distribution.sample(20_000, torch.Generator().manual_seed(0))
    share = alpha * float(x1.square().mean().sqrt()) / (sigma * experiment.path.source_std)
    assert (beginning is not None) == (share > NEGLIGIBLE)
    assert scene.title == ("Exact flow" if beginning is None else "Exact field, from x₀ alone")
    assert ("x₀ alone" in scene.note) == (beginning is not None)
    assert not scene.stands_in


@pytest.mark.parametrize("path", [{"path": "vp", "vp_beta_max": "2"}, {"path": "ve", "ve_sigma_max": "2"}], ids=str)
def test_what_the_wrong_beginning_costs_is_measured(path: dict[str, str]) -> None:
    """Against another solver, other samples and another library's W2; and the page says it."""
    experiment = Experiment.from_flat(path)
    beginning = known(experiment).beginning
    assert beginning is not None
    kind, rng = experiment.path, np.random.default_rng(0)
    mixture = experiment.target_distribution.mixture()
    means, variance = mixture.means.double().numpy(), float(mixture.variances[0])

    def velocity(t: float, flat: np.ndarray) -> np.ndarray:
        now = torch.tensor(t, dtype=torch.float64)
        a, da = float(kind.alpha(now)), float(kind.d_alpha(now))
        s2, ss = float(kind.sigma(now)) ** 2 * kind.source_std**2, float(kind.sigma_d_sigma(now)) * kind.source_std**2
        x, c, h = flat.reshape(-1, 2), a * a * variance + s2, a * da * variance + ss
        y = x[:, None] - a * means
        w = np.exp(-(y**2).sum(2) / (2 * c) + (y**2).sum(2).min(1, keepdims=True) / (2 * c))
        return ((w / w.sum(1, keepdims=True))[..., None] * (da * means + h / c * y)).sum(1).ravel()

    # Start and target with their angles evenly spread, as the stratified samples of the measured value are.
    angle = rng.permutation(np.arange(POINTS) + 0.5) / POINTS * 2 * np.pi
    radius = kind.source_std * np.sqrt(-2 * np.log(rng.uniform(size=POINTS)))
    start = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1)
    end = solve_ivp(velocity, (0.0, 1.0), start.ravel(), rtol=1e-7, atol=1e-7).y[:, -1].reshape(-1, 2)
    target = means[np.arange(POINTS) % len(means)] + variance**0.5 * rng.normal(size=(POINTS, 2))
    even = np.full(POINTS, 1 / POINTS)
    assert beginning.alone == pytest.approx(ot.emd2(even, even, ot.dist(end, target)) ** 0.5, rel=0.12)  # n = 500
    assert beginning.alone > 2 * beginning.floor
    assert exact_scene(experiment, FEW).note.count(f"W2 = {beginning.alone:.2f}") == 1


@pytest.mark.parametrize("flat", ALL_COUPLINGS, ids=str)
def test_what_crossing_does_is_counted(flat: dict[str, str]) -> None:
    experiment = Experiment.from_flat(flat)
    counted = figures.crossings(experiment)
    assert counted is not None
    share, chance = counted
    assert share == figures.crossing_share(*figures.shown_pairs(experiment))
    said = words._crossings(experiment)
    assert f"{share:.0%}" in said
    if experiment.coupling.slug == "independent":
        x0, x1 = figures.shown_pairs(experiment)
        rng = torch.Generator().manual_seed(1)
        others = [figures.crossing_share(x0, x1[torch.randperm(len(x1), generator=rng)]) for _ in range(100)]
        assert min(others) <= share <= max(others)
        assert chance == pytest.approx(sum(others) / 100, abs=0.03)  # the mean of 8, each off by some .03
        return
    assert ("hardly cross" in said) == (share <= words.CROWDED)
    loss = live._less_to_average(experiment)
    assert f"{share:.0%}" in loss
    assert f"{chance:.0%}" in loss
    assert ("cross less" in loss) == (share <= live.FEWER * chance)


def test_the_more_entropy_the_more_lines_cross() -> None:
    each = [
        figures.crossings(Experiment.from_flat({"coupling": "sinkhorn", "sinkhorn_epsilon": e})) for e in ("0.05", "2", "100")
    ]
    assert all(a[0] <= b[0] for a, b in pairwise(filter(None, each)))


@pytest.mark.parametrize("flat", [{}, {"target": "moons"}, {"coupling": "ot"}, {"path": "trig", "coupling": "pairs"}], ids=str)
def test_a_stand_in_is_not_called_exact(flat: dict[str, str]) -> None:
    scene = exact_scene(Experiment.from_flat(flat), FEW)
    assert scene.stands_in == bool(flat)
    assert ("Ring: exact" in pictures.overlaid(scene)) == (not scene.stands_in)
    assert (scene.title == "Exact flow") == (not scene.stands_in)

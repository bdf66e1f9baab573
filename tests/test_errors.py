"""Error against evaluations: slopes on the exact flow, counts, and what happens where a solver gives up."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.integrate import solve_ivp
from torch import Tensor

from flowviz.experiment import Experiment
from flowviz.figures.errors import SolverCurve, distance_figure, error_figure
from flowviz.known import known
from flowviz.measures import errors_against_evaluations, reference_ends, samples, slopes
from flowviz.networks import learned_field
from flowviz.solvers import ADAPTIVE, FIXED, SOLVERS
from flowviz.training import untrained_weights


def ends(n: int = 40, **flat: str) -> tuple[Experiment, Tensor, Tensor]:
    experiment = Experiment.from_flat(flat)
    x0, x1 = (x.double() for x in samples(experiment, n, 0))
    return experiment, x0, x1


@pytest.fixture(scope="module")
def curves():
    experiment, x0, x1 = ends()
    field = known(experiment).field
    reference = reference_ends(field, x0, steps=800)
    return list(errors_against_evaluations(field, x0, x1, reference, evaluations=(256, 512, 1024), tolerances=(1e-2, 1e-5)))


def test_slopes_on_the_exact_flow_are_the_orders(curves):
    found = slopes(curves)
    assert set(found) == set(FIXED)
    assert found == pytest.approx({slug: SOLVERS[slug].order for slug in FIXED}, abs=0.15)


def test_evaluations_are_counted_and_errors_fall_with_them(curves):
    for solver in (*FIXED, *ADAPTIVE):
        mine = [point for point in curves if point.solver == solver]
        assert len(mine) == (3 if solver in FIXED else 2)
        assert [point.nfe for point in mine] == sorted(point.nfe for point in mine)
        errors = [point.rms for point in mine]
        assert errors == sorted(errors, reverse=True)
        if solver in FIXED:
            assert all(point.nfe == point.steps * (SOLVERS[solver].evaluations or 0) for point in mine)
            assert all(point.tolerance is None for point in mine)


def test_the_reference_is_scipys():
    experiment, x0, _ = ends(target="moons", path="trig")
    field = known(experiment).field

    def velocity(t: float, x: np.ndarray) -> np.ndarray:
        return field.velocity(torch.from_numpy(x).view(-1, 2), torch.tensor(t, dtype=torch.float64)).view(-1).numpy()

    theirs = solve_ivp(velocity, (0, 1), x0.view(-1).numpy(), method="DOP853", rtol=1e-11, atol=1e-11).y[:, -1]
    assert torch.allclose(reference_ends(field, x0).view(-1), torch.from_numpy(theirs), atol=1e-7)


@pytest.mark.parametrize("flat", [{}, {"path": "vp"}, {"target": "two-points"}, {"target": "trefoil"}, {"method": "diffusion"}])
def test_every_flow_has_curves_exact_and_learned(flat: dict[str, str]):
    experiment, x0, x1 = ends(**flat)
    fields = [known(experiment).field, learned_field(experiment, untrained_weights(experiment), dtype=torch.float64)]
    for field in fields:
        reference = reference_ends(field, x0, steps=100)
        assert reference.dtype == torch.float64
        found = list(errors_against_evaluations(field, x0, x1, reference, evaluations=(4, 64), tolerances=(1e-2,)))
        assert {point.solver for point in found} == {*FIXED, *ADAPTIVE}
        assert all(point.nfe > 0 and (point.rms is None or point.rms >= 0) for point in found)


def test_a_solver_that_gives_up_has_no_error_and_leaves_a_gap():
    class Explodes:
        def velocity(self, x: Tensor, t: Tensor) -> Tensor:
            return 3 * x * x

    _, x0, x1 = ends()
    found = list(errors_against_evaluations(Explodes(), x0, x1, x0, evaluations=(1,), tolerances=(1e-4,)))
    lost = [point for point in found if point.solver in ADAPTIVE]
    assert all(point.rms is None and point.w2 is None for point in lost)
    assert slopes(found) == {}
    curve = SolverCurve("dopri5", [point.nfe for point in lost], [point.rms for point in lost])
    assert error_figure([curve])["data"][-1]["y"] == [None] * len(lost)


def test_figures_have_units_guides_and_floors():
    curves = [
        SolverCurve("Euler", [1, 2, 4], [1.0, 0.5, 0.25], 1),
        SolverCurve("dopri5", [20, 30], [1e-3, None]),
        SolverCurve("Heun", [], []),
    ]
    errors = error_figure(curves)
    names = [trace.get("name") for trace in errors["data"]]
    assert names == [None, "Euler", "dopri5"]  # a guide, and no legend for what has no points
    guide = errors["data"][0]
    assert math.log(guide["y"][0] / guide["y"][1]) / math.log(guide["x"][1] / guide["x"][0]) == pytest.approx(1, abs=1e-3)
    assert "units of x" in errors["layout"]["yaxis"]["title"]["text"]
    low, high = errors["layout"]["yaxis"]["range"]
    assert low < math.log10(1e-3) < 0 < high < 1
    steep = error_figure([SolverCurve("Runge–Kutta 4", [4, 8], [1e-2, 1e-3], 4)])
    # Where the words "slope 4" stand is in the picture, and not on its lower edge.
    assert steep["layout"]["yaxis"]["range"][0] < math.log10(steep["data"][0]["y"][1]) - 0.1
    distances = distance_figure(curves, 0.2, 0.3)
    assert [note["text"] for note in distances["layout"]["annotations"]] == ["floor at this n 0.2", "this flow 0.3"]
    low, high = distances["layout"]["yaxis"]["range"]
    assert low < math.log10(0.2) < math.log10(1.0) < high
    assert error_figure([])["data"] == []
    # Two samples of two points are the same: there is no floor to draw.
    without = distance_figure(curves, 0.0, 0.3)["layout"]
    assert [note["text"] for note in without["annotations"]] == ["this flow 0.3"]
    assert all(map(math.isfinite, without["yaxis"]["range"]))

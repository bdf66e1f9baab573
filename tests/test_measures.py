"""Measures against closed forms, POT and known bounds; the table, and differences in words."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import sys

import numpy as np
import ot
import pytest
import torch
from torch import Tensor

from flowviz.couplings import COUPLINGS
from flowviz.distributions import DISTRIBUTIONS
from flowviz.distributions.gaussians import EightGaussians, Gaussian
from flowviz.distributions.own import Points
from flowviz.exact import exact_field
from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.measures import (
    FORMS,
    KINDS,
    Measure,
    Measures,
    best_of,
    differences,
    differing,
    floor_at,
    measure,
    names_of,
    quality_against_steps,
    samples,
    shown,
    table,
)
from flowviz.measures.kinds import OF_PICTURES, OF_SERIES
from flowviz.metrics import (
    Spread,
    label_shares,
    log_density,
    log_likelihood,
    negative_log_likelihood,
    sampling_floor,
    stratified,
    velocity_and_divergence,
    wasserstein2,
)
from flowviz.networks import LearnedField
from flowviz.paths import PATHS
from flowviz.training import Snapshot, train, untrained_weights

QUICK = {"steps": "30", "width": "16", "batch": "64"}


def learned(**flat: str) -> tuple[Experiment, Snapshot]:
    run = Experiment.from_flat(QUICK | flat)
    *_, last = train(run, every=math.inf)
    return run, last


# Samples.


@pytest.mark.parametrize("slug", DISTRIBUTIONS)
@pytest.mark.parametrize("n", [0, 1, 100, 257])
def test_every_label_has_its_share_of_a_stratified_sample(slug: str, n: int, rng: torch.Generator) -> None:
    distribution = DISTRIBUTIONS[slug]()
    x, labels = stratified(distribution, n, rng)
    assert (x.shape, x.dtype, labels.shape, labels.dtype) == ((n, distribution.space.dim), torch.float32, (n,), torch.int64)
    wanted = n * np.array(label_shares(distribution))
    assert sum(label_shares(distribution)) == pytest.approx(1, abs=1e-12)
    assert np.abs(np.bincount(labels.numpy(), minlength=len(wanted)) - wanted).max() < 1


def test_labels_of_unequal_weight_keep_it() -> None:
    assert label_shares(EightGaussians()) == (1 / 8,) * 8
    inner, outer = label_shares(DISTRIBUTIONS["circles"]())
    assert outer / inner == pytest.approx(2, rel=0.03)  # as long as it is; counted, so not exact


def test_stratified_samples_follow_from_the_generator_and_are_in_no_order() -> None:
    one, other = (stratified(EightGaussians(), 80, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(one[0], other[0])
    assert not torch.equal(one[1], one[1].sort().values)


def test_a_stratified_sample_is_one_of_the_distribution(rng: torch.Generator) -> None:
    """The mean of 20,000 points is off by less than 4 standard errors of an unstratified one."""
    x = stratified(Gaussian(), 20_000, rng)[0]
    assert float(x.mean(0).abs().max()) < 4 / math.sqrt(20_000)
    assert torch.allclose(torch.cov(x.T), torch.eye(2), atol=4 * math.sqrt(2 / 20_000))


def test_floor_of_w2_is_the_known_one_and_falls_with_n(rng: torch.Generator) -> None:
    """8 Gaussians at n = 1000, stratified: .250 ± .008 found elsewhere; three repeats here."""
    floor = sampling_floor(EightGaussians(), 1000, rng)
    assert floor.mean == pytest.approx(0.250, abs=0.025)
    assert floor.mean < floor_at(EightGaussians(), 250, 3).mean
    assert sampling_floor(Gaussian(), 20, rng, repeats=1).spread == 0


def test_w2_far_apart_is_pots_too(rng: torch.Generator) -> None:
    x, y = torch.randn(200, 2, generator=rng) + 50, 0.01 * torch.randn(200, 2, generator=rng)
    even = np.full(200, 1 / 200)
    expected = float(ot.emd2(even, even, ot.dist(x.double().numpy(), y.double().numpy()))) ** 0.5  # type: ignore[arg-type]
    assert wasserstein2(x, y) == pytest.approx(expected, rel=1e-9)


# Likelihood.


class Linear:
    """v = A x: the flow is x → exp(A t) x, its divergence the trace of A."""

    def __init__(self, a: Tensor) -> None:
        self.a = a

    def velocity(self, x: Tensor, t: Tensor) -> Tensor:
        return x @ self.a.T


def test_divergence_is_the_trace_of_the_jacobian(rng: torch.Generator) -> None:
    a = torch.tensor([[0.3, -2.0], [1.0, 0.5]], dtype=torch.float64)
    x = torch.randn(10, 2, generator=rng, dtype=torch.float64)
    v, divergence = velocity_and_divergence(Linear(a), x, torch.tensor(0.3))
    assert torch.allclose(v, x @ a.T)
    assert torch.allclose(divergence, torch.full((10,), 0.8, dtype=torch.float64))


def test_divergence_of_a_network_is_that_of_finite_differences(rng: torch.Generator) -> None:
    run = Experiment()
    field = LearnedField(run.network, untrained_weights(run))
    field.module.double()
    x, t, h = torch.randn(20, 2, generator=rng, dtype=torch.float64), torch.tensor(0.4, dtype=torch.float64), 1e-5
    found = velocity_and_divergence(field, x, t)[1]
    steps = h * torch.eye(2, dtype=torch.float64)
    expected = sum((field.velocity(x + e, t) - field.velocity(x - e, t))[:, i] / (2 * h) for i, e in enumerate(steps))
    assert torch.allclose(found, torch.as_tensor(expected), atol=1e-8)


def test_likelihood_under_a_linear_flow_is_the_pushed_gaussian(rng: torch.Generator) -> None:
    a = torch.tensor([[0.3, -1.0], [0.7, 0.2]], dtype=torch.float64)
    push = torch.linalg.matrix_exp(a)
    law = torch.distributions.MultivariateNormal(torch.zeros(2, dtype=torch.float64), push @ push.T)
    x = torch.randn(50, 2, generator=rng, dtype=torch.float64)
    found = log_likelihood(Linear(a), x, Gaussian().mixture(), steps=40)
    assert torch.allclose(found, law.log_prob(x), atol=1e-6)


@pytest.mark.parametrize("path", [slug for slug in PATHS if slug != "ve"])  # ve starts from data + noise, not from the source
def test_likelihood_under_an_exact_flow_is_its_own_density(path: str, rng: torch.Generator) -> None:
    """Two ways to one number: along the flow, and the density of the mixture at t = 1."""
    source = Experiment.from_flat({"path": path}).source_distribution
    field = exact_field(source, EightGaussians(), PATHS[path](), COUPLINGS["independent"]())
    x = stratified(EightGaussians(), 200, rng)[0].double()
    found = log_likelihood(field, x, source.mixture(), steps=60)
    assert float((found - field.log_density(x, torch.tensor(1.0))).mean().abs()) < 5e-3


def test_nll_of_a_gaussian_under_its_exact_flow_is_its_entropy(rng: torch.Generator) -> None:
    """log(2πe s²) for two dimensions; the standard error of a mean of 4,000 is 1/√4000 = .016."""
    field = exact_field(Gaussian(), Gaussian(std=2.0), PATHS["linear"](), COUPLINGS["independent"]())
    x = Gaussian(std=2.0).sample(4000, rng).double()
    found = negative_log_likelihood(field, x, Gaussian().mixture(), steps=20)
    assert found == pytest.approx(math.log(2 * math.pi * math.e * 4), abs=4 * 0.016)


@pytest.mark.parametrize("path", ["linear", "trig", "vp"])
def test_no_flow_beats_the_entropy_of_the_checkerboard(path: str) -> None:
    run = Experiment.from_flat({"target": "checkerboard", "path": path})
    found = measure(run, None, n=400, repeats=1, steps=10)["nll"]
    assert found.best == pytest.approx(3.4657, abs=1e-4)
    assert found.value is not None
    # A mean of 400 may fall short of the expectation by 3 standard errors, .3/√400 each: edges are soft.
    assert 3.4657 - 0.05 < found.value < 3.75


def test_log_density_is_torchs(rng: torch.Generator) -> None:
    mixture = EightGaussians().mixture()
    x = 4 * torch.randn(30, 2, generator=rng, dtype=torch.float64)
    parts = torch.distributions.MultivariateNormal(mixture.means, mixture.variances[:, None, None] * torch.eye(2))
    law = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(mixture.weights), parts)
    assert torch.allclose(log_density(mixture, x), law.log_prob(x), atol=1e-12)


# Measures.


def test_the_exact_field_measures_as_known() -> None:
    """N(0, I) → 8 Gaussians at n = 1000: NPE .24, straightness 3.44 by fine steps, one Euler step √25.63 = 5.063."""
    found = measure(Experiment(), None, repeats=1, steps=20)
    values = {item.slug: item.value for item in found}
    assert found.exact
    assert values["npe"] == pytest.approx(0.24, abs=0.025)
    assert values["straightness"] == pytest.approx(3.454, abs=0.06)
    assert values["w2_one"] == pytest.approx(5.063, abs=0.12)
    assert values["nfe"] == 20
    floor = found["w2"].best
    assert floor is not None
    assert values["w2"] is not None
    assert 0.8 * floor < values["w2"] < 1.6 * floor  # stratified sources land stratified on symmetric targets
    # Data under its own density: the same points, so only the solver is between the two.
    assert values["nll"] == pytest.approx(found["nll"].best, abs=2e-3)
    assert values["field_error"] is values["seconds"] is values["rate"] is None


def test_a_learned_field_has_every_measure_with_unit_and_meaning() -> None:
    run, last = learned()
    found = measure(run, last, n=100, repeats=2, steps=8, solver="rk4")
    assert [item.slug for item in found] == list(KINDS)
    assert all(
        (item.value is not None and math.isfinite(item.value)) != (item.slug in (*OF_PICTURES, *OF_SERIES)) for item in found
    )
    assert found["nfe"].value == 32
    assert found["seconds"].value == last.seconds
    assert all(found[slug].spread is not None for slug in ("w2", "w2_one", "npe", "straightness", "nll"))
    for kind in KINDS.values():
        assert kind.name
        assert kind.meaning.endswith(".")
        assert kind.better in ("lower", "higher")
    assert measure(run, last, n=100, repeats=2, steps=8, solver="rk4") == found, "measuring is deterministic"


@pytest.mark.parametrize(
    ("flat", "slug", "words"),
    [
        ({"source": "moons"}, "nll", "density of the source, Two moons, has no closed form"),
        ({"target": "two-points"}, "nll", "Two points, has no density"),
        ({"coupling": "ot"}, "field_error", "Exact OT has no exact field"),
        ({"coupling": "pairs"}, "field_error", "Reflow pairs has no exact field"),
    ],
)
def test_what_cannot_be_measured_says_why(flat: dict[str, str], slug: str, words: str) -> None:
    run, last = learned(**flat)
    item = measure(run, last, n=32, repeats=1, steps=4)[slug]
    assert item.value is None
    assert words in item.note


def test_own_points_are_measured_and_named_shortly() -> None:
    points = Points.of(np.random.default_rng(0).normal(size=(40, 2)), std=0.3)
    own = Experiment(target=points)  # type: ignore[arg-type]
    found = measure(own, None, n=50, repeats=1, steps=8)
    assert found["w2"].value is not None
    assert found["nll"].value is not None
    assert found["nll"].best is not None
    assert differences([own, Experiment()]) == f"target: {points.slug}, 8gaussians"


def test_a_stand_in_is_called_one() -> None:
    note = measure(Experiment(target="moons"), None, n=32, repeats=1, steps=4)["w2"].note
    assert "stands in for Two moons" in note
    assert "Ends at t = 0.999" in measure(Experiment(target="two-points"), None, n=32, repeats=1, steps=4)["w2"].note


def test_a_field_that_runs_away_has_no_value_and_says_so() -> None:
    run, last = learned()
    wild = dataclasses.replace(last, weights={name: 1e20 * array for name, array in last.weights.items()})
    found = measure(run, wild, n=32, repeats=1, steps=4)
    assert found["w2"].value is None
    assert "out of all bounds" in found["w2"].note
    assert table([found])
    points = quality_against_steps(LearnedField(run.network, wild.weights), [samples(run, 32, 0)], evaluations=[4])
    assert {point.w2 for point in points} == {None}


def test_an_integral_that_its_steps_do_not_resolve_says_how_far_off_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wild bridge bends faster than 60 steps follow; the stated error is that against 240 steps, within a factor."""
    wild, tame = (Experiment.from_flat({"path": "bridge", "bridge_s": s}) for s in ("4", "1"))
    found = measure(wild, None, n=80, repeats=1)
    assert not [item.caution for item in measure(tame, None, n=80, repeats=1) if item.caution]
    monkeypatch.setattr(sys.modules[measure.__module__], "FINE", 240)
    truth = measure(wild, None, n=80, repeats=1)
    for slug in ("npe", "straightness"):
        stated = float(found[slug].caution.split("about ")[1].split(";")[0])
        off = abs((found[slug].value or 0) - (truth[slug].value or 0))
        assert off / 4 < stated < 4 * off
    assert found["straightness"].caution in table([found])
    assert not truth["nll"].caution


@pytest.mark.parametrize("options", [{"n": 1}, {"repeats": 0}, {"solver": "frog"}, {"steps": 0}])
def test_what_is_not_legal_is_refused(options: dict) -> None:
    with pytest.raises(ValueError, match=r"Try|choose one of"):
        measure(Experiment(), None, **options)


def test_experiments_are_measured_on_the_same_points() -> None:
    one, other = samples(Experiment(), 64, 1), samples(Experiment(path=PATHS["trig"](), seed=5), 64, 1)
    assert torch.equal(one[0], other[0])
    assert torch.equal(one[1], other[1])
    assert not torch.equal(one[0], samples(Experiment(), 64, 2)[0])


def test_quality_gets_better_with_evaluations_and_counts_them() -> None:
    run = Experiment()
    found = quality_against_steps(known(run).field, [samples(run, 250, r) for r in range(2)])
    curves = {solver: [q for q in found if q.solver == solver] for solver in ("euler", "midpoint", "rk4")}
    assert [q.nfe for q in curves["euler"]] == [1, 2, 4, 8, 16, 32, 64]
    assert [q.nfe for q in curves["midpoint"]] == [2, 4, 8, 16, 32, 64]
    assert [q.nfe for q in curves["rk4"]] == [4, 8, 16, 32, 64]
    assert all(q.steps * {"euler": 1, "midpoint": 2, "rk4": 4}[q.solver] == q.nfe for q in found)
    euler = [q.w2 for q in curves["euler"] if q.w2 is not None]
    assert len(euler) == 7
    assert euler[0] == pytest.approx(5.06, abs=0.2)
    assert euler[:5] == sorted(euler[:5], reverse=True)
    assert abs(euler[-1] - floor_at(EightGaussians(), 250, 3).mean) < 0.2


# What differs.


def of(*flats: dict[str, str]) -> list[Experiment]:
    return [Experiment.from_flat(flat) for flat in flats]


@pytest.mark.parametrize(
    ("flats", "words"),
    [
        ([{}, {"path": "trig"}, {"path": "vp"}], "path: linear, trig, vp"),
        ([{"path": "vp"}, {"path": "vp", "vp_beta_max": "10"}], "path: vp (beta max 20), vp (beta max 10)"),
        ([{}, {"coupling": "pairs"}, {"coupling": "pairs", "pairs_rounds": "2"}], "coupling: independent, pairs (rounds 1), pairs (rounds 2)"),
        ([{}, {"width": "128", "seed": "3"}], "width: 64, 128; seed: 0, 3"),
        ([{}, {}], "nothing: these experiments are equal"),
        ([{}], "nothing: there is only one experiment"),
        ([{}, {}, {"time_sampling": "logit-normal"}], "time sampling: uniform, logit-normal (of 3 experiments 2 are different)"),
    ],
)  # fmt: skip
def test_differences_are_said_in_words(flats: list[dict[str, str]], words: str) -> None:
    assert differences(of(*flats)) == words


def test_names_say_what_each_has_of_its_own() -> None:
    assert names_of(of({}, {"path": "trig"})) == ["linear", "trig"]
    assert names_of(of({}, {"width": "8"})) == ["width 64", "width 8"]
    assert len(set(names_of(of({}, {})))) == 1
    assert differing(of({}, {"coupling": "ot", "lr": "0.1"})) == {"coupling": ["independent", "ot"], "lr": ["0.004", "0.1"]}


# The table.


def fake(experiment: Experiment, **values: Measure) -> Measures:
    items = tuple(values.get(slug, Measure(slug)) for slug in KINDS)
    return Measures(experiment, items, exact=False, n=100, repeats=2, solver="euler", steps=20)


RUNS = [
    fake(Experiment(), w2=Measure("w2", 0.5, 0.01, 0.25), rate=Measure("rate", 2000.0), nfe=Measure("nfe", 20.0)),
    fake(Experiment.from_flat({"coupling": "ot"}), w2=Measure("w2", 0.4, 0.02, 0.25), rate=Measure("rate", 500.0), nfe=Measure("nfe", 20.0),
         nll=Measure("nll", note="No likelihood.")),
]  # fmt: skip


def test_best_values_are_marked_each_in_its_direction() -> None:
    assert best_of(RUNS, "w2") == [1]
    assert best_of(RUNS, "rate") == [0]
    assert best_of(RUNS, "nfe") == []  # all the same
    assert best_of(RUNS, "nll") == []
    text = table(RUNS)
    assert "| ot | **0.400 ± 0.020** | 20 | 500 |" in text
    assert "| independent | 0.500 ± 0.010 | 20 | **2,000** |" in text


def test_markdown_says_n_repeats_floor_and_what_differs() -> None:
    text = table(RUNS)
    for words in (
        "n = 100 points",
        "over 2 samples",
        "solver euler with 20 steps",
        "target): 0.250.",
        "coupling: independent, ot.",
        "ot: No like",
    ):
        assert words in text
    assert len({line.count("|") for line in text.splitlines() if line.startswith("|")}) == 1
    assert KINDS["straightness"].name not in text, "columns without a value are left out"


def test_rows_that_differ_in_their_solver_alone_say_that_and_not_that_they_are_equal() -> None:
    one, four = fake(Experiment()), dataclasses.replace(fake(Experiment()), steps=4)
    text = table([dataclasses.replace(one, steps=1), four, dataclasses.replace(four, exact=True)])
    assert "solver euler with 1 step, euler with 4 steps" in text
    assert "differs: solver: euler with 1 step, euler with 4 steps, euler with 4 steps; field: learned, learned, exact." in text
    assert "differs: nothing: these experiments are equal." in table([four, four])


def test_csv_reads_back_as_numbers_with_the_experiment() -> None:
    rows = list(csv.DictReader(io.StringIO(table(RUNS, "csv"))))
    assert [float(row["w2"]) for row in rows] == [0.5, 0.4]
    assert [row["w2_best"] for row in rows] == ["0.25", "0.25"]
    assert rows[1]["experiment"] == "coupling=ot"
    assert rows[1]["nll"] == ""


def test_latex_is_escaped_and_rows_have_equal_columns() -> None:
    text = table(RUNS, "latex", ["50% & more_", "b"])
    rows = [line for line in text.splitlines() if line.endswith((r"\\", r"\hline")) and "&" in line]
    assert len({line.replace(r"\&", "").count("&") for line in rows}) == 1
    assert r"50\% \& more\_" in text
    assert r"\textbf{0.400 $\pm$ 0.020}" in text


def test_a_table_of_nothing_or_in_no_known_form_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown form 'html'; choose one of markdown, csv, latex\."):
        table(RUNS, "html")
    for form in FORMS:
        with pytest.raises(ValueError, match="at least one"):
            table([], form)


@pytest.mark.parametrize(
    ("value", "spread", "words"),
    [(0.7724, 0.0123, "0.772 ± 0.012"), (5.0484, 0.0252, "5.05 ± 0.03"), (0.0, 0.0, "0.000 ± 0.000"), (2356.9, None, "2,357"), (None, None, "–")],
)  # fmt: skip
def test_values_are_shown_with_sensible_digits(value: float | None, spread: float | None, words: str) -> None:
    assert shown(Measure("w2", value, spread)) == words


def test_spread_is_the_standard_deviation() -> None:
    assert Spread.of([1.0, 3.0]) == (2.0, pytest.approx(math.sqrt(2)))
    assert Spread.of([1.0]) == (1.0, 0.0)


@pytest.mark.slow
def test_order_of_the_known_table() -> None:
    """2,000 steps at 2e-3, n = 1000: OT's one step < 1.2, reflow's < 1.3, independent's > 3; NPE < .05 and .1 to .35."""
    found = {}
    for slug in ("independent", "ot", "pairs"):
        run = Experiment.from_flat({"steps": "2000", "lr": "0.002", "coupling": slug})
        *_, last = train(run)
        found[slug] = {item.slug: item.value for item in measure(run, last, repeats=2, steps=20)}
    assert found["ot"]["w2_one"] < 1.2
    assert found["pairs"]["w2_one"] < 1.3
    assert found["independent"]["w2_one"] > 3
    assert found["ot"]["npe"] < 0.05 < 0.1 < found["independent"]["npe"] < 0.35
    assert all(values["w2"] < 0.8 for values in found.values())
    assert all(values["nll"] > 3.7 for values in found.values())

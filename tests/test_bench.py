"""The bench: its rows, its table, and that its baselines learn the same thing. Nothing here asserts on seconds."""

import json
import math
from collections.abc import Iterator

import pytest
import torch

from flowviz.bench import Aim, Row, measure, report, server, table, to_json
from flowviz.bench.loops import article_loop, paired, products, torchcfm_loop, torchcfm_matcher
from flowviz.bench.quality import seconds_to_share, share_of
from flowviz.cli import main
from flowviz.experiment import Experiment
from flowviz.spaces import SPACES


def made_up(quick: bool) -> list[Row]:
    return [
        Row("fast", 0.5, 2.0, "ms/step", 4.0, Aim("≥", 2.5)),
        Row("slow", 2.0, None, "s", None, Aim("≤", 1.5, "ours"), note="why"),
        Row("quick" if quick else "full"),
    ]


def lacks_torchcfm(_: bool) -> list[Row]:
    raise ModuleNotFoundError("No module named 'torchcfm'", name="torchcfm")


def breaks(_: bool) -> list[Row]:
    raise RuntimeError("no such thing")


HERE = __name__


def test_aims_are_met_or_not():
    assert [row.met for row in made_up(True)] == [True, False, None]
    assert Row("unmeasured", aim=Aim("≥", 2.5)).met is None


def test_the_table_names_the_machine_and_every_row():
    found = measure(quick=True, say=False, measures=[f"{HERE}:made_up"])
    shown = table(found)
    for words in ("cpu ", "cores ", f"torch {torch.__version__}", "≥ 2.5", "yes", "ours ≤ 1.5", "NO", "slow: why", "quick"):
        assert words in shown


def test_json_holds_the_same_rows():
    found = json.loads(to_json(measure(say=False, measures=[f"{HERE}:made_up"])))
    assert [row["name"] for row in found["rows"]] == ["fast", "slow", "full"]
    assert found["rows"][0]["ratio"] == 4.0
    assert found["rows"][0]["met"] is True


def test_a_missing_package_is_named_with_its_remedy():
    (row,) = measure(say=False, measures=[f"{HERE}:lacks_torchcfm"]).rows
    assert row.note == "needs the package 'torchcfm': pip install --no-deps torchcfm"
    assert not row.failed


def test_what_breaks_does_not_cost_the_other_rows(monkeypatch, capsys):
    monkeypatch.setattr(report, "MEASURES", [f"{HERE}:breaks", f"{HERE}:made_up", "flowviz.bench.nothing:here"])
    assert main(["bench", "--quick"]) == 1
    printed = capsys.readouterr()
    assert "breaks: RuntimeError: no such thing" in printed.out
    assert "fast" in printed.out
    assert printed.err.splitlines()[-1] == "Could not be measured: breaks, here; the notes say why."


def interrupted(_: bool) -> Iterator[Row]:
    yield Row("before", 1.5, unit="s")
    raise KeyboardInterrupt


def test_each_row_is_told_as_it_comes_with_the_time_left(capsys):
    told: list[str] = []

    def watched(_: bool) -> Iterator[Row]:
        for name in ("first", "second"):
            yield Row(name, 2.0, 1.0, "ms", 2.0)
            told.append(capsys.readouterr().err)

    globals()["watched"] = watched
    measure(measures=[f"{HERE}:watched"], each=4)
    assert "first: 2 ms, ratio 2.00 · 1 of 4, about " in told[0]
    assert "second" not in told[0]
    assert "· 2 of 4, about " in told[1]


def test_ctrl_c_prints_what_there_is(monkeypatch, capsys):
    monkeypatch.setattr(report, "MEASURES", [f"{HERE}:made_up", f"{HERE}:interrupted", f"{HERE}:breaks"])
    assert main(["bench", "--quick"]) == 130
    printed = capsys.readouterr().out
    for words in ("fast", "before", "stopped after"):
        assert words in printed
    assert "breaks" not in printed


def test_the_threads_of_torch_are_as_before():
    before = torch.get_num_threads()
    measure(say=False, measures=[f"{HERE}:made_up"])
    assert torch.get_num_threads() == before


def test_paired_runs_each_loop_in_turn():
    order: list[str] = []
    best = paired({name: lambda name=name: order.append(name) for name in "ab"}, 10, 3)
    assert "".join(order) == "abbaab"
    assert set(best) == {"a", "b"}


def test_products_are_those_of_a_step():
    products(Experiment.from_flat({"width": "16", "batch": "8"}))(2)


@pytest.mark.parametrize("kind", ["ConditionalFlowMatcher", "ExactOptimalTransportConditionalFlowMatcher"])
def test_torchcfms_loop_learns_and_leaves_the_global_generator_alone(kind):
    pytest.importorskip("torchcfm")
    experiment = Experiment.from_flat({"width": "16", "batch": "64"})
    torch.manual_seed(7)
    state = torch.get_rng_state()
    model = torchcfm_loop(torchcfm_matcher(kind), experiment, 30, lr=0.01)
    assert torch.equal(torch.get_rng_state(), state)
    assert learned(model, experiment)


def test_the_articles_loop_learns():
    experiment = Experiment.from_flat({"width": "16", "batch": "64"})
    assert learned(article_loop(experiment, 30), experiment)


def learned(model: torch.nn.Module, experiment: Experiment) -> bool:
    """Whether the loss is below that of the first weights."""
    losses = []
    for candidate in (model, article_loop(experiment, 0)):
        rng = torch.Generator().manual_seed(1)
        x0, x1 = experiment.source_distribution.sample(500, rng), experiment.target_distribution.sample(500, rng)
        t = torch.rand(500, generator=rng)
        with torch.no_grad():
            v = candidate(x0 + t[:, None] * (x1 - x0), t)
        losses.append(float((v - (x1 - x0)).square().mean()))
    return losses[0] < losses[1]


@pytest.mark.slow
def test_the_default_experiment_reaches_85_percent():
    seconds, steps, share = seconds_to_share(Experiment())
    assert math.isfinite(seconds)
    assert 0 < steps <= Experiment().total_steps
    assert share >= 0.85


def test_seconds_are_infinite_where_the_share_is_never_reached():
    experiment = Experiment.from_flat({"steps": "3"})
    seconds, steps, share = seconds_to_share(experiment)
    assert (seconds, steps) == (float("inf"), 3)
    assert share < 0.85


def test_share_of_untrained_weights_is_small():
    experiment = Experiment()
    weights = {name: value.detach().numpy() for name, value in article_loop(experiment, 0).state_dict().items()}
    assert share_of(experiment, weights) < 0.3


@pytest.mark.slow
@pytest.mark.parametrize(
    "measure_name", ["flowviz.bench.house:imports", "flowviz.bench.house:memory", "flowviz.bench.house:together"]
)
def test_the_house_can_be_measured(measure_name):
    (row,) = measure(quick=True, say=False, measures=[measure_name]).rows
    assert not row.failed, row.note
    assert row.ours is None or row.ours > 0


def test_choices_that_are_redrawn_are_legal_and_of_every_space():
    for quick in (True, False):
        assert {experiment.space for experiment in server.tried(quick)} == set(SPACES.values())

"""The article's table: what a run comes to, what stands in a column, and sentences that follow the numbers both ways."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from flowviz.experiment import Experiment
from flowviz.measures import ROWS, Family, FamilyRun, Quality, cells, families_table, family_run, floors, verdicts
from flowviz.methods import METHODS
from flowviz.metrics import InModes
from flowviz.training import evaluations_per_step, train
from flowviz.ui.families import value
from flowviz.ui.families.contestants import CONTESTANTS, LEAST, MOST, PRESETS
from flowviz.ui.families.pace import seconds_a_step, steps_within

SMALL = {"steps": "20", "width": "16", "batch": "32"}
CURVE = (Quality("euler", 1, 1, 3.0), Quality("euler", 4, 4, 1.1), Quality("rk4", 4, 16, 1.0), Quality("euler", 64, 64, None))
RUN = FamilyRun(0, 1.0, 0.1, InModes(0.9, 8, 1.0), 0.9, 4.0, CURVE, 2.0, 1.0, torch.zeros(100))


def family(slug: str, *runs: FamilyRun, failed: dict[int, str] | None = None) -> Family:
    return Family(METHODS[slug].label, Experiment.from_flat({"method": slug}), runs, failed)


@pytest.mark.parametrize("slug", METHODS)
def test_every_method_has_a_row_of_numbers_or_says_why_not(slug: str):
    experiment = Experiment.from_flat({**SMALL, "method": slug, "target": "two-gaussians"})
    *_, last = train(experiment)
    run = family_run(experiment, last, n=60)
    assert run.modes is not None
    assert 0 <= run.near <= 1
    assert run.w2 > 0
    assert run.enough in run.curve
    assert (run.likelihood is None) == (METHODS[slug].jumps and slug != "vae")
    if run.likelihood is None or slug == "vae":
        assert run.note
    column = cells(Family("it", experiment, (run, replace(run, seed=1, w2=2 * run.w2))))
    assert set(column) == set(ROWS)
    assert column["cost"] == str(evaluations_per_step(experiment))
    assert column["lost"].endswith("of 2")
    assert column["stability"] == "± 47 %"  # of w and 2w: (w/√2) / (3w/2)


def test_a_target_without_modes_is_measured_by_the_distance_to_the_data():
    experiment = Experiment.from_flat({**SMALL, "target": "moons"})
    *_, last = train(experiment)
    run = family_run(experiment, last, n=60)
    assert run.modes is None
    assert cells(Family("it", experiment, (run,)))["modes"] == "–"
    assert "modes" not in floors(experiment)


@pytest.mark.parametrize(
    ("flat", "count"),
    [
        ({}, 1),
        ({"method": "diffusion"}, 1),
        ({"method": "distilled"}, 1),
        ({"method": "vae"}, 2),
        ({"method": "gan"}, 5),
        ({"method": "gan", "gan_critic_steps": "3"}, 11),
        ({"method": "cnf"}, 16),
        ({"method": "cnf", "cnf_midpoints": "3"}, 6),
        ({"method": "cnf", "cnf_adjoint": "true", "cnf_midpoints": "3"}, 12),
        ({"coupling": "ot", "time_features": "embedding"}, 1),
    ],
)
def test_evaluations_of_a_training_step_are_counted(flat: dict[str, str], count: int):
    assert evaluations_per_step(Experiment.from_flat(flat)) == count


def test_enough_is_the_first_that_comes_near_the_best():
    assert RUN.enough == CURVE[1]


def test_the_table_has_a_column_a_method_and_dashes_where_nothing_is_known():
    found = [family("flow-matching", RUN), family("gan", failed={0: "the loss is not finite."}), family("vae")]
    text = families_table(found)
    assert text.count("\n") == len(ROWS) + 2
    assert "| Flow matching | GAN | VAE |" in text.splitlines()[0]
    assert cells(found[1])["lost"] == "1 of 1"
    assert set(cells(found[2]).values()) >= {"–"}
    assert families_table(found, "csv").splitlines()[0] == '"","Flow matching","GAN","VAE"'
    with pytest.raises(ValueError, match="choose one of markdown, csv"):
        families_table(found, "latex")
    with pytest.raises(ValueError, match="at least one method"):
        families_table([])


def test_sentences_follow_the_numbers_in_both_directions():
    lost = replace(RUN, modes=InModes(0.9, 5, 1.0))
    assert "not here" in verdicts([family("gan", RUN)])[0]
    assert "with 1 of 2 seeds GAN lost modes, down to 5 of 8; it depends" in verdicts([family("gan", RUN, lost)])[0]
    both = verdicts([family("gan", RUN, lost, failed={2: "the loss is not finite."})])[0]
    assert "with 1 of 3 seeds GAN lost modes, down to 5 of 8, with 1 of 3 seeds GAN diverged; it depends" in both
    gone = verdicts([family("gan", RUN, failed={1: "the loss is not finite."})])[0]
    assert gone == "“GANs collapse”: with 1 of 2 seeds GAN diverged; it depends on the seed."
    assert "“VAEs blur”: yes" in verdicts([family("vae", replace(RUN, near=0.5))])[0]
    sharp = replace(RUN, near=0.99, modes=InModes(0.99, 8, 1.0))
    assert "“VAEs blur”: not here" in verdicts([family("vae", sharp)])[0]
    slow = replace(RUN, curve=CURVE[2:3])
    words = verdicts([family("flow-matching", RUN), family("diffusion", slow)])
    assert any("slow, flows are fast”: yes. With 16 evaluations" in one and "with 4 Flow matching" in one for one in words)
    words = verdicts([family("flow-matching", slow), family("diffusion", RUN)])
    assert any("slow, flows are fast”: not here" in one for one in words)
    near, far = family("flow-matching", replace(RUN, w2=0.5)), family("gan", RUN)
    assert any(one.startswith("Flow matching lands nearest") for one in verdicts([near, far]))
    equal = [family(slug, RUN, replace(RUN, w2=1.2, seed=1)) for slug in ("flow-matching", "meanflow")]
    assert verdicts(equal) == ["Flow matching and MeanFlow land equally near to the data (W2 1.10 and 1.10)."]
    three = [*equal, family("gan", replace(RUN, w2=3.0))]
    assert "land equally near to the data (W2 1.10), GAN farthest (W2 3.00)." in verdicts(three)[-1]
    straight = Family("Flow matching, OT", Experiment(), (slow,))
    words = verdicts([family("flow-matching", RUN), straight, family("diffusion", slow)])
    assert any("with 4 Flow matching." in one for one in words)
    assert cells(family("gan", replace(RUN, ms=123.4)))["ms"] == "123"
    assert cells(family("gan", replace(RUN, ms=0.834)))["ms"] == "0.83"
    dear = [family("cnf", replace(RUN, seconds=50.0)), family("flow-matching", RUN)]
    assert any("takes 50 times as long" in one for one in verdicts(dear))
    assert verdicts([]) == []


def test_seconds_become_steps_of_this_machine_and_a_flow_that_is_trained_first_counts():
    plain, cnf = Experiment(), Experiment.from_flat({"method": "cnf"})
    assert seconds_a_step(plain.changed(steps=1000)) < seconds_a_step(cnf.changed(steps=1000))
    assert steps_within(cnf, 2) < steps_within(plain, 2)
    assert steps_within(Experiment.from_flat({"method": "distilled"}), 2) < steps_within(plain, 2)
    assert steps_within(plain, 1e9) == 50_000
    assert steps_within(plain, 1e-9) == 10


@pytest.mark.parametrize("slug", PRESETS)
def test_every_preset_is_legal_and_its_address_brings_it_back(slug: str):
    found = value.read({"ask": slug})
    assert not found.notes
    assert LEAST <= len(found.methods) <= MOST
    again = value.read(found.address())
    assert again == found
    assert set(found.address()) <= {"ask"}


@pytest.mark.parametrize("slug", CONTESTANTS)
def test_every_contestant_is_an_experiment(slug: str):
    other = "flow" if slug != "flow" else "gan"
    found = value.read({"methods": f"{slug},{other}", "steps": "70", "seeds": "2", "target": "moons"})
    assert not found.notes
    first, second = found.experiments[slug]
    assert (first.seed, second.seed, first.total_steps) == (0, 1, 70)
    assert first.target_distribution.slug == "moons"
    assert found.comparison.called == (CONTESTANTS[slug].name, CONTESTANTS[other].name)


@pytest.mark.parametrize(
    ("address", "named"),
    [
        ({"methods": "flow"}, "added: diffusion"),
        ({"methods": "flow,gun"}, "no family 'gun'"),
        ({"methods": ",".join(CONTESTANTS)}, "At most 5"),
        ({"methods": ""}, "added: flow, diffusion"),
        ({"ask": "nothing"}, "choose one of table"),
        ({"steps": "1"}, "Taken instead: 50"),
        ({"target": "nowhere"}, "nowhere"),
        ({"nonsense": "1"}, "Unknown names"),
    ],
)
def test_a_link_that_is_not_legal_opens_at_the_nearest(address: dict[str, str], named: str):
    found = value.read(address)
    assert any(named in str(note) for note in found.notes)
    assert LEAST <= len(found.methods) <= MOST
    assert not value.read(found.address()).notes

"""Pictures judged: the classifier is right about those it never saw, and the measures say what they should of pictures whose answer is known."""

from __future__ import annotations

import pytest
import torch

from flowviz.distributions.digits import Digits
from flowviz.distributions.gaussians import EightGaussians
from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.measures import measure, table
from flowviz.measures.kinds import OF_PICTURES
from flowviz.measures.pictures import EACH, held_out_judged, judged, no_judge
from flowviz.metrics.judge import judge_of
from flowviz.networks import learned_field
from flowviz.training import train

DIGITS = Experiment(target="digits")


def test_the_judge_is_right_about_held_out_digits() -> None:
    right, away = held_out_judged(Digits())
    assert right >= 0.985
    assert 1.9 < away < 2.2
    x, y = Digits().data
    assert float((judge_of(Digits()).classes(x) == y).double().mean()) > 0.995
    lost = torch.full((1, 64), torch.nan)
    assert judge_of(Digits()).classes(lost).tolist() == [-1]


def test_a_law_has_no_judge() -> None:
    with pytest.raises(ValueError, match="a judge needs a data set"):
        judge_of(EightGaussians())
    assert "kept from training" in no_judge(Experiment())
    assert "No classes are learned" in no_judge(Experiment.from_flat({"target": "digits", "classes": "off"}))
    assert no_judge(DIGITS) == ""


def test_the_exact_flow_makes_copies_of_what_was_asked() -> None:
    found = judged(DIGITS, known(DIGITS).field, 1.0, steps=30)
    assert (found.share, found.copies) == (1.0, 1.0)
    assert found.away < 1e-6
    assert found.variance == pytest.approx(1, abs=0.1)  # fifty pictures of a class


def test_noise_is_judged_by_chance_and_is_far_from_all_data() -> None:
    experiment = Experiment.from_flat({"target": "digits", "width": "32", "steps": "2"})
    *_, last = train(experiment)
    found = judged(experiment, learned_field(experiment, last.weights), 1.0, steps=4)
    assert found.share < 0.3
    assert found.copies == 0
    assert found.away > 2 * found.away_held_out
    assert len(found.right) == 10
    assert all(round(share * EACH) == pytest.approx(share * EACH) for share in found.right)


def test_points_have_no_such_columns_and_pictures_do() -> None:
    experiment = Experiment.from_flat({"target": "digits", "width": "32", "steps": "40", "batch": "32"})
    *_, last = train(experiment)
    found = measure(experiment, last, n=60, repeats=1, steps=6)
    assert all(found[slug].value is not None for slug in OF_PICTURES)
    assert found["judged"].best >= 0.985
    assert found["w2"].value > found["w2"].best > 1
    assert "Judged right" in table([found])
    plane = Experiment.from_flat({"width": "16", "steps": "10", "batch": "32"})
    *_, last = train(plane)
    assert "Judged" not in table([measure(plane, last, n=60, repeats=1, steps=6)])


@pytest.mark.slow
def test_digits_are_learned_within_a_few_hundred_steps() -> None:
    """What ten seconds of one core are enough for: 97 in 100 judged right at w = 2, and none of them a copy."""
    experiment = DIGITS.changed(steps=400)
    *_, last = train(experiment)
    found = judged(experiment, learned_field(experiment, last.weights), 2.0)
    assert found.share >= 0.97
    assert found.copies == 0
    assert 0.7 * found.away_held_out < found.away < 2 * found.away_held_out

"""Sentences that numbers decide: each direction has its own, and all of them are short and filled."""

import re

import pytest

from flowviz.ui.learn.questions import QUESTIONS
from flowviz.ui.learn.questions import family_words as words
from flowviz.ui.learn.questions.families import FAMILIES
from flowviz.ui.learn.questions.question import filled

DIRECTIONS = {
    "gan-and-flow": [
        {"gan": gan, "gan_ot_few": 1.0, "noise_ot_few": noise, "gan_independent_few": independent}
        for gan in (0.5, 2.0)
        for noise in (0.5, 2.0)
        for independent in (0.4, 3.0)
    ],
    "trained-diffusion": [
        {"off_diffusion": off, "ddim_many": 1.0, "flow_many": flow} for off in (10.0, 80.0) for flow in (0.5, 1.01, 2.0)
    ],
    "why-not-likelihood": [
        {"times": times, "w2_flow": w2, "w2_cnf": 1.0, "nll_flow": nll, "nll_cnf": 4.0}
        for times in (0.5, 60.0)
        for w2 in (0.5, 2.0)
        for nll in (3.9, 4.1)
    ],
    "cost-of-one-step": [
        {**{f"{name}_1": 2.0 - (name == best) for name in words.ONE_STEP_NAMES}, **seconds, **fours}
        for best in words.ONE_STEP_NAMES
        for seconds in (
            {f"seconds_{name}": 1.0 + (name == long) for name in words.ONE_STEP_NAMES} for long in ("ot", "distilled")
        )
        for fours in ({f"{name}_4": 3.0 - 2.5 * (name == four) for name in ("flow", "ot", "meanflow")} for four in ("ot", "flow"))
    ],
}


def test_every_question_of_the_families_has_its_directions():
    assert set(DIRECTIONS) == {question.slug for question in FAMILIES}
    assert all(question.papers for question in FAMILIES)


@pytest.mark.parametrize("slug", DIRECTIONS)
def test_each_direction_has_its_sentence_and_the_paragraph_stays_short(slug: str):
    question, seen = QUESTIONS[slug], set()
    names = re.findall(r"\{(\w+)", question.words)
    for numbers in DIRECTIONS[slug]:
        opening, ending = question.opening(numbers), question.ending(numbers)
        seen.add((opening, ending))
        assert not re.search(r"\d", re.sub(r"\{[^}]*\}|W2", "", opening + ending))  # no result is written by hand
        assert "{" not in filled(opening + ending, numbers)
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", question.paragraph({**dict.fromkeys(names, 1.0), **numbers}))
        assert len(text.split()) <= 120
    assert len({opening for opening, _ in seen}) >= 2
    assert len({ending for _, ending in seen}) >= 2


def test_the_gan_is_praised_only_where_both_alone_are_worse():
    better = {"gan": 1.7, "gan_ot_few": 0.8, "noise_ot_few": 0.9}
    assert words.gan_opening(better).startswith("Yes")
    assert words.gan_opening({**better, "noise_ot_few": 0.81}).startswith("They can, but")
    assert words.gan_opening({**better, "gan": 0.8}).startswith("Here the GAN is as good alone")
    assert words.gan_opening({**better, "gan": 0.8, "noise_ot_few": 0.8}).startswith("Not here")


def test_both_measures_decide_who_is_ahead_after_the_same_seconds():
    ahead = {"w2_flow": 0.4, "w2_cnf": 3.0, "nll_flow": 3.9, "nll_cnf": 5.6}
    assert "ahead in both, even" in words.likelihood_ending(ahead)
    assert words.likelihood_ending({**ahead, "w2_flow": 4.0, "nll_flow": 6.0}) == "Training by likelihood is ahead in both."


def test_the_best_with_one_evaluation_and_the_longest_training_are_named():
    numbers = {f"{name}_1": 1.0 for name in words.ONE_STEP_NAMES} | {f"seconds_{name}": 1.0 for name in words.ONE_STEP_NAMES}
    said = words.one_step_opening({**numbers, "ot_1": 0.5, "seconds_meanflow": 2.0})
    assert "the flow of OT pairs is best" in said
    assert "but MeanFlow took" in said

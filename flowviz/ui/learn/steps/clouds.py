"""Step 1: two clouds, and what it means to generate."""

from flowviz.experiment import Experiment
from flowviz.scene import Panel
from flowviz.scene.build import View
from flowviz.ui import pictures
from flowviz.ui.learn import present
from flowviz.ui.learn.step import Step
from flowviz.ui.learn.terms import term
from flowviz.ui.player import player


def _words(experiment: Experiment) -> str:
    return (
        f"Blue is the {term('source', 'source')}, {experiment.source_distribution.label}: we can draw from it at will. Orange is the "
        f"{term('data', 'data')}, {experiment.target_distribution.label}: we have examples, and want more. To **generate** is to draw a "
        f":blue[blue point] and carry it along a {term('field', 'field')} of velocities, so that all points together end up spread like "
        f"the :orange[orange] ones. Here the exact field carries them; nothing was trained."
    )


def _formula(_: Experiment) -> str:
    return r"x_0 \sim q_0 \quad\; \frac{d}{dt}\,x_t = u_t(x_t) \quad\; x_1 \sim q_1"


def _try(_: Experiment) -> str:
    return "Stop at t = ½ and click one particle: where does it come from, and where will it end? Then choose another pair."


def _answer(_: Experiment) -> str:
    return (
        f"One :blue[draw from the source], carried to t = 1. All chance is in that draw: the {term('flow', 'flow')} throws no dice, so "
        f"the same x₀ always ends in the same place."
    )


def _picture(experiment: Experiment) -> None:
    scene = pictures.exact(experiment, View(particles=500))
    layers = {"source": True, "target": True}
    player([Panel((scene,))], key="fv-lesson-clouds", height=present.height(500, 750), layers=layers)


STEP = Step(
    slug="clouds",
    title="Two clouds",
    words=_words,
    formula=_formula,
    try_this=_try,
    question="What is a sample?",
    answer=_answer,
    picture=_picture,
)

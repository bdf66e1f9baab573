"""Step 6: the field moves the density, and nothing is lost on the way."""

import streamlit as st

from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.scene import Panel
from flowviz.scene.build import View
from flowviz.ui import pictures
from flowviz.ui.learn.computed import maps_of
from flowviz.ui.learn.present import height
from flowviz.ui.learn.step import Step
from flowviz.ui.learn.terms import term
from flowviz.ui.learn.termview import term_maps
from flowviz.ui.player import player

KEY = "fv-l-continuity"


def spoken(value: float) -> str:
    """Return a number with two digits, small ones as a power of ten: 0.61, $9\\cdot10^{-15}$."""
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        return f"{value:.2g}"
    digit, power = f"{value:.0e}".split("e")
    return rf"${digit}\cdot10^{{{int(power)}}}$"


def _words(experiment: Experiment) -> str:
    maps = maps_of(experiment)
    head = (
        f"The {term('field')} moves {term('particle', 'particles')}, and with them their {term('density')} p. Nothing is made "
        f"or lost: where more flows out than in, p falls. That is the {term('continuity-equation', 'continuity equation')}."
    )
    if not maps.largest_term:
        return f"{head} Here both clouds are points, which have no density, so there is nothing to map."
    return (
        f"{head} Both terms are computed apart, one from p alone, one by differentiating p u. They reach "
        f"{spoken(maps.largest_term)}; their sum never exceeds **{spoken(maps.largest_sum)}**, which is rounding. "
        f"{_stands_in(experiment)}"
    ).strip()


def _stands_in(experiment: Experiment) -> str:
    return "" if known(experiment).field.exact else "(A mixture of Gaussians stands in: see under the picture.)"


def _formula(experiment: Experiment) -> str:
    return r"\frac{\partial p}{\partial t} + \operatorname{div}(p\,u_t) = 0"


def _try(experiment: Experiment) -> str:
    if not maps_of(experiment).largest_term:
        return "Choose a source or data with a density, such as a Gaussian: the maps of both terms appear."
    return "Stop the clock and point at a map: what one term gains there, the other loses."


def _answer(experiment: Experiment) -> str:
    return (
        "No. Add to p u any flow that goes round without piling up, one with divergence 0: p changes in the same way, though "
        f"the {term('particle', 'particles')} move differently. Flow matching picks one: the average velocity of the pairs."
    )


def _picture(experiment: Experiment) -> None:
    maps = maps_of(experiment)
    scene = pictures.exact(experiment, View(particles=600))
    if not maps.largest_term:
        player([Panel((scene,))], key=KEY, height=height(480, 760), layers={"trails": False})
        return
    left, right = st.columns([58, 42], gap="small")
    with left:
        player([Panel((scene,))], key=KEY, height=height(472, 760), layers={"density": True, "trails": False})
    with right:
        term_maps(maps, player_key=KEY, key="fv-l-terms")


STEP = Step(
    slug="continuity",
    title="The field moves the density",
    words=_words,
    formula=_formula,
    try_this=_try,
    question="Is the field the only one that moves p in this way?",
    answer=_answer,
    picture=_picture,
)

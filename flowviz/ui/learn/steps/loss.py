"""Step 7: the loss, what of it can be learned, and what cannot."""

import streamlit as st

from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.lessons import best_constant
from flowviz.ui.learn.charts import parts_figure, top_of
from flowviz.ui.learn.choices import choices, font
from flowviz.ui.learn.computed import CANDIDATES, parts_of
from flowviz.ui.learn.present import height
from flowviz.ui.learn.step import Step
from flowviz.ui.learn.terms import term
from flowviz.ui.player import livefig

KEY = "fv.l.candidate"


def number(value: float, error: float) -> str:
    """Return a number whose last digit its standard error may move by one at most: 9.80, 16.3."""
    if value < 5e-4 and error < 5e-4:
        return "0"
    return f"{value:.2f}" if error < 0.005 else f"{value:.1f}" if error < 0.05 else f"{value:.0f}"


def floor_text(experiment: Experiment) -> str:
    """Return the mean of the floor, in digits that can be trusted."""
    floor = parts_of(experiment, "zero").floor_total
    return number(floor.mean, floor.spread)


def _words(experiment: Experiment) -> str:
    at_start = float(parts_of(experiment, "zero").floor[0])
    low = experiment.path.interval[0]
    text = (
        f"A network is shown one pair’s u. Many pairs pass xₜ, and it cannot know which: its best answer is their average, and "
        f"their scatter about that is left over. So the {term('cfm-loss', 'loss')} has two parts. The hatched one is the same for "
        f"every network: the {term('floor')}. Here it is {at_start:.3g} at t = {low:g} and **{floor_text(experiment)}** on "
        f"average."
    )
    return text if known(experiment).field.exact else f"{text} (A mixture of Gaussians stands in for what has no closed form.)"


def _formula(experiment: Experiment) -> str:
    return (
        r"\begin{gathered} \mathbb{E}\lVert v-u\rVert^2 = \\ "
        r"\textcolor{#009E73}{\underbrace{\mathbb{E}\lVert v-u_t(x_t)\rVert^2}_{\text{can be learned}}}"
        r" + \textcolor{#808080}{\underbrace{\mathbb{E}\lVert u-u_t(x_t)\rVert^2}_{\text{cannot: the floor}}} \end{gathered}"
    )


def _try(experiment: Experiment) -> str:
    return "Choose better and better fields: the upper part shrinks to nothing, the hatched part does not move."


def _answer(experiment: Experiment) -> str:
    zero = parts_of(experiment, "zero")
    return (
        f"No. For this pair and path even the perfect field has the loss **{floor_text(experiment)}**; standing still costs "
        f"{number(zero.total, zero.learnable_total.spread)}. Compare your loss with the floor, never with 0, and never with that "
        f"of another path or {term('coupling')}. Only the distance above the floor says how far the field is from the exact one."
    )


@st.fragment
def _picture(experiment: Experiment) -> None:
    with choices():
        chosen = st.segmented_control(
            "The field v",
            list(CANDIDATES),
            default="zero",
            required=True,
            key=KEY,
            format_func=lambda slug: CANDIDATES[slug][0],
        )
        parts = parts_of(experiment, chosen or "zero")
        learn, floor = parts.learnable_total, parts.floor_total
        st.markdown(
            f"### loss {number(parts.total, max(learn.spread, floor.spread))} = :green[{number(*learn)} can be learned] + "
            f"{number(*floor)} cannot"
        )
        top = top_of([parts_of(experiment, "zero"), parts_of(experiment, "exact")])
        name = f"floor: {floor_text(experiment)} on average"
        livefig(parts_figure(parts, name, top, font()), key="fv-l-loss", height=height(430, 680))
        st.caption(_note(experiment))


def _note(experiment: Experiment) -> str:
    low, high = experiment.path.interval
    ends = "" if (low, high) == (0.0, 1.0) else f" The loss is infinite on [0, 1], so t runs from {low:g} to {high:g}."
    x, y = (round(v, 2) + 0.0 for v in best_constant(known(experiment).field).value.tolist())  # + 0.0: no “−0.00”
    fields = f"The best single velocity is ({x:.2f}, {y:.2f}). The best linear field would be exact if each cloud were one bell."
    fields = fields.replace("-", "−")
    return f"{fields} Sampling may move the last digit of a number by one.{ends} {known(experiment).field.note}".strip()


STEP = Step(
    slug="loss",
    title="The loss, and its floor",
    words=_words,
    formula=_formula,
    try_this=_try,
    question="My loss stops far above 0. Did training fail?",
    answer=_answer,
    picture=_picture,
)

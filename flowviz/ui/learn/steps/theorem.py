"""Step 8: the theorem. Two losses, one gradient."""

import numpy as np
import streamlit as st

from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.lessons.theorem import BATCHES
from flowviz.ui.learn.charts import bars_figure, cosine_figure
from flowviz.ui.learn.choices import choices, font
from flowviz.ui.learn.computed import SEEDS, gradients_of
from flowviz.ui.learn.present import height
from flowviz.ui.learn.step import Step
from flowviz.ui.learn.terms import term
from flowviz.ui.player import livefig

KEY = "fv.l.batch"


def median_cosine(experiment: Experiment, size: int) -> float:
    """Return the median over networks of the cosine at one batch size."""
    found = gradients_of(experiment)
    return float(np.median([float(one.cosine[one.sizes.index(size)]) for one in found]))


def shown(cosine: float) -> str:
    """Return a cosine with as many digits as tell it from 1: 0.93, 0.9996."""
    digits = 2 if cosine < 0.985 else min(6, int(np.ceil(-np.log10(max(1 - cosine, 1e-6)))))
    return f"{cosine:.{digits}f}"


def _words(experiment: Experiment) -> str:
    sizes = gradients_of(experiment)[0].sizes
    few, many = (shown(median_cosine(experiment, size)) for size in (sizes[0], sizes[-1]))
    text = (
        f"We want the {term('fm-loss', 'loss against uₜ')}, but nobody has uₜ; we train against each pair’s own u. The theorem: "
        f"both have the same {term('gradient')}, on average. Here both are known. For an untrained network, at the same xₜ and "
        f"t, they point apart in a small batch and together in a large one: cosine **{few}** for {sizes[0]}, **{many}** for "
        f"{sizes[-1]:,} (medians of {SEEDS})."
    )
    return text if known(experiment).field.exact else f"{text} (A mixture of Gaussians stands in.)"


def _formula(experiment: Experiment) -> str:
    return (
        r"\begin{gathered} \nabla_\theta\,\mathbb{E}\lVert v_\theta(x_t,t)-\textcolor{#808080}{u}\rVert^2 \\ = \;"
        r"\nabla_\theta\,\mathbb{E}\lVert v_\theta(x_t,t)-u_t(x_t)\rVert^2 \end{gathered}"
    )


def _try(experiment: Experiment) -> str:
    return "Move the batch size from 16 up: watch the paired bars become equal while the cosine climbs to 1."


def _answer(experiment: Experiment) -> str:
    found = gradients_of(experiment)[0]
    steps = [float(found.difference[i]) for i in (0, -1)]
    return (
        f"The errors average out. Given xₜ and t, u scatters about its mean uₜ, so the difference of the gradients has mean 0 and "
        f"shrinks like 1/√B: here from {steps[0]:.2g} of the gradient’s length at B = {found.sizes[0]} to {steps[1]:.2g} at "
        f"B = {found.sizes[-1]:,}. Many small steps average it too, which is why training works."
    )


@st.fragment
def _picture(experiment: Experiment) -> None:
    found = gradients_of(experiment)
    one, sizes = found[0], list(found[0].sizes)
    with choices():
        chosen = st.select_slider("Batch size B", sizes, key=KEY, format_func=lambda size: f"{size:,}")
        place = sizes.index(chosen)
        st.markdown(
            f"### cosine {shown(float(one.cosine[place]))}, difference {float(one.difference[place]):.2g} of the gradient’s length"
        )
        livefig(bars_figure(one, place, font()), key="fv-l-bars", height=height(270, 370))
        livefig(cosine_figure(found, place, font()), key="fv-l-cosine", height=height(230, 310))
        st.caption(_note(experiment))


def _note(experiment: Experiment) -> str:
    found = gradients_of(experiment)
    one = found[0]
    few = f" Batches end at {one.sizes[-1]:,}: larger ones would take too long with so many components."
    return (
        f"An untrained network of {one.conditional.shape[1]} weights. Thin lines: {len(found)} networks and batches; thick: their "
        f"median; the ring: the network of the bars.{few if one.sizes[-1] < BATCHES[-1] else ''} {known(experiment).field.note}"
    ).strip()


STEP = Step(
    slug="theorem",
    title="The theorem: two losses, one gradient",
    words=_words,
    formula=_formula,
    try_this=_try,
    question="Hardly any single u is the right answer at xₜ. Why does the network still learn the right one?",
    answer=_answer,
    picture=_picture,
)

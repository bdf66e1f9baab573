"""Step 10: what it is good for and what not, and where to go on."""

from urllib.parse import urlencode

import streamlit as st

from flowviz.experiment import Experiment
from flowviz.ui.learn.step import Step
from flowviz.ui.learn.terms import term

_TABLE = f"""
| | what is trained | one sample costs | likelihood | known weakness |
|---|---|---|---|---|
| **{term("gan", "GAN")}** [2014](https://arxiv.org/abs/1406.2661) | generator against discriminator | 1 evaluation | none | unstable game; modes go missing |
| **{term("vae", "VAE")}** [2013](https://arxiv.org/abs/1312.6114) | encoder and decoder, by a bound | 1 evaluation | lower bound | samples look blurred |
| **{term("diffusion", "Diffusion")}** [2020](https://arxiv.org/abs/2006.11239) | a denoiser, by regression | many evaluations | bound, or exact by its ODE | slow to sample; noise schedule to choose |
| **{term("cnf", "CNF")}** by likelihood [2018](https://arxiv.org/abs/1810.01367) | a field, by solving the ODE in every training step | many evaluations | exact, by ODE | slow to train |
| **Flow matching** [2022](https://arxiv.org/abs/2210.02747) | a field, by regression on pairs | several to many evaluations | exact, by ODE | few steps need straight flows; loss never reaches 0 |
"""


def _words(_: Experiment) -> str:
    return (
        f"Flow matching trains the same kind of model as a {term('cnf', 'CNF')} without ever solving the ODE in training: plain regression, "
        f"any source, any path. The price is paid when sampling. Much-read articles add figures, such as FID 15 % better or ten times "
        f"faster, without a source; the table holds none. We measure instead: choose a pair, train, and read "
        f"{term('w2', 'W2')} with its floor."
    )


def _formula(_: Experiment) -> str:
    return r"\min_v\; \mathbb E\,\lVert v(x_t, t) - u \rVert^2"


def _try(experiment: Experiment) -> str:
    link = urlencode(experiment.to_flat())
    return (
        f"Train this very pair in the [Playground](./?{link}); change one thing in [Compare](compare); then the [questions](questions) "
        f"people ask, and the [glossary](glossary)."
    )


def _answer(_: Experiment) -> str:
    return (
        "For one pair the path may be straight. The flow follows the mean of all pairs and bends wherever they disagree. "
        "[Rectified flow](https://arxiv.org/abs/2209.03003) and [OT coupling](https://arxiv.org/abs/2302.00482) make it straighter; "
        "neither makes it straight for certain."
    )


def _picture(_: Experiment) -> None:
    with st.container(key="fv_l_table"):
        st.markdown(_TABLE)
    st.caption(
        "Weaknesses as the papers and their successors report them, of the plain method; each family has remedies. "
        "Links lead to the first paper."
    )


STEP = Step(
    slug="outlook",
    title="What is it good for, and what not",
    words=_words,
    formula=_formula,
    try_this=_try,
    question="Does flow matching guarantee straight trajectories?",
    answer=_answer,
    picture=_picture,
)

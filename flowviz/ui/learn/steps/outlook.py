"""Step 10: what it is good for and what not, and where to go on."""

import math
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from flowviz.experiment import Experiment
from flowviz.ui.learn import arrays, present
from flowviz.ui.learn.step import Step
from flowviz.ui.learn.terms import term
from flowviz.ui.player import livefig

_TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]
_TABLE = f"""
| family | what is trained | one sample costs | likelihood | known weakness |
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
        f"any source, any path. The price is paid when sampling. Much-read articles add figures, such as FID 15 % better or ten times "
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


def _picture(experiment: Experiment) -> None:
    with st.container(key="fv_l_table"):
        st.markdown(_TABLE)
    st.markdown("**What a sample of this pair costs, measured:** W2 to the data by evaluations of the exact field (Euler)")
    livefig(_cost(experiment), key="fv-lesson-outlook", height=present.height(220, 330))
    if note := arrays.landed(experiment)[1]["ot_note"]:
        st.caption(f"OT coupling: {note[0].lower()}{note[1:]}")


def _cost(experiment: Experiment) -> dict[str, Any]:
    data, options = arrays.landed(experiment)
    size = present.height(13, 20)
    looks = {"independent": ("independent coupling", "solid", "fv:5"), "ot": ("OT coupling", "dash", "fv:2")}
    traces = [
        {
            "x": options["steps"],
            "y": data[f"w2_{slug}"],
            "name": name,
            "mode": "lines+markers",
            "line": {"dash": dash, "color": colour, "width": 2.5},
        }
        for slug, (name, dash, colour) in looks.items()
    ]
    floor = options["floor"]
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": floor, "y1": floor}
    layout = {
        "font": {"size": size},
        "xaxis": {"type": "log", "title": {"text": "evaluations for one sample"}, "tickvals": options["steps"]},
        "yaxis": {"type": "log", "title": {"text": "W2"}, "tickvals": _TICKS},
        "legend": {"x": 1, "xanchor": "right", "y": 1, "font": {"size": size}},
        "margin": {"l": 60, "r": 12, "t": 8, "b": 3.4 * size},
        "shapes": [{**line, "line": {"color": "fv:text", "width": 1.2, "dash": "dash"}}],
        "annotations": [
            {
                "xref": "paper",
                "x": 0.01,
                "y": math.log10(max(floor, 1e-9)),
                "yanchor": "bottom",
                "xanchor": "left",
                "showarrow": False,
                "text": f"floor {floor:.2g} (n = {options['points']})",
            }
        ],
    }
    return {"data": traces, "layout": layout}


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

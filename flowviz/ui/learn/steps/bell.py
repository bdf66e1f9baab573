"""Step 3: for one data point, all noise at once."""

from flowviz.experiment import Experiment
from flowviz.ui.learn import arrays
from flowviz.ui.learn.lessonview import lesson
from flowviz.ui.learn.step import Step
from flowviz.ui.learn.terms import term


def _words(experiment: Experiment) -> str:
    shape = (
        "a Gaussian bell: it starts as wide as the source and grows narrow about x₁"
        if experiment.source == "gaussian"
        else "a copy of the source: it starts at full size and shrinks about x₁"
    )
    noise = " The path’s own noise z blurs it on the way." if experiment.path.noisy else ""
    return (
        f"Now hold one data point :orange[x₁] fixed and let :blue[x₀] be every source point at once. Where is $x_t$? Not at a point, but "
        f"spread with a {term('density', 'density')}, {shape}.{noise} Its centre $\\mu_t$ moves by {term('alpha', 'α')}, its width $\\sigma_t$ "
        f"follows {term('sigma', 'σ')}. The grey shadows are the same bell seen from below and from the left."
    )


def _formula(experiment: Experiment) -> str:
    if experiment.source == "gaussian":
        scale = experiment.path.source_std
        width = r"\sigma_t^2" if scale == 1 else rf"{scale:g}^2\,\sigma_t^2"
        width = rf"(\gamma_t^2 + {width})" if experiment.path.noisy else width
        if experiment.path.noisy:
            return (
                rf"\begin{{gathered}} p_t(x \mid x_1) = \\ \mathcal N\big(x;\ \alpha_t\, x_1,\ {width}\, I\big) \end{{gathered}}"
            )
        return rf"p_t(x \mid x_1) = \mathcal N\big(x;\ \alpha_t\, x_1,\ {width}\, I\big)"
    noise = r" + \gamma_t\,z" if experiment.path.noisy else ""
    return rf"\begin{{gathered}} x_t \mid x_1 \;=\; \alpha_t\, x_1 + \sigma_t\, x_0{noise} \\ x_0 \sim q_0 \end{{gathered}}"


def _try(_: Experiment) -> str:
    return (
        "Drag x₁ far out and play: the bell’s centre follows, its width does not care. Then stop where the bell is half as wide."
    )


def _answer(experiment: Experiment) -> str:
    end = float(arrays.around(experiment)[0]["s"][-1])
    if end < 1e-6:
        return "No. At t = 1 the weight of x₀ is zero, and so is the width: the bell has shrunk to the point x₁ itself."
    return (
        f"On this path, yes: the weight of x₀ at t = 1 is {end:.3g} and not zero, so what is generated is the data, blurred a little. "
        f"See {term('sigma-min', 'σ_min')}."
    )


def _picture(experiment: Experiment) -> None:
    data, bounds = arrays.around(experiment)
    drawn = arrays.pairs(experiment, 240)
    mixture = experiment.source_distribution.mixture()
    mean = (mixture.weights[:, None] * mixture.means).sum(0)
    variance = (mixture.weights[:, None] * ((mixture.means - mean) ** 2 + mixture.variances[:, None])).sum(0)
    chosen = arrays.far_pair(drawn)
    parts = {"w": mixture.weights, "m": mixture.means.ravel(), "v": mixture.variances}
    lesson(
        "bell",
        {**data, **{name: drawn[name] for name in ("x0", "z")}, **{n: x.double().numpy() for n, x in parts.items()}},
        bounds=bounds,
        x1=drawn["x1"][2 * chosen : 2 * chosen + 2].tolist(),
        mean=mean.tolist(),
        variance=variance.tolist(),
        gaussian=experiment.source == "gaussian",
    )


STEP = Step(
    slug="bell",
    title="A point becomes a bell",
    words=_words,
    formula=_formula,
    try_this=_try,
    question="Is there any width left at t = 1?",
    answer=_answer,
    picture=_picture,
)

"""Step 2: one pair, one path, one velocity."""

from flowviz.experiment import Experiment
from flowviz.lessons.tables import course
from flowviz.ui.learn import arrays
from flowviz.ui.learn.lessonview import lesson
from flowviz.ui.learn.step import Step
from flowviz.ui.learn.terms import term

_COURSES = {
    "steady": "On this path it is the same at every t: the pair travels straight, at one speed.",
    "straight": "On this path its direction stays and its length changes: the pair travels straight, but not at one speed.",
    "bent": "On this path it turns: the pair travels along a curve.",
    "noisy": "Here a random z joins in on the way and is gone at both ends: the same pair can travel along many curves.",
}


def _words(experiment: Experiment) -> str:
    return (
        f"Take one :blue[x₀] and one :orange[x₁]. A {term('path', 'path')} mixes them: the weight {term('sigma', 'σ')} of x₀ falls, or "
        f"the weight {term('alpha', 'α')} of x₁ grows, and $x_t$ goes from one to the other. The arrow is the "
        f"{term('conditional-velocity', 'conditional velocity')}, the speed and direction of $x_t$. {_COURSES[course(experiment.path)]}"
    )


def _formula(experiment: Experiment) -> str:
    noise, slope = (r" + \gamma_t\,z", r" + \dot\gamma_t\,z") if experiment.path.noisy else ("", "")
    return (
        rf"\begin{{gathered}} x_t = \alpha_t\, x_1 + \sigma_t\, x_0{noise} \\ "
        rf"u = \dot\alpha_t\, x_1 + \dot\sigma_t\, x_0{slope} \end{{gathered}}"
    )


def _try(experiment: Experiment) -> str:
    what = "x₀, x₁ and z" if experiment.path.noisy else "x₀ and x₁"
    return f"Drag {what} (or focus them with Tab, then use the arrow keys). Then choose another path: what stays the same?"


def _answer(experiment: Experiment) -> str:
    whole = "It takes x₀, x₁ and z" if experiment.path.noisy else "It takes both ends"
    return (
        f"No. {whole} to write it down, and whoever generates knows only where the particle is now. What can be "
        f"learned is an average over all pairs that pass there: step 5."
    )


def _picture(experiment: Experiment) -> None:
    data, bounds = arrays.around(experiment)
    first = arrays.pairs(experiment, 40)
    z = [0.12 * (bounds[1] - bounds[0]), -0.08 * (bounds[1] - bounds[0])]
    chosen = arrays.far_pair(first)
    ends = {name: first[name][2 * chosen : 2 * chosen + 2].tolist() for name in ("x0", "x1")}
    lesson("pair", data, bounds=bounds, z=z, **ends)


STEP = Step(
    slug="pair",
    title="One pair, one path",
    words=_words,
    formula=_formula,
    try_this=_try,
    question="Could a particle be steered by this arrow when we generate?",
    answer=_answer,
    picture=_picture,
)

"""Step 9: how many Euler steps are enough."""

from flowviz.experiment import Experiment
from flowviz.lessons.tables import course, first_step
from flowviz.ui.learn import arrays
from flowviz.ui.learn.lessonview import lesson
from flowviz.ui.learn.step import Step
from flowviz.ui.learn.terms import term


def _lands_on_mean(experiment: Experiment) -> bool:
    kept, gain = first_step(experiment.path)
    return abs(kept) < 0.02 and abs(gain - 1) < 0.02


def _words(experiment: Experiment) -> str:
    data, _ = arrays.landed(experiment)
    w2, ot = data["w2_independent"], data["w2_ot"]
    first = "One step lands on the mean of the data" if _lands_on_mean(experiment) else "After one step"
    straight = (
        f"With {term('ot-coupling', 'OT coupling')} pairs hardly cross and the flow straightens: one step gives {ot[0]:.2f}."
        if course(experiment.path) == "steady"
        else f"Even with {term('ot-coupling', 'OT coupling')}, whose pairs hardly cross, this path needs steps: one gives {ot[0]:.2f}."
    )
    return (
        f"To sample, follow the {term('field', 'field')} in n small straight steps ({term('euler', 'Euler')}); each costs one "
        f"evaluation ({term('nfe', 'NFE')}). {first}: {term('w2', 'W2')} {w2[0]:.2f}; 50 steps reach {w2[-1]:.2f}. The field’s curves are "
        f"not straight, even where each pair’s path is. {straight}"
    )


def _formula(_: Experiment) -> str:
    return r"x_{t+h} = x_t + h\; u_t(x_t), \qquad h = 1/n"


def _try(_: Experiment) -> str:
    return "Go from n = 1 upwards and watch W2 fall to its floor. Then switch OT coupling on, and try a curved path such as Trigonometric."


def _answer(experiment: Experiment) -> str:
    if _lands_on_mean(experiment):
        return (
            "At t = 0 a place says nothing about which x₁ it will go to, so the best arrow points from x₀ to the mean of all data. "
            "One full step follows it to the end: every particle lands on the cross."
        )
    words = (
        f"On “{experiment.path.label}” the first arrow does not point at the end: weights or noise of the path change their pace "
        f"after t = 0, and one step never sees that."
    )
    if experiment.source != "gaussian":
        return words
    kept, gain = (f"{value:.2g}".replace("-", "−") for value in first_step(experiment.path))
    return f"{words} It lands at about {kept} x₀ + {gain} × the mean of the data; on the linear path that is 0 x₀ + 1 × the mean."


def _picture(experiment: Experiment) -> None:
    data, options = arrays.landed(experiment)
    lesson("sampling", data, bounds=arrays.around(experiment)[1], **options)


STEP = Step(
    slug="sampling",
    title="Sampling in few steps",
    words=_words,
    formula=_formula,
    try_this=_try,
    question="Why does one step land where it does?",
    answer=_answer,
    picture=_picture,
)

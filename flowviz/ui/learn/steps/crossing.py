"""Step 4: many pairs cross, so the target is not one arrow."""

from flowviz.experiment import Experiment
from flowviz.lessons.tables import course
from flowviz.ui.learn import arrays
from flowviz.ui.learn.lessonview import lesson
from flowviz.ui.learn.step import Step
from flowviz.ui.learn.terms import term


def _words(experiment: Experiment) -> str:
    each = "straight" if course(experiment.path) in ("steady", "straight") else "curved"
    return (
        f"Draw {arrays.PAIRS} pairs at random, each :blue[x₀] with any :orange[x₁] (the independent {term('coupling', 'coupling')}), and "
        f"give each its {each} {term('conditional-path', 'path')}. They cross. At one place and one time many pairs pass, and every pair "
        f"wants another {term('conditional-velocity', 'velocity')}. A {term('field', 'field')} can give one arrow only for each place "
        f"and time. So the target at a crossing is not one arrow."
    )


def _formula(experiment: Experiment) -> str:
    noise = r" + \gamma_t\,z" if experiment.path.noisy else ""
    many = r"(x_0, x_1,\,z)" if experiment.path.noisy else "(x_0, x_1)"
    return rf"\begin{{gathered}} x = \alpha_t\, x_1 + \sigma_t\, x_0{noise} \\ \text{{for many }} {many} \end{{gathered}}"


def _try(_: Experiment) -> str:
    return "Move the probe where paths of several colours meet; then let t run to 1 and see the disagreement shrink."


def _answer(_: Experiment) -> str:
    return (
        f"No. A network that answers with one arrow where several are asked for keeps an error, however large it is: the "
        f"{term('irreducible-loss', 'irreducible loss')}. Zero loss would mean that no two pairs disagree anywhere."
    )


def _picture(experiment: Experiment) -> None:
    data, bounds = arrays.around(experiment)
    table = {name: values for name, values in data.items() if name not in ("source", "target")}
    lesson("crossing", {**table, **arrays.pairs(experiment)}, bounds=bounds, group=experiment.target_distribution.group)


STEP = Step(
    slug="crossing",
    title="Many pairs cross",
    words=_words,
    formula=_formula,
    try_this=_try,
    question="Can training bring the loss to zero?",
    answer=_answer,
    picture=_picture,
)

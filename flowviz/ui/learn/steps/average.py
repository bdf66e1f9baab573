"""Step 5: the average of all that pass is the field."""

from flowviz.experiment import Experiment
from flowviz.known import known
from flowviz.ui.learn import arrays
from flowviz.ui.learn.lessonview import lesson
from flowviz.ui.learn.step import Step
from flowviz.ui.learn.terms import term


def _words(experiment: Experiment) -> str:
    field = known(experiment).field
    parts = len(field.law.weights)
    what = "one line for each component of the pair" if parts <= 60 else f"the heaviest 60 of {parts:,} lines"
    stands = "" if field.exact else " A Gaussian mixture stands in for this pair."
    return (
        f"Put the probe anywhere: the paths through that spot appear, {what}, stronger where they more likely made $x_t$ "
        f"({term('posterior-weight', 'posterior weight')}). Grey arrows: what each wants. Pink: their weighted mean, the "
        f"{term('marginal-velocity', 'marginal velocity')}, the arrow that training aims at. Leave means everywhere and the "
        f"{term('field', 'field')} appears.{stands}"
    )


def _formula(_: Experiment) -> str:
    return (
        r"\begin{aligned} u_t(x) &= \mathbb E\big[\,u \mid x_t = x\,\big] \\ &= \textstyle\sum_k w_k(x,t)\; u^{(k)} \end{aligned}"
    )


def _try(_: Experiment) -> str:
    return "Go close to one data mode at t = 0.9: one path takes all the weight. Then fill the grid and let the time run."


def _answer(_: Experiment) -> str:
    return (
        "The mean. Under squared error the best single guess for many wishes is their average. So the network never "
        "needs to see the mean arrow: it is shown random pairs, and the mean is what it learns."
    )


def _picture(experiment: Experiment) -> None:
    data, bounds = arrays.around(experiment)
    side = bounds[1] - bounds[0]
    probe = [bounds[0] + 0.58 * side, bounds[2] + 0.56 * side]
    lesson("average", {**data, **arrays.law(experiment)}, bounds=bounds, probe=probe)


STEP = Step(
    slug="average",
    title="The average",
    words=_words,
    formula=_formula,
    try_this=_try,
    question="Each pair asks for its own arrow. Which single answer has the least squared error?",
    answer=_answer,
    picture=_picture,
)

"""Questions about training: losses that look right, losses that are normal, classes."""

from flowviz.lessons import answers_training as answers
from flowviz.lessons.answers import Answer
from flowviz.ui.learn.questions import figures as fig
from flowviz.ui.learn.questions.question import AnswerFigure, Question, filled


def _looks_right(answer: Answer) -> list[AnswerFigure]:
    titles = {
        "right": "Done right: W2 = {w2_right:.2f}",
        "fed_data": "Fed x₁ for xₜ: W2 = {w2_fed_data:.2f}",
        "turned": "Time turned round: W2 = {w2_turned:.2f}",
        "one_step": "One Euler step: W2 = {w2_one_step:.2f}",
    }
    return [
        AnswerFigure(filled(title, answer.numbers), fig.square([fig.ghost(), fig.dots(answer.arrays[name], fig.SAMPLE, size=4)]))
        for name, title in titles.items()
    ]


NAMES = {
    "two_points": "two points",
    "two_gaussians": "two Gaussians",
    "moons": "moons",
    "checkerboard": "checkerboard",
    "grid25": "grid of 25",
    "8gaussians": "8 Gaussians",
}


def _normal(answer: Answer) -> list[AnswerFigure]:
    values = [answer.numbers[name] for name in NAMES]
    t, linear, trig = (answer.arrays[name] for name in ("t", "linear", "trig"))
    curves = [
        fig.curve("linear", t, linear, "fv:0", at=4, where="top right"),
        fig.curve("trigonometric", t, trig, "fv:2", dash="dot", at=4, where="top right"),
    ]
    return [
        AnswerFigure(
            "Least loss from N(0, I), linear path",
            fig.bars(list(NAMES.values()), values, "E‖u − uₜ‖² (mean over t)", ["fv:target"] * len(values), digits=1),
        ),
        AnswerFigure("The same by t, to 8 Gaussians", fig.chart(curves, "t", "E‖u − uₜ‖² at t", right=24)),
    ]


def _classes(answer: Answer) -> list[AnswerFigure]:
    titles = {
        "independent": "Independent: mean {mean_independent:.2f}, W2 = {w2_independent:.2f}",
        "ot": "OT across classes: mean {mean_ot:.2f}, W2 = {w2_ot:.2f}",
        "within": "OT within each class: mean {mean_within:.2f}, W2 = {w2_within:.2f}",
    }
    found = []
    for name, title in titles.items():
        x0, label = answer.arrays[f"x0_{name}"], answer.arrays[f"label_{name}"]
        traces = [
            fig.ghost("two-gaussians"),
            fig.dots(x0[label == 1], "fv:muted", size=7, opacity=0.8, symbol="x-thin-open"),
            fig.dots(x0[label == 0], fig.SOURCE, size=5),
            fig.dots(answer.arrays[f"ends_{name}"], fig.SAMPLE, size=4, symbol="diamond"),
        ]
        notes = [fig.note("● x₀ of the left class", -2.6, 4.4, fig.SOURCE), fig.note("× of the right", 3, 4.4, "fv:muted")]
        notes.append(fig.note("◆ samples of the left class", -1.7, -4.4, fig.SAMPLE))
        found.append(AnswerFigure(filled(title, answer.numbers), fig.square(traces, half=5, notes=notes)))
    return found


TRAINING = (
    Question(
        "loss-right-samples-noise",
        "The loss looks right but the samples are noise: why?",
        "A low loss says that the network answers well where it was asked. Three usual causes, each with an exact "
        "field. **Fed x₁ in the place of [[xt]]**: the loss falls to {loss_fed_data:.1f}, far below the "
        "{loss_right:.1f} of the right network, for x₁ gives half of the answer away; but sampling only blows the "
        "noise up {spread_fed_data:.2f} times, W2 = {w2_fed_data:.2f}. **Time turned round** in the sampler, 1 − t "
        "for [[t]]: W2 = {w2_turned:.2f}. **One [[euler|Euler]] step**: every particle lands on the mean of the data, "
        "W2 = {w2_one_step:.2f}. Done right: {w2_right:.2f}, as far as two samples of the data are apart, the "
        "[[floor]] {floor:.2f} (n = {points:.0f}).",
        answers.looks_right,
        _looks_right,
        "Dots: {points:.0f} samples. Faint, orange: the data. Which picture looks like yours?",
        ({"solver_steps": "1", "show": "exact"},),
        also=("bug", "debug", "garbage", "bad samples", "sign of t"),
    ),
    Question(
        "what-loss-is-normal",
        "What loss is normal?",
        "As low as the pairs allow, and that is not 0. Where pairs with different velocities meet, even the exact "
        "field is off by their spread: the [[irreducible-loss]]. From N(0, I) on the linear path, averaged over t, it "
        "is {8gaussians:.1f} for 8 Gaussians, {grid25:.1f} for the grid of 25, {two_gaussians:.1f} for two Gaussians, "
        "{two_points:.1f} for two points; {moons:.1f} for moons and {checkerboard:.1f} for the checkerboard (computed "
        "from mixtures of Gaussians of that shape). The trigonometric path to 8 Gaussians has {trig:.1f}. At t = 0 "
        "the data’s variance is left, {start:.1f}; at t = 1 the noise’s, {end:.1f}. So hold a loss against its own "
        "[[floor]], never against that of another target, path or [[coupling]].",
        answers.normal_loss,
        _normal,
        "No network can get below these bars, whatever its size.",
        ({"show": "learned"},),
        also=("9.8", "convergence", "loss does not fall", "plateau"),
    ),
    Question(
        "ot-and-classes",
        "Does OT coupling hurt with classes?",
        "Yes, if batches are paired across [[class|classes]]. OT gives each class its own half of the noise: the x₀ "
        "of the left class have their mean {mean_ot:.2f} from the origin ({expected:.2f} = √(2/π) in large batches), "
        "against {mean_independent:.2f}, by chance, with independent pairs. But asked for that class, a sampler "
        "starts from all of N(0, I), where half was never trained with it: its samples miss the class by W2 = "
        "{w2_ot:.2f}, with independent pairs by {w2_independent:.2f}, and with OT within each class by "
        "{w2_within:.2f} (n = {points:.0f}; exact fields of {pairs:.0f} pairs, blurred by {blur:.2f}). So couple "
        "within classes.",
        answers.classes,
        _classes,
        "With OT across classes the left class has no x₀ on the right, but its sampler starts there too.",
        ({"target": "two-gaussians", "coupling": "ot", "classes": "across", "of_class": "0"},),
        also=("labels", "conditional", "guidance", "C2OT"),
    ),
)

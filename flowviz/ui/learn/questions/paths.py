"""Questions about paths: widths, sources, noise on the way."""

from flowviz.lessons import answers_paths as answers
from flowviz.lessons.answers import Answer
from flowviz.ui.learn.questions import figures as fig
from flowviz.ui.learn.questions.question import AnswerFigure, Question, filled


def _sigma(answer: Answer) -> list[AnswerFigure]:
    width, bias = answer.arrays["width"], answer.arrays["bias"]
    line = fig.curve("blur alone", width, bias, "fv:0", at=34, where="top left")
    floor = answer.numbers["floor"]
    found = [
        AnswerFigure(
            "Price of σ_min",
            fig.chart(
                [line], "σ_min (units of x)", "W2 to the data (units of x)", floor=floor, floor_name="two samples:", top=0.45
            ),
            1.3,
        )
    ]
    for name in ("001", "01", "05"):
        title = filled(f"σ_min = {{sigma_{name}:g}}: W2 = {{w2_{name}:.2f}}", answer.numbers)
        found.append(AnswerFigure(title, fig.square([fig.ghost(), fig.dots(answer.arrays[f"ends_{name}"], fig.SAMPLE)])))
    return found


def _source(answer: Answer) -> list[AnswerFigure]:
    titles = {
        "gaussian": "From N(0, I): W2 = {w2_gaussian:.2f}",
        "uniform": "From a square: W2 = {w2_uniform:.2f}",
        "two_gaussians": "From two Gaussians: W2 = {w2_two_gaussians:.2f}",
    }
    found = []
    for name, title in titles.items():
        begin, end = answer.arrays[f"begin_{name}"], answer.arrays[f"end_{name}"]
        traces = [
            fig.ghost(),
            fig.dots(begin, fig.SOURCE, size=3, opacity=0.5),
            fig.dots(end, fig.SAMPLE, size=4),
        ]
        found.append(AnswerFigure(filled(title, answer.numbers), fig.square(traces)))
    return found


def _diversity(answer: Answer) -> list[AnswerFigure]:
    titles = {
        "middle_plain": "Without noise, t = ½",
        "middle_noisy": "γ = sin²(πt), t = ½",
        "end_plain": "Without noise, t = 1: W2 = {w2_plain:.3f}",
        "end_noisy": "γ = sin²(πt), t = 1: W2 = {w2_noisy:.3f}",
    }
    return [
        AnswerFigure(
            filled(title, answer.numbers),
            fig.square([fig.ghost(), fig.dots(answer.arrays[name], fig.SAMPLE)]),
        )
        for name, title in titles.items()
    ]


def _boundary(answer: Answer) -> list[AnswerFigure]:
    t, gamma = answer.arrays["t"], answer.arrays["gamma"]
    curves = [
        fig.curve("γ(t), vanishes", t, gamma, "fv:2", at=50, where="top center"),
        fig.curve("constant σ", t, 0 * t + answer.numbers["noise"], "fv:5", dash="dash", at=8, where="top right"),
    ]
    titles = {
        "stays": "σ stays: W2 = {w2_stays:.2f}",
        "vanishes": "γ vanishes: W2 = {w2_vanishes:.2f}",
        "forgotten": "γ′z forgotten: W2 = {w2_forgotten:.2f}",
    }
    ends = [
        AnswerFigure(filled(title, answer.numbers), fig.square([fig.ghost(), fig.dots(answer.arrays[name], fig.SAMPLE)]))
        for name, title in titles.items()
    ]
    return [AnswerFigure("Width of the noise", fig.chart(curves, "t", "width (units of x)", top=2.4)), *ends]


PATH_QUESTIONS = (
    Question(
        "which-sigma",
        "Which σ?",
        "Three things have this name. [[sigma|σ(t)]] is the path’s width about α x₁. [[sigma-min|σ_min]] is what "
        "Lipman’s path leaves of it at t = 1: the flow ends at the data blurred by N(0, σ_min² I). On modes of width "
        "{mode:.2f} that costs W2 = {bias_001:.4f} at σ_min = {sigma_001:g}, {bias_01:.3f} at {sigma_01:g} and "
        "{bias_05:.2f} at {sigma_05:g}, while two samples of the data are {floor:.2f} apart (n = {points:.0f}). "
        "Smaller is truer but steeper: at t = 1 the [[conditional-velocity]] has slope −(1 − σ_min)/σ_min, "
        "−{slope_001:.0f} at {sigma_001:g}. So take {sigma_001:g}, or `linear` with none. The third is the constant "
        "`sigma` of some libraries: noise all along the line.",
        answers.which_sigma,
        _sigma,
        "The curve is in closed form. Dots: {points:.0f} particles at t = 1. Faint, orange: the data.",
        ({"path": "lipman-ot", "lipman_ot_sigma_min": "0.5"},),
        also=("sigma", "σ_min", "width", "torchcfm sigma"),
    ),
    Question(
        "why-gaussian-source",
        "Why does that path need a Gaussian source?",
        "Because its formula says where the noise is. On `vp`, `ve` and `lipman-ot`, pₜ(x | x₁) is the bell N(α x₁, "
        "σ² I) only if x₀ is Gaussian; `ve` even begins at x₁ + x₀. Enter a field made for N(0, I) from elsewhere, "
        "and the samples are wrong: W2 = {w2_uniform:.2f} from a square, {w2_two_gaussians:.2f} from two Gaussians, "
        "but {w2_gaussian:.2f} from N(0, I) itself, no more than between two samples of the data ({floor:.2f}, n = "
        "{points:.0f}). The [[score]] computed from the velocity, (t u − x)/(1 − t) on `linear`, is right for N(0, I) "
        "(to {score_gaussian:sci}) and off by {score_two_gaussians:.0f} % for two Gaussians. `linear` takes any "
        "[[source]], with a field of its own.",
        answers.gaussian_source,
        _source,
        "Blue: where {points:.0f} particles start. Other dots: where one field, made for N(0, I), takes them. Orange: the data.",
        ({"path": "lipman-ot"},),
        also=("vp", "ve", "prior", "any source"),
    ),
    Question(
        "does-noise-add-diversity",
        "Does the noise in a stochastic interpolant make samples more diverse?",
        "No. [[gamma|γ]] widens the middle of the way and vanishes at both ends, so both fields carry N(0, I) to the "
        "same data. Exact fields, the same starts: W2 = {w2_plain:.3f} ± {spread_plain:.3f} without noise, "
        "{w2_noisy:.3f} ± {spread_noisy:.3f} with γ = sin²(πt) (3 sets of n = {points:.0f}; two samples of the data: "
        "{floor:.3f}). They cover {entropy_plain:.2f} and {entropy_noisy:.2f} of 8 modes (exponential of the entropy "
        "of their shares). The [[ode]] has no chance in it: run twice, it takes the same x₀ to ends {again_noisy:g} "
        "apart. What γ buys is a smoother density on the way and, from any source, a [[score]], −E[z | xₜ]/γ, for "
        "sampling by an [[sde]].",
        answers.diversity,
        _diversity,
        "Dots: {points:.0f} particles. Faint, orange: the data. On the way the clouds differ; at the end they are alike.",
        ({"path": "si-linear", "si_linear_a": "0", "flow": "exact"}, {"path": "si-linear", "flow": "exact"}),
        also=("interpolant", "variety", "mode coverage", "stochastic"),
    ),
    Question(
        "interpolant-boundary",
        "“xₜ = (1 − α) x₀ + α x₁ + σ z.” Is that a stochastic interpolant?",
        "A widely read tutorial writes it so, with σ constant; here is what is so. The noise of an "
        "[[interpolant|interpolant]] must vanish at t = 0 and t = 1. With σ = {noise:g} throughout, the modes end "
        "{width:.2f} wide instead of {mode:.2f}, W2 = {w2_stays:.2f}, and the way does not begin at the source "
        "either: W2 = {w2_start:.2f} from N(0, I), where two samples are {floor_start:.2f} apart. With [[gamma|γ]] = "
        "{height:g} sin²(πt) it ends at W2 = {w2_vanishes:.2f}, like two samples of the data ({floor:.2f}, n = "
        "{points:.0f}). And the target gains a term, γ′z: without it the very same path’s flow ends at W2 = "
        "{w2_forgotten:.2f}.",
        answers.boundary,
        _boundary,
        "Dots: {points:.0f} points at t = 1. Faint, orange: the data.",
        ({"path": "si-linear", "si_linear_a": "2"},),
        also=("tutorial", "article", "boundary condition"),
        about_article=True,
    ),
)

"""Questions about drawing from a flow: noise, single steps, guidance, likelihood, solvers that choose their steps."""

import numpy as np

from flowviz.lessons import answers_drawing as answers
from flowviz.lessons.answers import Answer
from flowviz.ui.learn.questions import figures as fig
from flowviz.ui.learn.questions.question import AnswerFigure, Question, filled

UNIT = "W2 to the data (units of x)"


def _same_densities(answer: Answer) -> list[AnswerFigure]:
    titles = {"quiet": "Without noise: W2 = {quiet:.2f}", "noisy": "With noise, ε = {noise:.0f}: W2 = {noisy:.2f}"}
    return [
        AnswerFigure(filled(title, answer.numbers), fig.square([fig.ghost(), *fig.journey(answer.arrays[name], fig.SAMPLE)]))
        for name, title in titles.items()
    ]


def _noise_and_learned(answer: Answer) -> list[AnswerFigure]:
    size, numbers = answer.arrays["size"], answer.numbers
    curves = [
        fig.curve("", size, answer.arrays["early"], "fv:5", symbol="square", dash="dash")
        | {"name": filled("{early_steps:,.0f} training steps", numbers)},
        fig.curve("", size, answer.arrays["late"], "fv:0", symbol="circle")
        | {"name": filled("{late_steps:,.0f} training steps", numbers)},
    ]
    how = {"floor": numbers["floor"], "floor_name": "two samples:", "right": 24, "legend": True}
    chart = fig.chart(curves, "noise ε", UNIT, **how)
    return [AnswerFigure(filled("N(0, I) → 8 Gaussians, n = {points:.0f}", numbers), chart)]


def _one_step(answer: Answer) -> list[AnswerFigure]:
    titles = {"independent": "Independent pairs: W2 = {one_independent:.2f}", "ot": "OT pairs: W2 = {one_ot:.2f}"}
    return [
        AnswerFigure(filled(title, answer.numbers), fig.square([fig.ghost(), *fig.journey(answer.arrays[name], fig.SAMPLE)]))
        for name, title in titles.items()
    ]


def _guidance(answer: Answer) -> list[AnswerFigure]:
    x = answer.arrays["x"]
    styles = (
        ("all data, p(x)", "all", fig.DATA, "dot"),
        ("the class, p(x | y)", "class", fig.WAY, "dash"),
        ("tilted, p(x)¹⁻ʷ p(x | y)ʷ", "tilted", "fv:0", "solid"),
        ("what guidance samples", "guided", fig.SAMPLE, "solid"),
    )
    curves = [fig.curve("", x, answer.arrays[array], colour, dash=dash) | {"name": name} for name, array, colour, dash in styles]
    chart = fig.chart(curves, "x, along the line through both classes", "density per unit of x", right=24, legend=True)
    return [AnswerFigure(filled("Two Gaussians at ±{centre:.0f}, w = {weight:.0f}", answer.numbers), chart)]


def _likelihood(answer: Answer) -> list[AnswerFigure]:
    steps, numbers = answer.arrays["steps"], answer.numbers
    curves = [
        fig.curve("Euler", steps, answer.arrays["euler"], "fv:0", symbol="circle", where="middle right"),
        fig.curve("RK4", steps, np.maximum(answer.arrays["rk4"], 1e-6), "fv:3", symbol="diamond", where="middle right"),
    ]
    chart = fig.chart(curves, "steps of the solver", "error of the NLL (nats)", log_x=steps.tolist(), log_y=True, right=64)
    return [AnswerFigure(filled("|reported NLL − true NLL|, n = {points:,.0f}", numbers), chart)]


def _slowing(answer: Answer) -> list[AnswerFigure]:
    styles = (("wide", "fv:0", "circle", "solid"), ("middle", "fv:2", "square", "dash"), ("narrow", "fv:5", "diamond", "dot"))
    curves = [
        fig.curve("", answer.arrays[f"t_{name}"], answer.arrays[f"step_{name}"], colour, symbol=symbol, dash=dash)
        | {"name": filled(f"width {{width_{name}:g}}", answer.numbers)}
        for name, colour, symbol, dash in styles
    ]
    chart = fig.chart(curves, "t at which a step ends", "its length (units of t)", log_y=True, right=24, legend=True)
    return [AnswerFigure("Steps that dopri5 chooses, to two Gaussians", chart)]


DRAWING = (
    Question(
        "sde-same-distribution",
        "Why does the SDE not change the distribution?",
        "Noise of strength ε spreads a density as ½ε²Δp does; the extra drift ½ε²∇log p, along the [[score]], draws it back, and "
        "−½ε² div(p ∇log p) = −½ε²Δp is just the opposite. So the [[continuity-equation]] keeps its p at every t, whatever ε, while "
        "single ways change: {same_start:.0f} particles from one place end {apart:.1f} units of x from their mean. At half time the "
        "mean log [[density]] is {half_quiet:.2f} nats without noise and {half_noisy:.2f} with ε = {noise:.0f}; at the end W2 to the "
        "data is {quiet:.2f} and {noisy:.2f}. Two samples are {floor:.2f} apart if every mode has its share, as without noise, "
        "and {free:.2f} if chance decides, as noise makes it (n = {points:.0f}, {steps:.0f} Heun steps).",
        answers.same_densities,
        _same_densities,
        "The same blue starts, the same exact field. Diamonds: where each way ends.",
        ({"noise": "1", "show": "exact"},),
        also=("Langevin", "stochastic", "diffusion coefficient", "Fokker-Planck", "marginals"),
    ),
    Question(
        "when-noise-helps",
        "When does noise help a learned flow?",
        "When the flow is poor. Without noise an error of the field is carried on to the end; with it the drift along the learned "
        "[[score]] keeps drawing particles to where the network expects data. After {early_steps:,.0f} training steps W2 falls from "
        "{early:.2f} without noise to {early_best:.2f} with ε = {best_noise:.2g}; with still more it rises again, for the drift "
        "grows as ε² and the score’s own error with it. After {late_steps:,.0f} steps there is nothing to repair: {late:.2f} "
        "without, {late_noisy:.2f} with the same ε, against a [[floor]] of {floor:.2f} (n = {points:.0f}, {steps:.0f} Heun steps, "
        "[[sde]] with the score from the velocity).",
        answers.noise_and_learned,
        _noise_and_learned,
        "Both networks were trained on the spot. The lowest point of each curve is the noise that suits it.",
        ({"steps": "150", "noise": "1"},),
        also=("stochastic sampling", "churn", "error correction", "SDE or ODE"),
    ),
    Question(
        "when-one-step",
        "Why is one Euler step enough here and not there?",
        "At t = 0 the field is E[x₁ | x₀] − x₀, so one [[euler|Euler]] step lands each particle on the data that its start may expect. "
        "With independent pairs every start expects the same: all land on one mean, spread {spread_independent:.2f} in place of the "
        "data’s {data_spread:.2f}, W2 = {one_independent:.2f}. With [[ot-coupling|OT pairs]] a start says which part of the data it "
        "goes to: spread {spread_ot:.2f}, W2 = {one_ot:.2f}; {many:.0f} steps reach {many_independent:.2f} and {many_ot:.2f}, two "
        "samples are {floor:.2f} apart. [[straightness|Straightness]] says it beforehand: {bend_independent:.2f} against "
        "{bend_ot:.3f}. One step is enough where ways are straight, that is where x₀ decides x₁.",
        answers.one_step,
        _one_step,
        "One step each, from the same blue starts. Diamonds: where it ends.",
        ({"flow": "exact", "solver_steps": "1"}, {"coupling": "ot", "flow": "exact", "solver_steps": "1"}),
        also=("single step", "few steps", "straight", "NFE 1", "distillation"),
    ),
    Question(
        "what-guidance-samples",
        "What does guidance sample?",
        "Not the tilted density p(x)¹⁻ʷ p(x | y)ʷ that its name suggests. [[guidance|Guidance]] adds velocities, v + w (v of the class "
        "− v), at every t; the velocity of the tilted density is another. Two Gaussians at ±{centre:.0f}, {width:.1f} wide, the right "
        "one asked for with w = {weight:.0f}: the tilted density has its mean at {tilted_mean:.2f} and a spread of "
        "{tilted_spread:.2f}; guidance takes {points:,.0f} particles to {guided_mean:.2f}, spread {guided_spread:.2f}. It goes further "
        "out than any [[class]] has data, and it is narrower: samples are purer and less various, which is what people like about it "
        "and what they pay.",
        answers.guidance,
        _guidance,
        "Exact fields, no network. The tilted density all but covers that of the class; the guided one does not.",
        ({"target": "two-gaussians", "classes": "within", "of_class": "1", "guidance": "4", "show": "exact"},),
        also=("classifier-free", "CFG", "guidance scale", "conditional", "temperature"),
    ),
    Question(
        "trust-likelihood",
        "Can I trust the log-likelihood?",
        "As far as the solver that follows it. The [[likelihood]] adds up the [[divergence]] along the way back to the source, and steps "
        "that are too long add it up wrongly, mostly in the flow’s favour. On {points:,.0f} points the true NLL of this exact flow is "
        "{truth:.3f} nats. Euler with {steps:.0f} steps reports {euler_few:.3f}, and with {many:.0f} still {euler_many:.3f}: both "
        "lower than the data’s own [[density]] allows in the mean, which no model can be. RK4 says {rk4_few:.3f} and "
        "{rk4_many:.3f}, off by {error:sci}. So repeat it with twice the steps, and say solver, steps and n beside the number.",
        answers.likelihood,
        _likelihood,
        "Both axes are logarithmic; below one millionth of a nat the points stand at the edge.",
        ({"solver": "rk4", "show": "exact"},),
        also=("NLL", "bits per dimension", "density estimation", "Hutchinson", "change of variables"),
    ),
    Question(
        "adaptive-slows",
        "Why does an adaptive solver slow down at the end?",
        "Because near the data the field is steep. At t a mode of width s is √(t²s² + (1 − t)²) wide, and across it velocities change by "
        "about the inverse of 1 − t for each unit of x, until 1 − t is as small as s. Steps must be shorter than that, so they shrink "
        "with the time that is left. [[adaptive|dopri5]] at a tolerance of {tolerance:sci} needs {nfe_wide:.0f} evaluations for two "
        "Gaussians {width_wide:g} wide, {nfe_middle:.0f} for {width_middle:g} and {nfe_narrow:.0f} for {width_narrow:g}; of its steps "
        "{late_wide:.0f} %, {late_middle:.0f} % and {late_narrow:.0f} % end after t = {late:.1f}. A fixed [[time-grid]] packed late does "
        "the same by hand.",
        answers.slowing,
        _slowing,
        "The shortest late steps: {shortest_wide:.2g}, {shortest_middle:.2g} and {shortest_narrow:.2g} units of t.",
        ({"target": "grid25", "solver": "dopri5", "show": "exact"},),
        also=("stiff", "dopri5", "step size control", "underflow in dt", "rejected steps"),
    ),
)

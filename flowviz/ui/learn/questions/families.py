"""Questions about flows beside other families: GANs, diffusion, training by likelihood, networks that need one step."""

from collections.abc import Mapping

import numpy as np

from flowviz.lessons import answers_families as answers
from flowviz.lessons.answers import Answer
from flowviz.ui.learn.glossary.papers import DDIM, FFJORD, GAN, LIPMAN, LIU, MEANFLOW, SONG, TRUNCATED
from flowviz.ui.learn.questions import family_words as words
from flowviz.ui.learn.questions import figures as fig
from flowviz.ui.learn.questions.question import AnswerFigure, Question, filled

UNIT = "W2 to the data (units of x)"
NFE = "evaluations of a network (NFE)"


def _ends(answer: Answer, titles: Mapping[str, str]) -> list[AnswerFigure]:
    """Return dots over the faint data, one picture for each array."""
    return [
        AnswerFigure(filled(title, answer.numbers), fig.square([fig.ghost(), fig.dots(answer.arrays[name], fig.SAMPLE)]))
        for name, title in titles.items()
    ]


def _gan_and_flow(answer: Answer) -> list[AnswerFigure]:
    styles = (
        ("noise, independent pairs", "noise_independent", "noise_nfe", "fv:0", "circle", "dot"),
        ("noise, OT pairs", "noise_ot", "noise_nfe", "fv:2", "square", "dash"),
        ("GAN, independent pairs", "gan_independent", "gan_nfe", "fv:5", "diamond", "dot"),
        ("GAN, OT pairs", "gan_ot", "gan_nfe", "fv:3", "triangle-up", "solid"),
    )
    curves = [
        fig.curve("", answer.arrays[nfe], answer.arrays[array], colour, symbol=symbol, dash=dash) | {"name": name}
        for name, array, nfe, colour, symbol, dash in styles
    ]
    alone = fig.curve("", np.array([1]), np.array([answer.numbers["gan"]]), fig.TEXT, symbol="star") | {"name": "GAN alone"}
    how = {"floor": answer.numbers["floor"], "floor_name": "two samples:", "log_x": answers.EVALUATIONS, "log_y": True}
    chart = fig.chart([*curves, alone], NFE, UNIT, right=24, legend=True, **how)
    titles = {"made": "The GAN alone: W2 = {gan:.2f}", "end_gan": "Then a flow of OT pairs: W2 = {gan_ot_many:.2f}"}
    return [AnswerFigure("Flows from noise and from a GAN", chart, 1.3), *_ends(answer, titles)]


def _trained_diffusion(answer: Answer) -> list[AnswerFigure]:
    n = answer.numbers
    ways = [
        fig.ghost(),
        fig.strokes(answer.arrays["ode_way"]),
        fig.dots(answer.arrays["ddim_way"].reshape(-1, 2), "fv:2", size=5),
    ]
    u, v = answer.arrays["u"].ravel(), answer.arrays["v"].ravel()
    half = float(np.ceil(max(np.abs(u).max(), np.abs(v).max())))
    line = fig.curve("", np.array([-half, half]), np.array([-half, half]), fig.TEXT, dash="dash")
    both = fig.dots(np.stack([u, v], 1), "fv:0", size=5, opacity=0.6)
    versus = fig.chart([line, both], "exact velocity, first component", "from the learned noise", right=24)
    versus["layout"]["yaxis"].pop("rangemode")
    styles = (
        ("diffusion, DDIM", "ddim", "fv:5", "square", "dot"),
        ("diffusion, Euler on its ODE", "ode", "fv:0", "circle", "dash"),
        ("flow learned on vp, Euler", "flow", "fv:2", "diamond", "solid"),
    )
    nfe = answer.arrays["nfe"]
    curves = [
        fig.curve("", nfe, answer.arrays[array], colour, symbol=symbol, dash=dash) | {"name": name}
        for name, array, colour, symbol, dash in styles
    ]
    how = {"floor": n["floor"], "floor_name": "two samples:", "log_x": nfe.tolist(), "log_y": True}
    chart = fig.chart(curves, NFE, UNIT, right=24, legend=True, **how)
    return [
        AnswerFigure(filled("DDIM, {seen:.0f} steps (dots); the ODE solved finely (lines)", n), fig.square(ways)),
        AnswerFigure("Velocities (units of x per unit of t)", versus),
        AnswerFigure("Three samplers", chart),
    ]


def _by_likelihood(answer: Answer) -> list[AnswerFigure]:
    names = ["by likelihood", "flow matching"]
    bars = fig.bars(
        names,
        [answer.numbers["ms_cnf"], answer.numbers["ms_flow"]],
        "milliseconds a training step",
        ["fv:5", "fv:0"],
        log=True,
    )
    titles = {
        "cnf": "By likelihood: W2 = {w2_cnf:.2f}, NLL = {nll_cnf:.2f} nats",
        "flow": "Flow matching: W2 = {w2_flow:.2f}, NLL = {nll_flow:.2f} nats",
    }
    return [AnswerFigure(filled("One step, batch of {batch:.0f}", answer.numbers), bars), *_ends(answer, titles)]


def _one_step(answer: Answer) -> list[AnswerFigure]:
    colours = {"flow": "fv:0", "ot": "fv:2", "meanflow": "fv:5", "distilled": "fv:3"}
    symbols = {"flow": "circle", "ot": "square", "meanflow": "diamond", "distilled": "star"}
    curves = []
    for name, colour in colours.items():
        found = answer.arrays[name]
        curve = fig.curve("", answer.arrays["nfe"][: len(found)], found, colour, symbol=symbols[name])
        curves.append(curve | {"name": words.ONE_STEP_NAMES[name]})
    n = answer.numbers
    how = {"floor": n["floor"], "floor_name": "two samples:", "log_x": answer.arrays["nfe"].tolist(), "log_y": True}
    chart = fig.chart(curves, NFE, UNIT, right=24, legend=True, **how)
    seconds = [n[f"seconds_{name}"] for name in colours]
    bars = fig.bars(
        [name.removesuffix(", Euler") for name in words.ONE_STEP_NAMES.values()],
        seconds,
        "seconds of training",
        list(colours.values()),
    )
    return [
        AnswerFigure(filled("{steps:.0f} training steps each, n = {points:.0f}", n), chart),
        AnswerFigure("What it cost", bars),
    ]


FAMILIES = (
    Question(
        "gan-and-flow",
        "Can a GAN and a flow work together?",
        "The [[source]] of a flow may be anything, so x₀ may be a sample of a [[gan|GAN]]; that costs one evaluation more. This GAN, "
        "of {gan_steps:.0f} training steps, ends at [[w2]] = {gan:.2f}. With {few:.0f} evaluations in all, a flow of "
        "[[ot-coupling|OT pairs]] reaches {gan_ot_few:.2f} from there and {noise_ot_few:.2f} from N(0, I); two samples of the data "
        "are {floor:.2f} apart (n = {points:.0f}). A particle travels {way_gan:.1f} or {way_noise:.1f} units of x.",
        answers.gan_and_flow,
        _gan_and_flow,
        "All networks were trained on the spot, each flow in {flow_steps:.0f} steps. The GAN’s evaluation is counted.",
        (),
        also=("generator", "adversarial", "refine", "hybrid", "source", "warm start"),
        opening=words.gan_opening,
        ending=words.gan_ending,
        papers=(GAN, TRUNCATED),
        families={"ask": "", "methods": "flow,flow-ot,gan"},
    ),
    Question(
        "trained-diffusion",
        "Is a diffusion model a flow?",
        "A [[diffusion|diffusion model]] predicts noise ε̂; with x̂₁ = (x − σ ε̂)/α that is a [[velocity]], α′x̂₁ + σ′ε̂. After "
        "{steps:,.0f} training steps it is {off_diffusion:.0f} % off the exact one of `vp`, a flow trained directly {off_flow:.0f} %. "
        "[[ddim]] is [[euler|Euler’s]] step for the same [[ode]] in the variables x/α and σ/α: taken there, its steps differ by {same:sci}, "
        "rounding. With {short:.0f} steps DDIM ends at [[w2]] = {ddim_short:.2f} and Euler in t at {ode_short:.2f}, with {many:.0f} "
        "at {ddim_many:.2f} and {ode_many:.2f} (two samples: {floor:.2f}, n = {points:.0f}).",
        answers.trained_diffusion,
        _trained_diffusion,
        "Second picture: on the dashed diagonal both velocities are equal; points of exact ways at nine times.",
        ({"method": "diffusion", "solver": "ddim"}, {"path": "vp"}),
        also=("DDIM", "probability flow", "noise prediction", "epsilon", "score-based"),
        opening=words.diffusion_opening,
        ending=words.diffusion_ending,
        papers=(DDIM, SONG),
    ),
    Question(
        "why-not-likelihood",
        "Why not train the flow by its likelihood?",
        "The [[likelihood]] of a point needs its whole way back to the noise, so every step of a [[cnf|CNF]] evaluates the network "
        "{evaluations_cnf:.0f} times, each with its [[divergence]], and the gradient goes back through all of it: {ms_cnf:.1f} "
        "milliseconds against {ms_flow:.2f}. Flow matching makes do with {evaluations_flow:.0f} evaluation. After "
        "{seconds:.1f} seconds the one has made {steps_cnf:.0f} steps, the other {steps_flow:,.0f}: W2 = {w2_cnf:.2f} and "
        "{w2_flow:.2f}, NLL {nll_cnf:.2f} and {nll_flow:.2f} nats, where the data’s own density has {least:.2f}.",
        answers.by_likelihood,
        _by_likelihood,
        "Measured on this machine when the question was first opened, in seconds of one processor (n = {points:.0f}).",
        (),
        also=("CNF", "FFJORD", "maximum likelihood", "NLL", "adjoint", "simulation-free", "cost", "speed"),
        opening=words.likelihood_opening,
        ending=words.likelihood_ending,
        papers=(FFJORD, LIPMAN),
        families={"ask": "cost"},
    ),
    Question(
        "cost-of-one-step",
        "What does one step cost?",
        "Four ways to few evaluations, {steps:.0f} training steps each. With one, W2 is {flow_1:.2f} for a flow, {ot_1:.2f} with "
        "[[ot-coupling|OT pairs]], {meanflow_1:.2f} for MeanFlow, which learns the mean velocity of a whole step, and "
        "{distilled_1:.2f} for a distilled one, taught the ends of a flow; two samples of the data are {floor:.2f} apart "
        "(n = {points:.0f}). Training took {seconds_flow:.1f}, {seconds_ot:.1f}, {seconds_meanflow:.1f} and {seconds_distilled:.1f} "
        "seconds: pairing, a slope in each target, and a first flow with its pairs cost time.",
        answers.cost_of_one_step,
        _one_step,
        "Measured on this machine when the question was first opened. The star: a distilled flow takes one evaluation only.",
        (),
        also=("MeanFlow", "distillation", "one-step", "NFE 1", "consistency", "few steps", "speed"),
        opening=words.one_step_opening,
        ending=words.one_step_ending,
        papers=(MEANFLOW, LIU),
        families={"ask": "few"},
    ),
)

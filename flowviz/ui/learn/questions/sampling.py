"""Questions about sampling: what solvers cost, OT-CFM, diffusion, figures without a source."""

import numpy as np

from flowviz.lessons import answers_sampling as answers
from flowviz.lessons.answers import Answer
from flowviz.ui.learn.questions import figures as fig
from flowviz.ui.learn.questions.question import AnswerFigure, Question, filled


def _solvers(answer: Answer) -> list[AnswerFigure]:
    nfe = answer.arrays["nfe"]
    y = "distance from the true end (units of x)"

    def curve(name: str, array: str, colour: str, symbol: str, dash: str = "solid") -> fig.Figure:
        return fig.curve(name, nfe, answer.arrays[array], colour, symbol=symbol, dash=dash, where="middle right")

    solvers = [
        curve("Euler", "euler", "fv:0", "circle"),
        curve("midpoint", "midpoint", "fv:2", "square"),
        curve("RK4", "rk4", "fv:3", "diamond"),
    ]
    grids = [
        curve("denser late", "late", "fv:5", "triangle-up", "dot"),
        curve("even", "euler", "fv:0", "circle"),
        curve("denser early", "early", "fv:4", "triangle-down", "dash"),
    ]
    for trace, where in zip(grids, ("top right", "middle right", "bottom right"), strict=True):
        trace["textposition"] = where
    x = "evaluations of the field (NFE)"
    return [
        AnswerFigure("Solvers at equal NFE, even grid", fig.chart(solvers, x, y, log_x=nfe.tolist(), log_y=True, right=90)),
        AnswerFigure("Euler on three time grids", fig.chart(grids, x, y, log_x=nfe.tolist(), log_y=True, right=118)),
    ]


def _same_sampler(answer: Answer) -> list[AnswerFigure]:
    titles = {
        "independent": "Field of independent pairs, {few:.0f} steps: W2 = {few_independent:.2f}",
        "ot": "Field of OT pairs, {few:.0f} steps: W2 = {few_ot:.2f}",
    }
    return [
        AnswerFigure(filled(title, answer.numbers), fig.square([fig.ghost(), *fig.journey(answer.arrays[name], fig.SAMPLE)]))
        for name, title in titles.items()
    ]


def _diffusion(answer: Answer) -> list[AnswerFigure]:
    euler, ddim = answer.arrays["euler"][:, :16], answer.arrays["ddim"][:, :16]
    ways = [fig.ghost(), fig.strokes(euler), fig.dots(euler.reshape(-1, 2), "fv:2", size=4)]
    rings = fig.dots(ddim.reshape(-1, 2), fig.SAMPLE, size=10, opacity=1, symbol="circle-open")
    notes = [fig.note("● Euler", -5.2, 6.8, "fv:2"), fig.note("○ DDIM", 5.2, 6.8, fig.SAMPLE)]
    u, drift = answer.arrays["u"].ravel(), answer.arrays["drift"].ravel()
    half = float(np.ceil(np.abs(u).max()))
    line = fig.curve("", np.array([-half, half]), np.array([-half, half]), fig.TEXT, dash="dash")
    both = fig.dots(np.stack([u, drift], 1), "fv:0", size=5, opacity=0.6)
    versus = fig.chart([line, both], "velocity of the flow, first component", "½β(x + score), first component", right=24)
    versus["layout"]["yaxis"].pop("rangemode")
    return [
        AnswerFigure(
            filled("`linear`: Euler and DDIM, {steps:.0f} steps", answer.numbers), fig.square([*ways, rings], notes=notes)
        ),
        AnswerFigure("`vp`: flow against probability flow (units of x per unit of t)", versus),
    ]


def _measured(answer: Answer) -> list[AnswerFigure]:
    nfe = answer.arrays["nfe"]
    styles = (
        ("linear, independent pairs", "linear", "fv:0", "circle", "solid"),
        ("vp (diffusion), independent pairs", "vp", "fv:5", "square", "dot"),
        ("linear, OT pairs", "ot", "fv:2", "diamond", "dash"),
    )
    curves = []
    for name, array, colour, symbol, dash in styles:
        curves.append(fig.curve("", nfe, answer.arrays[array], colour, symbol=symbol, dash=dash) | {"name": name})
    chart = fig.chart(
        curves,
        "evaluations of the field (NFE), Euler",
        "W2 to the data (units of x)",
        floor=answer.numbers["floor"],
        floor_name="two samples:",
        log_x=nfe.tolist(),
        log_y=True,
        right=24,
        legend=True,
    )
    return [AnswerFigure(filled("N(0, I) → 8 Gaussians, n = {points:.0f}", answer.numbers), chart)]


SAMPLING_QUESTIONS = (
    Question(
        "nfe-grid-step",
        "NFE, time grid, step size: what is what?",
        "The [[time-grid]] is the times at which steps begin and end; the [[step-size]] is the gap between two; "
        "[[nfe]] counts evaluations of the field, which is what one pays. [[euler|Euler]] needs one a step, the "
        "midpoint rule two, [[runge-kutta|RK4]] four, so compare at equal NFE. With {nfe:.0f} evaluations Euler takes "
        "{steps_euler:.0f} steps and ends {error_euler:.3f} units of x from the true end (root mean square), midpoint "
        "takes {steps_midpoint:.0f} and ends {error_midpoint:.4f} off, RK4 {steps_rk4:.0f} and {error_rk4:.4f}. The "
        "grid counts too: Euler is {error_early:.3f} off with short steps early, (k/n)², and {error_late:.3f} with "
        "short steps late, 1 − (1 − k/n)². Which grid is better depends on where the field bends.",
        answers.solvers,
        _solvers,
        "Both axes are logarithmic: the steeper a line falls, the higher the solver’s order. True end: RK4 with "
        "{truth:.0f} steps.",
        ({"solver_steps": "8", "solver": "rk4", "show": "exact"},),
        also=("steps", "midpoint", "Heun", "scheduler", "cost", "speed"),
    ),
    Question(
        "is-ot-cfm-sampled-differently",
        "Is OT-CFM sampled differently?",
        "No. Draw x₀ from the [[source]] and solve the same [[ode]]: no batch, no pairing, no optimal transport. Only "
        "the field is another, as it was learned from other pairs. Here {points:.0f} starts and the sampler are the "
        "same. With {one:.0f}, {few:.0f} and {many:.0f} Euler steps the field of independent pairs ends W2 = "
        "{one_independent:.2f}, {few_independent:.2f} and {many_independent:.2f} from the data, that of "
        "[[ot-coupling|OT pairs]] {one_ot:.2f}, {few_ot:.2f} and {many_ot:.2f}; two samples of the data are "
        "{floor:.2f} apart. The second flow is nearly straight, so few steps are enough. (Its field has no closed "
        "form: it is computed from {pairs:,.0f} OT pairs, each point blurred by {blur:.2f}.)",
        answers.same_sampler,
        _same_sampler,
        "The same blue starts, the same {few:.0f} Euler steps; only the field differs. Diamonds: where the steps end.",
        ({"flow": "exact", "solver_steps": "2"}, {"coupling": "ot", "flow": "exact", "solver_steps": "2"}),
        also=("inference", "minibatch OT", "sampling"),
    ),
    Question(
        "are-diffusion-models-flow-matching",
        "Are diffusion models flow matching?",
        "With their deterministic sampler, yes. A [[diffusion|diffusion model]] has a path α x₁ + σ x₀ with a "
        "Gaussian source (`vp` here), and its probability-flow [[ode]], ½β(x + [[score]]), is the "
        "[[marginal-velocity]]: here they differ by at most {drift:sci}, where velocities reach {largest:.1f}. "
        "[[ddim]] guesses data and noise and mixes them anew; on `linear` that is [[euler|Euler’s]] step: over "
        "{steps:.0f} steps no particle differs by more than {ddim:sci}, which is rounding. What does differ: the "
        "weights of the loss over t, the direction of time, a start at α(0) = {alpha_0:.4f} instead of 0, and "
        "samplers by [[sde]].",
        answers.diffusion,
        _diffusion,
        "First picture: every ring sits on its dot. Second: all points lie on the dashed diagonal, where both are equal.",
        ({"path": "vp"},),
        also=("DDPM", "DDIM", "score", "probability flow", "noise prediction"),
    ),
    Question(
        "figures-without-source",
        "“15 % better FID, ten times faster.” Than what?",
        "A widely read tutorial gives such figures without their source; here is a measurement with its conditions: "
        "no network, N(0, I) → 8 Gaussians, [[euler|Euler]], n = {points:.0f}. With {few:.0f} evaluations, [[w2]] is "
        "{linear_4:.2f} on the linear path, {vp_4:.2f} on diffusion’s `vp` path and {ot_4:.2f} with [[ot-coupling|OT "
        "pairs]]; with {many:.0f} it is {linear_16:.2f}, {vp_16:.2f} and {ot_16:.2f}; two samples of the data are "
        "{floor:.2f} apart. So here the straight path alone is not faster than diffusion’s; OT pairs are, at few "
        "evaluations (their field is computed from {pairs:,.0f} pairs, each point blurred by {blur:.2f}). One toy "
        "target proves nothing about images: a speed means something only with data, network, solver, [[nfe]] and "
        "spread.",
        answers.measured,
        _measured,
        "Who leads depends on where one looks: at one evaluation, at four, or at thirty-two.",
        (
            {"flow": "exact", "solver_steps": "4"},
            {"path": "vp", "flow": "exact", "solver_steps": "4"},
            {"coupling": "ot", "flow": "exact", "solver_steps": "4"},
        ),
        also=("tutorial", "article", "FID", "speed", "benchmark", "faster"),
        about_article=True,
    ),
)

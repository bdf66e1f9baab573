"""Questions about straight lines: rectified flow, the two meanings of OT, what is constant and what is not."""

import numpy as np

from flowviz.lessons import answers_straight as answers
from flowviz.lessons.answers import Answer
from flowviz.ui.learn.questions import figures as fig
from flowviz.ui.learn.questions.question import AnswerFigure, Question, filled


def _rectified(answer: Answer) -> list[AnswerFigure]:
    titles = ("Independent pairs: S = {bent:.2f}", "Its own pairs (reflow): S = {straight:.3f}")
    return [
        AnswerFigure(filled(title, answer.numbers), fig.square([fig.ghost(), *fig.journey(answer.arrays[name], fig.SAMPLE)]))
        for title, name in zip(titles, ("first", "second"), strict=True)
    ]


FLOW = "fv:2"
"""What a flow does, beside single pairs in grey."""
CORNERS = {
    "linear_independent": "Linear, independent",
    "lipman_independent": "OT **path**, independent",
    "linear_ot": "Linear, OT **coupling**",
    "lipman_ot": "OT **path** and **coupling**",
}


def _two_ots(answer: Answer) -> list[AnswerFigure]:
    found = []
    for name, title in CORNERS.items():
        ways = fig.strokes(answer.arrays[f"ways_{name}"][:, : answers.FEW], width=2.6, opacity=0.9, colour=FLOW)
        numbers = filled(f": {{crossings_{name}:.0f}} crossings, S = {{bent_{name}:.2f}}", answer.numbers)
        found.append(AnswerFigure(title + numbers, fig.square([*fig.journey(answer.arrays[f"pairs_{name}"], fig.DATA), ways])))
    return found


def _straight(answer: Answer) -> list[AnswerFigure]:
    pairs = filled("{pairs:.0f} pairs: {crossings:.0f} crossings", answer.numbers)
    ways = filled("Their flow: S = {bent:.1f}", answer.numbers)
    return [
        AnswerFigure(pairs, fig.square(fig.journey(answer.arrays["pairs"], fig.DATA))),
        AnswerFigure(ways, fig.square([fig.ghost(), *fig.journey(answer.arrays["ways"], fig.SAMPLE)])),
    ]


def _constant(answer: Answer) -> list[AnswerFigure]:
    t, speed, pairs = (answer.arrays[name] for name in ("t", "speed", "pair_speed"))
    traces = [
        fig.curve(
            "one pair each" if v == pairs.max() else "", t, np.full_like(t, v), fig.WAY, dash="dash", at=56, where="top center"
        )
        for v in pairs
    ]
    slowest = int(speed[18].argmin())
    traces += [
        fig.curve("particles of the flow" if k == slowest else "", t, speed[:, k], FLOW, at=18, where="bottom right")
        for k in range(speed.shape[1])
    ]
    return [
        AnswerFigure(
            "Speed on the way",
            fig.chart(traces, "t", "speed (units of x per unit of t)", right=24, top=1.18 * float(pairs.max())),
        )
    ]


def _clipping(answer: Answer) -> list[AnswerFigure]:
    names = ("no reflow,<br>clipped or not", "1 reflow", "2 reflows")
    bent = [answer.numbers[f"bent_{k}"] for k in range(3)]
    one = [answer.numbers[f"one_step_{k}"] for k in range(3)]
    colours = (fig.WAY, FLOW, FLOW)
    return [
        AnswerFigure("Straightness", fig.bars(names, bent, "S (squared units of x)", colours, digits=3, log=True)),
        AnswerFigure("One Euler step", fig.bars(names, one, "W2 to the data (units of x)", colours)),
    ]


STRAIGHTNESS = (
    Question(
        "same-as-rectified-flow",
        "Is flow matching the same as rectified flow?",
        "The first round of rectified flow is flow matching on the `linear` path: straight lines between independent "
        "pairs, the same [[cfm-loss|loss]], so the same field. What [[rectified-flow]] adds is [[reflow]]: train "
        "again on the pairs (x₀, Φ(x₀)) that this flow Φ makes. From two Gaussians to 8 Gaussians, the exact flow of "
        "independent pairs has [[straightness]] S = {bent:.2f} (zero is straight), and one [[euler|Euler]] step "
        "misses the data by [[w2]] = {one_step_first:.2f}. The flow of its own pairs has S = {straight:.3f} and W2 = "
        "{one_step_second:.2f}; two samples of the data are {floor:.2f} apart (n = {points:.0f}). The second field "
        "has no closed form: it is computed from {pairs:,.0f} such pairs, each point blurred by {blur:.2f}.",
        answers.rectified,
        _rectified,
        "The same blue starts in both. Diamonds: where the flow ends. Independent pairs make it turn back and bend; "
        "its own pairs let it run almost straight.",
        ({"source": "two-gaussians", "flow": "exact"}, {"source": "two-gaussians", "coupling": "pairs", "flow": "exact"}),
        also=("Liu", "RF", "SD3", "reflow"),
    ),
    Question(
        "ot-path-or-ot-coupling",
        "Conditional OT path or OT coupling?",
        "Two things with one name. Lipman’s [[ot-path]] is the straight line from noise to a single data point: "
        "optimal for that point alone. The [[ot-coupling]] chooses in every batch which x₀ goes with which x₁. Only "
        "the second changes the picture. Of {possible:,.0f} pairs of lines, {crossings_linear_independent:.0f} cross "
        "with independent pairs, on either path; the flow’s [[straightness]] is S = {bent_linear_independent:.2f} "
        "(linear) and {bent_lipman_independent:.2f} (OT path). With OT pairs {crossings_linear_ot:.0f} cross, but no "
        "two are at the crossing at the same time, and S = {bent_linear_ot:.3f} and {bent_lipman_ot:.3f}. (The OT "
        "coupling’s field has no closed form: it is computed from {standing:,.0f} pairs, each point blurred by "
        "{blur:.2f}.) They are chosen apart: say which you mean by “OT”.",
        answers.two_ots,
        _two_ots,
        "Grey, from ● to ◆: {pairs:.0f} pairs. Green, thick: ways of {few:.0f} particles of the flow. The path "
        "changes nothing that can be seen, the coupling everything.",
        (
            {"flow": "exact"},
            {"path": "lipman-ot", "flow": "exact"},
            {"coupling": "ot", "flow": "exact"},
            {"path": "lipman-ot", "coupling": "ot", "flow": "exact"},
        ),
        also=("OT-CFM", "FM-OT", "cond-OT", "minibatch", "optimal transport"),
    ),
    Question(
        "straight-trajectories",
        "Does flow matching guarantee straight trajectories?",
        "No. On the linear path each pair travels a straight line at constant speed, but the lines cross ({pairs:.0f} "
        "of them {crossings:.0f} times), and where many pass one place at one time the field is their "
        "[[marginal-velocity|mean]]. A [[particle]] follows the mean, so it bends: {curved:.0f} % of the ways are "
        "more than {limit:.0f} % longer than the straight line between their ends, the median way {detour:.2f} times "
        "as long. [[straightness|Straightness]] S = {bent:.1f}; zero is straight. With [[ot-coupling|OT pairs]] S "
        "falls to {bent_ot:.2f} (a field computed from {standing:,.0f} pairs, each point blurred by {blur:.2f}, as it "
        "has no closed form). A straight flow needs pairs that are never at one place at one time: by OT, or by "
        "[[reflow]].",
        answers.straight,
        _straight,
        "First what each pair does, ● to ◆; then what particles do under the mean of all pairs.",
        ({"source": "two-gaussians", "show": "exact"},),
        also=("straight lines", "curved"),
    ),
    Question(
        "constant-velocity",
        "“The true velocity is constant.” Is it?",
        "A widely read tutorial says so; here is what is so. It is constant for one pair on the linear path: x₁ − x₀ "
        "(dashed). The [[field]] is the [[marginal-velocity|mean]] over all pairs that pass a place, and that changes "
        "on the way (solid). On N(0, I) → 8 Gaussians {particles:.0f} particles set out inwards, since the mean of "
        "the data lies in the middle, at {speed_start:.2f} units of x per unit of t on average; they slow down, turn "
        "round and arrive at {speed_end:.2f}. {turned:.0f} % of them turn by more than 90°. A check that a learned "
        "velocity is constant would fail the right field.",
        answers.constant,
        _constant,
        "Each solid curve is one particle of the exact flow; each dashed line one pair.",
        ({"show": "exact"},),
        also=("tutorial", "article", "constant speed"),
        about_article=True,
    ),
    Question(
        "rectified-is-not-clipping",
        "“Rectified flow is gradient clipping and weight normalisation.” Is it?",
        "A widely read tutorial describes it so; here is what is so. Clipping and weight normalisation steady the "
        "training; the field with the least [[cfm-loss|loss]] stays where it is: S = {bent_0:.2f}, and one Euler step "
        "misses the data by W2 = {one_step_0:.2f}. [[rectified-flow|Rectified flow]] is the straight path and then "
        "re-coupling, [[reflow]]: pairs that the flow itself has made. After one round S = {bent_1:.3f} and W2 = "
        "{one_step_1:.2f}, after two {bent_2:.3f} and {one_step_2:.2f} (two samples of the data: {floor:.2f}, n = "
        "{points:.0f}). The field without reflow is exact; after it, each is computed from {pairs:,.0f} pairs of the "
        "flow before, every point blurred by {blur:.2f}. Both stabilisers are options of the training here.",
        answers.clipping,
        _clipping,
        "One reflow straightens; a second changes little here.",
        ({}, {"clip": "1", "weight_norm": "true"}, {"coupling": "pairs"}),
        also=("tutorial", "article", "stabiliser", "weight norm"),
        about_article=True,
    ),
)

"""Sentences that the numbers decide, in the answers about flows beside other families; each knows both directions."""

from collections.abc import Mapping

Numbers = Mapping[str, float]
TIE = 0.03
"""Two W2 of 500 points that differ by less, in units of x, count as equal."""
LEARNED = 30
"""Percent by which a velocity may be off and still count as learned."""
ONE_STEP_NAMES = {"flow": "flow, Euler", "ot": "flow of OT pairs, Euler", "meanflow": "MeanFlow", "distilled": "distilled flow"}
"""In a legend."""
CALLED = {"flow": "the plain flow", "ot": "the flow of OT pairs", "meanflow": "MeanFlow", "distilled": "the distilled flow"}
"""In a sentence."""


def gan_opening(n: Numbers) -> str:
    """Return whether the two together are better than either."""
    mends, faster = n["gan_ot_few"] < n["gan"] - TIE, n["gan_ot_few"] < n["noise_ot_few"] - TIE
    if mends and faster:
        return "Yes: the GAN makes a first guess, and a flow carries it on to the data."
    if mends:
        return "They can, but here it does not pay: a flow from noise comes as near with as many evaluations."
    if faster:
        return "Here the GAN is as good alone: the flow behind it mends nothing."
    return "Not here: both the GAN and the flow are as good alone."


def gan_ending(n: Numbers) -> str:
    """Return what the pairs have to do with it."""
    if n["gan_independent_few"] > n["gan"] + TIE:
        return (
            "The pairs decide: independent ones spoil the guess, {gan_independent_few:.2f}, for the field first draws every particle "
            "towards the mean of all data."
        )
    return "With independent pairs it reaches {gan_independent_few:.2f}."


def diffusion_opening(n: Numbers) -> str:
    """Return whether the learned noise is a good velocity."""
    if n["off_diffusion"] < LEARNED:
        return "Yes, also a trained one."
    return "In principle; this one has not learned enough to show it."


def diffusion_ending(n: Numbers) -> str:
    """Return which network ends nearer to the data: the one that learned the noise, or the one that learned the velocity."""
    gap = n["ddim_many"] - n["flow_many"]
    how = "as near" if abs(gap) < TIE else "nearer" if gap > 0 else "farther off"
    return f"A flow that learned the velocity of the same path ends {how}: {{flow_many:.2f}}."


def likelihood_opening(n: Numbers) -> str:
    """Return whether a step by likelihood takes longer, by how much."""
    if n["times"] > 1:
        return "Because one step of it takes {times:.0f} times as long."
    return "Not because of its speed here: one step takes {times:.2f} times as long."


def likelihood_ending(n: Numbers) -> str:
    """Return which training is ahead after the same seconds, by both measures."""
    nearer, likelier = n["w2_flow"] < n["w2_cnf"], n["nll_flow"] < n["nll_cnf"]
    if nearer and likelier:
        return "Flow matching is ahead in both, even in the likelihood that it never computes."
    if nearer:
        return "Flow matching is nearer to the data, training by likelihood has the better likelihood."
    if likelier:
        return "Flow matching has the better likelihood, training by likelihood is nearer to the data."
    return "Training by likelihood is ahead in both."


def one_step_opening(n: Numbers) -> str:
    """Return who is best with one evaluation, and whether that is also who costs most."""
    best = min(CALLED, key=lambda name: n[f"{name}_1"])
    longest = max(CALLED, key=lambda name: n[f"seconds_{name}"])
    if best == longest:
        return f"Training: {CALLED[best]} is best with one evaluation, and took longest to train."
    return f"Not always more training: {CALLED[best]} is best with one evaluation, but {CALLED[longest]} took longest to train."


def one_step_ending(n: Numbers) -> str:
    """Return who is best with four evaluations, among those that can take them."""
    best = min(("flow", "ot", "meanflow"), key=lambda name: n[f"{name}_4"])
    better = n[f"{best}_4"] < min(n[f"{name}_1"] for name in CALLED) - TIE
    compared = "better than any with one" if better else "no better than the best with one"
    return f"With four evaluations {CALLED[best]} is best, {{{best}_4:.2f}}: {compared}."

"""The questions that the page asks by itself: what to put side by side, and which measure answers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """A question, and the beginnings of its possible answers; ``{names}`` is the panel that leads, or those that do.

    Attributes:
        label: Where room is scarce.
        question: In one sentence.
        watch: What to look at in the pictures, in one sentence.
        members: What each panel has of its own, as flat fields; the first is what the others are held against.
        measure: The measure that answers.
        claim: Where the first panel does not lead.
        against: Where it does, alone or with others.
        even: Where all are within their spread of the best.
    """

    label: str
    question: str
    watch: str
    members: tuple[dict[str, str], ...]
    measure: str
    claim: str
    against: str
    even: str


PRESETS: dict[str, Preset] = {
    "coupling": Preset(
        "Couplings",
        "Does it matter which x₀ is paired with which x₁?",
        "Where lines of pairs cross, a flow has to bend: each particle’s way against the straight line from its start to its end.",
        ({}, {"coupling": "ot"}, {"coupling": "sinkhorn"}),
        "straightness",
        "Yes: the straightest flow comes from {names}",
        "Yes, though not as expected: the straightest flow comes from {names}",
        "Hardly, here: all flows are equally straight",
    ),
    "paths": Preset(
        "Paths",
        "Does the path between x₀ and x₁ change the flow?",
        "All head for the same data, but by different ways and at different times: stop the clock at t = ½.",
        ({}, {"path": "trig"}, {"path": "vp"}),
        "straightness",
        "Yes: the straightest flow comes from {names}",
        "Yes: the straightest flow comes from {names}",
        "Hardly, here: all flows are equally straight",
    ),
    "method": Preset(
        "Method",
        "Does it matter whether the velocity or the noise is learned?",
        "One path, two questions to the network: flow matching asks for the velocity, diffusion for the noise in a point.",
        ({"path": "vp"}, {"method": "diffusion"}),
        "w2",
        "Yes, here: nearer to the data lands {names}",
        "Yes, here: nearer to the data lands {names}",
        "Hardly, here: both land equally near to the data",
    ),
    "sampler": Preset(
        "Sampler",
        "One diffusion: does it matter how one samples it?",
        "The same learned noise, the same starts. DDIM and the ODE carry each particle smoothly, DDPM adds fresh noise at every step.",
        tuple({"method": "diffusion", "solver": solver, "solver_steps": "10"} for solver in ("ddim", "ddpm", "euler")),
        "w2",
        "Yes, with ten steps: nearest to the data is {names}",
        "Yes, with ten steps: nearest to the data is {names}",
        "Hardly, with ten steps: all land equally near to the data",
    ),
    "noise": Preset(
        "Noise",
        "What does noise γ on the way do to the flow?",
        "Noise blurs the middle of the way and vanishes at both ends: stop at t = ½ with the density switched on.",
        (
            {"path": "si-linear", "si_linear_a": "0"},
            {"path": "si-linear", "si_linear_kind": "sqrt"},
            {"path": "si-linear", "si_linear_kind": "sin2"},
        ),
        "straightness",
        "Here it straightens it: the straightest flow comes from {names}",
        "It makes it bend more: the straightest flow comes from {names}",
        "Little, here: all flows are equally straight",
    ),
    "steps": Preset(
        "Steps",
        "How many Euler steps does one field need?",
        "The same learned field, the same particles; only the solver’s steps differ. Too few, and they fly past the curve.",
        ({"solver_steps": "1"}, {"solver_steps": "2"}, {"solver_steps": "4"}, {"solver_steps": "20"}),
        "w2",
        "More than one: nearest to the data is what was carried by {names}",
        "One is enough here: nearest to the data is what was carried by {names}",
        "One is enough here: all are equally near to the data",
    ),
    "reflow": Preset(
        "Reflow",
        "Does training on a flow’s own pairs straighten it?",
        "Each round is trained on pairs that the flow before it made. The less their lines cross, the straighter the next flow.",
        ({}, {"coupling": "pairs"}, {"coupling": "pairs", "pairs_rounds": "2"}),
        "straightness",
        "Yes: the straightest flow comes from {names}",
        "Not here: the straightest flow comes from {names}",
        "Not here: all flows are equally straight",
    ),
    "network": Preset(
        "Network",
        "Is a small network enough?",
        "A small network smears where the field turns sharply: look between the modes at t = 1.",
        ({"width": "16", "depth": "2"}, {"width": "128"}),
        "w2",
        "No: nearer to the data lands {names}",
        "Yes: nearer to the data lands {names}",
        "Yes, here: both land equally near to the data",
    ),
    "times": Preset(
        "Loss time",
        "Should training draw more often from the middle of the way?",
        "Logit-normal draws t near ½ more often, where pairs cross most and the field is hardest.",
        ({}, {"time_sampling": "logit-normal"}),
        "w2",
        "Yes, here: nearer to the data lands {names}",
        "No, not here: nearer to the data lands {names}",
        "It makes no difference here: both land equally near to the data",
    ),
    "exact": Preset(
        "Exact",
        "How near does learning come to the exact flow?",
        "In A nothing was trained: the field is computed from the two distributions. B was learned from pairs alone.",
        ({"flow": "exact"}, {}),
        "w2",
        "All the way and, by luck of the samples, past it: nearer to the data lands {names}",
        "Near, but not all the way: nearer to the data lands {names}",
        "As near as these samples can tell: both land equally near to the data",
    ),
}

"""The methods that can stand side by side, and the questions that the page asks by itself."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Contestant:
    """One way of learning to make data.

    Attributes:
        name: For people, where room is scarce.
        flat: What it has of its own, as flat fields of an experiment.
    """

    name: str
    flat: dict[str, str]


CONTESTANTS: dict[str, Contestant] = {
    "flow": Contestant("Flow matching", {}),
    "flow-ot": Contestant("Flow matching, OT", {"coupling": "ot"}),
    "diffusion": Contestant("Diffusion", {"method": "diffusion"}),
    "gan": Contestant("GAN", {"method": "gan"}),
    "gan-critic": Contestant("GAN, 5 D steps", {"method": "gan", "gan_critic_steps": "5", "lr": "0.0002"}),
    "vae": Contestant("VAE", {"method": "vae"}),
    "cnf": Contestant("CNF by likelihood", {"method": "cnf"}),
    "meanflow": Contestant("MeanFlow", {"method": "meanflow"}),
    "distilled": Contestant("Distilled flow", {"method": "distilled"}),
    "reflow": Contestant("Reflow", {"coupling": "pairs"}),
}
LEAST, MOST = 2, 5
FIRST = ("flow", "diffusion", "gan", "vae")
"""Who stands there when the page opens."""


@dataclass(frozen=True)
class Preset:
    """A question of the page's own.

    Attributes:
        label: Where room is scarce.
        question: In one sentence.
        watch: What to look at, in one sentence.
        choices: What it sets, as texts by name.
    """

    label: str
    question: str
    watch: str
    choices: dict[str, str]


PRESETS: dict[str, Preset] = {
    "table": Preset(
        "The article’s table",
        "GANs collapse, VAEs blur, diffusion is slow, flows are fast and exact?",
        "The article says so without a source. Train all on the same points, and read what the numbers under the pictures say.",
        {},
    ),
    "modes": Preset(
        "Modes",
        "Does a GAN find all the modes?",
        "25 narrow modes: a mode that the generator leaves out costs it nothing as long as the discriminator cannot tell.",
        {"methods": "flow,gan", "target": "grid25", "steps": "3000"},
    ),
    "collapse": Preset(
        "Collapse",
        "When does a GAN lose modes?",
        "Both are usual settings: a rate of 0.001 with one step of the discriminator for each of the generator, and 0.0002 with five. "
        "Count the modes that each finds: the row below does it too, over as many seeds as you like.",
        {"methods": "flow,gan,gan-critic"},
    ),
    "blur": Preset(
        "Blur",
        "Does a VAE blur?",
        "Where codes of different modes overlap, the decoder can only answer with their mean: look between the modes at t = 1.",
        {"methods": "flow,vae", "steps": "3000"},
    ),
    "few": Preset(
        "Few steps",
        "Who needs how many evaluations for a sample?",
        "A diffusion and a flow go in steps, MeanFlow and a distilled flow in one: the row of evaluations says how many are enough.",
        {"methods": "flow,flow-ot,diffusion,meanflow,distilled", "steps": "3000"},
    ),
    "cost": Preset(
        "Cost of a step",
        "Why not train the flow by its likelihood?",
        "Every step of such a training runs the solver and goes back through all of it: watch how far each has come.",
        {"methods": "flow,cnf", "steps": "400"},
    ),
    "seconds": Preset(
        "Ten seconds",
        "Who makes the most of ten seconds?",
        "The same time for all: as many steps as fit into it on this machine.",
        {"methods": "flow,diffusion,gan,vae,cnf", "budget": "seconds", "seconds": "10"},
    ),
}

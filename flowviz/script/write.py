"""Put the parts of a script together."""

import itertools
import re
import sys
import textwrap
from collections.abc import Callable

from flowviz import __version__
from flowviz.distributions.own import SLUG
from flowviz.experiment import Experiment
from flowviz.methods import CNF, GAN, VAE, Distilled, Method
from flowviz.script import adversarial, autoencoder, distilled, draws, learn, likelihood, network

IMPORTS = {
    "base64": "import base64",
    "math": "import math",
    "warnings": "import warnings",
    "zlib": "import zlib",
    "pairwise": "from itertools import pairwise",
    "np": "import numpy as np",
    "torch": "import torch",
    "load_digits": "from sklearn.datasets import load_digits  # pip install scikit-learn",
    "linear_sum_assignment": "from scipy.optimize import linear_sum_assignment",
    "nn": "from torch import nn",
    "softplus": "from torch.nn.functional import softplus",
    "weight_norm": "from torch.nn.utils.parametrizations import weight_norm",
    "odeint_adjoint": "from torchdiffeq import odeint_adjoint",
}
"""What a script may import, by the name that calls for it, in the order of the lines."""


def script_name(experiment: Experiment) -> str:
    """Return a file name for the script: what is learned, of which data, along which path if along any, and the experiment's key.

    >>> script_name(Experiment(target="moons")).startswith("flow_moons_linear_")
    True
    >>> script_name(Experiment(target="moons", method="gan")).startswith("gan_moons_")
    True
    """
    learned, path = experiment.method.noun.lower(), [] if experiment.method.pathless else [experiment.path.slug]
    return re.sub(r"\W", "_", "_".join([learned, experiment.target_distribution.slug, *path, experiment.key])) + ".py"


def script(experiment: Experiment) -> str:
    """Return a complete script in PyTorch for one experiment: it draws, trains and samples, and needs nothing of flowviz.

    Args:
        experiment: The choices. Only code that they need is in the script.

    Returns:
        Python. Run on its own it prints the losses of ``train(experiment)``, digit for digit.

    Raises:
        ValueError: If the coupling is `pairs`: that needs several flows, each trained on the pairs of the last.
    """
    if experiment.coupling.made:
        distils = experiment.method.distils
        raise ValueError(
            f"a script {'distils one flow' if distils else 'is one training'}, and reflow needs "
            f"{experiment.coupling.flows_before + 1}, each on the pairs of the last; choose coupling 'independent' "
            f"to {'distil' if distils else 'see'} the first of them."
        )
    parts = PARTS.get(type(experiment.method), regression)
    body = _spaced([_settings(experiment), *draws.samplers(experiment), *parts(experiment)])
    return f"{_docstring(experiment)}\n{_imports(body)}\n\n{body}"


def regression(experiment: Experiment) -> list[str]:
    """Return the parts of a script that learns from pairs, after the samplers."""
    return [
        draws.path_function(experiment.path, experiment.method),
        *draws.pairing(experiment),
        draws.pool_function(experiment),
        network.network(experiment),
        *network.output(experiment),
        *learn.schedule(experiment),
        *([draws.coefficients_function(experiment.path)] if experiment.method.one_step == "ddim" else []),
        learn.loop(experiment) + learn.samples(experiment),
    ]


PARTS: dict[type[Method], Callable[[Experiment], list[str]]] = {
    GAN: adversarial.parts,
    VAE: autoencoder.parts,
    CNF: likelihood.parts,
    Distilled: distilled.parts,
}
"""What writes the parts of a script after the samplers, for methods that are no regression on pairs of source and data."""


def _docstring(experiment: Experiment) -> str:
    source, target = experiment.source_distribution.label, experiment.target_distribution.label
    title = f"{experiment.method.label} from {source} to {target}."
    if not experiment.method.pathless:
        title += f" Path: {experiment.path.label}. Coupling: {experiment.coupling.label}."
    own = {end: getattr(experiment, f"{end}_distribution").slug for end in ("source", "target")}
    flat = {name: own.get(name, value) for name, value in experiment.to_flat().items()}
    options = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in flat.items())
    more = ["torchdiffeq"] * getattr(experiment.method, "adjoint", False) + ["scikit-learn"] * ("digits" in own.values())
    needs = " and ".join([", ".join(["Python", "PyTorch", *more[:-1]]), *more[-1:]]) if more else "Python and PyTorch"
    lines = ["There are two trainings: a flow, and a network that learns from the pairs it makes."] * experiment.method.distils
    lines.append(f"Run it with {needs}. It prints the losses of the same training in flowviz, digit for digit:")
    command = textwrap.wrap(f"python -m flowviz train {options}", 100, break_long_words=False, break_on_hyphens=False)
    lines += [f"    {line}" for line in command]
    if any(slug.startswith(SLUG) for slug in own.values()):
        lines.append(f"Own data ({SLUG}…) are embedded below; for that command, take the whole text from the experiment's link.")
    lines += [f"Written by flowviz {__version__}."]
    return '"""' + "\n".join([title, "", *lines]) + '\n"""\n'


def _settings(experiment: Experiment) -> str:
    training = experiment.training
    named = {"SEED": experiment.seed, "STEPS": training.steps}
    named |= {"MORE": training.more} if training.more else {}
    named |= {"BATCH": training.batch, "LR": training.lr}
    lines = ["torch.set_num_threads(1)  # fastest for a small network, and the same sums every time"]
    lines.append(f"{', '.join(named)} = {', '.join(repr(value) for value in named.values())}")
    if network.on_gpu(experiment):
        lines.append(f'DEVICE = "{experiment.device}"')
    return "\n".join(lines) + "\n"


def _imports(body: str) -> str:
    used = [line for name, line in IMPORTS.items() if re.search(rf"\b{name}\b[.(]", body)]
    standard = [line for line in used if line.split()[1] in sys.stdlib_module_names]
    others = [line for line in used if line not in standard]
    return "\n".join([*standard, *[""] * bool(standard), *others])


def _spaced(parts: list[str]) -> str:
    """Return two lines between functions and what surrounds them, one elsewhere."""
    text = parts[0]
    for before, part in itertools.pairwise(parts):
        text += "\n" * (2 if "def " in (part[:4], before[:4]) else 1) + part
    return text

"""Put the parts of a script together."""

import itertools
import re
import sys
import textwrap

from flowviz import __version__
from flowviz.distributions.own import SLUG
from flowviz.experiment import Experiment
from flowviz.script import draws, learn

IMPORTS = {
    "base64": "import base64",
    "math": "import math",
    "warnings": "import warnings",
    "zlib": "import zlib",
    "np": "import numpy as np",
    "torch": "import torch",
    "linear_sum_assignment": "from scipy.optimize import linear_sum_assignment",
    "nn": "from torch import nn",
    "weight_norm": "from torch.nn.utils.parametrizations import weight_norm",
}
"""What a script may import, by the name that calls for it, in the order of the lines."""


def script_name(experiment: Experiment) -> str:
    """A file name for the script: what is learned, along which path, and the experiment's key.

    >>> script_name(Experiment(target="moons")).startswith("flow_moons_linear_")
    True
    """
    return f"flow_{experiment.target_distribution.slug}_{experiment.path.slug}_{experiment.key}.py".replace("-", "_")


def script(experiment: Experiment) -> str:
    """A complete script in PyTorch for one experiment: it draws, trains and samples, and needs nothing of flowviz.

    Args:
        experiment: The choices. Only code that they need is in the script.

    Returns:
        Python. Run on its own it prints the losses of ``train(experiment)``, digit for digit.

    Raises:
        ValueError: If the coupling is `pairs`: a script is one training, and that needs several.
    """
    if experiment.coupling.made:
        raise ValueError(
            f"a script is one training, and reflow needs {experiment.coupling.flows_before + 1}, each on the pairs of the last; "  # type: ignore[attr-defined]
            f"choose coupling 'independent' to see the first of them."
        )
    functions = [
        *draws.samplers(experiment),
        draws.path_function(experiment.path, experiment.method),
        *draws.pairing(experiment),
        draws.pool_function(experiment),
        learn.network(experiment),
        *learn.output(experiment),
        *learn.schedule(experiment),
        *([draws.coefficients_function(experiment.path)] if experiment.method.one_step == "ddim" else []),
        learn.loop(experiment) + learn.samples(experiment),
    ]
    body = _spaced([_settings(experiment), *functions])
    return f"{_docstring(experiment)}\n{_imports(body)}\n\n{body}"


def _docstring(experiment: Experiment) -> str:
    source, target = experiment.source_distribution.label, experiment.target_distribution.label
    path, coupling = experiment.path.label, experiment.coupling.label
    title = f"{experiment.method.label} from {source} to {target}. Path: {path}. Coupling: {coupling}."
    own = {end: getattr(experiment, f"{end}_distribution").slug for end in ("source", "target")}
    flat = {name: own.get(name, value) for name, value in experiment.to_flat().items()}
    options = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in flat.items())
    lines = ["Run it with Python and PyTorch. It prints the losses of the same training in flowviz, digit for digit:"]
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
    if learn.on_gpu(experiment):
        lines.append(f'DEVICE = "{experiment.device}"')
    return "\n".join(lines) + "\n"


def _imports(body: str) -> str:
    used = [line for name, line in IMPORTS.items() if re.search(rf"\b{name}\b[.(]", body)]
    standard = [line for line in used if line.removeprefix("import ") in sys.stdlib_module_names]
    others = [line for line in used if line not in standard]
    return "\n".join([*standard, *[""] * bool(standard), *others])


def _spaced(parts: list[str]) -> str:
    """Two lines between functions and what surrounds them, one elsewhere."""
    text = parts[0]
    for before, part in itertools.pairwise(parts):
        text += "\n" * (2 if "def " in (part[:4], before[:4]) else 1) + part
    return text

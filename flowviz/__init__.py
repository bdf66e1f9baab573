"""flowviz: see flow matching.

One convention everywhere: t = 0 is the source (noise), t = 1 is the data, and fields are called as ``(x, t)``.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_LAZY = {
    "Experiment": "flowviz.experiment",
    "FlowMatching": "flowviz.estimator",
    "load": "flowviz.estimator",
    "train": "flowviz.training",
}
"""Names of the package's own, by the room that each is loaded from when it is asked for: torch takes seconds."""


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'flowviz' has no attribute {name!r}.")
    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])

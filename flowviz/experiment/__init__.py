"""Experiment: the one frozen value that names every choice, and its text forms."""

from flowviz.experiment.choices import FAMILIES, Model
from flowviz.experiment.flat import (
    check_eta,
    check_guidance,
    check_noise,
    check_solver,
    fitting_eta,
    fitting_guidance,
    fitting_noise,
    fitting_solver,
    nearest,
    no_score,
    settled,
    usual_solver,
)
from flowviz.experiment.leaf import Leaf, format_value, model_leaves, nearest_texts
from flowviz.experiment.refusals import Note
from flowviz.experiment.values import LEAVES, ROUND, Experiment, Network, Training, default_of

__all__ = [
    "ARTICLE",
    "FAMILIES",
    "LEAVES",
    "ROUND",
    "Experiment",
    "Leaf",
    "Model",
    "Network",
    "Note",
    "Training",
    "check_eta",
    "check_guidance",
    "check_noise",
    "check_solver",
    "default_of",
    "fitting_eta",
    "fitting_guidance",
    "fitting_noise",
    "fitting_solver",
    "format_value",
    "model_leaves",
    "nearest",
    "nearest_texts",
    "no_score",
    "settled",
    "usual_solver",
]

ARTICLE: dict[str, str] = {
    "width": "128",
    "depth": "3",
    "activation": "silu",
    "time_features": "embedding",
    "lr": "0.0005",
    "schedule": "constant",
    "average": "false",
}
"""The source article's own network and plain loop, as flat fields."""

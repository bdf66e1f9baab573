"""Experiment: the one frozen value that names every choice, and its text forms."""

from flowviz.experiment.flat import LEAVES, nearest
from flowviz.experiment.leaf import Leaf, format_value, model_leaves, nearest_texts
from flowviz.experiment.values import ROUND, Experiment, Model, Network, Training

__all__ = [
    "ARTICLE",
    "LEAVES",
    "ROUND",
    "Experiment",
    "Leaf",
    "Model",
    "Network",
    "Training",
    "format_value",
    "model_leaves",
    "nearest",
    "nearest_texts",
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

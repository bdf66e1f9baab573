"""Experiment: the one frozen value that names every choice, and its text forms."""

from flowviz.experiment.flat import LEAVES, Leaf, nearest
from flowviz.experiment.values import ROUND, Experiment, Network, Training

__all__ = ["ARTICLE", "LEAVES", "ROUND", "Experiment", "Leaf", "Network", "Training", "nearest"]

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

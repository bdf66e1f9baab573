"""How one learns to make data: methods, by slug. A method says what the network predicts, and how samples come from that."""

from flowviz.methods.base import Method
from flowviz.methods.diffusion import Denoiser, Diffusion
from flowviz.methods.flow_matching import FlowMatching
from flowviz.methods.meanflow import MeanFlow, later_times

METHODS: dict[str, type[Method]] = {"flow-matching": FlowMatching, "diffusion": Diffusion, "meanflow": MeanFlow}

__all__ = ["METHODS", "Denoiser", "MeanFlow", "Method", "later_times"]

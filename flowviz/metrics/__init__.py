"""How good a flow is: pure functions of points and fields."""

from flowviz.distributions import label_shares, stratified
from flowviz.metrics.distance import Spread, sampling_floor, share_in_modes, wasserstein2
from flowviz.metrics.flow import Probe, field_error, normalised_path_energy, path_energy, straightness
from flowviz.metrics.likelihood import (
    hutchinson_divergence,
    log_density,
    log_likelihood,
    negative_log_likelihood,
    velocity_and_divergence,
)
from flowviz.metrics.modes import InModes, energy_distance, in_modes, modes_of, share_near_data
from flowviz.metrics.ways import Ways, ways

__all__ = [
    "InModes",
    "Probe",
    "Spread",
    "Ways",
    "energy_distance",
    "field_error",
    "hutchinson_divergence",
    "in_modes",
    "label_shares",
    "log_density",
    "log_likelihood",
    "modes_of",
    "negative_log_likelihood",
    "normalised_path_energy",
    "path_energy",
    "sampling_floor",
    "share_in_modes",
    "share_near_data",
    "straightness",
    "stratified",
    "velocity_and_divergence",
    "wasserstein2",
    "ways",
]

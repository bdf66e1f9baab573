"""Velocity, density and score in closed form, and what stands in where there is none."""

from flowviz.exact.choose import PAIRS, carried_to_data, coupled, exact_field, made_by_exact_flow
from flowviz.exact.classes import GuidedExact, class_fields, classes_at
from flowviz.exact.field import BLOCK, ExactField, irreducible_loss
from flowviz.exact.law import LEAST, JointMixture, MixtureAt

__all__ = [
    "BLOCK",
    "LEAST",
    "PAIRS",
    "ExactField",
    "GuidedExact",
    "JointMixture",
    "MixtureAt",
    "carried_to_data",
    "class_fields",
    "classes_at",
    "coupled",
    "exact_field",
    "irreducible_loss",
    "made_by_exact_flow",
]

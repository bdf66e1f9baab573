"""What an experiment is worth, in numbers: measures, their table, quality against steps, and what differs, in words."""

from flowviz.measures.differ import differences, differing, names_of
from flowviz.measures.errors import ErrorPoint, errors_against_evaluations, reference_ends, slopes
from flowviz.measures.families import Family, FamilyRun, family_run
from flowviz.measures.family_table import ARTICLE, MEANT, ROWS, cells, families_table, floors
from flowviz.measures.family_words import verdicts
from flowviz.measures.kinds import KINDS, Kind, Measure, Measures
from flowviz.measures.likelihood_map import LikelihoodMap, divergence_from_exact, likelihood_map, no_map
from flowviz.measures.measure import floor_at, measure, no_likelihood, samples
from flowviz.measures.memorising import CopiedAt, copied_over_training, exact_share, near_distance, share_near, training_points
from flowviz.measures.quality import EVALUATIONS, Quality, quality_against_steps
from flowviz.measures.round_trip import RoundTrip, round_trips
from flowviz.measures.table import FORMS, best_of, shown, table
from flowviz.measures.ways import PROBES, MeasuredWays, measured_ways

__all__ = [
    "ARTICLE",
    "EVALUATIONS",
    "FORMS",
    "KINDS",
    "MEANT",
    "PROBES",
    "ROWS",
    "CopiedAt",
    "ErrorPoint",
    "Family",
    "FamilyRun",
    "Kind",
    "LikelihoodMap",
    "Measure",
    "MeasuredWays",
    "Measures",
    "Quality",
    "RoundTrip",
    "best_of",
    "cells",
    "copied_over_training",
    "differences",
    "differing",
    "divergence_from_exact",
    "errors_against_evaluations",
    "exact_share",
    "families_table",
    "family_run",
    "floor_at",
    "floors",
    "likelihood_map",
    "measure",
    "measured_ways",
    "names_of",
    "near_distance",
    "no_likelihood",
    "no_map",
    "quality_against_steps",
    "reference_ends",
    "round_trips",
    "samples",
    "share_near",
    "shown",
    "slopes",
    "table",
    "training_points",
    "verdicts",
]

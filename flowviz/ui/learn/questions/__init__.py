"""The questions people really ask, and four sentences of a widely read tutorial that are not so."""

from flowviz.ui.learn.questions.drawing import DRAWING
from flowviz.ui.learn.questions.families import FAMILIES
from flowviz.ui.learn.questions.paths import PATH_QUESTIONS
from flowviz.ui.learn.questions.question import Question
from flowviz.ui.learn.questions.sampling import SAMPLING_QUESTIONS
from flowviz.ui.learn.questions.straightness import STRAIGHTNESS
from flowviz.ui.learn.questions.training import TRAINING

ORDER = (
    "same-as-rectified-flow",
    "ot-path-or-ot-coupling",
    "straight-trajectories",
    "loss-right-samples-noise",
    "what-loss-is-normal",
    "ot-and-classes",
    "which-sigma",
    "why-gaussian-source",
    "nfe-grid-step",
    "is-ot-cfm-sampled-differently",
    "are-diffusion-models-flow-matching",
    "does-noise-add-diversity",
    "sde-same-distribution",
    "when-noise-helps",
    "when-one-step",
    "what-guidance-samples",
    "trust-likelihood",
    "adaptive-slows",
    "gan-and-flow",
    "trained-diffusion",
    "why-not-likelihood",
    "cost-of-one-step",
    "rectified-is-not-clipping",
    "interpolant-boundary",
    "constant-velocity",
    "figures-without-source",
)
_FOUND = {q.slug: q for q in (*STRAIGHTNESS, *TRAINING, *PATH_QUESTIONS, *SAMPLING_QUESTIONS, *DRAWING, *FAMILIES)}
QUESTIONS: dict[str, Question] = {slug: _FOUND[slug] for slug in ORDER}
"""All questions by slug, in the order of the list."""

__all__ = ["QUESTIONS", "Question"]

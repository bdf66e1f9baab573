"""What is measured: each with its name, unit, meaning and direction; and the values that come out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from flowviz.experiment import Experiment


@dataclass(frozen=True)
class Kind:
    """One thing that can be measured.

    Attributes:
        name: As it stands over a column.
        latex: The same in LaTeX.
        unit: Of the value; empty for a pure number.
        meaning: One line for a reader.
        better: Which way is better.
        best: The best possible value, where it is the same for every experiment; others say it with each value.
    """

    name: str
    latex: str
    unit: str
    meaning: str
    better: Literal["lower", "higher"] = "lower"
    best: float | None = None


KINDS: dict[str, Kind] = {
    "w2": Kind("W2", "$W_2$", "units of x", "How far the samples lie from the target, by exact optimal transport."),
    "w2_one": Kind(
        "W2, one step",
        "$W_2$, one step",
        "units of x",
        "The same after one single step, by Euler or, for a diffusion, DDIM: low only where the flow is straight.",
    ),
    "npe": Kind(
        "NPE", "NPE", "", "How much more energy the flow spends than optimal transport would, as a share of it.", best=0.0
    ),
    "straightness": Kind(
        "Straightness", "$S$", "squared units of x", "How far velocities differ from each particle's straight way.", best=0.0
    ),
    "nll": Kind("NLL", "NLL", "nats", "Mean negative log-likelihood of fresh data under the flow."),
    "field_error": Kind(
        "Field error",
        "Field error",
        "units of x per unit t",
        "Root-mean-square distance of the learned velocity from the exact one.",
        best=0.0,
    ),
    "nfe": Kind("NFE", "NFE", "evaluations", "Evaluations of the field that made the samples.", best=1.0),
    "seconds": Kind(
        "Training", "Training", "s", "Time that training took, pauses and the flows that made its pairs not counted."
    ),
    "rate": Kind("Speed", "Speed", "steps/s", "Training steps in each second.", better="higher"),
    "judged": Kind(
        "Judged right",
        "Judged right",
        "",
        "Share of pictures that a classifier takes for the class asked for, at w = 1.",
        "higher",
    ),
    "judged_guided": Kind(
        "Judged right, w = 2", "Judged right, $w = 2$", "", "The same with guidance: each class exaggerated.", "higher"
    ),
    "copies": Kind("Copies", "Copies", "", "Share of pictures that are one of those learned from.", best=0.0),
    "spectrum": Kind(
        "Spectrum",
        "Spectrum",
        "",
        "Of series: the power that stands at another frequency than the data's, as a share of all.",
    ),
    "away": Kind(
        "Nearest picture",
        "Nearest picture",
        "units of x",
        "Median distance of a picture to the nearest one learned from; best is that of pictures nobody learned from.",
        "higher",
    ),
}
"""Every measure by its slug, in the order of the columns."""
OF_PICTURES = ("judged", "judged_guided", "copies", "away")
"""Those that only pictures have."""
OF_SERIES = ("spectrum",)
"""Those that only series have."""


@dataclass(frozen=True)
class Measure:
    """One measured value.

    Attributes:
        slug: Which of `KINDS`.
        value: The value, the mean over repeats; None where it cannot be had, and `note` says why.
        spread: Standard deviation over repeats; None where nothing was repeated.
        best: Best possible value for this experiment, as far as it is known: floor of W2, entropy for NLL, 0.
        note: What must be known beside the number, a sentence; empty where nothing.
        caution: What makes the number less exact than it looks, a sentence; empty where nothing does.
    """

    slug: str
    value: float | None = None
    spread: float | None = None
    best: float | None = None
    note: str = ""
    caution: str = ""

    @property
    def kind(self) -> Kind:
        """Name, unit, meaning, direction."""
        return KINDS[self.slug]


@dataclass(frozen=True)
class Measures:
    """All measures of one experiment; iterate, or ask by slug.

    Attributes:
        experiment: What was measured.
        items: The values, in the order of `KINDS`.
        exact: Whether the exact field was measured, not a learned one.
        n: Points in each sample.
        repeats: Samples.
        solver: What carried them.
        steps: Its steps.
        stands_in: Whether the exact field has no closed form here, so that what was measured or compared with is a stand-in's.
        eta: Fresh noise in the steps of DDIM.
    """

    experiment: Experiment
    items: tuple[Measure, ...]
    exact: bool
    n: int
    repeats: int
    solver: str
    steps: int
    stands_in: bool = False
    eta: float = 0.0

    def __iter__(self) -> Iterator[Measure]:
        return iter(self.items)

    def __getitem__(self, slug: str) -> Measure:
        return next(item for item in self.items if item.slug == slug)

"""What one can look at on the page Sampling: one section at a time, so that only what is seen is computed."""

from collections.abc import Callable

from flowviz.engine import Run
from flowviz.ui.controls import control
from flowviz.ui.sampling import backward, classes, divergence, errors, likelihood, memorising, noise
from flowviz.ui.state import Choice

SECTIONS: dict[str, tuple[Callable[[Choice, Run | None], None], ...]] = {
    "solvers": (errors.section,),
    "noise": (noise.section,),
    "backward": (backward.section,),
    "likelihood": (likelihood.section, divergence.section),
    "classes": (classes.section,),
    "copies": (memorising.section,),
}


def chosen(choice: Choice, run: Run | None) -> None:
    """The choice of a section, and the chosen one."""
    control("section", hide_label=True)
    for section in SECTIONS[choice.section]:
        section(choice, run)

"""What one can look at on the page Sampling: one section at a time, so that only what is seen is computed."""

from collections.abc import Callable
from dataclasses import replace

from flowviz.engine import Run
from flowviz.scene import Panel
from flowviz.ui import live
from flowviz.ui.controls import control
from flowviz.ui.sampling import backward, classes, divergence, errors, likelihood, memorising, noise
from flowviz.ui.sampling.flow import Flow, flow_of
from flowviz.ui.state import Choice
from flowviz.ui.watching import GOING

SECTIONS: dict[str, tuple[Callable[[Choice, Run | None], None], ...]] = {
    "solvers": (errors.section,),
    "noise": (noise.section,),
    "backward": (backward.section,),
    "likelihood": (likelihood.section, divergence.section),
    "classes": (classes.section,),
    "copies": (memorising.section,),
}


PICTURES: dict[str, Callable[[Choice, Flow], list[Panel]]] = {
    "noise": noise.panels,
    "backward": backward.panels,
    "classes": classes.panels,
}
"""Sections that have moving pictures of their own."""


def panels(choice: Choice, run: Run | None) -> list[Panel]:
    """The moving pictures to take home: those of the chosen section, or else the page's own."""
    resting = run is None or run.status not in GOING
    found = PICTURES[choice.section](choice, flow_of(choice, run)) if choice.section in PICTURES and resting else []
    return [replace(panel, kit=None) for panel in found] or live.panels(choice, run)


def chosen(choice: Choice, run: Run | None) -> None:
    """The choice of a section, and the chosen one."""
    control("section", hide_label=True)
    for section in SECTIONS[choice.section]:
        section(choice, run)

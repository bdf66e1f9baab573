"""What one can look at on the page Sampling: one section at a time, so that only what is seen is computed."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from flowviz.engine import Run
from flowviz.scene import Panel
from flowviz.ui import live
from flowviz.ui.controls import control
from flowviz.ui.later import Later
from flowviz.ui.sampling import backward, classes, divergence, errors, likelihood, memorising, noise, spectrum
from flowviz.ui.sampling.flow import Flow, flow_of
from flowviz.ui.state import Choice
from flowviz.ui.watching import GOING

SECTIONS: dict[str, tuple[Callable[[Choice, Run | None], Later | None], ...]] = {
    "solvers": (errors.section,),
    "noise": (noise.section,),
    "backward": (backward.section,),
    "likelihood": (likelihood.section, divergence.section),
    "classes": (classes.section,),
    "copies": (memorising.section,),
    "spectrum": (spectrum.section,),
}


PICTURES: dict[str, Callable[[Choice, Flow], list[Panel]]] = {
    "noise": noise.panels,
    "backward": backward.panels,
    "classes": classes.panels,
}
"""Sections that have moving pictures of their own."""


WITHOUT_WAY = ("copies", "spectrum")
"""Sections that need no way between source and data."""


def panels(choice: Choice, run: Run | None) -> list[Panel]:
    """Return the moving pictures to take home: those of the chosen section, or else the page's own."""
    resting = run is None or run.status not in GOING
    own = choice.section in PICTURES and resting and not choice.experiment.method.jumps
    found = PICTURES[choice.section](choice, flow_of(choice, run)) if own else []
    return [replace(panel, kit=None) for panel in found] or live.panels(choice, run)


def shows(choice: Choice) -> tuple[str, ...]:
    """Return layers that the pictures of the chosen section are about, besides the usual ones."""
    return classes.shows(choice) if choice.section == "classes" else ()


OWN: dict[str, tuple[str, ...]] = {"noise": ("noise", "noise_shape"), "classes": ("of_class", "guidance")}
"""Choices that stand in a section, by the section: who changes one looks at the section's picture."""


def order(section: str, changed: str) -> tuple[str, ...]:
    """Return the order in which the parts of the page are made: "side", "words", "page" and "section".

    After a choice what is awaited comes first, the picture beside which it was made; all else stands there already. Who opens the
    page sees it from the top, so that nothing is pushed down.

    Args:
        section: The section that is shown.
        changed: The choice that was changed; empty for none.
    """
    if not changed or changed == "section":
        return "side", "words", "page", "section"
    return ("section", "page", "side", "words") if changed in OWN.get(section, ()) else ("page", "section", "side", "words")


def chosen(choice: Choice, run: Run | None) -> list[Later]:
    """Return the choice of a section, and the chosen one; what it returns is to be called once all pictures are there."""
    series = choice.experiment.space.series or choice.section == "spectrum"
    control("section", hide_label=True, options=[slug for slug in SECTIONS if slug != "spectrum" or series])
    if choice.experiment.method.jumps and choice.section not in WITHOUT_WAY:
        st.caption(
            f"{choice.experiment.method.label}: each sample is made by one evaluation, and there is no way between. So there is no "
            "solver to choose, no noise to add, nothing to run backward and no likelihood to follow. Whether it copies its data can "
            "be asked (Memorising); for the rest choose another method."
        )
        return []
    return [later for section in SECTIONS[choice.section] if (later := section(choice, run)) is not None]

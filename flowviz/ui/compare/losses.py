"""The losses of several runs in one figure, and how far each is."""

from flowviz.figures import Curve, Figure, losses_figure
from flowviz.known import floor_of
from flowviz.ui.compare.rows import Row
from flowviz.ui.compare.words import CURVES, letter
from flowviz.ui.progress import Line
from flowviz.ui.watching import progress_words

UNALIKE = "Losses of different methods, couplings, paths or noises cannot be compared: each has its own least value, dashed where it is known. "


def curves_of(found: list[Row]) -> list[Curve]:
    """Return one curve for each run, however many panels share it."""
    curves, shown = [], set()
    for row in found:
        if row.run is None or row.run.snapshot is None or len(row.run.snapshot.losses) < 2 or row.run.id in shown:
            continue
        shown.add(row.run.id)
        one, losses = row.member.experiment, row.run.snapshot.losses
        curves.append(
            Curve(row.title, losses, one.total_steps, floor_of(one), CURVES[row.place], letter(row.place, coloured=False))
        )
    return curves


def figure_of(found: list[Row], curves: list[Curve]) -> Figure:
    """Return all curves."""
    kinds = {row.member.experiment.method.loss for row in found if row.run is not None}
    figure = losses_figure(curves, kinds.pop() if len(kinds) == 1 else "")
    if not curves:  # none yet: the axis already has its end
        figure["layout"]["xaxis"]["range"] = [0, max(row.member.experiment.total_steps for row in found)]
    return figure


def words_of(found: list[Row]) -> str:
    """Return what is to be said about the curves."""
    floors = {floor_of(row.member.experiment) for row in found if row.run is not None}
    words = UNALIKE if len(floors) > 1 or None in floors else ""
    runs = [row.run.id for row in found if row.run is not None]
    if len(set(runs)) < len(runs):
        words += "Panels that share one training share one curve. "
    return f"{words}Smoothed; one colour for each panel."


def line_of(row: Row, pause: float = 0.0) -> Line:
    """Return how far the run of a panel is."""
    assert row.run is not None
    notes = row.run.snapshot.notes if row.run.snapshot is not None else ()
    share = min(1.0, row.run.step / row.member.experiment.total_steps)
    label = letter(row.place, coloured=False)
    return Line(progress_words(row.run, pause), share, label, CURVES[row.place], tuple(f"{label}: {note}" for note in notes))

"""Take it home: a dialogue that makes a film, a picture, a page or a table of what is on the screen."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import streamlit as st

from flowviz.engine import Run
from flowviz.experiment import Experiment
from flowviz.export import FORMATS, SIZES, Options, TrainedWeights, check, expected_bytes, render_frame, usual_size
from flowviz.export.numbers import coordinates
from flowviz.scene import DEFAULT_LAYERS, LAYERS, Panel
from flowviz.scene.layers import layers_shown
from flowviz.ui import dialogs, live
from flowviz.ui.making import Making
from flowviz.ui.state import Choice
from flowviz.ui.watching import time_left

MAKING, DIALOGUE = "fv.making", "takehome"
POLL = 0.3


@dataclass(frozen=True)
class Exportable:
    """What is taken home.

    Attributes:
        panels: Makes the pictures.
        name: What the file is about, in a few words.
        link: The address that opens it again.
        experiment: Where the pictures came from; the first, where there are several.
        learned: Weights and losses, if there are any and they are of one experiment.
        several: Whether several experiments stand side by side, whose weights and choices no single file holds.
        also: Layers that the pictures are about, to be drawn besides the usual ones.
    """

    panels: Callable[[], list[Panel]]
    name: str
    link: str
    experiment: Experiment
    learned: TrainedWeights | None = None
    several: bool = False
    also: tuple[str, ...] = ()

    @property
    def formats(self) -> list[str]:
        """The formats that can hold it."""
        return [slug for slug, found in FORMATS.items() if not self.several or found.needs == "panels"]


def of_one(
    choice: Choice,
    run: Run | None,
    panels: Callable[[Choice, Run | None], list[Panel]] = live.panels,
    *,
    also: tuple[str, ...] = (),
) -> Exportable:
    """Return one experiment, in the Playground's own pictures or in others, which may be about layers that are usually hidden."""
    one = choice.experiment
    how = f"{one.path.slug}-{one.coupling.slug}" if one.method.takes("coupling", "ot") else one.method.slug
    name = f"{one.source_distribution.slug}-{one.target_distribution.slug}-{how}"
    learned = run.snapshot if run is not None else None
    return Exportable(lambda: panels(choice, run), name, urlencode(choice.address()), one, learned, also=also)


def button(subject: Exportable) -> None:
    """Show the button that opens the dialogue."""
    help_ = "Film, picture, page or numbers."
    st.button("Take it home", icon=":material/download:", on_click=dialogs.show, args=(DIALOGUE,), help=help_)
    if dialogs.shown(DIALOGUE):
        _dialogue(subject)


@st.dialog("Take it home", width="large", on_dismiss=dialogs.close)
def _dialogue(subject: Exportable) -> None:
    panels = subject.panels()
    left, right = st.columns([2, 3])
    with left:
        format, options = _choose(panels, subject.formats, subject.also)
    with right:
        _preview(panels, format, options)
    reason = _why_not(format, options, subject.learned is not None)
    if reason:
        st.warning(reason)
        return
    if size := expected_bytes(panels, format, options, learned=subject.learned):
        st.caption(
            f"About {_bytes(size)}. The file carries the link that opens this {'comparison' if subject.several else 'experiment'} again."
        )
    st.button(
        f"Make the {FORMATS[format].label}",
        type="primary",
        icon=":material/movie:" if FORMATS[format].moving else ":material/draft:",
        on_click=_start,
        args=(subject, panels, format, options),
    )
    making = st.session_state.get(MAKING)
    if making is not None:
        st.fragment(_watch, run_every=None if making.ended else POLL)()


def _choose(panels: list[Panel], formats: list[str], also: tuple[str, ...]) -> tuple[str, Options]:
    format = st.selectbox("Format", formats, format_func=lambda slug: FORMATS[slug].label, key="fv.x.format")
    found, values = FORMATS[format], {}
    if not found.drawn:
        return format, Options()
    shown = layers_shown(scene for panel in panels for scene in panel.scenes)
    values["layers"] = tuple(
        st.pills(
            "Layers",
            shown,
            default=[slug for slug in shown if slug in DEFAULT_LAYERS or slug in also],
            selection_mode="multi",
            format_func=lambda slug: LAYERS[slug].label,
            key=f"fv.x.layers.{'.'.join((*shown, *also))}",
        )
    )
    if found.sized:
        usual = usual_size(len(panels))
        values["size"] = st.selectbox(
            "Size in pixels",
            SIZES,
            SIZES.index(usual),
            key=f"fv.x.size.{usual}",
            format_func=lambda size: size.replace("x", " × "),
        )
        values["title"] = st.toggle("Title", True, key="fv.x.title")
        values["dark"] = st.toggle("Dark", st.context.theme.type == "dark", key="fv.x.dark")
    if found.moving:
        values["fps"] = st.slider(
            "Frames per second", 5, found.most_fps, min(20, found.most_fps), key=f"fv.x.fps.{found.most_fps}"
        )
        values["seconds"] = st.slider("Seconds", 1.0, 15.0, 4.0, 0.5, key="fv.x.seconds")
    elif found.still:
        values["t"] = st.slider("t", 0.0, 1.0, 1.0, 0.01, key="fv.x.t")
    if found.transparent:
        values["transparent"] = st.toggle("Transparent ground", False, key="fv.x.transparent")
    return format, Options(**values)


def _why_not(format: str, options: Options, trained: bool) -> str:
    if FORMATS[format].needs == "learned" and not trained:
        return "Nothing has been learned yet: train first, then there are weights and losses."
    try:
        check(format, options)
    except (ValueError, RuntimeError) as error:
        return str(error)
    return ""


def _preview(panels: list[Panel], format: str, options: Options) -> None:
    if not FORMATS[format].drawn:
        columns = ", ".join(coordinates(max(scene.x.shape[2] for panel in panels for scene in panel.scenes)))
        st.info(FORMATS[format].holds.format(columns=columns))
        return
    still = FORMATS[format].still
    t = options.t if still else 0.8
    words = f"Preview: one frame, t = {t:.2f}"
    st.image(render_frame(panels, t, options, moving=not still), caption=words, alt=words)


def _start(subject: Exportable, panels: list[Panel], format: str, options: Options) -> None:
    if (before := st.session_state.get(MAKING)) is not None:
        before.cancel()
    name = f"flowviz-{re.sub(r'[^a-z0-9]+', '-', subject.name)}{FORMATS[format].suffix}"
    st.session_state[MAKING] = Making(
        name, panels, format, options, experiment=subject.experiment, learned=subject.learned, link=subject.link
    )


def _watch() -> None:
    making: Making = st.session_state[MAKING]
    if making.error:
        st.error(making.error)
    elif making.data is not None and making.written is not None:
        words = f"{making.name}, {_bytes(len(making.data))}, made in {making.written.seconds:.1f} s"
        st.download_button(
            f"Download {words}", making.data, file_name=making.name, mime=FORMATS[making.format].mime, on_click="ignore"
        )
        for note in making.written.notes:
            st.caption(note)
    elif making.ended:
        st.caption("Cancelled; nothing was left behind.")
    else:
        left = making.seconds_left
        words = "Waiting for another file to be made …" if making.started is None else f"Frame {making.done} of {making.total}"
        st.progress(
            min(1.0, making.done / max(1, making.total)), text=words + (f" · {time_left(left)}" if left is not None else "")
        )
        st.button("Cancel", on_click=making.cancel, key="fv.x.cancel")


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, size // 1000)} KB"

"""Your own data: a dialog in which to draw, type or load a distribution, and see it before it is used."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from flowviz.distributions import DISTRIBUTIONS, Points, distributions_in
from flowviz.distributions.content import WIDEST_BLUR
from flowviz.distributions.shelf import LONGEST_LINK, link_text
from flowviz.experiment import Experiment, Note
from flowviz.reading import LONGEST_WORD, READABLE, SCALES, Reading, read_points, read_strokes, read_word
from flowviz.spaces import PLANE
from flowviz.ui import state
from flowviz.ui.sketch import sketch
from flowviz.ui.thumbs import drawn

END, KEPT, MADE, READ, OPENED = "fv.own.end", "fv.own.kept", "fv.own.made", "fv.own.read", "fv.own.opened"
WAYS = {"draw": ":material/draw: Draw", "type": ":material/keyboard: Type", "load": ":material/upload_file: Upload"}
AMOUNTS = (256, 512, 1024, 2048, 4096)
MOST_KEPT = 5
Put = Callable[..., None]
PICTURES = (".png", ".jpg", ".jpeg", ".webp")


def kept(*experiments: Experiment) -> dict[str, Points]:
    """Return own data that this visitor has used, and those of the experiments, by their text in a link."""
    found: dict[str, Points] = st.session_state.setdefault(KEPT, {})
    ends = [end for experiment in experiments for end in (experiment.source, experiment.target)]
    now = {link_text(end): end for end in ends if isinstance(end, Points)}
    for text, points in now.items():
        found.setdefault(text, points)
    while len(found) > max(MOST_KEPT, len(now)):
        del found[next(text for text in found if text not in now)]
    return found


def offer(end: str) -> None:
    """Show the button that opens the dialog for one end of the flow."""
    words = "Draw, type or upload your own"
    st.button(words, icon=":material/draw:", key=f"fv_own_{end}", on_click=_open, args=(end,), width="stretch")


def offer_again(notes: Sequence[Note]) -> None:
    """Show where a link named data that are not here, as these notes say: a button to load them again."""
    gone = {note.field for note in notes if note.code == "gone"}
    for end in (end for end in ("source", "target") if end in gone):
        st.button(f"Load the {end} again", icon=":material/upload_file:", on_click=_open, args=(end, "load"))


def opened() -> int:
    """Return how often the dialog was opened: the picker under it is made anew each time, and so is closed."""
    return st.session_state.get(OPENED, 0)


def _open(end: str, way: str = "") -> None:
    st.session_state[END], st.session_state[OPENED] = end, opened() + 1
    _made().update({"way": way} if way else {})


def _close() -> None:
    st.session_state[END] = None


def _made() -> dict[str, Any]:
    """Return what was drawn, typed and set. Streamlit forgets a widget that is not on the page; nothing of this is forgotten."""
    blank = {"way": "draw", "strokes": [], "word": "", "most": 1024, "scale": "same", "light": False, "blur": {}, "columns": {}}
    return st.session_state.setdefault(MADE, blank)


def _bound(name: str) -> dict[str, Any]:
    """Return what ties a widget to one of the things made."""
    key = f"{MADE}.{name}"
    st.session_state[key] = _made()[name]

    def changed() -> None:
        _made()[name] = st.session_state[key]

    return {"key": key, "on_change": changed}


def dialog(experiments: Sequence[Experiment], put: Put = state.put) -> None:
    """Show the dialog, while it is open; a page that runs again does not close it.

    Args:
        experiments: What the page shows; a path that needs a Gaussian source refuses points as a source.
        put: What takes the points' text: called with "source" or "target" as its name.
    """
    if st.session_state.get(END):
        _dialog(experiments, put)


@st.dialog("Your own data", width="medium", on_dismiss=_close)
def _dialog(experiments: Sequence[Experiment], put: Put) -> None:
    looks: Any = {"format_func": WAYS.__getitem__, "required": True, "label_visibility": "collapsed"}
    st.segmented_control("How", list(WAYS), **looks, **_bound("way"))
    left, right = st.columns([7, 5], gap="medium")
    with left:
        found, trouble = {"draw": _drawing, "type": _word, "load": _file}[_made()["way"]]()
        if trouble:
            (st.warning if _made()["way"] == "load" else st.info)(_plain(trouble[0].upper() + trouble[1:]))
    with right:
        if found is not None:
            _use(found, experiments, put)


def _plain(text: str) -> str:
    """Return a sentence that may hold a file's own words, without any meaning to Markdown.

    "[m]" is no link and "$" no formula.
    """
    return re.sub(r"([\\`*_\[\]$~<>|])", r"\\\1", text)


Found = tuple[Reading | None, str]


def _once(question: tuple[Any, ...], read: Callable[[int], Reading]) -> Found:
    """Return what was read and where it lies in the plane, or why nothing was; asked again only when something has changed."""
    made = _made()
    scale, most = made["scale"] if question[0] == "load" else "same", made["most"]
    question = (*question, scale, most)
    if st.session_state.get(READ, (None,))[0] != question:
        try:
            answer: Found = read(most).placed(scale, most), ""
        except ValueError as error:
            answer = None, str(error)
        st.session_state[READ] = (question, answer)
    return st.session_state[READ][1]


def _drawing() -> Found:
    strokes = _made()["strokes"] = sketch(_made()["strokes"], key="fv-sketch")
    return _once(("draw", repr(strokes)), lambda most: read_strokes(strokes, most))


def _word() -> Found:
    hint = "flow, 流动, ∞ …"
    word = st.text_input("A word or a sign, in any script", max_chars=LONGEST_WORD, placeholder=hint, **_bound("word"))
    return _once(("type", word), lambda most: read_word(word or "", most))


def _file() -> Found:
    file = st.file_uploader(
        f"{READABLE}, up to {st.get_option('server.maxUploadSize')} MB",
        key="fv.own.file",
        help="Of a table (text in any usual form and encoding, a sheet of Excel, JSON, Parquet) two columns of numbers are taken: "
        "decimal commas, thousands, units, comments and titles are understood, and what was guessed is said. "
        "Dark or opaque parts of a picture become density.",
    )
    if file is None:
        return None, ""
    made, data, name = _made(), file.getvalue(), file.name
    picture = name.lower().endswith(PICTURES)
    light = picture and st.toggle("Light parts, not dark ones, become density", **_bound("light"))
    columns = made["columns"].get(file.file_id)
    found, trouble = _once(
        ("load", file.file_id, columns, light), lambda most: read_points(data, name, columns=columns, most=most, light=light)
    )
    if found is not None and len(found.columns) > 2 and found.chosen is not None:
        keys = [f"fv.own.{letter}.{file.file_id}" for letter in "xy"]

        def chosen() -> None:
            made["columns"] = {file.file_id: tuple(st.session_state[key] for key in keys)}

        for column, letter, key, first in zip(st.columns(2), "xy", keys, found.chosen, strict=True):
            st.session_state[key] = first
            column.selectbox(f"Column for {letter}", found.columns, key=key, on_change=chosen)
    return found, trouble


def _blur(found: Reading) -> float:
    """Return the slider of the blur: where the visitor left it for this way of making points, else what suits them."""
    made, key = _made(), f"{MADE}.blur"
    way, most = made["way"], WIDEST_BLUR / 2
    st.session_state[key] = min(most, made["blur"].get(way, found.blur()))
    return st.slider(
        "Blur",
        0.0,
        most,
        step=0.01,
        key=key,
        on_change=lambda: made["blur"].update({way: st.session_state[key]}),
        help="Each point becomes a Gaussian of this width. At 0 they stay points, and the exact velocity is infinite at t = 1.",
    )


def _use(found: Reading, experiments: Sequence[Experiment], put: Put) -> None:
    """Show the points as they will be, what can be changed about them, and the buttons that take them."""
    seen = st.container()
    if _made()["way"] == "load":
        st.selectbox("Place", list(SCALES), format_func=SCALES.__getitem__, **_bound("scale"))
    st.select_slider("Points, at most", AMOUNTS, format_func=lambda n: f"{n:,}", **_bound("most"))
    try:
        points = found.distribution(_blur(found))
    except ValueError as error:
        st.error(str(error))
        return
    with seen:
        with st.container(key="fv_own_seen"):
            st.image(drawn(points, points=1200, size=0.7, side=220), width=220, alt=found.words)
        link = "They travel in the link." if len(points.text) <= LONGEST_LINK else "Too many for a link; fewer may fit."
        st.caption(f"{_plain(found.words)} {link}")
    end = st.session_state.get(END) or "target"
    for one in (end, "target" if end == "source" else "source"):
        if _take(one, experiments, first=one == end):
            text = link_text(points)
            st.session_state.setdefault(KEPT, {})[text] = points
            put(**{one: text})
            _close()
            st.rerun()


def _take(end: str, experiments: Sequence[Experiment], *, first: bool) -> bool:
    """Return the button that takes the points as one end of the flow; whether it was pressed."""
    bound = [e.path.label for e in experiments if e.path.gaussian_source] if end == "source" else []
    why = f"The path “{bound[0]}” is defined for a Gaussian source only." if bound else None
    kind: Any = "primary" if first else "secondary"
    return st.button(f"Use as {end}", type=kind, disabled=bool(bound), help=why, key=f"fv.own.use.{end}", width="stretch")


def offered(end: str, mine: Mapping[str, Points], *experiments: Experiment) -> list[str]:
    """Return what a picker of a source or target offers: for a target everything, for a source what shares the targets' space."""
    spaces = {one.target_distribution.space for one in experiments if one.target != "gaussian"}
    fits = [distributions_in(space) for space in spaces]
    if end == "target" or not fits:
        return [*DISTRIBUTIONS, *mine]
    return [*(slug for slug in DISTRIBUTIONS if all(slug in fit for fit in fits)), *(mine if spaces == {PLANE} else ())]

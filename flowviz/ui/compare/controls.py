"""What can be chosen on the Compare page: the question, what all have in common, and what one has of its own."""

import streamlit as st

from flowviz.distributions import DISTRIBUTIONS
from flowviz.experiment import Experiment, format_value
from flowviz.methods import Method
from flowviz.ui import own_data
from flowviz.ui.compare import quiz, session, value
from flowviz.ui.compare.presets import PRESETS
from flowviz.ui.compare.rows import Row
from flowviz.ui.compare.value import FIELDS, LEAST, MOST, PARTICLES, Comparison
from flowviz.ui.compare.words import letter, title
from flowviz.ui.picker import face, pictured
from flowviz.ui.widgets import widget

ASK, OWN = "fv.c.ask", ""
SHARED = ("method", "path", "coupling", "steps", "seed")
MORE = ("lr", "batch", "width", "depth", "schedule", "solver", "solver_steps")
"""What the sidebar offers for all panels at once."""
SINGLE = [name for name in FIELDS if name not in ("device", "more", "source", "target")]
"""What one panel may have of its own, by choice of the visitor."""


def sidebar(comparison: Comparison) -> None:
    """Show the question, and what all panels share."""
    st.session_state[ASK] = comparison.ask
    options = [*PRESETS, *([OWN] if not comparison.ask else [])]
    st.selectbox(
        "Question",
        options,
        key=ASK,
        format_func=lambda slug: PRESETS[slug].label + ": " + PRESETS[slug].question if slug else "Your own comparison",
        on_change=_asked,
    )
    st.caption("Common to all panels")
    shared = session.common(comparison)
    first = comparison.members[0].experiment
    for name, words in (("source", ":blue[Source x₀]"), ("target", ":orange[Target x₁]")):
        if name in shared:
            _picker(name, words, first)
    for name in SHARED:
        if name in shared and not _settled(name, comparison):
            widget(name, FIELDS[name], shared[name], key=f"fv.c.{name}", on_change=_put_all)
    with st.expander("More", key="fv_c_more", on_change="rerun") as part:
        if part.open:
            _more(comparison, shared)
    st.button("Start over", on_click=_over, icon=":material/restart_alt:", type="tertiary")


def _more(comparison: Comparison, shared: dict[str, str]) -> None:
    for name in MORE:
        if name in shared:
            options = _solvers(comparison) if name == "solver" else None
            widget(name, FIELDS[name], shared[name], key=f"fv.c.{name}", on_change=_put_all, options=options)
    if all(member.experiment.space.sheet for member in comparison.members):
        return  # a sheet of pictures has its own number
    particles = format_value(comparison.particles)
    widget("particles", PARTICLES, particles, key="fv.c.particles", on_change=_particles)


def _chosen(method: Method, name: str) -> bool:
    """Return whether a field is a choice with a method."""
    return len(method.legal.get(name, (..., ...))) > 1 and name not in method.unused


def _settled(name: str, comparison: Comparison) -> bool:
    """Return whether a family is no choice at all, because some member's method takes only one of it."""
    return any(not _chosen(member.experiment.method, name) for member in comparison.members)


def _solvers(comparison: Comparison) -> list[str]:
    """Return the solvers that every member's method has."""
    first, *others = (member.experiment.method.solvers for member in comparison.members)
    return [solver for solver in first if all(solver in other for other in others)]


def _picker(name: str, title: str, experiment: Experiment) -> None:
    """Show a button with the picture of the source or target that all share.

    Behind it all that there are, and the visitor's own.
    """
    kind = experiment.source_distribution if name == "source" else experiment.target_distribution
    members = [member.experiment for member in _now().members]
    mine = own_data.kept(*members)
    only = name == "source" and any(one.gaussian_only for one in members)
    options = ["gaussian"] if only else own_data.offered(name, mine, *members)
    with st.popover(face(title, kind), width="stretch", key=f"fv_pick_{name}_c{own_data.opened()}"):
        key = f"fv.c.{name}"
        st.session_state[key] = FIELDS[name].read(experiment)
        st.pills(
            title,
            options,
            format_func=lambda slug: pictured(mine.get(slug) or DISTRIBUTIONS[slug]),
            required=True,
            key=key,
            on_change=_put_all,
            args=(name,),
            label_visibility="collapsed",
        )
        if not only:
            own_data.offer(name)


def _now() -> Comparison:
    return session.STATE.now


def _asked() -> None:
    quiz.end()
    if st.session_state[ASK]:
        session.ask(st.session_state[ASK])


def _over() -> None:
    quiz.end()
    session.STATE.put(value.read({}))


def _put_all(name: str) -> None:
    if (chosen := st.session_state[f"fv.c.{name}"]) is not None:
        session.put_all(**{name: format_value(chosen)})


def _particles(name: str) -> None:
    now = _now()
    session.STATE.put(Comparison(now.members, now.ask, int(st.session_state[f"fv.c.{name}"])))


def cards(comparison: Comparison, found: list[Row]) -> None:
    """Show for each panel its name, and what can be done with it alone."""
    for column, row in zip(st.columns(len(found)), found, strict=True):
        with column, st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.popover(f"{letter(row.place)} {row.name}", help="Change one thing of this panel"):
                _change(row)
            if len(found) > LEAST:
                st.button(
                    "Remove",
                    key=f"fv.c.remove.{row.place}",
                    icon=":material/close:",
                    type="tertiary",
                    on_click=_remove,
                    args=(row.place,),
                )


def _change(row: Row) -> None:
    flat = row.member.flat(changed_only=False)
    offered = _own_choices(row)
    key = f"fv.c.which.{row.place}"
    if st.session_state.get(key) not in offered:
        st.session_state.pop(key, None)
    name = st.selectbox("Change", offered, key=key, format_func=lambda n: title(n).capitalize())
    own = f"fv.c.one.{row.place}.{name}"
    widget(
        name,
        FIELDS[name],
        flat[name],
        key=own,
        on_change=lambda n: _put_one(row.place, n, own),
        label="to",
        options=_of(row, name),
    )


def _own_choices(row: Row) -> list[str]:
    """Return the fields that one panel may change: not those of which its method takes one only."""
    flat, method = row.member.flat(changed_only=False), row.member.experiment.method
    return [name for name in SINGLE if name in flat and _chosen(method, name)]


def _of(row: Row, name: str) -> list[str] | None:
    """Return what a panel's method leaves of a field's choices; None where that is all."""
    method = row.member.experiment.method
    return list(method.solvers if name == "solver" else method.legal.get(name, ())) or None


def _put_one(place: int, name: str, key: str) -> None:
    if (chosen := st.session_state[key]) is not None:
        session.STATE.put(value.changed_one(_now(), place, **{name: format_value(chosen)}))


def _remove(place: int) -> None:
    quiz.end()
    session.STATE.put(value.without(_now(), place))


def copy(comparison: Comparison, found: list[Row]) -> None:
    """Show a button that puts a copy of one panel beside the others, with one thing changed."""
    full = len(found) >= MOST
    help_ = "Four stand here already; remove one first." if full else "Another panel, like one of these but for one thing."
    with st.popover("Copy and change one thing", icon=":material/add:", disabled=full, help=help_):
        place = st.segmented_control(
            "Copy",
            [row.place for row in found],
            default=0,
            required=True,
            key="fv.c.copy.of",
            format_func=lambda i: letter(i, coloured=False),
        )
        row = found[min(place or 0, len(found) - 1)]
        flat, offered = row.member.flat(changed_only=False), _own_choices(row)
        name = st.selectbox("and change", offered, key="fv.c.copy.name", format_func=lambda n: title(n).capitalize())
        texts = st.session_state.get("fv.c.copy.text", {})
        text = texts.get(name, flat[name])
        widget(name, FIELDS[name], text, key=f"fv.c.copy.{name}", on_change=_remember, label="to", options=_of(row, name))
        st.button("Add the panel", type="primary", key="fv.c.copy.add", on_click=_add, args=(place or 0, name, text))


def _remember(name: str) -> None:
    st.session_state["fv.c.copy.text"] = {name: format_value(st.session_state[f"fv.c.copy.{name}"])}


def _add(place: int, name: str, text: str) -> None:
    quiz.end()
    st.session_state["fv.c.copy.text"] = {}
    session.STATE.put(value.copied(_now(), place, **{name: text}))

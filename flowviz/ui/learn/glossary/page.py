"""What the glossary's page shows."""

import difflib
import re
from functools import partial

import streamlit as st

from flowviz.experiment.refusals import shown
from flowviz.figures import path_figure
from flowviz.paths import PATHS
from flowviz.ui.learn import links
from flowviz.ui.learn.anchor import bring_into_view
from flowviz.ui.learn.glossary import GLOSSARY, tables
from flowviz.ui.learn.glossary.entry import Entry
from flowviz.ui.learn.glossary.tables import FamilyRow
from flowviz.ui.learn.near import STYLE, in_parts, later
from flowviz.ui.learn.search import folded, found
from flowviz.ui.learn.terms import term
from flowviz.ui.player import livefig
from flowviz.ui.thumbs import thumb_path

FIND = "fv.glossary.find"
ADDRESS = "fv.glossary.address"
PART = 6
"""Entries whose formulas are set together."""
LINE = 64
"""Height in pixels that most formulas take."""
FIGURE = 190
"""Height of a path's figure in pixels."""


def asked() -> Entry | None:
    """Return the entry that the address names; what it does not know is said on the page."""
    slug = st.query_params.get("term", "")
    if slug != st.session_state.get(ADDRESS):
        st.session_state[ADDRESS], st.session_state[FIND] = slug, ""  # a link leads to the whole list, not to the last search
    for sentence in filter(None, (links.strangers(("term",)), unknown(slug) if slug else "")):
        st.info(sentence, icon=":material/info:")
    return GLOSSARY.get(slug)


def unknown(slug: str) -> str:
    """Return a sentence for a term that is not here, with the nearest that are; empty where it is here."""
    if slug in GLOSSARY:
        return ""
    hits = [entry.slug for entry in search(slug)][:3]
    near = list(dict.fromkeys(difflib.get_close_matches(folded(slug)[:60].replace(" ", "-"), GLOSSARY, 3, 0.6) + hits))[:3]
    meant = f" Perhaps {' or '.join(term(s) for s in near)}?" if near else ""
    return f"There is no term {shown(slug)} here.{meant} All {len(GLOSSARY)} stand below; the field above the list finds them."


def search(query: str) -> list[Entry]:
    """Return entries for what was typed."""
    return found(
        query,
        GLOSSARY.values(),
        lambda e: " ".join((e.name, e.slug, *e.also)),
        lambda e: f"{e.sentence} {e.paper.authors} {e.paper.title} {e.paper.arxiv}",
    )


def choices(query: str, rows: list[FamilyRow]) -> list[FamilyRow]:
    """Return paths or couplings for what was typed."""
    return found(query, rows, lambda c: f"{c.slug} {c.label}", lambda c: c.words)


def show(query: str, here: Entry | None) -> None:
    """Show all that a search leaves, one family after another."""
    entries = search(query)
    families = (
        ("All methods", "method", choices(query, tables.methods())),
        ("All paths", "path", choices(query, tables.paths())),
        ("All couplings", "coupling", choices(query, tables.couplings())),
    )
    shapes = found(query, tables.distributions(), lambda d: f"{d['slug']} {d['label']}", lambda d: d["labels_are"])
    st.html(f"<style>{STYLE}</style>")
    total = len(entries) + len(shapes) + sum(len(rows) for _, _, rows in families)
    if query:
        st.caption(f"{total} found." if total else "")
    if not total:
        st.info(
            f"Nothing here is called {shown(query)}. Try fewer letters, or another word: “flow”, “W2”, “α”.",
            icon=":material/search_off:",
        )
    for heading, symbol in (("Symbols", True), ("Terms", False)):
        group = [entry for entry in entries if entry.symbol is symbol]
        if group:
            st.markdown(f"#### {heading}")
        first = entries[:1] if here is None else [here]
        in_parts(group, PART, _key, lambda entry, whole: _entry(entry, entry is here, whole), first)
    for heading, family, rows in families:
        if rows:
            st.markdown(f"#### {heading}")
        draw = partial(_choice, family)
        in_parts(rows, PART // 2, lambda row, family=family: f"fv_{family}_{row.slug}", draw, rows if not entries else ())
    if shapes:
        _distributions(shapes)
    bring_into_view(
        _key(here) if here and not query else "", key="fv.glossary.anchor", name="term", visit=here.slug if here else ""
    )


def _key(entry: Entry) -> str:
    return f"fv_term_{entry.slug}"


def _entry(entry: Entry, here: bool, whole: bool) -> None:
    if here:
        st.html(f"<style>.st-key-{_key(entry)} {{ outline: 3px solid #3d9fe0; padding: .8rem; border-radius: .6rem; }}</style>")
    with st.container(key=_key(entry)):
        left, right = st.columns([5, 4], vertical_alignment="center")
        related = " · ".join(term(slug) for slug in entry.related)
        left.markdown(f"**{entry.heading}**  \n{entry.sentence}")
        left.caption(f"{entry.paper.markdown}  \nSee also {related}")
        with right:
            _formula(entry.formula, whole)


def _formula(formula: str, whole: bool) -> None:
    if whole:
        st.latex(formula)
    else:
        later(LINE, f"Formula {formula}")


def _choice(family: str, row: FamilyRow, whole: bool) -> None:
    with st.container(key=f"fv_{family}_{row.slug}"):
        left, right = st.columns([5, 4], vertical_alignment="center")
        options = "".join(f"\n* `{name}`: {_escaped(rest)}" for name, rest in (o.split(": ", 1) for o in row.options))
        facts = "  \n".join(row.facts)
        left.markdown(f"**{row.label}** `{row.slug}`  \n{_escaped(row.remark)}{f'  {chr(10)}{facts}' if facts else ''}{options}")
        left.markdown(f"[Open it in the Playground]({links.playground(row.experiment.to_flat())})")
        if row.references:
            left.caption(linked(row.references))
        with right:
            _formula(row.formula, whole)
            if family == "path" and whole:
                livefig(path_figure(PATHS[row.slug]()), key=f"fv.glossary.path.{row.slug}", height=FIGURE)
            elif family == "path":
                later(FIGURE, f"α, σ and γ of the path {row.label} over t")


def _distributions(rows: list[dict]) -> None:
    st.markdown("#### All distributions")
    table = ["| picture | distribution | slug | colours by | exact field |", "|---|---|---|---|---|"]
    for d in rows:
        exact = "closed form" if d["closed_form"] else "a mixture stands in"
        picture = f"![{d['label']}]({thumb_path(d['slug'])})"
        table.append(f"| {picture} | {d['label']} | `{d['slug']}` | {d['labels_are']} | {exact} |")
    st.markdown("\n".join(table))


def linked(references: str) -> str:
    """Return references with their arXiv numbers as links."""
    return re.sub(r"arXiv (\d{4}\.\d{4,5})", r"[arXiv \1](https://arxiv.org/abs/\1)", references)


def _escaped(text: str) -> str:
    return re.sub(r"([_*~$\[\]])", r"\\\1", text)

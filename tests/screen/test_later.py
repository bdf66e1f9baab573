"""What follows the pictures waits until the visitor rests, and leaves its turn to others meanwhile."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from flowviz.ui import later
from flowviz.ui.line import LINE


def page() -> None:
    import streamlit as st

    from flowviz.ui.later import bring

    def numbers() -> None:
        st.session_state.setdefault("done", []).append("numbers")

    def maps() -> None:
        st.session_state.done.append("maps")

    bring([None, numbers, maps] if st.session_state.get("some", True) else [None], chosen=st.session_state.get("chosen", True))


@pytest.mark.parametrize(
    ("chosen", "some", "looks"),
    [(True, True, round(later.REST / later.LOOK)), (False, True, 0), (True, False, 0)],
    ids=["choice", "opened", "nothing"],
)
def test_it_rests_after_a_choice_and_then_brings_all_in_order(chosen, some, looks, monkeypatch):
    rests, given = [], []
    aside = LINE.aside
    monkeypatch.setattr(later, "time", SimpleNamespace(sleep=rests.append))
    monkeypatch.setattr(LINE, "aside", lambda: given.append(1) or aside())
    app = AppTest.from_function(page)
    app.session_state["chosen"], app.session_state["some"] = chosen, some
    app.run()
    assert not app.exception
    assert len(rests) == len(given) == looks
    assert sum(rests) == pytest.approx(later.REST if looks else 0)
    assert ("done" in app.session_state) == some
    if some:
        assert app.session_state["done"] == ["numbers", "maps"]


def test_another_choice_ends_the_rest_and_nothing_is_brought(monkeypatch):
    from streamlit.runtime.scriptrunner import RerunException
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    class Session:
        def get(self, key: str) -> None:
            raise RerunException(RerunData())

    monkeypatch.setattr(later, "time", SimpleNamespace(sleep=lambda seconds: None))
    monkeypatch.setattr(later.st, "session_state", Session())
    with pytest.raises(RerunException):
        later.bring([lambda: pytest.fail("it was brought")], chosen=True)

"""What a press does is done whole: Streamlit would cut it in two, or leave it out, where another request follows within moments.

A press is a request with a callback. Each look of a callback at the session is a place where Streamlit turns to a request that
has come meanwhile; it never returns, and of the press nothing is left. The feed asks for the page by itself, so such pairs
come without anybody's hurry.
"""

from __future__ import annotations

from typing import Any

from streamlit.runtime.state.safe_session_state import SafeSessionState


def finish_callbacks() -> None:
    """Show have every callback run to its end before the next request is looked at.

    With `runner.fastReruns` a request that has not been looked at is thrown away for the next: it must be off, so that both are one.
    """
    begin = SafeSessionState.on_script_will_rerun
    if getattr(begin, "whole", False):
        return

    def whole(self: SafeSessionState, *states: Any, **more: Any) -> None:
        turn_to_others = self._yield_callback
        # As the class itself does: its own setter writes into the session.
        object.__setattr__(self, "_yield_callback", lambda: None)
        try:
            begin(self, *states, **more)
        finally:
            object.__setattr__(self, "_yield_callback", turn_to_others)

    whole.whole = True  # type: ignore[attr-defined]
    SafeSessionState.on_script_will_rerun = whole  # type: ignore[method-assign]

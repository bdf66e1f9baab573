"""A press is never lost, whatever is asked of the page in the same moment; over real sockets, as a browser would send it."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from flowviz.ui.hall.visitor import Visitor

ROUNDS = 12
LOOKS = 5


@dataclass
class Hasty(Visitor):
    """A visitor whose press and whose feed's call leave in one moment."""

    follower: str = ""
    dialog: bool = False

    def seen(self, message: ForwardMsg) -> None:
        super().seen(message)
        if message.WhichOneof("type") != "delta":
            return
        if message.delta.new_element.bidi_component.component_name == "flowviz.feed":
            self.follower = message.delta.new_element.bidi_component.id
        self.dialog |= message.delta.add_block.WhichOneof("type") == "dialog"

    def call(self) -> BackMsg:
        """What the feed says when the page is no longer what it should be."""
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id = f"$$STREAMLIT_INTERNAL_KEY_{self.follower}__events"
        state.json_trigger_value = json.dumps([{"event": "changed", "value": time.time_ns()}])
        return message

    async def send(self, *messages: BackMsg) -> None:
        for message in messages:
            message.rerun_script.query_string, message.rerun_script.page_name = self._query, self._page
            await self._session.send(message.SerializeToString())


async def is_heard(base: str, order: str, pause: float) -> bool:
    """Whether a press that opens a dialog opens it, when the feed calls just before or after."""
    visitor = await Hasty(base).open("")
    both = [visitor.pressing("Show the code"), visitor.call()]
    for message in both if order == "press, call" else both[::-1]:
        await visitor.send(message)
        await asyncio.sleep(pause)
    for _ in range(LOOKS):  # what comes after both has an end of its own
        if not visitor.dialog:
            await visitor._run(BackMsg())
    await visitor.close()
    return visitor.dialog


@pytest.mark.parametrize("pause", [0.0, 0.002])
@pytest.mark.parametrize("order", ["press, call", "call, press"])
def test_a_press_and_a_call_of_the_feed_in_one_moment_are_both_heard(serve, order: str, pause: float) -> None:
    base = serve("app.py").removeprefix("http://")

    async def all_of_them() -> list[bool]:
        return [await is_heard(base, order, pause) for _ in range(ROUNDS)]

    assert asyncio.run(all_of_them()) == [True] * ROUNDS

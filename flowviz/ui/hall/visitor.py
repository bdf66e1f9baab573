"""One who opens the app over real sockets: a Streamlit session and, beside it, the feed; no browser, so that hundreds fit."""

from __future__ import annotations

import asyncio
import json
import struct
import time
import zlib
from dataclasses import dataclass, field
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 120.0
"""Seconds that an answer may take."""


@dataclass
class Heard:
    """One message of the feed.

    Attributes:
        when: Seconds, on the clock of `time.monotonic`.
        size: Bytes.
        mark: Tells one message from another: the checksum that ends a deflated stream.
    """

    when: float
    size: int
    mark: bytes


@dataclass
class Visitor:
    """A session of the app, as a browser tab has one.

    Attributes:
        base: The app's address, without its scheme, such as "127.0.0.1:8501".
        heard: The feed's messages so far, signs of life left out.
        last: The last of them as it was sent.
        buttons: The page's buttons by their labels.
        feed: The feed's address on the page.
    """

    base: str
    heard: list[Heard] = field(default_factory=list)
    last: bytes = b""
    buttons: dict[str, str] = field(default_factory=dict)
    feed: str = ""

    async def open(self, query: str, page: str = "") -> Self:
        """Open a page by a link, until it is complete; its address of the feed is known then."""
        self._session = await _connected(f"ws://{self.base}/_stcore/stream", subprotocols=["streamlit"])
        self._finished = asyncio.Event()
        self._reading = asyncio.create_task(self._read())
        self._query, self._page = query, page
        await self._run(BackMsg())
        return self

    async def watch(self) -> Self:
        """Listen to the feed."""
        self._feed = await _connected(f"ws://{self.base}/{self.feed.removeprefix('./')}")
        self._listening = asyncio.create_task(self._listen())
        return self

    async def press(self, label: str) -> float:
        """Press a button, and return the seconds until the page is complete again."""
        return await self._run(self.pressing(label))

    def pressing(self, label: str) -> BackMsg:
        """Return what a press of a button sends."""
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = self.buttons[label], True
        return message

    def seen(self, message: ForwardMsg) -> None:
        """Take in what the server says of the page."""
        # A run that another request cuts off says that it has ended, too.
        if message.WhichOneof("type") == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self._finished.set()
        if message.WhichOneof("type") != "delta" or message.delta.WhichOneof("type") != "new_element":
            return
        element = message.delta.new_element
        if element.WhichOneof("type") == "button":
            self.buttons[element.button.label] = element.button.id
        elif element.WhichOneof("type") == "bidi_component" and element.bidi_component.component_name == "flowviz.feed":
            self.feed = json.loads(element.bidi_component.bytes)["address"]

    async def close(self) -> None:
        """Leave."""
        for name in ("_reading", "_listening"):
            if (task := getattr(self, name, None)) is not None:
                task.cancel()
        for name in ("_session", "_feed"):
            if (socket := getattr(self, name, None)) is not None:
                await socket.close()

    @property
    def told(self) -> dict[str, Any]:
        """What the last message says beside its pictures."""
        plain = zlib.decompress(self.last)
        (length,) = struct.unpack_from("<I", plain)
        return json.loads(plain[4 : 4 + length])["options"]["feed"]

    @property
    def steps(self) -> int:
        """Steps of the run as the last message has them."""
        return self.told.get("at", 0) if self.last else 0

    async def _run(self, message: BackMsg) -> float:
        message.rerun_script.query_string, message.rerun_script.page_name = self._query, self._page
        self._finished.clear()
        began = time.monotonic()
        await self._session.send(message.SerializeToString())
        await asyncio.wait_for(self._finished.wait(), PATIENCE)
        return time.monotonic() - began

    async def _read(self) -> None:
        async for data in self._session:
            self.seen(ForwardMsg.FromString(data))  # type: ignore[arg-type]

    async def _listen(self) -> None:
        async for data in self._feed:
            if data:
                assert isinstance(data, bytes)
                self.heard.append(Heard(time.monotonic(), len(data), data[-4:]))
                self.last = data


async def _connected(address: str, **options: Any) -> ClientConnection:
    return await connect(
        address, max_size=None, proxy=None, compression=None, open_timeout=PATIENCE, ping_interval=None, **options
    )

"""The websocket of the feed, beside Streamlit's own: same origin only, bounded, and nothing that a client sends is read."""

from __future__ import annotations

import asyncio
import contextlib
import os
from urllib.parse import urlparse

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.web.server.server_util import is_url_from_allowed_origins

from flowviz.ui.feed.channel import Hub, Listener

MOST = 4_000
"""Sockets at a time; one more is told to come again later."""
MOST_OF_ONE = 1_000
"""Sockets of one address at a time: a hall behind one router has one address, and so has somebody who opens ten thousand."""
SIGN_OF_LIFE = 10.0
"""Seconds after which something is sent even if there is nothing to say: proxies cut idle sockets, some after 30 s."""
STUCK = 20.0
"""Seconds within which a client must take what is sent to it."""
UNKNOWN, CROWDED, GARBAGE, SLOW = 4404, 1013, 1003, 4408
"""Codes with which a socket is closed: no such address (any longer), too many, a client that talks, one that does not read."""


def count_sockets() -> int:
    """Return how many sockets one address may have: FLOWVIZ_SOCKETS, else `MOST_OF_ONE`.

    Raises:
        ValueError: If it is not a whole number from 1 to `MOST`.
    """
    value = os.environ.get("FLOWVIZ_SOCKETS", "").strip()
    if not value:
        return MOST_OF_ONE
    number = int(value) if value.isdecimal() else 0
    if not 1 <= number <= MOST:
        raise ValueError(
            f"FLOWVIZ_SOCKETS must be a whole number from 1 to {MOST}; got {value!r}. "
            f"Try {MOST}, the most for all, where a proxy hides who comes."
        )
    return number


_hub = Hub()  # made at import: two scripts that ask at once must not get two


def shared_hub() -> Hub:
    """Return the one hub of this process."""
    return _hub


def feed_path(token: str) -> str:
    """Return the address of a channel, relative to the page that shows it."""
    return f"./_flowviz_feed/{token}"


def routes() -> list[BaseRoute]:
    """Return routes for `st.App(routes=...)`; the second serves pages below a base path."""
    return [WebSocketRoute("/_flowviz_feed/{token}", serve), WebSocketRoute("/{base:path}/_flowviz_feed/{token}", serve)]


def same_origin(socket: WebSocket) -> bool:
    """Return whether a page of ours opened the socket: as Streamlit decides for its own."""
    origin = socket.headers.get("origin")
    return origin is None or urlparse(origin).netloc == socket.headers.get("host") or is_url_from_allowed_origins(origin)


def _crowded(hub: Hub, address: str) -> str:
    """Return why one more is not let in, in words for the page; empty where there is room."""
    if hub.listeners >= MOST:
        return "Too many watch already"
    return "Too many watch from this network already" if hub.addresses[address] >= count_sockets() else ""


async def serve(socket: WebSocket) -> None:
    """Send a channel's messages to one client until it leaves."""
    hub, token = shared_hub(), socket.path_params["token"]
    if not same_origin(socket):
        await socket.close()  # before it is accepted: the answer is 403
        return
    await socket.accept()
    address = socket.client.host if socket.client else ""
    if why := _crowded(hub, address):
        await socket.close(CROWDED, why)
        return
    found = hub.join(token)
    if found is None:
        await socket.close(UNKNOWN)
        return
    hub.addresses[address] += 1
    try:
        code = await _until_one_ends(socket, found[1])
    finally:
        hub.leave(token, found[1])
        hub.addresses[address] -= 1
        if not hub.addresses[address]:
            del hub.addresses[address]
    if code is not None:
        with contextlib.suppress(Exception):  # it may be gone already
            async with asyncio.timeout(1):
                await socket.close(code)


async def _until_one_ends(socket: WebSocket, listener: Listener) -> int | None:
    """Send and listen until either ends; the code to close with, None where the client has gone."""
    both = {asyncio.create_task(_send(socket, listener)), asyncio.create_task(_receive(socket))}
    try:
        done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        return done.pop().result()
    finally:
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)


async def _send(socket: WebSocket, listener: Listener) -> int | None:
    while True:
        body = await listener.take(SIGN_OF_LIFE)
        try:
            async with asyncio.timeout(STUCK):
                await socket.send_bytes(body)
        except TimeoutError:
            return SLOW
        except (WebSocketDisconnect, RuntimeError):
            return None


async def _receive(socket: WebSocket) -> int | None:
    """Return a client has nothing to say: the first word ends it, and it cannot make the server keep what it sends."""
    said = await socket.receive()
    return None if said["type"] == "websocket.disconnect" else GARBAGE

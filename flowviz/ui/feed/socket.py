"""The websocket of the feed, beside Streamlit's own: same origin only, bounded, and nothing that a client sends is read."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlparse

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.web.server.server_util import is_url_from_allowed_origins

from flowviz.ui.feed.channel import Hub, Listener

MOST = 4_000
"""Sockets at a time; one more is told to come again later."""
SIGN_OF_LIFE = 10.0
"""Seconds after which something is sent even if there is nothing to say: proxies cut idle sockets, some after 30 s."""
STUCK = 20.0
"""Seconds within which a client must take what is sent to it."""
UNKNOWN, CROWDED, GARBAGE, SLOW = 4404, 1013, 1003, 4408
"""Codes with which a socket is closed: no such address (any longer), too many, a client that talks, one that does not read."""


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
    """Whether a page of ours opened the socket: as Streamlit decides for its own."""
    origin = socket.headers.get("origin")
    return origin is None or urlparse(origin).netloc == socket.headers.get("host") or is_url_from_allowed_origins(origin)


async def serve(socket: WebSocket) -> None:
    """Send a channel's messages to one client until it leaves."""
    hub, token = shared_hub(), socket.path_params["token"]
    if not same_origin(socket):
        await socket.close()  # before it is accepted: the answer is 403
        return
    await socket.accept()
    if hub.listeners >= MOST:
        await socket.close(CROWDED)
        return
    found = hub.join(token)
    if found is None:
        await socket.close(UNKNOWN)
        return
    try:
        code = await _until_one_ends(socket, found[1])
    finally:
        hub.leave(token, found[1])
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
    """A client has nothing to say: the first word ends it, and it cannot make the server keep what it sends."""
    said = await socket.receive()
    return None if said["type"] == "websocket.disconnect" else GARBAGE

"""What a page's pictures need is named with the page itself, so that the browser fetches it while Streamlit is still starting."""

from __future__ import annotations

import re
from functools import cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowviz.ui.assets import FRONTEND, frontend_path

FIRST = ("player.js", "address.js", "history.js")
"""What every page with pictures asks for; the rest is what these import. Without it a phone finds them four imports deep, one after another."""
IMPORT = re.compile(r'\bfrom "\./([\w-]+\.js)"')


@cache
def modules() -> tuple[str, ...]:
    """Return the names of the modules, each after the one that asks for it."""
    found: dict[str, None] = dict.fromkeys(FIRST)
    waiting = list(FIRST)
    while waiting:
        fresh = [name for name in IMPORT.findall((FRONTEND / waiting.pop(0)).read_text(encoding="utf-8")) if name not in found]
        found |= dict.fromkeys(fresh)
        waiting += fresh
    return tuple(found)


@cache
def link_header() -> bytes:
    """Return the `Link` header of a page: some 2 KB, since proxies often take no more than 4 KB of headers."""
    # Modules only: of a style sheet that a page does not use the browser complains.
    return ",".join(f"<{frontend_path(name)}>;rel=modulepreload" for name in modules()).encode()


class Ahead:
    """ASGI middleware that adds the header to whatever a browser opens as a page.

    Also where nothing has changed (304): a browser that has kept the page takes the new header with it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not _opens_page(scope):
            await self._app(scope, receive, send)
            return

        async def with_links(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 304):
                message = {**message, "headers": [*message["headers"], (b"link", link_header())]}
            await send(message)

        await self._app(scope, receive, with_links)


def _opens_page(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])

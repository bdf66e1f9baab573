"""The player's files and Plotly, served by the app itself: no network, no build step, nothing stale.

Every address carries a hash of what lies behind it, so that a browser may keep a file for ever and still never shows
an old one after an upgrade.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

FRONTEND = Path(__file__).parent / "frontend"
PLOTLY = "plotly.min.js"
EAGER = b"//# allFunctionsCalledOnLoad\n"
"""Has Chromium compile a file in a thread of its own while it arrives, and not piece by piece on the page's: half as long a pause."""
TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@cache
def frontend_version() -> str:
    """Return a hash over all files of the frontend and the version of Plotly; part of every address."""
    digest = hashlib.blake2b(EAGER + version("plotly").encode(), digest_size=6)
    for name, content in sorted(_own_files().items()):
        digest.update(name.encode() + content)
    return digest.hexdigest()


def frontend_path(name: str) -> str:
    """Return the address of one file, relative to the page that shows it (the pages lie flat under the base path)."""
    return f"./_flowviz/{frontend_version()}/{name}"


def routes() -> list[BaseRoute]:
    """Return routes for `st.App(routes=...)`.

    The second one is there because Streamlit does not put an app's own routes under `server.baseUrlPath`,
    and because a page's address may end in a slash.
    """
    return [
        Route("/_flowviz/{version}/{name}", _serve, methods=["GET", "HEAD"]),
        Route("/{base:path}/_flowviz/{version}/{name}", _serve, methods=["GET", "HEAD"]),
    ]


def warm_up() -> None:
    """Read and pack Plotly before the first browser asks for it."""
    _content(PLOTLY, True)


def _serve(request: Request) -> Response:
    """Answer with one file; a plain function, so that starlette keeps it out of the event loop."""
    name = request.path_params["name"]
    packed = "gzip" in request.headers.get("accept-encoding", "")
    content = _content(name, packed)
    if content is None:
        return Response("not found", status_code=404)
    current = request.path_params["version"] == frontend_version()
    headers = {
        # An address of another version gets today's file, but may not keep it.
        "Cache-Control": "public, max-age=31536000, immutable" if current else "no-cache",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(content, headers=headers, media_type=TYPES[Path(name).suffix])


@cache
def _own_files() -> dict[str, bytes]:
    # Read once: address and content stay one, even while an upgrade replaces the files under a running server.
    return {path.name: path.read_bytes() for path in FRONTEND.iterdir() if path.suffix in TYPES}


@cache
def _content(name: str, packed: bool) -> bytes | None:
    if packed:
        plain = _content(name, False)
        return None if plain is None else gzip.compress(plain, compresslevel=6, mtime=0)
    if name == PLOTLY:
        return EAGER + files("plotly").joinpath("package_data", PLOTLY).read_bytes()
    return _own_files().get(name)

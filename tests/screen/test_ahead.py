"""What the pictures need is named with the page: every module, once, and only to those who open a page."""

import asyncio
import re

from flowviz.ui.ahead import Ahead, link_header, modules
from flowviz.ui.assets import FRONTEND, frontend_version


def headers(accept: bytes, status: int = 200) -> list[tuple[bytes, bytes]]:
    sent: list = []

    async def page(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": [(b"etag", b"1")]})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "headers": [(b"accept", accept)]}
    asyncio.run(Ahead(page)(scope, None, send))
    return sent[0]["headers"]


def test_a_page_names_its_modules_also_where_it_has_not_changed():
    for status in (200, 304):
        assert headers(b"text/html,application/xhtml+xml", status) == [(b"etag", b"1"), (b"link", link_header())]


def test_files_data_and_failures_are_left_alone():
    for accept, status in ((b"*/*", 200), (b"application/json", 200), (b"text/html", 500)):
        assert headers(accept, status) == [(b"etag", b"1")]


def test_every_import_of_a_named_module_is_named_too_and_once():
    named = re.findall(r"<\./_flowviz/(\w+)/([\w-]+\.js)>;rel=modulepreload", link_header().decode())
    assert {version for version, _ in named} == {frontend_version()}
    names = [name for _, name in named]
    assert sorted(names) == sorted(set(modules()))
    asked = {"player.js"} | {
        found for name in names for found in re.findall(r'"\./([\w-]+\.js)"', (FRONTEND / name).read_text(encoding="utf-8"))
    }
    assert asked - {"player.js"} <= set(names)
    assert len(link_header()) < 3000  # proxies take 4 KB of headers, often no more

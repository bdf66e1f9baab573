"""The feed over real sockets: made once however many listen, newest first, bounded, and closed to strangers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
import threading
import time
import zlib
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from flowviz.engine import shared
from flowviz.experiment import Experiment
from flowviz.scene.build import View
from flowviz.ui.compare import value
from flowviz.ui.compare.watched import WatchedComparison
from flowviz.ui.feed import Hub, Watched, channel, socket
from flowviz.ui.watched import WatchedRun
from tests.screen.conftest import free_port
from tests.unpacking import expand


class Counted(Watched):
    """Something watched whose messages are counted; `tell` says that there is something new."""

    def __init__(self, name: str, size: int = 0, broken: int = 0) -> None:
        self.name, self.size, self.number, self.made, self.broken = name, size, 0, 0, broken

    @property
    def key(self) -> str:
        return self.name

    def moment(self) -> Hashable:
        return self.number

    def message(self, pause: float) -> bytes:
        self.made += 1
        if self.made <= self.broken:
            raise RuntimeError("no picture")
        return f"{self.name} {self.number}".encode() + b" " * self.size

    def tell(self) -> None:
        self.number += 1


@pytest.fixture
def hub(monkeypatch) -> Hub:
    found = Hub()
    monkeypatch.setattr(socket, "shared_hub", lambda: found)
    monkeypatch.setattr(channel, "LEAST_PAUSE", 0.05)
    return found


@pytest.fixture
def server(hub) -> Iterator[str]:
    config = uvicorn.Config(
        Starlette(routes=socket.routes()),
        port=free_port(),
        log_level="error",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
    )
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    wait(lambda: running.started)
    yield f"ws://127.0.0.1:{config.port}"
    running.should_exit = True
    thread.join(10)


@pytest.fixture
def listen(hub, server) -> Iterator[Callable[..., ClientConnection]]:
    """`listen(watched, **options)` gives an open socket to what is watched."""
    with ExitStack() as stack:

        def start(watched: Watched, *, prefix: str = "", **options: Any) -> ClientConnection:
            address = f"{server}{prefix}/{socket.feed_path(hub.open(watched))[2:]}"
            return stack.enter_context(connect(address, max_size=None, proxy=None, **options))

        yield start


def wait(what: Callable[[], object], seconds: float = 20) -> None:
    limit = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.01)


def hear(client: ClientConnection) -> str:
    """The next message that says something."""
    while not (said := client.recv(timeout=20)):
        pass
    assert isinstance(said, bytes)
    return said.decode().strip()


def code_of(client: ClientConnection) -> int | None:
    """The code with which the server closes."""
    with contextlib.suppress(ConnectionClosed):
        for _ in range(3):  # what was on its way, and a sign of life
            client.recv(timeout=20)
    return client.close_code


def test_one_message_is_made_however_many_listen(listen) -> None:
    watched = Counted("run")
    clients = [listen(watched) for _ in range(30)]
    assert [hear(client) for client in clients] == ["run 0"] * 30
    watched.tell()
    assert [hear(client) for client in clients] == ["run 1"] * 30
    assert watched.made == 2


def test_nothing_is_made_while_nobody_listens_and_a_channel_is_given_up_with_its_last_listener(hub, listen) -> None:
    watched = Counted("run")
    hub.open(watched)
    client = listen(watched)
    assert hear(client) == "run 0"
    client.close()
    wait(lambda: hub.listeners == 0)
    assert hub._channels == {}
    watched.tell()
    time.sleep(0.3)
    assert watched.made == 1
    assert hear(listen(watched)) == "run 1"


def test_a_newcomer_gets_the_newest_at_once(listen, monkeypatch) -> None:
    watched = Counted("run")
    assert hear(listen(watched)) == "run 0"
    monkeypatch.setattr(channel, "LEAST_PAUSE", 60.0)
    time.sleep(0.2)  # the channel sleeps for a minute now
    assert hear(listen(watched)) == "run 0"
    assert watched.made == 1


def test_a_slow_client_skips_to_the_newest_and_the_others_do_not_wait(listen) -> None:
    watched = Counted("run", size=4_000_000)
    slow, quick = listen(watched, max_queue=1), listen(watched)
    heard = []
    for number in range(25):
        heard.append(hear(quick))
        assert heard[-1] == f"run {number}"
        watched.tell()
    late = [hear(slow)]
    while late[-1] != "run 25":
        late.append(hear(slow))
    numbers = [int(text.split()[1]) for text in late]
    assert numbers == sorted(numbers)
    assert len(numbers) < 15  # what had not been sent when it woke was left out


def test_the_pause_grows_with_the_work_alike_for_all_and_never_beyond_its_bound(hub, monkeypatch) -> None:
    monkeypatch.setattr(channel, "LEAST_PAUSE", 0.5)
    assert hub.pause == 0.5
    for number, pause in ((10, 0.5), (20, 20 * 0.04 / channel.SHARE), (1000, channel.MOST_PAUSE)):
        for i in range(number):
            hub._channels[str(i)] = channel.Channel(hub, Counted("run"))
            hub._channels[str(i)].seconds = 0.04
        assert hub.pause == pytest.approx(pause)


def test_a_sign_of_life_is_sent_when_there_is_nothing_to_say(listen, monkeypatch) -> None:
    monkeypatch.setattr(socket, "SIGN_OF_LIFE", 0.05)
    client = listen(Counted("run"))
    assert hear(client) == "run 0"
    assert [client.recv(timeout=20) for _ in range(3)] == [b""] * 3


def test_a_picture_that_cannot_be_made_does_not_end_the_feed(listen) -> None:
    assert hear(listen(Counted("run", broken=2))) == "run 0"


@pytest.mark.parametrize("said", ["hello", b"\0" * 2_000_000], ids=["word", "garbage"])
def test_a_client_that_talks_is_cut_off_whenever_it_does(listen, hub, said) -> None:
    for number in range(20):  # also in the very moment in which a message comes
        client = listen(Counted(f"run {number}"))
        client.send(said)
        assert code_of(client) == socket.GARBAGE
    wait(lambda: hub.listeners == 0)


def test_a_client_that_reads_nothing_is_let_go(listen, hub, monkeypatch) -> None:
    monkeypatch.setattr(socket, "STUCK", 1.5)
    watched = Counted("run", size=10_000_000)
    listen(watched, max_queue=1)
    other = listen(Counted("other"))
    wait(lambda: hub.listeners == 2)
    wait(lambda: watched.tell() or hub.listeners == 1)
    assert hear(other) == "other 0"


def test_another_site_gets_nothing(hub, server) -> None:
    address = f"{server}/_flowviz_feed/{hub.open(Counted('run'))}"
    with pytest.raises(InvalidStatus) as refused:
        connect(address, origin="https://elsewhere.example", proxy=None)  # type: ignore[arg-type]
    assert refused.value.response.status_code == 403
    for scheme in ("http", "https"):  # with HTTPS in front, the browser says so and the server does not know
        with connect(address, origin=server.replace("ws", scheme), proxy=None) as own:  # type: ignore[arg-type]
            assert hear(own) == "run 0"


@pytest.mark.parametrize("token", ["0" * 32, "run", "..", "%00", "a" * 3000])
def test_an_address_that_is_not_known_is_said_to_be_so(server, hub, token: str) -> None:
    with connect(f"{server}/_flowviz_feed/{token}", proxy=None) as client:
        assert code_of(client) == socket.UNKNOWN
    assert hub.listeners == 0


def test_more_sockets_than_there_is_room_for_are_told_to_come_again(listen, monkeypatch) -> None:
    monkeypatch.setattr(socket, "MOST", 3)
    watched = Counted("run")
    clients = [listen(watched) for _ in range(3)]
    assert [hear(client) for client in clients] == ["run 0"] * 3
    assert code_of(listen(watched)) == socket.CROWDED
    clients[0].close()
    wait(lambda: socket.shared_hub().listeners == 2)
    assert hear(listen(watched)) == "run 0"


BINARY, CLOSE = 2, 8


def handshake(address: str) -> bytes:
    """What a browser says to open a websocket: to open ten thousand, a whole client for each is half of the work."""
    url = urlsplit(address)
    head = f"GET {url.path} HTTP/1.1\r\nHost: {url.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    return f"{head}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()


async def frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Kind and content of the next frame that a server sends; a short one (RFC 6455, 5.2)."""
    first, length = await reader.readexactly(2)
    assert length < 126
    return first & 15, await reader.readexactly(length)


def test_ten_thousand_connections_from_one_address_leave_room_for_others(server, hub, monkeypatch) -> None:
    monkeypatch.setattr(socket, "MOST_OF_ONE", 40)
    address, watched = f"{server}/_flowviz_feed/{hub.open(Counted('run'))}", Counted("run")
    most, refused, heard = 0, 0, 0

    async def come() -> None:
        nonlocal most, refused, heard
        reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(address).port)
        writer.write(handshake(address))
        await reader.readuntil(b"\r\n\r\n")
        kind, said = await frame(reader)
        if kind == BINARY:
            heard += said == b"run 0"
            most = max(most, hub.listeners)
            await rest.wait()
        else:
            crowded = struct.pack("!H", socket.CROWDED) + b"Too many watch from this network already"
            refused += (kind, said) == (CLOSE, crowded)
        writer.write(b"\x88\x80\0\0\0\0")  # closes in good order
        writer.close()
        await writer.wait_closed()

    async def all_come() -> None:
        nonlocal rest
        rest, tasks = asyncio.Event(), []
        for _ in range(100):
            tasks += [asyncio.create_task(come()) for _ in range(100)]
            limit = time.monotonic() + 60
            while heard + refused < len(tasks):
                failed = [task for task in tasks if task.done() and (task.cancelled() or task.exception() is not None)]
                assert not failed, failed[0]
                assert time.monotonic() < limit, f"{heard} heard and {refused} refused of {len(tasks)}"
                await asyncio.sleep(0.01)
        # From elsewhere one is let in, and hears what they hear.
        with connect(address, proxy=None, additional_headers={"X-Forwarded-For": "192.0.2.7"}) as other:
            assert await asyncio.to_thread(hear, other) == "run 0"
            assert hub.addresses == {"127.0.0.1": 40, "192.0.2.7": 1}
        rest.set()
        await asyncio.gather(*tasks)

    rest = asyncio.Event()
    asyncio.run(all_come())
    assert (heard, refused, most, watched.made) == (40, 9960, 40, 0)
    wait(lambda: hub.listeners == 0)
    assert hub.addresses == {}


@pytest.mark.parametrize("value", ["0", "-1", "many", "4001"])
def test_sockets_of_one_address_are_refused_where_they_make_no_sense(monkeypatch, value: str) -> None:
    assert socket.count_sockets() == socket.MOST_OF_ONE
    monkeypatch.setenv("FLOWVIZ_SOCKETS", "4000")
    assert socket.count_sockets() == 4000
    monkeypatch.setenv("FLOWVIZ_SOCKETS", value)
    with pytest.raises(ValueError, match=f"from 1 to 4000; got '{value}'. Try 4000"):
        socket.count_sockets()


@pytest.mark.parametrize("prefix", ["", "/class", "/a/b"])
def test_a_base_path_leads_to_the_same(listen, prefix: str) -> None:
    assert hear(listen(Counted("run"), prefix=prefix)) == "run 0"


def test_addresses_cannot_be_guessed_and_are_bounded_in_number(monkeypatch) -> None:
    one, other = Hub(), Hub()
    assert one.open(Counted("run")) == one.open(Counted("run")) != one.open(Counted("own points"))
    assert one.open(Counted("run")) != other.open(Counted("run"))
    monkeypatch.setattr(channel, "REMEMBERED", 10)
    small = Hub()
    for number in range(50):
        small.open(Counted(f"run {number}"))
    assert len(small._known) == 10


def told(data: bytes) -> dict[str, Any]:
    """What a message says beside its pictures."""
    plain = zlib.decompress(data)
    (length,) = struct.unpack_from("<I", plain)
    return json.loads(plain[4 : 4 + length])["options"]["feed"]


@pytest.fixture
def trained() -> Iterator[Callable[[Experiment], None]]:
    """`trained(experiment)` starts a run that somebody watches, and waits for its first steps."""
    started: list[str] = []

    def start(experiment: Experiment) -> None:
        started.append(shared().submit(experiment, watcher="lecturer").id)
        wait(lambda: (run := shared().get(started[-1])) is not None and run.step > 0, 60)

    yield start
    for run_id in started:
        shared().stop_run(run_id, "lecturer")


def test_what_is_sent_of_a_run_follows_it_from_before_its_beginning_to_after_its_end(trained) -> None:
    experiment = Experiment.from_flat({"steps": "50000", "width": "16", "seed": "71"})
    watched = WatchedRun(experiment, View(particles=100), "side")
    before = watched.moment()
    assert told(watched.message(0.5)) == {"signature": "none", "pause": 0.5, "watchers": 0, "at": 0}
    trained(experiment)
    assert watched.moment() != before
    shared().watch(experiment.key, "student")
    going = told(watched.message(2.0))
    (line,) = going["lines"]["fv-progress"]
    assert (going["signature"], going["watchers"], going["panels"]) == ("going", 2, [["fv-main", 1]])
    assert "2 watching" in line["text"]
    assert "a picture every 2.0 s, nothing is lost" in line["text"]
    assert 0 < line["share"] < 1
    assert going["figures"]["fv-loss"]["data"]
    for watcher in ("lecturer", "student"):
        shared().pause(experiment.key, watcher)
    wait(lambda: told(watched.message(0.5))["signature"] == "paused")
    shared().leave("student")
    shared().stop_run(experiment.key, "lecturer")
    wait(lambda: told(watched.message(0.5))["signature"].startswith("cancelled"))
    assert "panels" not in told(watched.message(0.5))


@pytest.mark.parametrize("show", ["side", "over", "learned", "exact"])
def test_every_arrangement_gets_the_panel_that_changes(trained, show: str) -> None:
    experiment = Experiment.from_flat({"steps": "50000", "width": "16", "seed": "72"})
    trained(experiment)
    sent = told(WatchedRun(experiment, View(particles=100), show).message(0.5))["panels"]
    assert sent == {"side": [["fv-main", 1]], "exact": []}.get(show, [["fv-main", 0]])


@pytest.mark.parametrize(("show", "places"), [("side", [1, 2]), ("over", [0]), ("learned", [0, 1]), ("exact", [])])
def test_with_an_encoder_the_codes_of_the_data_change_too(trained, show: str, places: list[int]) -> None:
    experiment = Experiment.from_flat({"method": "vae", "steps": "50000", "width": "16", "seed": "74"})
    trained(experiment)
    message = WatchedRun(experiment, View(particles=100, solver="one-step"), show).message(0.5)
    assert told(message)["panels"] == [["fv-main", place] for place in places]
    rows, _ = expand(message)
    assert [row[0]["x"].shape[1:] for row in rows] == [(100, 2)] * len(places)


def test_what_a_discriminator_says_is_fed_with_the_picture(trained) -> None:
    experiment = Experiment.from_flat({"method": "gan", "steps": "50000", "width": "16", "seed": "75"})
    trained(experiment)
    (row,), _ = expand(WatchedRun(experiment, View(particles=100, solver="one-step"), "side").message(0.5))
    assert row[0]["judged"].shape == (32, 32)


def test_a_comparison_sends_the_panels_that_change_and_hides_who_they_are_while_visitors_guess(trained) -> None:
    comparison = value.read({"ask": "noise", "steps": "50000", "width": "16", "seed": "73", "particles": "50"})
    trained(comparison.members[1].experiment)
    sent = told(WatchedComparison(comparison).message(0.5))
    assert sent["signature"].split() == ["none", "going", "none"]
    assert sent["panels"] == [["fv-c-main", 1]]
    assert list(sent["lines"]) == ["fv-c-progress-1"]
    hidden = zlib.decompress(WatchedComparison(comparison, (1, 2, 0)).message(0.5))
    assert told(zlib.compress(hidden))["panels"] == [["fv-c-main", 0]]
    assert b"Which one is it?" in hidden
    assert b"Learned flow" not in hidden
    assert b'"lines"' not in hidden

"""The feed in a real browser: a training is seen by all who have the link, from its beginning, through lost connections, to its end."""

from __future__ import annotations

import base64
import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from flowviz.experiment import Experiment
from flowviz.networks import learned_field
from flowviz.scene import Panel, compact
from flowviz.scene.build import View
from flowviz.scene.learned import learned_scene
from flowviz.training import untrained_weights
from flowviz.ui.assets import frontend_path
from tests.sound import sound
from tests.unpacking import expand

pytestmark = pytest.mark.browser
STAGE = '[data-testid="fv-stage"]'
CURVES = """async () => {
  const figure = document.querySelector('[data-testid=stMain] [data-testid=fv-livefig]').figure;
  const boxes = () => [...figure.root.querySelectorAll('path.js-line')].flatMap(p => { const b = p.getBBox(); return [b.x, b.y, b.width, b.height]; });
  while (!figure.moved || figure.waiting) await new Promise(done => setTimeout(done, 20));
  const moved = boxes();
  await figure.draw();
  return [moved, boxes()];
}"""
"""Where the loss curves lie as the feed has moved them, and as Plotly draws the same points: once no new axes are due."""
WORDS = '[data-testid="fv-words"]'


def messages(page) -> int:
    """How many snapshots the page has been brought."""
    return (
        int(page.locator("[data-messages]").first.get_attribute("data-messages") or 0)
        if page.locator("[data-messages]").count()
        else 0
    )


def button(page, words: str):
    return page.get_by_role("button", name=words, exact=True)


def test_who_has_the_link_sees_the_training_begin_go_on_pause_and_end(visit, until):
    link = "steps=50000&seed=91&particles=200"
    lecturer, student = visit(f"?{link}", STAGE), visit(f"?{link}", STAGE)
    button(student, "Train").wait_for()
    button(lecturer, "Train").click()
    for page in (lecturer, student):
        until(page, lambda page=page: "steps/s" in "".join(page.locator(WORDS).all_inner_texts()))
        page.get_by_text("Learned flow after").first.wait_for()
        assert button(page, "Pause training").is_visible()
    until(lecturer, lambda: "2 watching" in lecturer.locator(WORDS).inner_text())
    until(student, lambda: student.locator(".fv-livefig .scatterlayer .trace").count() >= 2)
    before = messages(student), student.locator("[data-frames]").first.get_attribute("data-axes")
    until(student, lambda: messages(student) >= before[0] + 4)
    assert student.evaluate("() => document.querySelectorAll('[data-testid=fv-stage]').length") == 1
    moved, drawn = student.evaluate(CURVES)
    assert np.ptp(moved) > 100  # they span the figure
    np.testing.assert_allclose(moved, drawn, atol=1.5)  # Plotly leaves out points that nobody would miss

    stop = button(student, "Stop training").bounding_box()
    button(lecturer, "Pause training").click()  # one alone pauses nothing for the others
    button(student, "Pause training").click()
    for page in (lecturer, student):
        page.get_by_text("Paused at step").first.wait_for()
        button(page, "Go on training").wait_for()  # Streamlit draws it after the feed has brought the words
    assert button(student, "Stop training").bounding_box() == stop  # it has not moved under a finger that is down
    button(lecturer, "Go on training").click()
    until(student, lambda: button(student, "Pause training").count() == 1)
    for page in (student, lecturer):
        button(page, "Stop training").click()
    for page in (student, lecturer):
        page.get_by_text("what was learned is kept").first.wait_for(timeout=60_000)
        until(page, lambda page=page: button(page, "Go on training").count() == 1)
        sound(page)


def test_a_comparison_is_watched_by_all(visit, until):
    link = "ask=times&steps=50000&seed=92&particles=100"
    lecturer, student = visit(f"compare?{link}", STAGE), visit(f"compare?{link}", STAGE)
    button(lecturer, "Train all").click()
    for page in (lecturer, student):
        until(page, lambda page=page: page.locator(WORDS).count() == 2 and messages(page) >= 3)
        assert page.locator(".fv-letter").all_inner_texts() == ["A ", "B "]
    until(student, lambda: all("steps/s" in words for words in student.locator(WORDS).all_inner_texts()))
    student.get_by_role("button", name="Which one is it?").click()
    until(student, lambda: student.locator(".fv-title", has_text="Which one is it?").count() == 2)
    seen = messages(student)
    until(student, lambda: messages(student) >= seen + 2)
    assert student.locator(WORDS).count() == 0
    assert student.get_by_text("Learned flow after").count() == 0
    for page in (student, lecturer):
        button(page, "Stop all").click()  # the last who watch end it
    for page in (student, lecturer):
        until(page, lambda page=page: button(page, "Stop all").count() == 0)
        sound(page)


class Proxy:
    """A wire between a browser and the server that can be cut."""

    def __init__(self, port: int) -> None:
        self.target, self.open = port, True
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._feeds: list[tuple[socket.socket, socket.socket]] = []
        self._silent: list[tuple[socket.socket, socket.socket]] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                one, _ = self._door.accept()
                if not self.open:
                    one.close()
                    continue
                pair = one, socket.create_connection(("127.0.0.1", self.target))
                self._pairs.append(pair)
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), selectors.DefaultSelector() as ready:
            ready.register(one, selectors.EVENT_READ, other)
            ready.register(other, selectors.EVENT_READ, one)
            while True:
                for key, _ in ready.select():
                    data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    if not data:
                        return
                    if b"GET /_flowviz_feed" in data:
                        self._feeds.append((one, other))
                    if (one, other) not in self._silent:
                        key.data.sendall(data)

    def silence_feeds(self) -> None:
        """Carry nothing of those that are open, and say so to nobody: as a network does to a browser that was put to sleep."""
        self._silent += self._feeds

    def cut(self) -> None:
        self.open = False
        for pair in self._pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()


@pytest.fixture
def proxy(serve) -> Iterator[Proxy]:
    wire = Proxy(int(serve("app.py").rsplit(":", 1)[1]))
    yield wire
    wire._door.close()


def test_a_lost_connection_is_said_and_comes_back_by_itself_with_the_newest(chromium, proxy, until):
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{proxy.port}/?steps=50000&batch=2048&seed=93&particles=100")
    page.wait_for_selector(STAGE, timeout=60_000)
    button(page, "Train").click()
    until(page, lambda: messages(page) >= 3)
    proxy.cut()
    until(page, lambda: page.locator(".fv-progress[data-lost]").count() == 1)
    seen, frames = messages(page), int(page.locator("[data-frames]").first.get_attribute("data-frames"))
    until(page, lambda: int(page.locator("[data-frames]").first.get_attribute("data-frames")) > frames)  # what is there plays on
    proxy.open = True
    until(page, lambda: messages(page) >= seen + 2)
    until(page, lambda: page.locator(".fv-progress[data-lost]").count() == 0)
    button(page, "Stop training").click()
    page.get_by_text("what was learned is kept").first.wait_for(timeout=60_000)
    context.close()


def test_a_connection_that_died_without_a_word_is_found_out_when_the_browser_wakes(chromium, proxy, until):
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{proxy.port}/?steps=50000&batch=2048&seed=94&particles=100")
    page.wait_for_selector(STAGE, timeout=60_000)
    button(page, "Train").click()
    until(page, lambda: messages(page) >= 3)
    proxy.silence_feeds()
    page.wait_for_timeout(1000)
    seen = messages(page)

    def heard() -> bool:
        page.evaluate("window.dispatchEvent(new Event('pageshow'))")
        return messages(page) >= seen + 2

    until(page, heard)
    assert page.locator(".fv-progress[data-lost]").count() == 0
    button(page, "Stop training").click()
    page.get_by_text("what was learned is kept").first.wait_for(timeout=60_000)
    context.close()


@pytest.mark.parametrize("target", ["8gaussians", "trefoil"])
def test_the_browser_reads_the_same_numbers_as_numpy(chromium, serve, target: str):
    experiment = Experiment.from_flat({"target": target})
    scene = learned_scene(experiment, learned_field(experiment, untrained_weights(experiment)), 0, View(particles=120), live=True)
    x = scene.x.copy()
    x[10:, 3] = np.nan
    x[:, 5] += np.random.default_rng(0).normal(size=x[:, 5].shape)  # a way that no mode carries
    data = compact([Panel((scene.__class__(**{**vars(scene), "x": x}),))])
    context = chromium.new_context()
    page = context.new_page()
    base = serve("app.py")
    page.goto(f"{base}/_stcore/health")  # a page from there, with nothing on it
    script = """async ([path, text]) => {
      const at = name => import(path + name);
      const [{ inflate }, { decode }] = [await at("compact.js"), await at("decode.js")];
      const scene = decode(await inflate(Uint8Array.from(atob(text), c => c.charCodeAt(0)))).panels[0].scenes[0];
      const plain = v => v && Array.from(v, c => Number.isFinite(c) ? c : null);
      return { x: plain(scene.x), field: plain(scene.field?.v), density: plain(scene.density?.q), target: plain(scene.target), labels: plain(scene.labels) };
    }"""
    read = page.evaluate(script, [base + frontend_path("")[1:], base64.b64encode(data).decode()])
    own = expand(data)[0][0][0]

    def numbers(values: list) -> np.ndarray:
        return np.array([np.nan if v is None else v for v in values])

    np.testing.assert_allclose(numbers(read["x"]), own["x"].ravel(), atol=1e-4, rtol=0)
    np.testing.assert_allclose(numbers(read["target"]), own["target"].ravel(), atol=1e-5, rtol=0)
    np.testing.assert_array_equal(numbers(read["labels"]), own["labels"])
    if "field" in own:
        np.testing.assert_allclose(numbers(read["field"]), own["field"].ravel(), rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose((numbers(read["density"]) / 255) ** 2 * scene.density.max(), own["density"].ravel(), rtol=1e-5)
    context.close()
